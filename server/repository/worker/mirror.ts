import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { dirname, join } from "node:path";
import git from "isomorphic-git";
import { z } from "zod";
import { AppError } from "../../core";
import type { Progress, RemoteInput } from "../operations";
import { fsyncPath, gitFileSystem, makePrivateFolder, readOrNull, replaceFile } from "./file-system";
import { authentication, openRemote } from "./http";
import { readJson } from "./state-file";

/**
 * The mirror of a project: a bare repository that every fetch goes through, so that the second clone costs what changed.
 * A note of what it held before is kept while a fetch runs; when one was cut off, the next use takes the repository back to it
 * (isomorphic-git writes refs before the pack, and neither in one step).
 */
const noteSchema = z.object({ packs: z.array(z.string()), refs: z.record(z.string(), z.string()) });
const notePath = (gitdir: string) => join(gitdir, "millrace-fetching.json");
const packFolder = (gitdir: string) => join(gitdir, "objects", "pack");

/** Fetches every branch into the mirror, which is made when it does not exist. Throws GIT_ERROR in plain words. */
export async function fetchMirror(
  mirror: string,
  remote: RemoteInput,
  branch: string | null,
  progress: Progress,
): Promise<void> {
  if (!fs.existsSync(join(mirror, "HEAD"))) {
    makePrivateFolder(mirror, dirname(mirror));
    await git.init({ fs: gitFileSystem, gitdir: mirror, bare: true, defaultBranch: "main" });
  }
  recover(mirror);
  const repository = { fs: gitFileSystem, gitdir: mirror, cache: {} };
  await git.addRemote({ ...repository, remote: "origin", url: remote.url, force: true });
  const { http, close } = openRemote(remote, progress);
  try {
    const reference = branch ?? "HEAD";
    begin(mirror);
    const result = await git.fetch({
      ...repository,
      ...authentication(remote),
      http,
      url: remote.url,
      remote: "origin",
      ref: reference,
      remoteRef: reference,
      singleBranch: false,
      tags: false,
      prune: true,
      onProgress: ({ phase, loaded, total }) => progress(phase, loaded, total ?? null),
    });
    if (result.fetchHead === null) throw emptyRepository();
    finish(mirror);
  } catch (error) {
    recover(mirror);
    if (error instanceof git.Errors.NotFoundError && branch !== null) throw missingBranch(branch);
    throw error;
  } finally {
    await close();
  }
}

/** Gives a working tree's repository what the mirror has: packs by hard link (a copy on another disk), then the remote's branches. */
export function publish(mirror: string, gitdir: string): void {
  const target = packFolder(gitdir);
  fs.mkdirSync(target, { recursive: true });
  const present = new Set(fs.readdirSync(target));
  const names = fs.readdirSync(packFolder(mirror)).filter((name) => name.endsWith(".idx"));
  for (const index of names) {
    const pack = index.replace(/\.idx$/, ".pack");
    for (const name of [pack, index]) {
      if (!present.has(name)) linkOrCopy(join(packFolder(mirror), name), join(target, name));
    }
  }
  writeRemoteRefs(gitdir, readRemoteRefs(mirror));
}

function linkOrCopy(from: string, to: string): void {
  try {
    fs.linkSync(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "EXDEV" && code !== "EPERM" && code !== "EMLINK") throw error;
    fs.copyFileSync(from, `${to}.copying`);
    fs.renameSync(`${to}.copying`, to);
  }
}

function begin(gitdir: string): void {
  const note = { packs: listPacks(gitdir), refs: Object.fromEntries(readRemoteRefs(gitdir)) };
  replaceFile(notePath(gitdir), JSON.stringify(note), { mode: 0o600, temporary: `${notePath(gitdir)}.new` });
}

function finish(gitdir: string): void {
  const before = new Set(readJson(notePath(gitdir), noteSchema)?.packs ?? []);
  for (const name of listPacks(gitdir)) if (!before.has(name)) fsyncPath(join(packFolder(gitdir), name));
  fs.rmSync(notePath(gitdir), { force: true });
}

/** Takes a mirror whose last fetch was cut off back to what it held before. */
function recover(gitdir: string): void {
  const note = readJson(notePath(gitdir), noteSchema);
  if (note) {
    const known = new Set(note.packs);
    for (const name of listPacks(gitdir)) {
      const stem = name.replace(/\.[a-z]+$/, "");
      if (!known.has(name) && !isWhole(gitdir, stem)) fs.rmSync(join(packFolder(gitdir), name), { force: true });
    }
    writeRemoteRefs(gitdir, new Map(Object.entries(note.refs)));
  }
  fs.rmSync(notePath(gitdir), { force: true });
}

function listPacks(gitdir: string): string[] {
  return fs.existsSync(packFolder(gitdir)) ? fs.readdirSync(packFolder(gitdir)) : [];
}

/** Whether a pack and its index are complete: both end with a checksum of what comes before, and the index names the pack's. */
function isWhole(gitdir: string, stem: string): boolean {
  const pack = readOrNull(join(packFolder(gitdir), `${stem}.pack`));
  const index = readOrNull(join(packFolder(gitdir), `${stem}.idx`));
  if (!pack || !index || pack.length < 32 || index.length < 40) return false;
  const endsWithChecksum = (bytes: Buffer) =>
    createHash("sha1").update(bytes.subarray(0, -20)).digest().equals(bytes.subarray(-20));
  return endsWithChecksum(pack) && endsWithChecksum(index) && index.subarray(-40, -20).equals(pack.subarray(-20));
}

/** The branches of `origin` as this repository knows them: name to commit. */
export function readRemoteRefs(gitdir: string): Map<string, string> {
  const refs = new Map<string, string>();
  for (const [name, oid] of readPackedRefs(gitdir)) {
    if (name.startsWith(remotePrefix)) refs.set(name.slice(remotePrefix.length), oid);
  }
  const loose = join(gitdir, remotePrefix);
  if (!fs.existsSync(loose)) return refs;
  for (const name of fs.readdirSync(loose, { recursive: true, encoding: "utf8" })) {
    if (!fs.statSync(join(loose, name)).isFile()) continue;
    const value = fs.readFileSync(join(loose, name), "utf8").trim();
    if (/^[0-9a-f]{40}$/.test(value)) refs.set(name, value);
  }
  refs.delete("HEAD");
  return refs;
}

const remotePrefix = "refs/remotes/origin/";

function readPackedRefs(gitdir: string): [string, string][] {
  const text = readOrNull(join(gitdir, "packed-refs"))?.toString("utf8") ?? "";
  return [...text.matchAll(/^([0-9a-f]{40}) (\S+)$/gm)].map((match) => [match[2] ?? "", match[1] ?? ""]);
}

/** Replaces what this repository knows of `origin`'s branches, in one step. */
function writeRemoteRefs(gitdir: string, refs: ReadonlyMap<string, string>): void {
  const all = new Map(readPackedRefs(gitdir).filter(([name]) => !name.startsWith(remotePrefix)));
  for (const [name, oid] of refs) all.set(`${remotePrefix}${name}`, oid);
  const lines = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, oid]) => `${oid} ${name}\n`);
  const path = join(gitdir, "packed-refs");
  replaceFile(path, `# pack-refs with: sorted\n${lines.join("")}`, { mode: 0o600, temporary: `${path}.new` });
  fs.rmSync(join(gitdir, remotePrefix), { recursive: true, force: true });
}

export function emptyRepository(): AppError {
  return new AppError("GIT_ERROR", "The repository is empty: it has no commit yet.", {
    hint: "Push a first commit to it (a dbt project, or only a README) and try again.",
  });
}

export function missingBranch(branch: string): AppError {
  return new AppError("GIT_ERROR", `The repository has no branch named ${branch}.`, {
    hint: "Check the branch in the project's settings.",
    details: { branch },
  });
}

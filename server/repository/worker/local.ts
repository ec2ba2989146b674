import * as fs from "node:fs";
import { join } from "node:path";
import git from "isomorphic-git";
import { AppError } from "../../core";
import type { Operations } from "../operations";
import { dbtReadsOf } from "./dbt-reads";
import { countApart } from "./history";
import { readRemoteRefs } from "./mirror";
import {
  asText,
  currentBranch,
  headOf,
  openIndex,
  openRepository,
  type Repository,
  readBlob,
  resolveRef,
} from "./repository";
import { changesOf, moveTo, prefixOf, restore, workingBytes } from "./working-tree";

type Input<Name extends keyof Operations> = Operations[Name]["input"];
type Output<Name extends keyof Operations> = Promise<Operations[Name]["output"]>;
/** Larger files have no text diff. */
const largestText = 5_000_000;

export async function status(input: Input<"status">): Output<"status"> {
  const repository = openRepository(input.root);
  const head = await headOf(repository);
  const branch = await currentBranch(repository);
  const remote = branch === null ? null : await resolveRef(repository, `refs/remotes/origin/${branch}`);
  const apart =
    head !== null && remote !== null ? await countApart(repository, head, remote) : { ahead: null, behind: null };
  return { branch, head, ...apart, changes: await changesOf(repository, input) };
}

/** HEAD and the commits that it is based on, newest first; none in a repository without a commit. */
export async function history(input: Input<"history">): Output<"history"> {
  const repository = openRepository(input.root);
  const head = await headOf(repository);
  if (head === null) return { commits: [] };
  const entries = await git.log({ ...repository, ref: head, depth: input.most });
  return { commits: entries.map(({ oid }) => oid) };
}

/**
 * The committed text of some paths, or of every path that differs on disk, with what dbt reads although Git ignores it; null where
 * HEAD has no such (text) file.
 */
export async function committedText(input: Input<"committedText">): Output<"committedText"> {
  const repository = openRepository(input.root);
  const differing = async () => {
    const reads = dbtReadsOf(join(input.root, prefixOf(input)));
    return (await changesOf(repository, input, reads)).map(({ path }) => path);
  };
  const paths = input.paths ?? (await differing());
  return Promise.all(
    paths.map(async (path) => ({ path, text: asTextOrNull(await committedBytes(repository, prefixOf(input) + path)) })),
  );
}

async function committedBytes(repository: Repository, path: string): Promise<Uint8Array | null> {
  const entry = (await openIndex(repository, await headOf(repository))).entries.get(path);
  return entry ? readBlob(repository, entry.oid) : null;
}

function asTextOrNull(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : asText(bytes);
}

/** HEAD's text and the working text of one file. Throws INVALID_INPUT for binary and very large files, NOT_FOUND when neither exists. */
export async function diff(input: Input<"diff">): Output<"diff"> {
  const repository = openRepository(input.root);
  const path = prefixOf(input) + input.path;
  const before = await committedBytes(repository, path);
  const after = workingBytes(repository, path);
  if (!before && !after) throw new AppError("NOT_FOUND", `There is no file ${input.path}.`);
  for (const bytes of [before, after]) {
    if (bytes && (bytes.byteLength > largestText || asText(bytes) === null)) {
      throw new AppError("INVALID_INPUT", `${input.path} is a binary or very large file; it has no text to compare.`);
    }
  }
  return { before: asTextOrNull(before), after: asTextOrNull(after) };
}

export async function branches(input: Input<"branches">): Output<"branches"> {
  const repository = openRepository(input.root);
  const local = await git.listBranches({ ...repository });
  return {
    current: await currentBranch(repository),
    local: local.sort(),
    remote: [...readRemoteRefs(repository.gitdir).keys()].sort(),
  };
}

/** Makes a branch at HEAD and switches to it; the working tree stays as it is. */
export async function createBranch(input: Input<"createBranch">): Output<"createBranch"> {
  const repository = openRepository(input.root);
  const head = await headOf(repository);
  if (head === null)
    throw new AppError("CONFLICT", "The repository has no commit yet, so there is nothing to branch from.");
  const taken =
    (await resolveRef(repository, `refs/heads/${input.name}`)) ??
    (await resolveRef(repository, `refs/remotes/origin/${input.name}`));
  if (taken !== null)
    throw new AppError("CONFLICT", `There is a branch named ${input.name} already.`, {
      hint: "Choose another name, or switch to it.",
    });
  await writeBranch(repository, input.name, head);
  await pointHead(repository, input.name);
  return { head };
}

async function writeBranch(repository: Repository, name: string, oid: string): Promise<void> {
  const heads = join(repository.gitdir, "refs", "heads");
  const parts = name.split("/");
  const above = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join("/"));
  const inTheWay = above.find((folder) => fs.statSync(join(heads, folder), { throwIfNoEntry: false })?.isFile());
  if (inTheWay !== undefined || fs.statSync(join(heads, name), { throwIfNoEntry: false })?.isDirectory()) {
    throw new AppError("CONFLICT", `The name ${name} clashes with another branch${inTheWay ? `, ${inTheWay}` : ""}.`, {
      hint: "Choose another name.",
    });
  }
  await git.writeRef({ ...repository, ref: `refs/heads/${name}`, value: oid, force: true });
}

function pointHead(repository: Repository, name: string): Promise<void> {
  return git.writeRef({ ...repository, ref: "HEAD", value: `refs/heads/${name}`, symbolic: true, force: true });
}

/** Switches to a local branch, or to one of the server's (a local one is made). Local changes are kept, or it refuses and names them. */
export async function switchBranch(input: Input<"switchBranch">): Output<"switchBranch"> {
  const repository = openRepository(input.root);
  const local = await resolveRef(repository, `refs/heads/${input.name}`);
  const target = local ?? (await resolveRef(repository, `refs/remotes/origin/${input.name}`));
  if (target === null)
    throw new AppError("NOT_FOUND", `There is no branch named ${input.name}.`, {
      hint: "Pull to learn of new branches.",
    });
  if ((await currentBranch(repository)) === input.name) return { head: target, paths: [] };
  const prefix = prefixOf(input);
  const paths = await moveTo(repository, target, {
    limits: input.limits,
    action: "Switching",
    setHead: async () => {
      if (local === null) await writeBranch(repository, input.name, target);
      await pointHead(repository, input.name);
    },
  });
  return {
    head: target,
    paths: paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length)),
  };
}

export async function discard(input: Input<"discard">): Output<"discard"> {
  const prefix = prefixOf(input);
  const paths = await restore(
    openRepository(input.root),
    input.paths.map((path) => prefix + path),
  );
  return { paths: paths.map((path) => path.slice(prefix.length)) };
}

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { World } from "./world";

/** Where the demo's Git server keeps its bare repositories. */
function bareRepository(world: World, name: string): string {
  return join(world.dataFolder, "demo", "repositories", `${name}.git`);
}

/** Runs git without the machine's configuration, as somebody of the data team. */
function git(folder: string, ...args: string[]): string {
  const person = { NAME: "Riverbank data team", EMAIL: "data@river.example" };
  return execFileSync("git", args, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      NODE_ENV: process.env.NODE_ENV,
      PATH: process.env.PATH,
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_AUTHOR_NAME: person.NAME,
      GIT_AUTHOR_EMAIL: person.EMAIL,
      GIT_COMMITTER_NAME: person.NAME,
      GIT_COMMITTER_EMAIL: person.EMAIL,
    },
  });
}

function inTemporaryFolder<Result>(work: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "millrace-git-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeFiles(folder: string, files: Record<string, string | Buffer>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Makes a repository that the demo's Git server serves, with one commit of these files. Returns its address. */
export function makeRepository(world: World, name: string, files: Record<string, string | Buffer>): string {
  inTemporaryFolder((folder) => {
    writeFiles(folder, files);
    git(folder, "init", "--quiet", "--initial-branch=main");
    git(folder, "add", "--all");
    git(folder, "commit", "--quiet", "-m", "First commit");
    git(folder, "clone", "--quiet", "--bare", folder, bareRepository(world, name));
  });
  return `http://127.0.0.1:${world.ports.git}/${name}.git`;
}

/** Commits and pushes to an organisation's repository, as a colleague elsewhere. */
export function pushAsColleague(world: World, name: string, files: Record<string, string>): void {
  inTemporaryFolder((folder) => {
    git(folder, "clone", "--quiet", bareRepository(world, name), "tree");
    const tree = join(folder, "tree");
    writeFiles(tree, files);
    git(tree, "add", "--all");
    git(tree, "commit", "--quiet", "-m", "A colleague's change");
    git(tree, "push", "--quiet", "origin", "HEAD");
  });
}

/** What a branch of an organisation's repository has in a file. */
export function committedFile(world: World, name: string, place: { branch: string; path: string }): string {
  return git(bareRepository(world, name), "show", `${place.branch}:${place.path}`);
}

/**
 * A server in front of the demo's Git server that lets a pack through only after `release` was called: clones wait in it.
 */
export async function startSlowGit(
  world: World,
): Promise<{ port: number; release: () => void; close: () => Promise<void> }> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const target = request({ host: "127.0.0.1", port: world.ports.git, method, path: url, headers }, async (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      if (url?.endsWith("/git-upload-pack")) await released;
      answer.pipe(outgoing);
    });
    target.once("error", () => outgoing.destroy());
    outgoing.once("close", () => target.destroy());
    incoming.pipe(target);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The slow Git server has no port.");
  const close = async () => {
    release();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { port: address.port, release, close };
}

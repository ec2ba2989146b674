import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";
import { startGitServer } from "../../scripts/demo/git-server.mjs";

const run = promisify(execFile);
const environment: NodeJS.ProcessEnv = {
  NODE_ENV: "test",
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_NAME: "Team",
  GIT_AUTHOR_EMAIL: "team@river.example",
  GIT_COMMITTER_NAME: "Team",
  GIT_COMMITTER_EMAIL: "team@river.example",
};

/** Runs git itself: the oracle and the maker of repositories. Returns its standard output. */
export async function git(folder: string, ...parts: string[]): Promise<string> {
  const { stdout } = await run("git", ["-c", "safe.directory=*", ...parts], {
    cwd: folder,
    env: environment,
    maxBuffer: 100_000_000,
  });
  return stdout;
}

/** A real Git server (git http-backend) for a test file. */
export interface TestGitServer {
  readonly token: string;
  /** The temporary folder that all of it is in. */
  readonly folder: string;
  url(name: string): string;
  /** Makes a bare repository with one commit of these files on `main`. Returns the folder of a clone of it, for more commits. */
  add(name: string, files: Record<string, string>): Promise<string>;
  /** Commits files (null removes one) in a clone and pushes them. */
  change(clone: string, files: Record<string, string | null>, branch?: string): Promise<void>;
}

/** Starts a Git server for the tests of a file, and stops it after them. */
export function gitServerForTests(): TestGitServer {
  const folder = mkdtempSync(join(tmpdir(), "millrace-git-"));
  const root = join(folder, "server");
  const token = "a-right-token-of-the-tests";
  let server: Awaited<ReturnType<typeof startGitServer>> | null = null;
  beforeAll(async () => {
    mkdirSync(root, { recursive: true });
    server = await startGitServer({ root, token });
  });
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  async function change(clone: string, files: Record<string, string | null>, branch = "main"): Promise<void> {
    writeFiles(clone, files);
    await git(clone, "add", "--all", "--force");
    await git(clone, "commit", "--quiet", "--allow-empty", "-m", "A change");
    await git(clone, "push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
  }
  return {
    token,
    folder,
    url: (name) => (server ? server.url(name) : `http://127.0.0.1:1/${name}.git`),
    change,
    add: async (name, files) => {
      const bare = join(root, `${name}.git`);
      const clone = join(folder, `${name}-clone`);
      await git(folder, "init", "--quiet", "--bare", "--initial-branch=main", bare);
      await git(bare, "config", "http.receivepack", "true");
      await git(folder, "clone", "--quiet", bare, clone);
      await git(clone, "checkout", "--quiet", "-B", "main");
      if (Object.keys(files).length > 0) await change(clone, files);
      return clone;
    },
  };
}

function writeFiles(folder: string, files: Record<string, string | null>): void {
  for (const [path, text] of Object.entries(files)) {
    const target = join(folder, path);
    if (text === null) rmSync(target, { recursive: true, force: true });
    else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A running Millrace as the tests see it. */
export interface World {
  /** Where it is served, without a trailing slash. */
  readonly address: string;
  readonly dataFolder: string;
  readonly databaseUrl: string;
  readonly ports: { readonly postgres: number; readonly oidc: number; readonly git: number };
}

/** How many organisations the world has for tests; each test takes one. */
export const testOrganisationCount = Number(process.env.MILLRACE_TEST_ORGANISATIONS ?? 60);

/** What one clone may receive in this world; small, so that a repository can be larger. */
export const largestCloneMegabytes = 16;

const root = resolve(import.meta.dirname ?? ".", "..", "..");

/** The world that the global setup started. */
export function currentWorld(): World {
  const dataFolder = process.env.MILLRACE_E2E_DATA;
  if (!dataFolder) throw new Error("No world was started: run the tests through the Playwright configuration.");
  return readWorld(dataFolder);
}

/** The token of the demo's Git server. */
export function gitToken(world: World): string {
  return toUrlSafe(readFileSync(join(world.dataFolder, "keys", "demo-git.key"), "utf8").trim());
}

/** Process ids of the web server and of the runner, as they are now: both are started again when they die. */
export function servicePids(world: World): { web: number; runner: number } {
  return JSON.parse(readFileSync(join(world.dataFolder, "run", "services.json"), "utf8"));
}

/**
 * Starts a whole Millrace (`scripts/start.mjs`) with a data folder and ports of its own. Its output goes to `onOutput`.
 * @returns the world, and what stops it and removes its folder
 */
export async function startWorld(
  settings: Record<string, string> = {},
  onOutput: (text: string) => void = () => {},
): Promise<{ world: World; stop: () => Promise<void> }> {
  const dataFolder = mkdtempSync(join(tmpdir(), "millrace-e2e-"));
  // PostgreSQL runs as another user when the tests run as root.
  chmodSync(dataFolder, 0o755);
  const [web, postgres, oidc, git] = await freePorts(4);
  const child = spawn(process.execPath, ["scripts/start.mjs"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      MILLRACE_DATA: dataFolder,
      MILLRACE_DEMO: "on",
      MILLRACE_TEST_ORGANISATIONS: String(testOrganisationCount),
      MILLRACE_POSTGRES_PORT: String(postgres),
      MILLRACE_DEMO_OIDC_PORT: String(oidc),
      MILLRACE_DEMO_GIT_PORT: String(git),
      PORT: String(web),
      NEXTAUTH_URL: `http://localhost:${web}`,
      ...settings,
    },
  });
  const stop = async () => {
    await ended(child, "SIGTERM");
    rmSync(dataFolder, { recursive: true, force: true });
  };
  try {
    await ready(child, onOutput);
    return { world: readWorld(dataFolder), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function readWorld(dataFolder: string): World {
  const written = JSON.parse(readFileSync(join(dataFolder, "run", "demo.json"), "utf8"));
  return { ...written, dataFolder };
}

function ready(child: ChildProcess, onOutput: (text: string) => void): Promise<void> {
  return new Promise((resolveReady, reject) => {
    let output = "";
    const read = (chunk: Buffer) => {
      output += chunk.toString("utf8");
      onOutput(chunk.toString("utf8"));
      if (/^Ready in /m.test(output)) resolveReady();
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("exit", (code) => reject(new Error(`Millrace did not start (exit code ${code}):\n${output}`)));
  });
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once("exit", () => done());
    child.kill(signal);
  });
}

/** Ports that were free a moment ago, all different: each is held until the last is found. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<{ port: number; close: () => Promise<void> }>((found, reject) => {
          const server = createServer();
          server.once("error", reject);
          server.listen(0, "127.0.0.1", () => {
            const address = server.address();
            if (address === null || typeof address === "string") return reject(new Error("no port"));
            found({ port: address.port, close: () => new Promise((closed) => server.close(() => closed())) });
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => server.close()));
  return servers.map((server) => server.port);
}

function toUrlSafe(base64: string): string {
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root. */
export const root = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** Linux limits the path of a Unix socket to 107 bytes (unix(7), sun_path). */
const longestSocketPath = 107;

/**
 * Every folder and file that set-up and services use, from the environment (`MILLRACE_DATA`, `MILLRACE_ENGINES`).
 * Relative values are meant from the repository's root.
 */
export function pathsFrom(environment = process.env) {
  const data = resolve(root, environment.MILLRACE_DATA || "data");
  const engines = resolve(root, environment.MILLRACE_ENGINES || ".engines");
  return {
    root,
    data,
    engines,
    engine: join(engines, "default"),
    devEngine: join(engines, "dev"),
    build: join(root, "build"),
    dist: join(root, environment.MILLRACE_NEXT_DIST || ".next"),
    worker: join(root, "server", "worker"),
    keys: join(data, "keys"),
    run: join(data, "run"),
    logs: join(data, "logs"),
    demo: join(data, "demo"),
    /** Parsed projects that outlive the runner; the key that signs them is beside the folder. */
    parses: join(data, "parses"),
    runnerSocket: environment.MILLRACE_RUNNER_SOCKET || socketPath(data),
  };
}

/** A short, stable name for a folder: for things that must live outside it. */
export function folderKey(folder) {
  return createHash("sha256").update(resolve(folder)).digest("hex").slice(0, 16);
}

/**
 * Creates a folder that others may pass through, but not list: the database's user and the sandbox's reach their own part of
 * the data folder when Millrace runs as root.
 */
export function openFolder(path) {
  mkdirSync(path, { recursive: true, mode: 0o711 });
  return path;
}

/** Creates a folder that only its owner can enter. */
export function privateFolder(path) {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

function socketPath(data) {
  const inside = join(data, "run", "runner.sock");
  if (Buffer.byteLength(inside) <= longestSocketPath) return inside;
  return join(tmpdir(), `millrace-${process.getuid?.() ?? 0}-${folderKey(data)}`, "runner.sock");
}

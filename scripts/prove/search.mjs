import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root } from "../lib/paths.mjs";
import { SetupError } from "../lib/steps.mjs";

/** The Python side of the proof. */
export function proveEnvironment(environment = process.env) {
  return { ...environment, PYTHONPATH: join(root, "server/worker"), PYTHONDONTWRITEBYTECODE: "1" };
}

/** A new canary: its text, its number, and SQL that makes rows of it without saying it. */
export function makeCanary(python) {
  return callPython(python, ["make"]);
}

/**
 * Looks for canaries in `everything` (each file), in the databases (each row), and in whatever changed since the proof began
 * in the places where programs leave things: temporary folders, shared memory, caches, logs, core dumps, the repository.
 * @returns {{ found: Record<string, string[]>, files: number, bytes: number }}
 */
export function search(python, { canaries, everything, databases = [], since }) {
  const home = homedir();
  const changed = [
    ...["/tmp", "/var/tmp", "/dev/shm", "/run/shm", tmpdir(), root],
    ...["/var/log", "/var/crash", "/var/lib/systemd/coredump", "/var/lib/apport/coredump", coreFolder()],
    ...[".cache", ".config", ".local", ".dbt", ".duckdb", ".pki"].map((name) => join(home, name)),
  ];
  const places = [...new Set(changed)].filter((path) => path && existsSync(path));
  const within = (path) => places.some((other) => other !== path && `${path}/`.startsWith(`${other}/`));
  return callPython(python, ["search"], {
    canaries,
    everything: everything.filter((path) => existsSync(path)),
    changed: places.filter((path) => !within(path)),
    since,
    databases,
  });
}

/** Where the kernel puts core dumps, when that is a folder. */
function coreFolder() {
  const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim();
  return pattern.startsWith("/") ? dirname(pattern) : null;
}

function callPython(python, args, input) {
  const { status, stdout, stderr, error } = spawnSync(python, ["-m", "millrace_worker.prove.canary", ...args], {
    env: proveEnvironment(),
    input: input === undefined ? "" : JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 64 << 20,
  });
  if (error) throw error;
  if (status !== 0) throw new SetupError(`The search failed:\n${stderr}`);
  return JSON.parse(stdout);
}

/**
 * `npm run prove`: the no-trace proof. Needs nothing running; searches the data folder too when there is one.
 *
 *   npm run prove -- [--search PATH]... [--database URL] [--canary VALUE]
 *
 * `--search` adds files and folders (a browser's profile, logs, a database dump), `--database` a PostgreSQL database, and
 * `--canary` a value that was previewed elsewhere, in a browser say. The last line is JSON.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The default engine's Python, or the one that MILLRACE_PYTHON names. */
function python() {
  const engines = resolve(root, process.env.MILLRACE_ENGINES ?? ".engines");
  const candidates = [join(engines, "default/bin/python"), process.env.MILLRACE_PYTHON];
  const found = candidates.find((candidate) => candidate !== undefined && existsSync(candidate));
  if (found === undefined) {
    console.error(
      "There is no Python engine yet. Run `npm start` once, or set MILLRACE_PYTHON to a Python with dbt-duckdb.",
    );
    process.exit(1);
  }
  return found;
}

const data = resolve(root, process.env.MILLRACE_DATA ?? "data");
const search = existsSync(data) ? ["--search", data] : [];
const worker = spawn(python(), ["-m", "millrace_worker.prove", ...search, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, PYTHONPATH: join(root, "server/worker"), PYTHONDONTWRITEBYTECODE: "1" },
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => worker.kill(signal));
worker.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === null ? 1 : 130);
});

// npm run verify -- --project DIR [--profiles-dir DIR] [--target T] [--vars '{name: value}']
// Compiles every node of a dbt project through a real session and compares with `dbt compile`, byte for byte.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const python =
  process.env.MILLRACE_PYTHON ??
  join(process.env.MILLRACE_ENGINES ?? join(root, ".engines"), "default", "bin", "python");
if (!existsSync(python)) {
  console.error(`There is no Python environment at ${python}. Run npm start once, or set MILLRACE_PYTHON.`);
  process.exit(2);
}
const result = spawnSync(python, ["-m", "millrace_worker.verify", ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, PYTHONPATH: join(root, "server", "worker") },
});
if (result.error) {
  console.error(result.error.message);
}
process.exit(result.status ?? 1);

/**
 * Writes what dbt's adapters say of their credentials to server/engines/recorded, for the forms of the default engine and
 * for the tests of every other form.
 *
 *   node scripts/record-adapters.mjs               records the adapters of every engine in MILLRACE_ENGINES
 *   node scripts/record-adapters.mjs PYTHON ...    records those of these interpreters
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plainEnvironment } from "./lib/environment.mjs";
import { pathsFrom } from "./lib/paths.mjs";
import { runOrFail } from "./lib/processes.mjs";

const paths = pathsFrom();
const folder = join(paths.root, "server", "engines", "recorded");

function enginePythons() {
  const names = existsSync(paths.engines) ? readdirSync(paths.engines) : [];
  return names
    .map((name) => join(paths.engines, name, "bin", "python"))
    .filter((python) => python !== join(paths.devEngine, "bin", "python") && existsSync(python));
}

const pythons = process.argv.length > 2 ? process.argv.slice(2) : enginePythons();
mkdirSync(folder, { recursive: true });
for (const python of pythons) {
  const { stdout } = await runOrFail(python, ["-m", "millrace_worker.adapters.describe"], {
    title: `Reading the adapters of ${python}`,
    cwd: paths.worker,
    env: plainEnvironment(process.env, { PYTHONPATH: paths.worker, PYTHONDONTWRITEBYTECODE: "1" }),
  });
  for (const description of JSON.parse(stdout).adapters) {
    writeFileSync(join(folder, `${description.adapter}.json`), `${JSON.stringify(description, null, 2)}\n`);
    console.log(`${description.adapter} ${description.version}: ${description.fields.length} fields`);
  }
}

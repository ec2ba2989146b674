/**
 * Engines are Python environments with dbt and adapters. The default one has dbt-duckdb and dbt-postgres.
 *
 *   npm run engine -- list
 *   npm run engine -- add dbt-snowflake [more packages] [--dbt 1.10] [--name NAME]
 *   npm run engine -- remove NAME
 *
 * `--json` prints one JSON object per line instead, for the admin console.
 */
import { parseArgs } from "node:util";
import { checkTools } from "./lib/checks.mjs";
import { addCommand, addEngine, engineRequest, listEngines, removeEngine } from "./lib/engines.mjs";
import { pathsFrom } from "./lib/paths.mjs";
import { createSteps, describeFailure, SetupError } from "./lib/steps.mjs";

const usage = "npm run engine -- list | add dbt-ADAPTER [--dbt VERSION] [--name NAME] | remove NAME";
const asJson = process.argv.includes("--json");

try {
  await main();
} catch (error) {
  if (asJson) print({ type: "failed", message: error.message, hint: error instanceof SetupError ? error.hint : null });
  else process.stderr.write(describeFailure(error));
  process.exitCode = 1;
}

async function main() {
  const { positionals, values } = parseArguments();
  const [command, ...rest] = positionals;
  const paths = pathsFrom();
  if (command === "remove" && rest.length === 1) {
    removeEngine(paths, rest[0]);
    if (asJson) print({ type: "done", name: rest[0] });
    else console.log(`The engine ${rest[0]} was removed.`);
    return;
  }
  if (command === "list" && rest.length === 0) {
    const { python } = await checkTools();
    list(listEngines(paths, python));
    return;
  }
  if (command !== "add") throw new SetupError("That is no command of this script.", `Usage: ${usage}`);
  const request = engineRequest({ packages: rest, name: values.name, dbt: values.dbt });
  const { python } = await checkTools();
  if (asJson) {
    await addEngine(paths, python, request, { say: (text) => print({ type: "progress", text }) });
    print({ type: "done", name: request.name });
    return;
  }
  const steps = createSteps();
  await steps.step(`Engine ${request.name}`, (say) => addEngine(paths, python, request, { say }));
  const [engine] = listEngines(paths, python).filter(({ name }) => name === request.name);
  console.log(
    `dbt ${engine.dbtVersion} with ${engine.adapters.map(({ adapter, version }) => `${adapter} ${version}`).join(", ")}.`,
    "Millrace starts its runner when somebody first needs it.",
  );
}

function parseArguments() {
  const options = { dbt: { type: "string" }, name: { type: "string" }, json: { type: "boolean" } };
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    throw new SetupError(error.message, `Usage: ${usage}`);
  }
}

function list(engines) {
  if (asJson) {
    print({ type: "engines", engines });
    return;
  }
  console.log("default: dbt-duckdb and dbt-postgres");
  for (const engine of engines) {
    const { name, ready, dbtVersion, adapters } = engine;
    const what = ready
      ? `dbt ${dbtVersion} with ${adapters.map(({ adapter, version }) => `${adapter} ${version}`).join(", ")}`
      : `unfinished; finish it: ${addCommand(engine)}`;
    console.log(`${name}: ${what}`);
  }
}

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/**
 * `npm test`: set-up, then every check and test of the project. `npm test -- --only vitest,pytest` runs a choice, and what
 * follows is handed to the tool: `npm test -- --only vitest server/auth`. The last line is "N passed, N failed".
 */
import { availableParallelism } from "node:os";
import { performance } from "node:perf_hooks";
import { ensureBrowser } from "./lib/browser.mjs";
import { ensureDevEngine } from "./lib/engine.mjs";
import { install } from "./lib/installation.mjs";
import { ensureNatsServer } from "./lib/nats-server.mjs";
import { pathsFrom } from "./lib/paths.mjs";
import { createSteps, describeFailure, formatSeconds, SetupError } from "./lib/steps.mjs";
import { parts } from "./lib/test-parts.mjs";
import { runParts, summaryTable } from "./lib/test-run.mjs";

const started = performance.now();
const paths = pathsFrom();
const steps = createSteps();
let total = { passed: 0, failed: 1 };
try {
  total = await main();
} catch (error) {
  process.stdout.write(describeFailure(error));
}
steps.line(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);

async function main() {
  const { chosen, rest } = choose(process.argv.slice(2));
  const { python, basePython } = await install(paths, steps);
  const dev = await steps.step("Python test tools", (say) => ensureDevEngine(paths, basePython, { say }));
  const browser = chosen.some(({ name }) => name === "playwright") ? await findBrowser() : null;
  if (chosen.some(({ name }) => name === "vitest")) await steps.step("NATS server", (say) => ensureNatsServer({ say }));
  steps.line();
  const results = await runParts(chosen, {
    paths,
    python,
    devPython: dev.python,
    browser,
    rest,
    cores: Math.max(1, Math.min(availableParallelism(), 4)),
    say: (text) => steps.line(text),
  });
  steps.line(`\n${summaryTable(results)}\n`);
  steps.line(`Took ${formatSeconds(performance.now() - started)}.`);
  const sum = (key) => results.reduce((count, result) => count + result[key], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

/** A missing browser fails the Playwright part, with the message, and not the rest. */
async function findBrowser() {
  try {
    return await steps.step("Chromium", (say) => ensureBrowser({ say }));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { executable: null, message: describeFailure(error) };
  }
}

function choose(args) {
  const at = args.indexOf("--only");
  if (at < 0) {
    if (args.length > 0)
      throw new SetupError(`Unknown argument: ${args[0]}`, "Use --only NAME[,NAME] to run a choice.");
    return { chosen: parts, rest: [] };
  }
  const names = (args[at + 1] ?? "").split(",");
  const unknown = names.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) {
    throw new SetupError(
      `There is no part called ${unknown.join(", ")}.`,
      `The parts are: ${parts.map(({ name }) => name).join(", ")}.`,
    );
  }
  return { chosen: parts.filter(({ name }) => names.includes(name)), rest: args.slice(at + 2) };
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuild } from "./build.mjs";
import { checkLockfiles } from "./lockfiles.mjs";
import { run } from "./processes.mjs";
import { readJunit, readPlaywright, readVitest } from "./test-reports.mjs";

/** Fewer modules than this means that the tool did not see the code, and its silence means nothing. */
const leastModules = 150;

/** Everything `npm test` runs. `after` orders, `needs` also refuses to run without; `cores` is what it keeps busy. */
export const parts = [
  { name: "lockfiles", cores: 1, run: async ({ paths }) => check(checkLockfiles(paths.root)) },
  {
    name: "biome",
    cores: 1,
    run: (context) => checkCommand(context, bin("biome"), ["check", ".", "--max-diagnostics=50"]),
  },
  { name: "ruff", cores: 1, run: (context) => checkWorker(context, ["-m", "ruff", "check", "--no-cache", "."]) },
  { name: "types", cores: 1, run: (context) => checkCommand(context, bin("tsc"), ["--noEmit"]) },
  { name: "mypy", cores: 1, run: (context) => checkWorker(context, ["-m", "mypy"]) },
  { name: "layers", cores: 1, run: checkLayers },
  {
    name: "knip",
    cores: 1,
    run: (context) => checkCommand(context, bin("knip"), ["--no-config-hints", "--no-progress"]),
  },
  {
    name: "protocol",
    cores: 1,
    run: (context) => checkCommand(context, process.execPath, ["scripts/generate-protocol.mjs", "--check"]),
  },
  { name: "vitest", cores: 2, run: runVitest },
  { name: "pytest", cores: 2, run: runPytest },
  {
    name: "build",
    cores: 2,
    run: async ({ paths }) => {
      await ensureBuild(paths);
      return { passed: 1, failed: 0 };
    },
  },
  { name: "playwright", cores: 2, after: ["build"], needs: ["build"], run: runPlaywright },
];

/** Tools of node_modules are started without npx, which would look for them elsewhere when they are missing. */
function bin(name) {
  return join("node_modules", ".bin", name);
}

/** @param {string[]} problems */
function check(problems) {
  return problems.length === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, output: problems.join("\n") };
}

async function checkCommand({ paths }, command, args) {
  const result = await run(command, args, {
    cwd: paths.root,
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
  });
  return check(result.code === 0 ? [] : [`${result.stdout}\n${result.stderr}`]);
}

async function checkWorker({ paths, devPython }, args) {
  const result = await run(devPython, args, {
    cwd: paths.worker,
    env: { ...process.env, PYTHONPATH: paths.worker, NO_COLOR: "1" },
  });
  return check(result.code === 0 ? [] : [`${result.stdout}\n${result.stderr}`]);
}

async function checkLayers({ paths }) {
  const args = [
    "app",
    "components",
    "server",
    "scripts",
    "e2e",
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "json",
  ];
  const result = await run(bin("depcruise"), args, { cwd: paths.root, env: process.env });
  const report = JSON.parse(result.stdout);
  const comments = new Map(report.summary.ruleSetUsed.forbidden.map(({ name, comment }) => [name, comment]));
  const problems = report.summary.violations.map(
    ({ rule, from, to }) => `${rule.name}: ${from} → ${to}\n  ${comments.get(rule.name)}`,
  );
  if (report.summary.totalCruised < leastModules) {
    problems.push(`Only ${report.summary.totalCruised} modules were seen; there are at least ${leastModules}.`);
  }
  return check(problems);
}

async function runVitest({ paths, python, rest }) {
  return withReport("vitest.json", async (file) => {
    const result = await run(
      bin("vitest"),
      ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`, ...rest],
      {
        cwd: paths.root,
        env: { ...process.env, MILLRACE_PYTHON: python, NO_COLOR: "1" },
      },
    );
    return { ...readVitest(file, result.code), output: `${result.stdout}\n${result.stderr}` };
  });
}

async function runPytest({ paths, devPython, cores, rest }) {
  return withReport("pytest.xml", async (file) => {
    const result = await run(
      devPython,
      [
        "-m",
        "pytest",
        "-n",
        String(Math.min(cores, 2)),
        "--dist=worksteal",
        "-p",
        "no:cacheprovider",
        "--durations=10",
        `--junitxml=${file}`,
        ...rest,
      ],
      { cwd: paths.worker, env: { ...process.env, PYTHONPATH: paths.worker, PYTHONDONTWRITEBYTECODE: "1" } },
    );
    return { ...readJunit(file, result.code), output: `${result.stdout}\n${result.stderr}` };
  });
}

async function runPlaywright({ paths, browser, rest }) {
  if (!browser?.executable) return { passed: 0, failed: 1, output: browser?.message ?? "No browser was found." };
  return withReport("playwright.json", async (file) => {
    const result = await run(bin("playwright"), ["test", "--reporter=list,json", ...rest], {
      cwd: paths.root,
      env: {
        ...process.env,
        MILLRACE_CHROMIUM: browser.executable,
        PLAYWRIGHT_JSON_OUTPUT_FILE: file,
        NO_COLOR: "1",
        FORCE_COLOR: "0",
      },
    });
    return { ...readPlaywright(file, result.code), output: `${result.stdout}\n${result.stderr}` };
  });
}

async function withReport(name, work) {
  const folder = mkdtempSync(join(tmpdir(), "millrace-test-"));
  try {
    return await work(join(folder, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

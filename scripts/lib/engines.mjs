import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensureEnvironment, explainPip, isFinished } from "./engine.mjs";
import { runOrFail } from "./processes.mjs";
import { SetupError } from "./steps.mjs";

/** dbt versions that the worker is made for. Newer ones fetch programs at installation from outside the package registry. */
export const oldestDbt = "1.10";
export const firstUnsupportedDbt = "1.12";

const namePattern = /^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/;
const packagePattern = /^(dbt-[a-z0-9]+(?:-[a-z0-9]+)*)(?:==(\d[0-9A-Za-z.+!-]*))?$/;
const dbtPattern = /^\d+\.\d+(\.\d+)?$/;
/** Millrace's own: the default engine, the tools of its tests. */
const reserved = ["default", "dev"];
/** What the worker itself needs beside dbt, in the versions that the default engine has. */
export const workerPackages = ["pyarrow", "sqlglot", "sqlfluff", "shandy-sqlfmt"];
/** What only makes the worker faster, where the default engine's lock says that the machine has it: an engine may lack them. */
export const fasterPackages = ["sqlglotc"];

/** Files of one engine. The lock and what is known of it stand beside the environment, which can be made again from them. */
export function engineFiles(paths, name) {
  return {
    folder: join(paths.engines, name),
    record: join(paths.engines, `${name}.json`),
    lock: join(paths.engines, `${name}.lock`),
    adapters: join(paths.engines, `${name}.adapters.json`),
  };
}

/**
 * Checks what a person asked for and names the engine after its first adapter and dbt version when they did not.
 * @returns {{ name: string, packages: string[], dbt: string | null }}
 */
export function engineRequest({ packages, name = null, dbt = null }) {
  if (packages.length === 0) {
    throw new SetupError("Name the adapter's package.", "For example: npm run engine -- add dbt-snowflake");
  }
  const parsed = packages.map((text) => {
    const match = packagePattern.exec(text);
    if (!match || text.length > 80 || match[1] === "dbt-core") {
      throw new SetupError(
        `"${text}" is not the name of an adapter's package.`,
        "Use a name like dbt-snowflake, or dbt-snowflake==1.11.0 for one version.",
      );
    }
    return match[1];
  });
  if (dbt !== null && !dbtPattern.test(dbt)) {
    throw new SetupError(`"${dbt}" is not a dbt version.`, "Use a version like 1.11 or 1.11.16.");
  }
  if (dbt !== null && (olderThan(dbt, oldestDbt) || !olderThan(dbt, firstUnsupportedDbt))) {
    throw new SetupError(
      `This Millrace works with dbt ${oldestDbt} to below ${firstUnsupportedDbt}, not with ${dbt}.`,
      "Leave --dbt out for the newest that it works with.",
    );
  }
  const chosen = name ?? `${parsed[0].slice("dbt-".length)}${dbt === null ? "" : `-${dbt}`}`;
  if (!namePattern.test(chosen) || chosen.length > 40 || reserved.includes(chosen)) {
    throw new SetupError(
      `An engine cannot be called "${chosen}".`,
      "Use lower-case letters, digits, dots and hyphens, at most 40, beginning with a letter; default and dev are taken.",
    );
  }
  return { name: chosen, packages: [...packages].sort(), dbt };
}

/**
 * Makes an engine, or finishes one that broke off. pip resolves once; its answer, with hashes, is kept as the engine's lock.
 * @returns {Promise<{ name: string, note: string }>}
 */
export async function addEngine(paths, basePython, request, { say = () => {}, environment = process.env } = {}) {
  const files = engineFiles(paths, request.name);
  mkdirSync(paths.engines, { recursive: true });
  const before = readJson(files.record);
  if (before !== null && !sameRequest(before, request)) {
    throw new SetupError(
      `There is an engine named ${request.name} already, with ${before.packages.join(", ")}${before.dbt ? ` on dbt ${before.dbt}` : ""}.`,
      `Choose another name with --name, or remove it first: npm run engine -- remove ${request.name}`,
    );
  }
  writeJson(files.record, request);
  // A lock that an older Millrace made lacks what the worker wants now: versions are chosen again.
  const wanted = workerRequirements(join(paths.worker, "requirements.lock"));
  if (!hasWorkerPackages(files.lock) || wantedIn(files.lock) !== wanted.join(", ")) rmSync(files.lock, { force: true });
  const { note } = await ensureEnvironment({
    folder: files.folder,
    lock: files.lock,
    basePython,
    say,
    environment,
    resolve: (python, env) => resolveLock({ wanted, python, env, request, file: files.lock, say }),
    finish: (python, env) => describeAdapters({ paths, python, env, request, file: files.adapters, say }),
  });
  return { name: request.name, note };
}

/** The command that finishes an engine. */
export function addCommand({ name, packages, dbt }) {
  return `npm run engine -- add ${packages.join(" ")}${dbt === null ? "" : ` --dbt ${dbt}`} --name ${name}`;
}

/** Every engine beside the default one, finished or not. */
export function listEngines(paths, basePython) {
  if (!existsSync(paths.engines)) return [];
  return readdirSync(paths.engines)
    .filter((file) => file.endsWith(".json") && !file.endsWith(".adapters.json"))
    .map((file) => file.slice(0, -".json".length))
    .sort()
    .map((name) => {
      const request = readJson(engineFiles(paths, name).record);
      const files = engineFiles(paths, name);
      const described = readJson(files.adapters);
      const ready = described !== null && hasWorkerPackages(files.lock) && isFinished({ ...files, basePython });
      return {
        ...request,
        ready,
        dbtVersion: described?.dbtVersion ?? null,
        adapters: described?.adapters.map(({ adapter, version }) => ({ adapter, version })) ?? [],
      };
    });
}

/** Whether a lock holds all that this Millrace's worker needs; so does server/engines/catalogue.ts ask. */
function hasWorkerPackages(lock) {
  if (!existsSync(lock)) return true;
  const lines = readFileSync(lock, "utf8").split("\n");
  return workerPackages.every((name) => lines.some((line) => line.startsWith(`${name}==`)));
}

/** What the worker wanted when a lock was made; null when it does not say. */
function wantedIn(lock) {
  return existsSync(lock) ? (/^# for (.*)$/m.exec(readFileSync(lock, "utf8"))?.[1] ?? null) : null;
}

/** Removes an engine, its lock and what is known of it. */
export function removeEngine(paths, name) {
  const files = engineFiles(paths, name);
  if (!namePattern.test(name) || reserved.includes(name) || !existsSync(files.record)) {
    throw new SetupError(`There is no engine named "${name}".`, "npm run engine -- list shows those that there are.");
  }
  // The record goes last: an engine whose removal broke off is still listed, and can be removed again.
  rmSync(files.folder, { recursive: true, force: true });
  for (const file of [files.lock, files.adapters, files.record]) rmSync(file, { force: true });
}

async function resolveLock({ wanted, python, env, request, file, say }) {
  say("choosing versions");
  const report = `${file}.report`;
  const core =
    request.dbt === null
      ? `dbt-core>=${oldestDbt},<${firstUnsupportedDbt}`
      : request.dbt.split(".").length === 3
        ? `dbt-core==${request.dbt}`
        : `dbt-core~=${request.dbt}.0`;
  try {
    await runOrFail(
      python,
      [
        "-m",
        "pip",
        "install",
        "--dry-run",
        "--ignore-installed",
        "--only-binary",
        ":all:",
        "--report",
        report,
        ...request.packages,
        core,
        ...wanted,
      ],
      {
        title: "Choosing versions",
        env,
        explain: (output) => explainResolution(output, request),
        onLine: (line) => {
          const collected = /^\s*Collecting ([^\s]+)/.exec(line);
          if (collected) say(`choosing versions: ${collected[1].split(/[=<>!~[]/)[0]}`);
        },
      },
    );
    const lines = JSON.parse(readFileSync(report, "utf8")).install.map(({ metadata, download_info: source }) => {
      const hash = source.archive_info?.hashes?.sha256;
      if (!hash) throw new SetupError(`The registry gives no hash for ${metadata.name}.`, "Use a registry that does.");
      return `${metadata.name.toLowerCase()}==${metadata.version} --hash=sha256:${hash}`;
    });
    writeFileSync(`${file}.new`, `# for ${wanted.join(", ")}\n${lines.sort().join("\n")}\n`);
    renameSync(`${file}.new`, file);
  } finally {
    rmSync(report, { force: true });
  }
}

async function describeAdapters({ paths, python, env, request, file, say }) {
  say("trying the adapters");
  const { stdout } = await runOrFail(python, ["-m", "millrace_worker.adapters.describe", "--check"], {
    title: "Trying the adapters",
    cwd: paths.worker,
    env: { PATH: env.PATH, HOME: env.HOME, PYTHONPATH: paths.worker, PYTHONDONTWRITEBYTECODE: "1" },
    explain: (output) => {
      const last = output.trim().split("\n").at(-1) ?? "";
      return new SetupError(
        `${request.packages.join(", ")} was installed, but does not work with this Millrace: ${last}`,
        "Remove the engine and add it with another version (--dbt, or PACKAGE==VERSION).",
      );
    },
  });
  writeJson(file, JSON.parse(stdout));
}

/** Why pip found no set of versions, in words for a person. */
export function explainResolution(output, request) {
  const text = `${request.packages.join(", ")}${request.dbt === null ? "" : ` with dbt ${request.dbt}`}`;
  if (/ResolutionImpossible|conflicting dependencies/i.test(output)) {
    const reasons = output
      .split("\n")
      .filter((line) => /depends on|requested/.test(line))
      .map((line) => line.trim())
      .slice(0, 6);
    return new SetupError(
      `No versions of ${text} go together.${reasons.length > 0 ? `\n\n${reasons.join("\n")}` : ""}`,
      "Choose another dbt version with --dbt, or another version of the adapter (PACKAGE==VERSION).",
    );
  }
  const missing = /No matching distribution found for ([^\s]+)/.exec(output)?.[1];
  const common = explainPip(missing ? "" : output);
  if (common) return common;
  if (missing) {
    return new SetupError(
      `There is no ready-made package ${missing} for this Python version and machine.`,
      "Check the name and version. An adapter that has to be compiled must be installed by other means.",
    );
  }
  return null;
}

/** What pip is told of the worker's packages: the default engine's versions, each with the machines that it is for. */
function workerRequirements(lock) {
  const text = readFileSync(lock, "utf8");
  const locked = (name) => text.match(new RegExp(`^${name}==[^\\s\\\\;]+( ; [^\\\\\n]*[^\\\\\\s])?`, "gm")) ?? [];
  return [
    ...workerPackages.flatMap((name) => (locked(name).length > 0 ? locked(name) : [name])),
    ...fasterPackages.flatMap(locked),
  ];
}

function sameRequest(left, right) {
  return left.dbt === right.dbt && left.packages.join(" ") === right.packages.join(" ");
}

function olderThan(version, than) {
  const [major, minor] = version.split(".").map(Number);
  const [otherMajor, otherMinor] = than.split(".").map(Number);
  return major === otherMajor ? minor < otherMinor : major < otherMajor;
}

function readJson(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null;
}

function writeJson(file, value) {
  writeFileSync(`${file}.new`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${file}.new`, file);
}

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { installerEnvironment } from "./environment.mjs";
import { commonCause, run, runOrFail } from "./processes.mjs";
import { hashOf, isStamped, removeStamp, writeStamp } from "./stamps.mjs";
import { SetupError } from "./steps.mjs";

const stampName = ".millrace-stamp";
/** Who uses an environment: the lock of each Millrace, with the Python that it builds from. */
const usersName = ".millrace-users.json";

/**
 * An engine is a Python environment with dbt and its adapters. Makes the default one from the hash-locked requirements,
 * or finds it finished. One that broke off, or was made from another lock or Python, is removed and made again, unless
 * another Millrace that shares the folder still uses it: then it says so.
 * `MILLRACE_PYTHON` names a ready interpreter instead (for work on Millrace itself).
 * @returns {Promise<{ python: string, note: string }>}
 */
export async function ensureEngine(paths, basePython, { say = () => {}, environment = process.env } = {}) {
  if (environment.MILLRACE_PYTHON) return { python: environment.MILLRACE_PYTHON, note: "MILLRACE_PYTHON" };
  return ensureEnvironment({
    folder: paths.engine,
    lock: join(paths.worker, "requirements.lock"),
    basePython,
    say,
    environment,
  });
}

/**
 * The engine plus what tests and linters need (pytest, ruff, mypy): a second environment that sees the engine's packages
 * through a .pth file, so that the engine itself stays as it is in production.
 */
export async function ensureDevEngine(paths, basePython, { say = () => {}, environment = process.env } = {}) {
  if (environment.MILLRACE_PYTHON) return { python: environment.MILLRACE_PYTHON, note: "MILLRACE_PYTHON" };
  return ensureEnvironment({
    folder: paths.devEngine,
    lock: join(paths.worker, "requirements-dev.lock"),
    basePython,
    say,
    environment,
    finish: () =>
      writeFileSync(join(sitePackages(paths.devEngine), "millrace-engine.pth"), `${sitePackages(paths.engine)}\n`),
    salt: paths.engine,
  });
}

/** The site-packages folder of a virtual environment. */
export function sitePackages(folder) {
  const lib = join(folder, "lib");
  const version = existsSync(lib) ? readdirSync(lib).find((name) => name.startsWith("python3")) : undefined;
  if (!version)
    throw new SetupError(`${folder} is not a Python environment.`, `Remove ${folder} and run the same command again.`);
  return join(lib, version, "site-packages");
}

/**
 * A finished environment in `folder` from `lock`. `resolve(python, env)` writes the lock when there is none; `finish(python, env)`
 * is the last step before the stamp.
 */
export async function ensureEnvironment(options) {
  const { folder, lock, basePython, say, environment, resolve, finish = () => {} } = options;
  const python = join(folder, "bin", "python");
  const stampFile = join(folder, stampName);
  const usable = await works(python);
  if (isFinished(options) && usable) {
    noteUse(options);
    return { python, note: "unchanged" };
  }
  const [other] = usable ? otherUsers(options) : [];
  if (other) {
    throw new SetupError(
      `${folder} belongs to another Millrace too, which needs other packages: ${dirname(other)}.`,
      "Give this one a folder of its own with MILLRACE_ENGINES, or bring both to the same version.",
    );
  }

  const again = existsSync(folder);
  removeStamp(stampFile);
  if (again) {
    say("removing the unfinished or outdated one");
    rmSync(folder, { recursive: true, force: true });
  }
  const env = installerEnvironment(environment, { PIP_DISABLE_PIP_VERSION_CHECK: "1", PIP_NO_INPUT: "1" });
  await runOrFail(basePython.path, ["-m", "venv", folder], {
    title: "Creating the Python environment",
    env,
    explain: (output) =>
      /ensurepip|No module named/.test(output)
        ? new SetupError(
            "Python's venv module is not complete.",
            "On Debian or Ubuntu: apt-get install python3-venv python3-pip",
          )
        : null,
  });
  if (!existsSync(lock)) await resolve?.(python, env);
  const total = readFileSync(lock, "utf8").match(/^[A-Za-z0-9][^\s]*==/gm)?.length ?? 0;
  let done = 0;
  await runOrFail(
    python,
    ["-m", "pip", "install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile", "-r", lock],
    {
      title: "Installing the Python packages",
      env,
      explain: explainPip,
      onLine: (line) => {
        const collected = /^(Collecting|Requirement already satisfied:?) ([^\s]+)/.exec(line);
        if (collected) say(`${collected[2].split("==")[0]} (${++done} of about ${total})`);
        else if (line.startsWith("Installing collected packages")) say("installing");
      },
    },
  );
  say("compiling to bytecode");
  // Some packages ship templates that are not valid Python: compileall reports them and compiles the rest.
  const compiled = await run(python, ["-m", "compileall", "-q", "-j", "0", sitePackages(folder)], { env });
  const cause = compiled.code === 0 ? null : commonCause(`${compiled.stdout}${compiled.stderr}`);
  if (cause) throw cause;
  await finish(python, env);
  noteUse(options);
  writeStamp(stampFile, stampOf(options));
  return { python, note: again ? "made again" : "created" };
}

/** True when exactly this environment was made to its end. */
export function isFinished(options) {
  return existsSync(options.lock) && isStamped(join(options.folder, stampName), stampOf(options));
}

/** Locks of others that still want exactly the environment that is there: not those that are gone, or have changed since. */
function otherUsers(options) {
  const { folder, lock } = options;
  return Object.entries(usersOf(folder))
    .filter(([other, basePython]) => other !== lock && isFinished({ ...options, lock: other, basePython }))
    .map(([other]) => other);
}

function usersOf(folder) {
  const file = join(folder, usersName);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

function noteUse({ folder, lock, basePython: { path, version } }) {
  const users = usersOf(folder);
  const known = users[lock];
  if (known?.path === path && known.version === version) return;
  try {
    writeFileSync(join(folder, usersName), `${JSON.stringify({ ...users, [lock]: { path, version } }, null, 2)}\n`);
  } catch (error) {
    // Who may not write here cannot remove it either: it is an image's, or somebody else's.
    if (!["EACCES", "EPERM", "EROFS"].includes(error.code)) throw error;
  }
}

function stampOf({ folder, lock, basePython, salt = "" }) {
  return hashOf(dirname(lock), [basename(lock)], {
    salt: `${basePython.path} ${basePython.version} ${folder} ${salt}`,
  });
}

async function works(python) {
  if (!existsSync(python)) return false;
  const result = await run(python, ["-c", "import sys"], { env: {} });
  return result.code === 0;
}

/** What pip's output means for a person; null when it says nothing known. */
export function explainPip(output) {
  const common = commonCause(output);
  if (common) return common;
  if (/THESE PACKAGES DO NOT MATCH THE HASHES/i.test(output)) {
    return new SetupError(
      "A downloaded Python package does not have the hash that the lock file names.",
      "Do not use it. Clear pip's cache (pip cache purge) and try again; if it happens again, your package mirror serves altered files.",
    );
  }
  if (/Could not find a version|No matching distribution/i.test(output)) {
    const line =
      output.split("\n").find((text) => /No matching distribution|Could not find a version/.test(text)) ?? "";
    return new SetupError(
      `There is no package for this Python version and machine: ${line.replace(/^ERROR:\s*/, "")}`,
      "Use Python 3.10 to 3.13 (MILLRACE_BASE_PYTHON names the interpreter to build from), then run the same command again.",
    );
  }
  return null;
}

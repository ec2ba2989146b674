import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, "build", "git-worker.mjs");
const sources = [
  join(root, "server", "repository"),
  join(root, "server", "core"),
  join(root, "server", "contract", "errors.ts"),
];

/** Bundles the worker threads of the Git engine into build/git-worker.mjs when a source is newer, and returns the bundle's path. */
export async function buildWorkers() {
  if (newest([bundle]) > Math.max(newest(sources), newest([fileURLToPath(import.meta.url)]))) return bundle;
  mkdirSync(dirname(bundle), { recursive: true });
  const fresh = `${bundle}.${process.pid}.mjs`;
  try {
    await build({
      entryPoints: [join(root, "server", "repository", "worker", "main.ts")],
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

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { processSingleton } from "./singleton";

/** Where the build puts the bundle of a kind of worker thread; the process runs in the product's folder. */
const bundleOf = (name: WorkerName) => join(process.cwd(), "build", `${name}-worker.mjs`);

/** The kinds of worker threads; scripts/build-workers.mjs names the sources of each. */
type WorkerName = "git" | "search" | "manifest";

/** The bundle of a kind of worker thread. Outside production it is built first, when a source is newer. */
export function workerFile(name: WorkerName): Promise<string> {
  return processSingleton(`${name}-worker-file`, async () => {
    if (process.env.NODE_ENV === "production" && existsSync(bundleOf(name))) return bundleOf(name);
    const script = pathToFileURL(join(process.cwd(), "scripts", "build-workers.mjs")).href;
    const { buildWorker } = (await import(
      /* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ script
    )) as {
      buildWorker: (name: WorkerName) => Promise<string>;
    };
    return buildWorker(name);
  });
}

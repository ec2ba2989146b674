import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { processSingleton } from "../core";

/** Where the build puts the bundle of the worker threads; the process runs in the product's folder. */
const bundle = () => join(process.cwd(), "build", "git-worker.mjs");

/** The bundle of the worker threads. Outside production it is built first, when a source is newer. */
export function workerFile(): Promise<string> {
  return processSingleton("git-worker-file", async () => {
    if (process.env.NODE_ENV === "production" && existsSync(bundle())) return bundle();
    const script = pathToFileURL(join(process.cwd(), "scripts", "build-workers.mjs")).href;
    const { buildWorkers } = (await import(
      /* webpackIgnore: true */ /* turbopackIgnore: true */ /* @vite-ignore */ script
    )) as {
      buildWorkers: () => Promise<string>;
    };
    return buildWorkers();
  });
}

import { Worker } from "node:worker_threads";
import { newestManifestVersion, oldestManifestVersion } from "../contract/defer";
import { AppError, workerFile } from "../core";
import type { ManifestAnswer, ManifestFacts } from "./messages";

/** A manifest of the largest size takes a few seconds; one that takes longer is refused. */
const readMilliseconds = 60_000;
const memory = { maxOldGenerationSizeMb: 3_072 };
const again = "Upload the target/manifest.json of a production run.";

/**
 * Reads a manifest.json in a thread of its own, which ends with it.
 * @throws INVALID_INPUT when it is broken, something else, or of a version that is not kept; LIMIT_REACHED when it is too much
 */
export async function readManifest(path: string): Promise<ManifestFacts> {
  const worker = new Worker(await workerFile("manifest"), {
    resourceLimits: memory,
    env: {},
    stdin: false,
    name: "manifest",
  });
  let late: NodeJS.Timeout | undefined;
  try {
    const answer = await new Promise<ManifestAnswer>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", (error: NodeJS.ErrnoException) =>
        reject(
          error.code === "ERR_WORKER_OUT_OF_MEMORY"
            ? new AppError("LIMIT_REACHED", "The manifest needs too much memory to be read.", { cause: error })
            : error,
        ),
      );
      late = setTimeout(
        () => reject(new AppError("LIMIT_REACHED", "The manifest takes too long to be read.")),
        readMilliseconds,
      );
      worker.postMessage(path);
    });
    if (answer.type === "failed") throw new Error(answer.message);
    if (answer.type === "refused") {
      const message =
        answer.why === "json"
          ? "The file is no valid JSON."
          : "The file is no dbt manifest: it has no metadata or no nodes.";
      throw new AppError("INVALID_INPUT", message, { hint: again });
    }
    const { schemaVersion } = answer.facts;
    if (schemaVersion < oldestManifestVersion || schemaVersion > newestManifestVersion) {
      throw new AppError(
        "INVALID_INPUT",
        `The manifest is of schema version ${schemaVersion}; versions ${oldestManifestVersion} to ${newestManifestVersion} can be used.`,
        { hint: "Make it with a dbt version that an engine of Millrace knows." },
      );
    }
    return answer.facts;
  } finally {
    clearTimeout(late);
    await worker.terminate();
  }
}

import { readFile } from "node:fs/promises";
import { parentPort } from "node:worker_threads";
import type { ManifestAnswer, ManifestFacts } from "../messages";

/** Reads one manifest.json and says what it is. The file is parsed as a whole: half a manifest must not be kept. */
async function read(path: string): Promise<ManifestAnswer> {
  let manifest: unknown;
  try {
    manifest = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return { type: "refused", why: "json" };
    throw error;
  }
  if (!isObject(manifest) || !isObject(manifest.metadata) || !isObject(manifest.nodes)) {
    return { type: "refused", why: "shape" };
  }
  const { metadata, nodes } = manifest;
  const version = /\/dbt\/manifest\/v(\d+)\.json$/.exec(String(metadata.dbt_schema_version));
  if (version === null) return { type: "refused", why: "shape" };
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? value.slice(0, 200) : null);
  const generatedAt = new Date(text(metadata.generated_at) ?? "");
  const facts: ManifestFacts = {
    schemaVersion: Number(version[1]),
    dbtProject: text(metadata.project_name),
    dbtVersion: text(metadata.dbt_version),
    adapter: text(metadata.adapter_type),
    nodes: Object.keys(nodes).length,
    generatedAt: Number.isNaN(generatedAt.getTime()) ? null : generatedAt.toISOString(),
  };
  return { type: "read", facts };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

parentPort?.once("message", (path: string) => {
  read(path).then(
    (answer) => parentPort?.postMessage(answer),
    (error: unknown) => parentPort?.postMessage({ type: "failed", message: String(error) } satisfies ManifestAnswer),
  );
});

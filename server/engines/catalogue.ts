import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { defaultEngine, engineNameSchema } from "../contract/engines";
import { AppError, config, processSingleton } from "../core";
import duckdb from "./recorded/duckdb.json";
import postgres from "./recorded/postgres.json";

/** What `python -m millrace_worker.adapters.describe` says of one adapter. */
export const descriptionSchema = z.object({
  adapter: z.string(),
  package: z.string(),
  version: z.string(),
  fields: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(["text", "integer", "number", "boolean", "choice", "list", "mapping"]),
      required: z.boolean(),
      default: z.union([z.string(), z.number(), z.boolean()]).nullable(),
      choices: z.array(z.string()),
      aliases: z.array(z.string()),
      secret: z.boolean(),
      shown: z.boolean(),
    }),
  ),
});
export type Description = z.infer<typeof descriptionSchema>;

const describedSchema = z.object({ dbtVersion: z.string(), adapters: z.array(descriptionSchema) });
const recordSchema = z.object({
  name: engineNameSchema,
  packages: z.array(z.string()),
  dbt: z.string().nullable(),
});

/** An engine as its files tell. */
export interface InstalledEngine {
  readonly name: string;
  readonly ready: boolean;
  readonly dbt: string | null;
  readonly dbtVersion: string | null;
  readonly packages: readonly string[];
  readonly adapters: readonly Description[];
}

/** The engine that comes with Millrace; its adapters are pinned, so what they say of themselves is recorded. */
const builtIn: InstalledEngine = {
  name: defaultEngine,
  ready: true,
  dbt: null,
  dbtVersion: null,
  packages: ["dbt-duckdb", "dbt-postgres"],
  adapters: [descriptionSchema.parse(duckdb), descriptionSchema.parse(postgres)],
};

/** Every engine on this machine, the default one first. Reads small files; what has not changed is not parsed again. */
export function installedEngines(): InstalledEngine[] {
  const folder = config().enginesFolder;
  if (!existsSync(folder)) return [builtIn];
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".json") && !file.endsWith(".adapters.json"))
    .map((file) => file.slice(0, -".json".length))
    .filter((name) => engineNameSchema.safeParse(name).success && name !== defaultEngine)
    .sort();
  return [builtIn, ...names.map((name) => readEngine(folder, name))];
}

/** A finished engine. @throws NOT_FOUND, CONFLICT while it is unfinished */
export function readyEngine(name: string): InstalledEngine {
  const engine = installedEngines().find((one) => one.name === name);
  if (!engine) {
    throw new AppError("NOT_FOUND", `There is no engine named ${name}.`, {
      hint: "Choose another engine for the environment, or add it again under Engines.",
    });
  }
  if (!engine.ready) {
    throw new AppError("CONFLICT", `The engine ${name} is not finished.`, {
      hint: "Add it again under Engines: what is there is kept.",
    });
  }
  return engine;
}

/** What an adapter of an engine says of its credentials. @throws NOT_FOUND, INVALID_INPUT when the engine lacks the adapter */
export function describedAdapter(engineName: string, adapter: string): Description {
  const engine = readyEngine(engineName);
  const description = engine.adapters.find((one) => one.adapter === adapter);
  if (description) return description;
  throw new AppError("INVALID_INPUT", `The engine ${engineName} has no adapter ${adapter}.`, {
    hint: `It has ${engine.adapters.map((one) => one.adapter).join(", ")}. Others can be added under Engines.`,
  });
}

export function enginePython(name: string): string {
  return join(config().enginesFolder, name, "bin", "python");
}

function readEngine(folder: string, name: string): InstalledEngine {
  const record = readCached(join(folder, `${name}.json`), (text) => recordSchema.parse(JSON.parse(text)));
  const described = readCached(join(folder, `${name}.adapters.json`), (text) =>
    describedSchema.parse(JSON.parse(text)),
  );
  return {
    name,
    ready:
      described !== null &&
      existsSync(join(folder, name, ".millrace-stamp")) &&
      isCurrent(join(folder, `${name}.lock`)),
    dbt: record?.dbt ?? null,
    dbtVersion: described?.dbtVersion ?? null,
    packages: record?.packages ?? [],
    adapters: described?.adapters ?? [],
  };
}

/** What Millrace's worker needs beside dbt. An engine that an older Millrace made may lack some, and must be finished again. */
export const workerPackages = ["pyarrow", "sqlglot", "sqlfluff", "shandy-sqlfmt"];

function isCurrent(lock: string): boolean {
  const names = readCached(lock, packageNames);
  return names === null || workerPackages.every((name) => names.includes(name));
}

/** The names in a lock, one `name==version --hash=…` a line. */
function packageNames(text: string): string[] {
  return text.split("\n").map((line) => line.split("==")[0] ?? "");
}

function readCached<Value>(file: string, parse: (text: string) => Value): Value | null {
  const cache = processSingleton("engine-files", () => new Map<string, { at: number; value: unknown }>());
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return null;
  const known = cache.get(file);
  if (known?.at === found.mtimeMs) return known.value as Value;
  const value = parse(readFileSync(file, "utf8"));
  cache.set(file, { at: found.mtimeMs, value });
  return value;
}

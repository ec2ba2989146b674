import { z } from "zod";
import { errorBodySchema } from "./errors";

/** A dbt adapter by dbt's own name (`type:` in profiles.yml). Which ones there are is up to the installed engines. */
export const adapterSchema = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/, "This is not the name of a dbt adapter.");
export type Adapter = z.infer<typeof adapterSchema>;

export const engineNameSchema = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9]*([.-][a-z0-9]+)*$/, "Lower-case letters, digits, dots and hyphens only.");
/** The engine that comes with Millrace. */
export const defaultEngine = "default";

/** One input of a connection form. */
export const connectionFieldSchema = z.object({
  /** As in profiles.yml. */
  name: z.string(),
  label: z.string(),
  hint: z.string().nullable(),
  kind: z.enum(["text", "multiline", "integer", "number", "boolean", "choice", "list", "mapping"]),
  /** Sealed when stored, never shown again. */
  secret: z.boolean(),
  required: z.boolean(),
  initial: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  choices: z.array(z.string()),
  /** Ways to sign in that it belongs to; null when to all. */
  methods: z.array(z.string()).nullable(),
  /** Shown when asked for. */
  advanced: z.boolean(),
});
export type ConnectionField = z.infer<typeof connectionFieldSchema>;

/** A form for one kind of warehouse, made from the adapter's own credentials. */
export const connectionFormSchema = z.object({
  /** Unique in its engine; an adapter may have several forms (DuckDB and MotherDuck). */
  id: z.string(),
  adapter: adapterSchema,
  label: z.string(),
  hint: z.string().nullable(),
  /** What dbt's target schema is called there. */
  schemaLabel: z.string(),
  methods: z.array(
    z.object({ id: z.string(), label: z.string(), values: z.record(z.string(), z.union([z.string(), z.boolean()])) }),
  ),
  fields: z.array(connectionFieldSchema),
});
export type ConnectionForm = z.infer<typeof connectionFormSchema>;

export const engineFormsSchema = z.object({
  engine: z.string(),
  dbtVersion: z.string().nullable(),
  forms: z.array(connectionFormSchema),
});
export type EngineForms = z.infer<typeof engineFormsSchema>;

export const engineSchema = z.object({
  name: z.string(),
  isDefault: z.boolean(),
  /** `unfinished`: its installation broke off; adding it again finishes it. */
  state: z.enum(["ready", "unfinished", "adding", "removing"]),
  dbtVersion: z.string().nullable(),
  /** dbt version that was asked for; null for the newest. */
  dbt: z.string().nullable(),
  packages: z.array(z.string()),
  adapters: z.array(z.object({ adapter: z.string(), label: z.string(), version: z.string() })),
  /** Environments of this organisation that use it. */
  environments: z.number().int(),
  runner: z.object({
    state: z.enum(["running", "stopped"]),
    sessions: z.number().int(),
    message: z.string().nullable(),
  }),
});
export type Engine = z.infer<typeof engineSchema>;

export const engineListSchema = z.object({
  engines: z.array(engineSchema),
  /** Adapters' packages that may be added from the console. */
  offered: z.array(z.object({ package: z.string(), label: z.string() })),
  dbtVersions: z.array(z.string()),
});
export type EngineList = z.infer<typeof engineListSchema>;

export const addEngineInput = z.object({
  package: z
    .string()
    .max(80)
    .regex(/^dbt-[a-z0-9]+(-[a-z0-9]+)*$/, "A package name like dbt-snowflake."),
  dbt: z
    .string()
    .regex(/^\d+\.\d+(\.\d+)?$/, "A dbt version like 1.11.")
    .nullable()
    .default(null),
  name: engineNameSchema.nullable().default(null),
});
export const removeEngineInput = z.object({ name: engineNameSchema });

/** What adding an engine says while it runs. The last event is `done` or `failed`. */
export const engineProgressSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("progress"), text: z.string() }),
  z.object({ type: z.literal("done"), name: z.string() }),
  z.object({ type: z.literal("failed"), error: errorBodySchema }),
]);
export type EngineProgress = z.infer<typeof engineProgressSchema>;

/** How a test of a connection ended. */
export const connectionTestSchema = z.object({
  ok: z.boolean(),
  milliseconds: z.number(),
  dbtVersion: z.string().nullable(),
  failure: z
    .object({
      kind: z.enum([
        ...(["dns", "refused", "unreachable", "timeout", "tls", "authentication", "database", "permission"] as const),
        ...(["driver", "settings", "file", "busy", "other"] as const),
      ]),
      /** In plain words. */
      message: z.string(),
      hint: z.string().nullable(),
      /** The driver's own words, without secrets. */
      driver: z.string(),
    })
    .nullable(),
});
export type ConnectionTest = z.infer<typeof connectionTestSchema>;
export type ConnectionFailureKind = NonNullable<ConnectionTest["failure"]>["kind"];

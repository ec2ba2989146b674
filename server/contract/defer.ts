import { z } from "zod";

/** `off`; `on`: what the target does not have is read from production; `favorState`: everything else is. As dbt's flags. */
export const deferModes = ["off", "on", "favorState"] as const;
export const deferModeSchema = z.enum(deferModes);
export type DeferMode = z.infer<typeof deferModeSchema>;

/** What a session says once it defers. */
export const deferResultSchema = z.object({
  mode: deferModeSchema,
  /** How many models, seeds and snapshots production has. */
  nodes: z.number().int(),
  dbtVersion: z.string().nullable(),
  generatedAt: z.string().nullable(),
});
export type DeferResult = z.infer<typeof deferResultSchema>;

/** Versions of manifest.json that are kept; whether an engine can read one, its own dbt says. */
export const oldestManifestVersion = 4;
export const newestManifestVersion = 12;

/** The production manifest of an environment: what is known of it, not what is in it. */
export const productionManifestSchema = z.object({
  environmentId: z.string(),
  source: z.enum(["upload", "job"]),
  dbtProject: z.string().nullable(),
  dbtVersion: z.string().nullable(),
  schemaVersion: z.number().int(),
  adapter: z.string().nullable(),
  nodes: z.number().int(),
  bytes: z.number(),
  sha256: z.string(),
  /** When dbt made it, as it says itself. */
  generatedAt: z.iso.datetime().nullable(),
  keptAt: z.iso.datetime(),
  /** Null where a job kept it. */
  keptBy: z.string().nullable(),
});
export type ProductionManifest = z.infer<typeof productionManifestSchema>;

/** The manifest of a place and how its session defers now. */
export const deferStateSchema = z.object({ mode: deferModeSchema, manifest: productionManifestSchema.nullable() });
export type DeferState = z.infer<typeof deferStateSchema>;

export const setDeferInput = z.object({ workspaceId: z.string(), environmentId: z.string(), mode: deferModeSchema });

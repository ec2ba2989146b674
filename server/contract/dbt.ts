import { z } from "zod";
import { errorBodySchema } from "./errors";
import { filePathSchema } from "./files";
import { previewWhatSchema } from "./previews";

/** State of one person's dbt session on one workspace and environment. */
export const sessionStates = ["none", "waiting", "starting", "parsing", "ready", "broken", "lost", "ended"] as const;
/** A place in the line for a session: the first is served next. */
export const sessionLineSchema = z.object({
  place: z.number().int(),
  of: z.number().int(),
  /** What there is no room for: more of this person's sessions, of the organisation's, or of anybody's on the runner. */
  reason: z.enum(["person", "organisation", "runner"]),
});
export type SessionLine = z.infer<typeof sessionLineSchema>;
export const sessionStatusSchema = z.object({
  state: z.enum(sessionStates),
  /** dbt-core version and adapter, once known. */
  dbtVersion: z.string().nullable(),
  adapter: z.string().nullable(),
  /** Number of models in the last good graph. */
  models: z.number(),
  /** Why the project does not parse (state `broken`), or why the session ended or was lost. */
  error: errorBodySchema.nullable(),
  progress: z.object({ phase: z.string(), done: z.number(), total: z.number().nullable() }).nullable(),
  /** State `waiting`: how far it is. */
  line: sessionLineSchema.nullable(),
});
export type SessionStatus = z.infer<typeof sessionStatusSchema>;

export const indexCheckSchema = z.object({
  test: z.string(),
  packageName: z.string().nullable(),
  node: z.string().nullable(),
  column: z.string().nullable(),
});
/** One node of the project index that completion, hover and go-to use. Paths are relative to the dbt project. */
export const indexNodeSchema = z.object({
  uniqueId: z.string(),
  name: z.string(),
  resourceType: z.string(),
  packageName: z.string(),
  path: z.string(),
  /** The YAML file that describes it; null when none does, or when that is of a package. */
  patchPath: z.string().nullable(),
  /** 1-based line of its definition when it is known (YAML-defined resources, several in one file). */
  line: z.number().int().nullable(),
  relation: z.string().nullable(),
  materialized: z.string().nullable(),
  description: z.string(),
  tags: z.array(z.string()),
  columns: z.array(z.object({ name: z.string(), type: z.string().nullable(), description: z.string() })),
  dependsOn: z.array(z.string()),
  /** For sources: the source's name (`name` is the table's). For versioned models: the version. */
  sourceName: z.string().nullable(),
  version: z.string().nullable(),
  /** Who answers for it, as its group, its `meta.owner` or an exposure says. */
  owner: z.string().nullable(),
  /** How old the rows of a source may be, in words. */
  freshness: z.string().nullable(),
  /** Of a generic test: its name, and the node and column that it checks. */
  checks: indexCheckSchema.nullable(),
});
export type IndexNode = z.infer<typeof indexNodeSchema>;
export const indexParameterSchema = z.object({
  name: z.string(),
  /** Its expression; null where an argument must be given. */
  default: z.string().nullable(),
  type: z.string().nullable(),
  description: z.string(),
});
export const indexMacroSchema = z.object({
  uniqueId: z.string(),
  name: z.string(),
  packageName: z.string(),
  path: z.string(),
  line: z.number().int().nullable(),
  arguments: z.array(z.string()),
  /** The same with what is known of each. */
  parameters: z.array(indexParameterSchema),
  description: z.string(),
});
export type IndexMacro = z.infer<typeof indexMacroSchema>;
export const indexDocSchema = z.object({
  name: z.string(),
  packageName: z.string(),
  path: z.string(),
  text: z.string(),
});
export const projectIndexSchema = z.object({
  projectName: z.string(),
  adapter: z.string(),
  /** Grows by one with each applied change. */
  version: z.number().int(),
  nodes: z.array(indexNodeSchema),
  macros: z.array(indexMacroSchema),
  docs: z.array(indexDocSchema),
  vars: z.array(z.string()),
  /** Folders in which dbt looks for models, relative to the project. */
  modelPaths: z.array(z.string()),
});
export type ProjectIndex = z.infer<typeof projectIndexSchema>;

/**
 * The index without what everyone at a commit shares, when the browser has that already: either `whole`, or the shared part
 * (`names`, by which it completes, and `rest`: gzipped in base64; each null when it is at hand, or not wanted yet) and what differs from it.
 */
export const indexChangesSchema = z.object({
  nodes: z.array(indexNodeSchema),
  macros: z.array(indexMacroSchema),
  /** Unique ids that are not there any more. */
  gone: z.array(z.string()),
  /** All of them, when one has changed. */
  docs: z.array(indexDocSchema).nullable(),
});
export type IndexChanges = z.infer<typeof indexChangesSchema>;
export const indexPartsSchema = z.object({
  version: z.number().int(),
  base: z.object({ key: z.string(), names: z.string().nullable(), rest: z.string().nullable() }).nullable(),
  /** How relations begin for this person, in place of the shared part's prefixes. */
  prefixes: z.array(z.string()),
  changes: indexChangesSchema.nullable(),
  whole: projectIndexSchema.nullable(),
});
export type IndexParts = z.infer<typeof indexPartsSchema>;
/** What of the index is asked for by who has the shared names of key `known`: names alone, the rest, or all that is not at hand. */
export const indexWantedSchema = z.object({
  known: z.string().max(100).nullable(),
  part: z.enum(["names", "rest", "all"]),
});
export type IndexWanted = z.infer<typeof indexWantedSchema>;

/** What the session answers to a compile. `sql` is byte-equal to dbt's; while a file is broken `lastGoodSql` is what to grey out. */
export const compileResultSchema = z.object({
  uniqueId: z.string().nullable(),
  /** The caller's own counter, echoed, so that late answers can be dropped. */
  version: z.number().int(),
  sql: z.string().nullable(),
  lastGoodSql: z.string().nullable(),
  error: errorBodySchema.nullable(),
  /** The compile needs the warehouse (run_query, introspection) and ran in a query process. */
  introspective: z.boolean(),
  /** The graph is older than the text because a patch is still being applied. */
  stale: z.boolean(),
  dependsOn: z.array(z.string()),
  milliseconds: z.number(),
});
export type CompileResult = z.infer<typeof compileResultSchema>;

/** An unsaved buffer. `text` null forgets the buffer (the file on disk counts again); `deleted` hides the file. */
export const overlayChangeSchema = z.object({
  path: filePathSchema,
  text: z.string().max(5_000_000).nullable(),
  deleted: z.boolean().default(false),
  version: z.number().int(),
});
export type OverlayChange = z.infer<typeof overlayChangeSchema>;

export const dbtPlaceShape = {
  workspaceId: z.string(),
  environmentId: z.string(),
  /** The browser tab that asks: unsaved text counts as long as the tab that has it is there. Left out by what has none. */
  page: z.uuid().optional(),
};
export const dbtPlaceInput = z.object(dbtPlaceShape);
export const indexInput = indexWantedSchema.extend(dbtPlaceShape);
export const overlayInput = z.object({ ...dbtPlaceShape, changes: z.array(overlayChangeSchema).max(1000) });
/**
 * Compile a file (its unsaved text in `text` counts, and becomes its overlay) or a piece of SQL with Jinja (`sql`, in the
 * context of `path` when it is given).
 */
export const compileInput = z.object({
  ...dbtPlaceShape,
  path: filePathSchema.nullable(),
  text: z.string().max(5_000_000).nullable().default(null),
  sql: z.string().max(5_000_000).nullable().default(null),
  version: z.number().int(),
});

/**
 * What to preview: a file (with its unsaved text) or a piece of SQL with Jinja, or by `what` a part or a measure of it, or a
 * node of the project. Body of POST /api/preview.
 */
export const previewInput = z.object({
  ...dbtPlaceShape,
  path: filePathSchema.nullable(),
  text: z.string().max(5_000_000).nullable().default(null),
  sql: z.string().max(5_000_000).nullable().default(null),
  what: previewWhatSchema.nullable().default(null),
  /** Rows wanted; the policy's limit may be smaller. */
  rows: z.number().int().min(1).max(100_000_000),
  /** The browser's own id of this run, a UUID; used to cancel and to ask for the outcome. */
  queryId: z.uuid(),
});
export type PreviewInput = z.infer<typeof previewInput>;

/** Metadata of one interactive query. Never a row, never the SQL's text. */
export const queryRunSchema = z.object({
  queryId: z.string(),
  userName: z.string(),
  projectName: z.string(),
  environmentName: z.string(),
  /** The node or file, or `selection`; with what was shown of it (`row count of ...`). */
  subject: z.string(),
  outcome: z.enum(["running", "complete", "limited", "failed", "cancelled", "ended", "refused"]),
  /** Why it failed or was ended, as shown to the person. */
  message: z.string().nullable(),
  rows: z.number().nullable(),
  bytes: z.number().nullable(),
  milliseconds: z.number().nullable(),
  startedAt: z.iso.datetime(),
});
export type QueryRun = z.infer<typeof queryRunSchema>;

/** What a browser hears over its event subscription of one workspace. */
export const workspaceEventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("session"), status: sessionStatusSchema }),
  /** The graph changed: fetch the index again when its version is newer. */
  z.object({ type: z.literal("index"), version: z.number().int() }),
  /** Column lineage has caught up with the graph. */
  z.object({ type: z.literal("lineage"), version: z.number().int() }),
  /** Files changed on disk by another tab, Git or a job. */
  z.object({ type: z.literal("files"), paths: z.array(z.string()) }),
  z.object({ type: z.literal("git") }),
  /** The effective preview policy may have changed: ask again. */
  z.object({ type: z.literal("policy") }),
  /** The sign-in session ended (signed out elsewhere, revoked, expired, deactivated). */
  z.object({ type: z.literal("signed-out"), message: z.string() }),
]);
export type WorkspaceEvent = z.infer<typeof workspaceEventSchema>;

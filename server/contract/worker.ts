import { z } from "zod";
import {
  compileResultSchema,
  indexPartsSchema,
  indexWantedSchema,
  overlayChangeSchema,
  projectIndexSchema,
} from "./dbt";
import { deferModeSchema, deferResultSchema } from "./defer";
import { errorBodySchema } from "./errors";
import {
  columnLineageParamsSchema,
  columnLineageSchema,
  columnUseSchema,
  diagnosticSchema,
  diagnosticsSchema,
  fileDiagnosticsSchema,
  lineageEdgeSchema,
  modelColumnsSchema,
  nodeColumnsSchema,
  selectionParamsSchema,
  selectionSchema,
} from "./lineage";
import { formatResultSchema, lintResultSchema } from "./lint";
import { previewLimitsSchema } from "./policy";
import { previewedSchema, previewWhatSchema } from "./previews";
import { rowsHeadSchema, rowsTailSchema } from "./rows";

/**
 * The protocol between the web process and a runner, version 1. Frames are those of `rows.ts`; all control is JSON frames.
 * The Python types in server/worker/millrace_worker/protocol are generated from this file.
 *
 * A connection starts with one `hello` frame, the only one that the runner reads itself; then the descriptor is handed on:
 *   hello(kind session) + template + credentials -> template -> session: requests, responses and events until end of file
 *   hello(kind query) + query                    -> session -> query process: one head, Arrow frames, one tail, end of file
 *   hello(kind status)                           -> the runner answers one `status` frame and closes
 */
export const protocolVersion = 1;
export { deferModeSchema, previewedSchema, previewWhatSchema };

export const workerLimitsSchema = z.object({
  /** Address space that a session or query may add to what it was forked with, in MiB. */
  sessionMemoryMb: z.number().int(),
  queryMemoryMb: z.number().int(),
  /** CPU seconds of the session's own process, in all. */
  sessionCpuSeconds: z.number().int(),
  /** CPU seconds of one query. */
  queryCpuSeconds: z.number().int(),
  /** Seconds without a word from the web process, which pings, after which the session exits by itself: it hangs. */
  silenceSeconds: z.number().int(),
});

/** Public half: no secret in it. Absolute paths are of the runner's machine. */
export const sessionHelloSchema = z.object({
  type: z.literal("hello"),
  protocol: z.literal(protocolVersion),
  kind: z.literal("session"),
  /** Random, made by the web process; whoever knows it may open queries in this session. */
  session: z.string(),
  organisation: z.string(),
  project: z.string(),
  user: z.string(),
  /** The dbt project's folder (where dbt_project.yml is), inside `shareRoot`. */
  projectRoot: z.string(),
  /** Folder of all workspaces of this project: what its template may read. A session may read `workspaceRoot` only. */
  shareRoot: z.string(),
  workspaceRoot: z.string(),
  /** The commit that is checked out; null when there is none (then the template is keyed by the workspace). */
  commit: z.string().nullable(),
  /** Commits that it is based on, nearest first: a new template may build on a parse that was kept of one of them. */
  ancestors: z.array(z.string()).optional(),
  environment: z.object({
    adapter: z.string(),
    target: z.string(),
    schema: z.string(),
    threads: z.number().int(),
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
  /** dbt variables as on the command line (`--vars`). */
  vars: z.record(z.string(), z.unknown()),
  limits: workerLimitsSchema,
  /** Files outside the workspace that the session may read (an embedded DuckDB file), absolute. */
  readableFiles: z.array(z.string()),
  /** The only TCP endpoints that may be reached. Empty: no sockets at all. */
  egress: z.array(z.object({ host: z.string(), port: z.number().int() })),
});
export type SessionHello = z.infer<typeof sessionHelloSchema>;

/** What differs between the working tree and the commit, so that a template holds the committed project and nobody's edits. */
export const templateFrameSchema = z.object({
  type: z.literal("template"),
  /** Committed text of each file that differs on disk; null when the commit does not have the file. */
  committed: z.array(z.object({ path: z.string(), text: z.string().nullable() })),
});
export const credentialsFrameSchema = z.object({
  type: z.literal("credentials"),
  secrets: z.record(z.string(), z.string()),
  /** What env_var() sees. */
  environmentVariables: z.record(z.string(), z.string()),
});

export const queryHelloSchema = z.object({
  type: z.literal("hello"),
  protocol: z.literal(protocolVersion),
  kind: z.literal("query"),
  session: z.string(),
});
export const queryFrameSchema = z.object({
  type: z.literal("query"),
  queryId: z.string(),
  /** A file of the project (its overlay counts), or SQL with Jinja (in the context of `path` when given). */
  path: z.string().nullable(),
  sql: z.string().nullable(),
  /** The text of `path` that counts in this query alone, whatever its overlay is by then; null: as the session has it. */
  text: z.string().nullable().default(null),
  /** What is shown of it, or of a node of the project instead. Null: its rows. */
  what: previewWhatSchema.nullable().default(null),
  limits: previewLimitsSchema,
});
export const statusHelloSchema = z.object({
  type: z.literal("hello"),
  protocol: z.literal(protocolVersion),
  kind: z.literal("status"),
});
export const helloSchema = z.discriminatedUnion("kind", [sessionHelloSchema, queryHelloSchema, statusHelloSchema]);

export const runnerStatusSchema = z.object({
  type: z.literal("status"),
  pid: z.number().int(),
  dbtVersion: z.string(),
  adapters: z.array(z.string()),
  sandbox: z.object({ layers: z.array(z.string()), landlockAbi: z.number().int(), missing: z.array(z.string()) }),
  templates: z.number().int(),
  sessions: z.number().int(),
  maxSessions: z.number().int(),
  /** It takes no new sessions and ends with the last one. */
  draining: z.boolean(),
});
export type RunnerStatus = z.infer<typeof runnerStatusSchema>;

export const requestSchema = z.discriminatedUnion("method", [
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("overlay"),
    params: z.object({ changes: z.array(overlayChangeSchema) }),
  }),
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("filesChanged"),
    params: z.object({ paths: z.array(z.string()) }),
  }),
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("compile"),
    params: z.object({
      path: z.string().nullable(),
      uniqueId: z.string().nullable(),
      sql: z.string().nullable(),
      version: z.number().int(),
      /**
       * Whether a compile that wants the warehouse may run again in a query process. When it may not (the preview policy is
       * asked first), the answer is `introspective: true` with `sql` null, and no connection was opened.
       */
      allowWarehouse: z.boolean(),
    }),
  }),
  z.object({ type: z.literal("request"), id: z.number().int(), method: z.literal("index"), params: z.object({}) }),
  /** The index for a browser that has a part of it. */
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("indexParts"),
    params: indexWantedSchema,
  }),
  /** Ends one query process of this session at once. */
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("cancel"),
    params: z.object({ queryId: z.string() }),
  }),
  /** From now on `ref` defers to a production manifest, which the session may read, or to none. */
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("defer"),
    params: z.object({ mode: deferModeSchema, manifest: z.string().nullable() }),
  }),
  z.object({ type: z.literal("request"), id: z.number().int(), method: z.literal("ping"), params: z.object({}) }),
  /** What SQLFluff says of a file; and the file as the project's formatter writes it. Each in a process of its own. */
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("lint"),
    params: z.object({ path: z.string(), version: z.number().int() }),
  }),
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("format"),
    params: z.object({ path: z.string(), version: z.number().int() }),
  }),
  /** Where one column comes from and what is made of it, through the whole project. */
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("columnLineage"),
    params: columnLineageParamsSchema,
  }),
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("modelColumns"),
    params: z.object({ uniqueIds: z.array(z.string()) }),
  }),
  /** The nodes that dbt's `--select` and `--exclude` choose. */
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("select"),
    params: selectionParamsSchema,
  }),
  /** What is wrong in some files, found without running anything. */
  z.object({
    type: z.literal("request"),
    id: z.number().int(),
    method: z.literal("diagnostics"),
    params: z.object({ paths: z.array(z.string()) }),
  }),
]);
export type WorkerRequest = z.infer<typeof requestSchema>;
export type WorkerMethod = WorkerRequest["method"];

export const resultSchemas = {
  overlay: z.object({ graphVersion: z.number().int(), pending: z.boolean() }),
  filesChanged: z.object({ graphVersion: z.number().int(), pending: z.boolean() }),
  compile: compileResultSchema,
  index: projectIndexSchema,
  indexParts: indexPartsSchema,
  cancel: z.object({ found: z.boolean() }),
  defer: deferResultSchema,
  ping: z.object({}),
  lint: lintResultSchema,
  format: formatResultSchema,
  columnLineage: columnLineageSchema,
  modelColumns: modelColumnsSchema,
  select: selectionSchema,
  diagnostics: diagnosticsSchema,
} as const;

export const responseSchema = z.object({
  type: z.literal("response"),
  id: z.number().int(),
  result: z.unknown().nullable(),
  error: errorBodySchema.nullable(),
});

/** Sent by a session at any time. `ready` is the first, or `fatal` and end of file. */
export const eventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("progress"), phase: z.string(), done: z.number(), total: z.number().nullable() }),
  z.object({
    type: z.literal("ready"),
    pid: z.number().int(),
    dbtVersion: z.string(),
    adapter: z.string(),
    models: z.number().int(),
    graphVersion: z.number().int(),
    fromTemplate: z.boolean(),
    /** The project does not parse; the session lives and tries again with each change. */
    error: errorBodySchema.nullable(),
  }),
  /** The graph after an overlay, a saved file or a Git operation. `error` while a file is broken (the last good graph serves). */
  z.object({
    type: z.literal("graph"),
    graphVersion: z.number().int(),
    models: z.number().int(),
    pending: z.boolean(),
    /** How many callers of a changed macro have been read again; `pending` is true meanwhile. */
    reading: z.object({ done: z.number().int(), total: z.number().int() }).nullable(),
    error: errorBodySchema.nullable(),
  }),
  /** Lineage has caught up with the graph, which changes what can be said of columns. */
  z.object({
    type: z.literal("lineage"),
    graphVersion: z.number().int(),
    done: z.number().int(),
    total: z.number().int(),
  }),
  /** Counts only. `ended` is null for a normal end, else what ended it: a signal's name or a limit's. */
  z.object({
    type: z.literal("queryEnded"),
    queryId: z.string(),
    pid: z.number().int(),
    outcome: z.enum(["complete", "limited", "failed", "cancelled", "lost"]),
    rows: z.number().int(),
    bytes: z.number().int(),
    milliseconds: z.number(),
    /** `write_bytes` of /proc/PID/io, read by its parent before it was reaped. */
    writeBytes: z.number().int(),
    peakMemoryKb: z.number().int(),
    error: errorBodySchema.nullable(),
  }),
  z.object({ type: z.literal("fatal"), error: errorBodySchema }),
]);
export type WorkerEvent = z.infer<typeof eventSchema>;

export {
  columnUseSchema,
  diagnosticSchema,
  fileDiagnosticsSchema,
  lineageEdgeSchema,
  nodeColumnsSchema,
  rowsHeadSchema,
  rowsTailSchema,
};

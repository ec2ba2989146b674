import { z } from "zod";
import { dbtPlaceShape } from "./dbt";
import { filePathSchema } from "./files";

/** How a column of a relation is made from another: as it is, under another name, by an expression, by an aggregate. */
export const lineageKindSchema = z.enum(["passed", "renamed", "transformed", "aggregated"]);
export type LineageKind = z.infer<typeof lineageKindSchema>;
/** How a column decides which rows there are, or in which groups and order, without being shown. */
export const lineageUseSchema = z.enum(["join", "filter", "group", "order"]);
export type LineageUse = z.infer<typeof lineageUseSchema>;

/** `uniqueId` is a node of the project, or the dotted name of a table that is none. */
export const lineageColumnSchema = z.object({ uniqueId: z.string(), column: z.string() });
export type LineageColumn = z.infer<typeof lineageColumnSchema>;
export const lineageEdgeSchema = z.object({
  source: lineageColumnSchema,
  target: lineageColumnSchema,
  kind: lineageKindSchema,
});
export type LineageEdge = z.infer<typeof lineageEdgeSchema>;
/** A column that decides the rows of the node `target`. */
export const columnUseSchema = z.object({ source: lineageColumnSchema, target: z.string(), kind: lineageUseSchema });
export type ColumnUse = z.infer<typeof columnUseSchema>;

/** Everything above and below one column. What could not be resolved is said, never guessed. */
export const columnLineageSchema = z.object({
  graphVersion: z.number().int(),
  /** Not everything has been worked out yet: ask again after the next `lineage` event. */
  pending: z.boolean(),
  /** There is more than the limit. */
  truncated: z.boolean(),
  edges: z.array(lineageEdgeSchema),
  uses: z.array(columnUseSchema),
  unresolved: z.array(lineageColumnSchema.extend({ reason: z.string() })),
});
export type ColumnLineage = z.infer<typeof columnLineageSchema>;

export const nodeColumnsSchema = z.object({
  uniqueId: z.string(),
  /** These are all of its columns; else it may have others. */
  complete: z.boolean(),
  /** It has changed since this was worked out. */
  pending: z.boolean(),
  columns: z.array(
    z.object({
      name: z.string(),
      /** As the warehouse calls it, where it has been read. */
      type: z.string().optional(),
      sources: z.array(lineageColumnSchema.extend({ kind: lineageKindSchema })),
      unresolved: z.array(z.string()),
    }),
  ),
  uses: z.array(columnUseSchema),
  /** When the warehouse told the oldest of what these columns are known by; absent where the project's text tells all. */
  readAt: z.iso.datetime().optional(),
  /** Relations whose columns are not known and all pass through. */
  open: z.array(z.string()),
  unresolved: z.array(z.string()),
});
export type NodeColumns = z.infer<typeof nodeColumnsSchema>;
export const modelColumnsSchema = z.object({
  graphVersion: z.number().int(),
  pending: z.boolean(),
  /** How many nodes of the project have been worked out. */
  done: z.number().int(),
  total: z.number().int(),
  nodes: z.array(nodeColumnsSchema),
});
export type ModelColumns = z.infer<typeof modelColumnsSchema>;

/** A problem at an exact stretch of a file (1-based; the end is the place after it), and what could stand there instead. */
export const diagnosticSchema = z.object({
  severity: z.enum(["error", "warning"]),
  code: z.enum([
    "missing-ref",
    "missing-source",
    "disabled",
    "cycle",
    "duplicate",
    "unknown-column",
    "missing-node",
    "missing-column",
  ]),
  message: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  endLine: z.number().int(),
  endColumn: z.number().int(),
  suggestions: z.array(z.string()),
  /** When the warehouse told what this rests on; absent where it rests on the project's text alone. */
  readAt: z.iso.datetime().optional(),
});
export type Diagnostic = z.infer<typeof diagnosticSchema>;
export const fileDiagnosticsSchema = z.object({ path: z.string(), problems: z.array(diagnosticSchema) });
export const diagnosticsSchema = z.object({
  graphVersion: z.number().int(),
  pending: z.boolean(),
  files: z.array(fileDiagnosticsSchema),
});
export type Diagnostics = z.infer<typeof diagnosticsSchema>;

export const columnLineageParamsSchema = lineageColumnSchema.extend({
  upstream: z.boolean(),
  downstream: z.boolean(),
  limit: z.number().int().min(1).max(10_000),
});
export const selectionParamsSchema = z.object({ select: z.string().max(2000), exclude: z.string().max(2000) });
export const selectionSchema = z.object({ graphVersion: z.number().int(), uniqueIds: z.array(z.string()) });
export type Selection = z.infer<typeof selectionSchema>;

export const columnLineageInput = columnLineageParamsSchema.extend(dbtPlaceShape);
export const modelColumnsInput = z.object({ ...dbtPlaceShape, uniqueIds: z.array(z.string()).min(1).max(200) });
export const selectionInput = selectionParamsSchema.extend(dbtPlaceShape);
/** Unsaved text in `text` counts, as with a compile. */
export const diagnosticsInput = z.object({
  ...dbtPlaceShape,
  files: z
    .array(
      z.object({
        path: filePathSchema,
        text: z.string().max(5_000_000).nullable().default(null),
        version: z.number().int(),
      }),
    )
    .min(1)
    .max(50),
});

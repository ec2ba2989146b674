import { z } from "zod";
import { previewedOf } from "./plain";

/** A name that a person or the project gave: shown in the history, and never put into SQL as it is. */
const name = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\u0000-\u001f]+$/);

/** Rows of something. */
const statement = z.object({ kind: z.literal("statement") });
/** One CTE of the file or SQL, with what it depends on. `occurrence` counts from 0 where several have one name. */
const cte = z.object({ kind: z.literal("cte"), name, occurrence: z.number().int().min(0).max(10_000) });
/** What a test finds: its failing rows; of a unit test the actual and the expected rows. */
const failures = z.object({ kind: z.literal("failures"), uniqueId: name });
/** A model's, seed's, snapshot's or source's relation as it is in the warehouse. */
const relation = z.object({ kind: z.literal("relation"), uniqueId: name });

/** A relation of the warehouse by its name, whether the project knows it or not. */
const place = { database: name.nullable(), schema: name, name };
const named = z.object({ kind: z.literal("named"), ...place });

export const previewedSchema = z.discriminatedUnion("kind", [statement, cte, failures, relation, named]);

/** What a preview shows. Null is the same as `statement`: the rows of the file or the SQL itself. */
export const previewWhatSchema = z.discriminatedUnion("kind", [
  statement,
  cte,
  failures,
  relation,
  named,
  /** Every relation that the connection sees, from the warehouse's own catalog: database, schema, name and kind. */
  z.object({ kind: z.literal("catalog") }),
  /** Name and type of each column of a relation, from the warehouse's own catalog. */
  z.object({ kind: z.literal("catalogColumns"), ...place }),
  /** One row: a data test's status by its own thresholds, and how many failures it counts. */
  z.object({ kind: z.literal("verdict"), uniqueId: name }),
  /** One row for each data test that reads a node: its name, status and failures, those that fail first. */
  z.object({ kind: z.literal("verdicts"), uniqueId: name }),
  z.object({ kind: z.literal("count"), of: previewedSchema }),
  /** Rows, nulls, distinct values, least, greatest and most frequent values of a column, in one query. */
  z.object({ kind: z.literal("profile"), of: previewedSchema, column: name }),
  /** A row for each column, in one query: its name and type, how many rows, nulls and distinct values, the least and greatest value. */
  z.object({ kind: z.literal("profiles"), of: previewedSchema }),
  /** Each value of a column and how many rows have it. */
  z.object({ kind: z.literal("distinct"), of: previewedSchema, column: name }),
]);
export type Previewed = z.infer<typeof previewedSchema>;
export type PreviewWhat = z.infer<typeof previewWhatSchema>;

/** Whether a preview is made of a file or of SQL, rather than of a node of the project. */
export function needsText(what: PreviewWhat | null): boolean {
  const { kind } = previewedOf(what);
  return kind === "statement" || kind === "cte";
}

/** What a preview shows, for its record: names alone. `text` is the file, or `selection`. */
export function describePreview(what: PreviewWhat | null, text: string): string {
  const shown = describePreviewed(previewedOf(what), text);
  switch (what?.kind) {
    case "count":
      return `row count of ${shown}`;
    case "profile":
      return `profile of ${what.column} in ${shown}`;
    case "profiles":
      return `profile of ${shown}`;
    case "distinct":
      return `distinct values of ${what.column} in ${shown}`;
    default:
      return shown;
  }
}

function describePreviewed(shown: Exclude<PreviewWhat, { of: unknown }>, text: string): string {
  switch (shown.kind) {
    case "statement":
      return text;
    case "cte":
      return `${shown.name} in ${text}`;
    case "failures":
      return `failing rows of ${shown.uniqueId}`;
    case "verdict":
      return `result of ${shown.uniqueId}`;
    case "verdicts":
      return `test results of ${shown.uniqueId}`;
    case "relation":
      return `relation of ${shown.uniqueId}`;
    case "named":
      return `${shown.schema}.${shown.name}`;
    case "catalog":
      return "names of the warehouse's relations";
    case "catalogColumns":
      return `columns of ${shown.schema}.${shown.name}`;
  }
}

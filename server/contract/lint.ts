import { z } from "zod";
import { dbtPlaceShape } from "./dbt";
import { filePathSchema } from "./files";

/** A stretch of the file's text, counted from 1, and what stands there after the fix; the end is exclusive. */
export const lintEditSchema = z.object({
  line: z.number().int(),
  column: z.number().int(),
  endLine: z.number().int(),
  endColumn: z.number().int(),
  text: z.string(),
});
export const lintProblemSchema = z.object({
  /** SQLFluff's code of the rule (`LT01`) and its name (`layout.spacing`). */
  code: z.string(),
  rule: z.string(),
  message: z.string(),
  severity: z.enum(["warning", "info"]),
  line: z.number().int(),
  column: z.number().int(),
  endLine: z.number().int().nullable(),
  endColumn: z.number().int().nullable(),
  /** What SQLFluff would change to mend this problem alone; empty when it cannot. */
  edits: z.array(lintEditSchema),
});
export type LintProblem = z.infer<typeof lintProblemSchema>;

/** `configured`: the project has a configuration of SQLFluff; without one nothing is looked at. */
export const lintResultSchema = z.object({
  version: z.number().int(),
  configured: z.boolean(),
  problems: z.array(lintProblemSchema),
});
export type LintResult = z.infer<typeof lintResultSchema>;

/** `formatter` is the one that the project configures; sqlfmt when it configures none. */
export const formatResultSchema = z.object({
  version: z.number().int(),
  formatter: z.enum(["sqlfmt", "sqlfluff"]),
  text: z.string(),
});
export type FormatResult = z.infer<typeof formatResultSchema>;

/** SQLFluff's dialect of an adapter, for browser and worker alike; what is not here is read as ANSI SQL. */
export const sqlfluffDialects: Readonly<Record<string, string>> = {
  athena: "athena",
  bigquery: "bigquery",
  clickhouse: "clickhouse",
  databricks: "databricks",
  duckdb: "duckdb",
  fabric: "tsql",
  postgres: "postgres",
  redshift: "redshift",
  snowflake: "snowflake",
  spark: "sparksql",
  sqlserver: "tsql",
  trino: "trino",
};

/** A file with its unsaved text in `text`, which becomes its overlay. `version` is the caller's counter, echoed. */
export const lintInput = z.object({
  ...dbtPlaceShape,
  path: filePathSchema,
  text: z.string().max(5_000_000).nullable(),
  version: z.number().int(),
});

import { z } from "zod";
import { errorBodySchema } from "./errors";

/**
 * The bytes of one preview, from the query process to the browser, untouched on the way (`application/vnd.millrace.rows`).
 *
 * A sequence of frames: one byte kind, four bytes little-endian payload length, payload.
 *   kind 0x4A `J`: UTF-8 JSON, a `rowsMessageSchema`: exactly one head first, exactly one tail last.
 *   kind 0x41 `A`: bytes of one Arrow IPC stream (schema message, then record batches), cut at message borders.
 * A stream that ends without a tail was cut off: ask `preview.outcome` why.
 */
export const frameKinds = { json: 0x4a, arrow: 0x41 } as const;
export const frameHeaderBytes = 5;
/** Frames larger than this are a protocol error (an Arrow batch is cut well below it). */
export const maxFrameBytes = 256 * 1024 * 1024;

export const rowsHeadSchema = z.object({
  type: z.literal("head"),
  queryId: z.string(),
  /** Columns in order, with the warehouse's own type names. */
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  /** The SQL that runs. */
  sql: z.string(),
});
export const rowsTailSchema = z.object({
  type: z.literal("tail"),
  outcome: z.enum(["complete", "limited", "failed"]),
  limit: z.enum(["rows", "bytes", "seconds"]).nullable(),
  rows: z.number().int(),
  bytes: z.number().int(),
  milliseconds: z.object({ compile: z.number(), connect: z.number(), execute: z.number(), total: z.number() }),
  error: errorBodySchema.nullable(),
});
export const rowsMessageSchema = z.discriminatedUnion("type", [rowsHeadSchema, rowsTailSchema]);
export type RowsHead = z.infer<typeof rowsHeadSchema>;
export type RowsTail = z.infer<typeof rowsTailSchema>;

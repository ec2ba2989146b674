import { errorBodySchema, type PreviewInput, type RowsHead, rowsMessageSchema } from "@/server/contract";
import { FrameReader } from "./frames";

/** All rows of a small preview as texts, its columns with the warehouse's type names, and whether a limit cut it. */
export interface ReadRows {
  readonly columns: RowsHead["columns"];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly limited: boolean;
}

/**
 * Runs a preview and reads it to its end, under the same policy as any other. For names and types, not for results: those belong to a
 * worker of their own. Throws an ErrorBody when it is refused, fails or is cut off.
 */
export async function readRows(input: Omit<PreviewInput, "queryId">, signal?: AbortSignal): Promise<ReadRows> {
  const response = await fetch("/api/preview", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...input, queryId: crypto.randomUUID() }),
    cache: "no-store",
    signal: signal ?? null,
  });
  if (!response.ok || response.body === null) throw errorBodySchema.parse(await response.json());
  const { BatchDecoder } = await import("./batch-decoder");
  const frames = new FrameReader();
  const decoder = new BatchDecoder();
  const rows: (string | null)[][] = [];
  const reader = response.body.getReader();
  let columns: RowsHead["columns"] = [];
  let limited: boolean | null = null;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    for (const { kind, payload } of frames.push(part.value)) {
      if (kind === "arrow") {
        for (const batch of decoder.decode(payload)) {
          const columns = Array.from({ length: batch.numCols }, (_, index) => batch.getChildAt(index));
          for (let row = 0; row < batch.numRows; row += 1) {
            rows.push(columns.map((column) => (column?.get(row) == null ? null : String(column.get(row)))));
          }
        }
        frames.recycle(payload);
        continue;
      }
      const message = rowsMessageSchema.parse(JSON.parse(new TextDecoder().decode(payload)));
      if (message.type === "head") {
        columns = message.columns;
        continue;
      }
      if (message.error) throw message.error;
      limited = message.outcome === "limited";
    }
  }
  if (limited === null) {
    throw errorBodySchema.parse({
      code: "WORKER_LOST",
      message: "The warehouse's answer was cut off.",
      hint: "Try again.",
    });
  }
  return { columns, rows, limited };
}

import { BatchDecoder } from "@/components/results/batch-decoder";
import { FrameReader } from "@/components/results/frames";
import type { RowsHead, RowsTail } from "@/server/contract/rows";
import { postRaw } from "./raw-http";

export interface Decoded {
  /** Milliseconds from the request to the first batch with rows, decoded; to `wanted` rows; to the end. */
  readonly first: number;
  readonly all: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sql: string;
  readonly tail: RowsTail;
}

/** Posts a query and decodes its rows as the results panel does, but lets each batch go, as who reads names and types does. */
export async function runRequest(url: string, body: unknown): Promise<Decoded> {
  const started = performance.now();
  const frames = new FrameReader();
  const decoder = new BatchDecoder();
  let first = Number.NaN;
  let rows = 0;
  const seen = { bytes: 0, sql: "", tail: null as RowsTail | null };
  await postRaw(url, body, (value) => {
    seen.bytes += value.length;
    for (const frame of frames.push(value)) {
      if (frame.kind === "arrow") {
        for (const batch of decoder.decode(frame.payload)) {
          rows += batch.numRows;
          if (Number.isNaN(first) && batch.numRows > 0) first = performance.now() - started;
        }
        frames.recycle(frame.payload);
        continue;
      }
      const message = JSON.parse(new TextDecoder().decode(frame.payload)) as RowsHead | RowsTail;
      if (message.type === "tail") seen.tail = message;
      else seen.sql = message.sql;
    }
  });
  const { bytes, sql, tail } = seen;
  if (tail === null) throw new Error("The stream was cut.");
  if (tail.error) throw new Error(tail.error.message);
  return { first, all: performance.now() - started, rows, bytes, sql, tail };
}

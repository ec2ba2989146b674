import { tableFromIPC } from "apache-arrow";
import { frameHeaderBytes, frameKinds, type RowsHead, type RowsTail, rowsMessageSchema } from "../contract/rows";

export interface ReadRows {
  readonly head: RowsHead | null;
  readonly tail: RowsTail | null;
  readonly rows: Record<string, unknown>[];
  readonly bytes: number;
}

/** Reads a whole preview, with the real Arrow decoder. A stream that was cut has no tail. */
export async function readRows(stream: ReadableStream<Uint8Array>): Promise<ReadRows> {
  const bytes = Buffer.from(await new Response(stream).arrayBuffer());
  const arrow: Buffer[] = [];
  let head: RowsHead | null = null;
  let tail: RowsTail | null = null;
  let at = 0;
  while (at + frameHeaderBytes <= bytes.length) {
    const end = at + frameHeaderBytes + bytes.readUInt32LE(at + 1);
    const payload = bytes.subarray(at + frameHeaderBytes, end);
    if (bytes.readUInt8(at) === frameKinds.arrow) arrow.push(payload);
    else {
      const message = rowsMessageSchema.parse(JSON.parse(payload.toString("utf8")));
      if (message.type === "head") head = message;
      else tail = message;
    }
    at = end;
  }
  const table = arrow.length > 0 && tail !== null ? tableFromIPC(Buffer.concat(arrow)) : null;
  const rows =
    table === null ? [] : table.toArray().map((row: { toJSON: () => Record<string, unknown> }) => row.toJSON());
  return { head, tail, rows, bytes: bytes.length };
}

import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { BatchDecoder } from "./batch-decoder";

/** The messages of an IPC stream, cut at their borders (continuation, metadata length, metadata, body). */
function messages(table: arrow.Table): Uint8Array[] {
  const bytes = arrow.tableToIPC(table, "stream");
  const reader = new arrow.MessageReader(bytes);
  const cuts: Uint8Array[] = [];
  let offset = 0;
  for (let message = reader.readMessage(); message !== null; message = reader.readMessage()) {
    reader.readMessageBody(message.bodyLength);
    const metadata = new DataView(bytes.buffer, bytes.byteOffset).getInt32(offset + 4, true);
    const length = 8 + metadata + Number(message.bodyLength);
    cuts.push(bytes.slice(offset, offset + length));
    offset += length;
  }
  cuts.push(bytes.slice(offset));
  return cuts;
}

function table(from: number, count: number): arrow.Table {
  const ids = Array.from({ length: count }, (_, index) => BigInt(from + index));
  return new arrow.Table({
    id: arrow.vectorFromArray(ids, new arrow.Int64()),
    name: arrow.vectorFromArray(
      ids.map((id) => `n${id}`),
      new arrow.Utf8(),
    ),
  });
}

describe("BatchDecoder", () => {
  it("decodes the schema, then each batch by itself, then the end of the stream", () => {
    const decoder = new BatchDecoder();
    const [schema, first, end] = messages(table(0, 3));
    const [, second] = messages(table(3, 2));
    expect(decoder.schema).toBeNull();
    expect(decoder.decode(schema as Uint8Array)).toEqual([]);
    expect(decoder.schema?.names).toEqual(["id", "name"]);
    const ids = [first, second].flatMap((payload) =>
      decoder.decode(payload as Uint8Array).flatMap((batch) => [...batch].map((row) => [row.id, row.name])),
    );
    expect(ids).toEqual([0n, 1n, 2n, 3n, 4n].map((id) => [id, `n${id}`]));
    expect(decoder.decode(end as Uint8Array)).toEqual([]);
  });

  it("refuses what is not Arrow", () => {
    expect(() => new BatchDecoder().decode(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]))).toThrow();
  });
});

import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { RecordBatchReader } from "apache-arrow";
import { FrameReader } from "@/components/results/frames";
import type { RowsHead, RowsTail } from "@/server/contract/rows";

export interface Decoded {
  /** Milliseconds from the request to the first batch with rows, decoded; to `wanted` rows; to the end. */
  readonly first: number;
  readonly all: number;
  readonly rows: number;
  readonly bytes: number;
  readonly sql: string;
  readonly tail: RowsTail;
}

/** Arrow payloads on their way from the network loop to the decoder, as in components/results/result-worker.ts. */
class Payloads implements AsyncIterable<Uint8Array> {
  readonly #waiting: Uint8Array[] = [];
  #ended = false;
  #wake: () => void = () => undefined;

  push(payload: Uint8Array): void {
    this.#waiting.push(payload);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const payload = this.#waiting.shift();
      if (payload !== undefined) yield payload;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}

/** Node's plain HTTP client: a browser's network process does this beside the page, and fetch of Node costs twice as much. */
function post(url: string, body: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST" }, resolve);
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

/** Posts a query and decodes its rows as the results panel does, but lets each batch go. */
export async function runRequest(url: string, body: unknown): Promise<Decoded> {
  const started = performance.now();
  const frames = new FrameReader();
  const payloads = new Payloads();
  let first = Number.NaN;
  let rows = 0;
  const decoding = (async () => {
    const reader = await RecordBatchReader.from(payloads);
    await reader.open();
    for await (const batch of reader) {
      rows += batch.numRows;
      if (Number.isNaN(first) && batch.numRows > 0) first = performance.now() - started;
    }
  })();
  const seen = { bytes: 0, sql: "", tail: null as RowsTail | null };
  const response = await post(url, body);
  response.on("data", (value: Buffer) => {
    seen.bytes += value.length;
    for (const frame of frames.push(value)) {
      if (frame.kind === "arrow") {
        payloads.push(frame.payload);
        continue;
      }
      const message = JSON.parse(new TextDecoder().decode(frame.payload)) as RowsHead | RowsTail;
      if (message.type === "tail") seen.tail = message;
      else seen.sql = message.sql;
    }
  });
  await once(response, "end");
  payloads.end();
  const { bytes, sql, tail } = seen;
  if (tail === null) throw new Error("The stream was cut.");
  if (tail.error) throw new Error(tail.error.message);
  await decoding;
  return { first, all: performance.now() - started, rows, bytes, sql, tail };
}

import { type ErrorBody, errorBodySchema, rowsMessageSchema } from "@/server/contract";
import { BatchDecoder } from "./batch-decoder";
import { copyText, csvLine, jsonRecord } from "./copy-formats";
import { FrameReader } from "./frames";
import { type CellRange, type Filters, ResultData, type SortBy } from "./result-data";
import type { ResultAnswer, ResultRequest } from "./result-messages";

/**
 * Holds the rows of one result, away from the thread that people type on: fetches the stream, decodes batches as they
 * arrive, and answers with the text of the cells that are on screen. The rows live here and nowhere else.
 */
const data = new ResultData();
const decoder = new BatchDecoder();
const abort = new AbortController();
let sort: SortBy | null = null;
let filters: Filters = {};
let bytes = 0;
let firstRowMilliseconds: number | null = null;
let lastProgress = 0;

function answer(message: ResultAnswer): void {
  self.postMessage(message);
}

/** Progress at once for the first rows and at the end, otherwise at most every `progressInterval` milliseconds. */
const progressInterval = 60;
function reportProgress(now: boolean): void {
  const time = performance.now();
  if (!now && time - lastProgress < progressInterval) return;
  lastProgress = time;
  answer({ type: "progress", rows: data.rowCount, viewRows: data.viewCount, bytes, firstRowMilliseconds });
}

/** Takes in the rows of one Arrow payload. */
function take(
  payload: Uint8Array,
  started: number,
  head: { columns: { name: string; type: string }[]; sql: string },
): void {
  const first = decoder.schema === null;
  const batches = decoder.decode(payload);
  if (first && decoder.schema !== null) {
    data.setSchema(decoder.schema, head.columns);
    answer({ type: "columns", columns: data.columns, sql: head.sql });
  }
  for (const batch of batches) {
    data.append(batch);
    const firstRows = firstRowMilliseconds === null && batch.numRows > 0;
    if (firstRows) firstRowMilliseconds = performance.now() - started;
    reportProgress(firstRows);
  }
}

async function run(url: string, body: string): Promise<void> {
  const started = performance.now();
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
    signal: abort.signal,
    cache: "no-store",
  });
  if (!response.ok || response.body === null) {
    answer({ type: "refused", error: await refusal(response) });
    return;
  }
  const frames = new FrameReader();
  let head: { columns: { name: string; type: string }[]; sql: string } = { columns: [], sql: "" };
  let tail: ResultAnswer | null = null;
  const network = response.body.getReader();
  for (;;) {
    const { done, value } = await network.read();
    if (done) break;
    bytes += value.length;
    for (const frame of frames.push(value)) {
      if (frame.kind === "arrow") {
        take(frame.payload, started, head);
        continue;
      }
      const message = rowsMessageSchema.parse(JSON.parse(new TextDecoder().decode(frame.payload)));
      if (message.type === "tail") tail = { type: "tail", tail: message };
      else head = message;
    }
  }
  if (sort !== null || Object.keys(filters).length > 0) data.arrange(sort, filters);
  reportProgress(true);
  answer(tail ?? { type: "cut", message: "The stream ended early." });
}

async function refusal(response: Response): Promise<ErrorBody> {
  const parsed = errorBodySchema.safeParse(await response.json().catch((error: unknown) => String(error)));
  if (parsed.success) return parsed.data;
  const message = `The server answered ${response.status} without saying why.`;
  return {
    code: "INTERNAL",
    message,
    hint: "Try again.",
    location: null,
    details: {},
    reference: response.headers.get("x-request-id"),
  };
}

function rowsOf(range: CellRange): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (let row = range.firstRow; row <= Math.min(range.lastRow, data.viewCount - 1); row++)
    rows.push(rowOf(row, range.firstColumn, range.lastColumn));
  return rows;
}

function rowOf(row: number, firstColumn: number, lastColumn: number): (string | null)[] {
  const cells: (string | null)[] = [];
  for (let column = firstColumn; column <= Math.min(lastColumn, data.columns.length - 1); column++)
    cells.push(data.text(row, column));
  return cells;
}

/** The whole view as a file, built in pieces so that no single string holds it all. */
function exportFile(format: "csv" | "json"): Blob {
  const pieces: string[] = [];
  let piece = format === "csv" ? `${csvLine(data.columns.map(({ name }) => name))}\r\n` : "[";
  const last = data.columns.length - 1;
  for (let row = 0; row < data.viewCount; row++) {
    const cells = rowOf(row, 0, last);
    piece +=
      format === "csv" ? `${csvLine(cells)}\r\n` : `${row === 0 ? "\n" : ",\n"}${jsonRecord(data.columns, cells)}`;
    if (piece.length > 1_000_000) {
      pieces.push(piece);
      piece = "";
    }
  }
  pieces.push(format === "csv" ? piece : `${piece}\n]\n`);
  return new Blob(pieces, { type: format === "csv" ? "text/csv;charset=utf-8" : "application/json" });
}

function respond(request: Exclude<ResultRequest, { type: "start" | "cancel" }>): ResultAnswer {
  const { id } = request;
  switch (request.type) {
    case "arrange":
      ({ sort, filters } = request);
      data.arrange(sort, filters);
      return { type: "arranged", id, viewRows: data.viewCount };
    case "window":
      return { type: "window", id, window: data.window(request.range) };
    case "cell":
      return { type: "cell", id, text: data.text(request.row, request.column) };
    case "copy": {
      const { firstColumn, lastColumn } = request.range;
      const columns = data.columns.slice(firstColumn, lastColumn + 1);
      return {
        type: "text",
        id,
        text: copyText({ columns, rows: rowsOf(request.range) }, request.format, request.withHeader),
      };
    }
    case "export":
      return { type: "file", id, blob: exportFile(request.format) };
  }
}

self.onmessage = ({ data: request }: MessageEvent<ResultRequest>) => {
  if (request.type === "cancel") abort.abort();
  else if (request.type === "start") {
    run(request.url, request.body).catch((error: unknown) => {
      // A stream that cannot be decoded must not go on.
      abort.abort();
      reportProgress(true);
      answer({ type: "cut", message: error instanceof Error ? error.message : String(error) });
    });
  } else {
    try {
      answer(respond(request));
    } catch (error) {
      answer({ type: "failed", id: request.id, message: error instanceof Error ? error.message : String(error) });
    }
  }
};

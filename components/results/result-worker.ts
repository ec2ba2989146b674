import { type ErrorBody, errorBodySchema, rowsMessageSchema } from "@/server/contract";
import { BatchDecoder } from "./batch-decoder";
import { chartData } from "./chart-data";
import { type Comparison, compareResults } from "./compare";
import { copyText } from "./copy-formats";
import { exportFile } from "./export-file";
import { FrameReader } from "./frames";
import { Gate } from "./gate";
import { type PivotTable, pivot } from "./pivot";
import { type Filters, ResultData, type SortBy } from "./result-data";
import type { LentMessage, ResultAnswer, ResultRequest, ViewName } from "./result-messages";
import { rowsOf, type TableView, windowOf } from "./table-view";

/**
 * Holds the rows of one result, away from the thread that people type on: fetches the stream, decodes batches as they
 * arrive, and answers with the text of the cells that are on screen. The rows live here and nowhere else.
 */
const data = new ResultData();
const decoder = new BatchDecoder();
const abort = new AbortController();
/** The Arrow payloads as they came, to lend them: batches are views of them, so keeping them costs nothing more. */
const payloads: Uint8Array[] = [];
let columnTypes: { name: string; type: string }[] = [];
let pivoted: PivotTable | null = null;
/** The rows of the other result while it is compared with this one. */
let lent: ResultData | null = null;
let comparison: Comparison | null = null;
let sort: SortBy | null = null;
let filters: Filters = {};
let bytes = 0;
let firstRowMilliseconds: number | null = null;
let lastProgress = 0;
/** A processor that decodes rows, or sends them, would keep a key waiting. */
const gate = new Gate({ longest: 60, typing: 400, trickle: 1000 });

function answer(message: ResultAnswer): void {
  self.postMessage(message);
}

/** Milliseconds between reports of progress. */
const progressInterval = 100;
const progressIntervalWhileTyping = 500;

/** Progress at once for the first rows and at the end, otherwise now and then. */
function reportProgress(now: boolean): void {
  const time = performance.now();
  const interval = gate.typing ? progressIntervalWhileTyping : progressInterval;
  if (!now && time - lastProgress < interval) return;
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
  payloads.push(payload);
  if (first && decoder.schema !== null) {
    data.setSchema(decoder.schema, head.columns);
    columnTypes = head.columns;
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
    await gate.passed();
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

function viewOf(name: ViewName): TableView {
  const view = name === "result" ? data : name === "pivot" ? pivoted : comparison;
  if (view === null) throw new Error("That view is not there any more.");
  return view;
}

/** Sends the rows to the worker that compares them with its own. */
function lend(port: MessagePort): void {
  const send = (message: LentMessage) => port.postMessage(message);
  send({ type: "columns", columns: columnTypes });
  for (const payload of payloads) send({ type: "payload", payload });
  send({ type: "end" });
}

/** The rows that another worker lends. */
function borrow(port: MessagePort): Promise<ResultData> {
  const other = new ResultData();
  const reader = new BatchDecoder();
  let types: { name: string; type: string }[] = [];
  return new Promise((resolve, reject) => {
    port.onmessage = ({ data: message }: MessageEvent<LentMessage>) => {
      try {
        switch (message.type) {
          case "columns":
            types = message.columns;
            return;
          case "payload": {
            const first = reader.schema === null;
            const batches = reader.decode(message.payload);
            if (first && reader.schema !== null) other.setSchema(reader.schema, types);
            for (const batch of batches) other.append(batch);
            return;
          }
          case "end":
            port.close();
            resolve(other);
        }
      } catch (error) {
        port.close();
        reject(error);
      }
    };
  });
}

type Asked = Extract<ResultRequest, { id: number }>;

async function respond(request: Asked): Promise<ResultAnswer> {
  const { id } = request;
  switch (request.type) {
    case "arrange":
      ({ sort, filters } = request);
      data.arrange(sort, filters);
      return { type: "arranged", id, viewRows: data.viewCount };
    case "window":
      return { type: "window", id, window: windowOf(viewOf(request.view), request.range) };
    case "cell":
      return { type: "cell", id, text: viewOf(request.view).text(request.row, request.column) };
    case "copy": {
      const view = viewOf(request.view);
      const { firstColumn, lastColumn } = request.range;
      const columns = view.columns.slice(firstColumn, lastColumn + 1);
      const table = { columns, rows: rowsOf(view, request.range) };
      return { type: "text", id, text: copyText(table, request.format, request.withHeader) };
    }
    case "export":
      return { type: "file", id, blob: await exportFile(data, request.format) };
    case "pivot": {
      pivoted = pivot(data, request.spec);
      const { columns, viewCount, leftOut } = pivoted;
      return { type: "pivoted", id, pivoted: { columns, rows: viewCount, leftOut } };
    }
    case "chart":
      return { type: "chart", id, chart: chartData(data, request.spec) };
    case "compare": {
      if (request.port !== null) lent = await borrow(request.port);
      if (lent === null) throw new Error("There is nothing to compare with.");
      comparison = compareResults(lent, data, { keys: request.keys, withSame: request.withSame });
      const { columns, viewCount, summary } = comparison;
      return { type: "compared", id, compared: { columns, rows: viewCount, summary } };
    }
  }
}

self.onmessage = ({ data: request }: MessageEvent<ResultRequest>) => {
  switch (request.type) {
    case "cancel":
      abort.abort();
      gate.open();
      return;
    case "key":
      if (request.pressed) gate.close();
      else gate.painted();
      return;
    case "start":
      run(request.url, request.body).catch((error: unknown) => {
        // A stream that cannot be decoded must not go on.
        abort.abort();
        reportProgress(true);
        answer({ type: "cut", message: error instanceof Error ? error.message : String(error) });
      });
      return;
    case "lend":
      lend(request.port);
      return;
    case "release":
      lent = null;
      comparison = null;
      return;
    default:
      respond(request).then(answer, (error: unknown) =>
        answer({ type: "failed", id: request.id, message: error instanceof Error ? error.message : String(error) }),
      );
  }
};

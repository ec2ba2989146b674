import type { ErrorBody, RowsTail } from "@/server/contract";
import type { ChartData, ChartSpec } from "./chart-data";
import type { ComparisonSummary } from "./compare";
import type { CopyFormat } from "./copy-formats";
import type { PivotSpec } from "./pivot";
import type { Filters, ResultColumn, SortBy } from "./result-data";
import type { CellRange, CellWindow } from "./table-view";

/** The tables that the worker can show: the rows, a pivot of them, and what differs from another result. */
export type ViewName = "result" | "pivot" | "comparison";
export const exportFormats = ["csv", "json", "parquet"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What the page asks of the worker that holds one result. Each request with an `id` gets exactly one answer with it. */
export type ResultRequest =
  | { type: "start"; url: string; body: string }
  | { type: "cancel" }
  /** A key is pressed on the page, or was painted: the stream gives way to it. */
  | { type: "key"; pressed: boolean }
  | { type: "arrange"; id: number; sort: SortBy | null; filters: Filters }
  | { type: "window"; id: number; view: ViewName; range: CellRange }
  | { type: "cell"; id: number; view: ViewName; row: number; column: number }
  | { type: "copy"; id: number; view: ViewName; range: CellRange; format: CopyFormat; withHeader: boolean }
  | { type: "export"; id: number; format: ExportFormat }
  | { type: "pivot"; id: number; spec: PivotSpec }
  | { type: "chart"; id: number; spec: ChartSpec }
  /** Sends the rows through the port, to the worker that compares. */
  | { type: "lend"; port: MessagePort }
  /** Compares what the port brings (null: what it brought the last time) with the own rows. */
  | { type: "compare"; id: number; port: MessagePort | null; keys: readonly string[] | null; withSame: boolean }
  /** Forgets the other result's rows. */
  | { type: "release" };

/** What a lending worker sends through the port: the columns, then each Arrow payload, then the end. */
export type LentMessage =
  | { type: "columns"; columns: { name: string; type: string }[] }
  | { type: "payload"; payload: Uint8Array }
  | { type: "end" };

export type ResultAnswer =
  | { type: "columns"; columns: ResultColumn[]; sql: string }
  /** Rows and bytes that have arrived. `firstRowMilliseconds` counts from the request. */
  | { type: "progress"; rows: number; viewRows: number; bytes: number; firstRowMilliseconds: number | null }
  | { type: "tail"; tail: RowsTail }
  /** Refused before the stream began. */
  | { type: "refused"; error: ErrorBody }
  /** The stream ended without its tail: the server knows why. */
  | { type: "cut"; message: string }
  | { type: "arranged"; id: number; viewRows: number }
  | { type: "window"; id: number; window: CellWindow }
  | { type: "cell"; id: number; text: string | null }
  | { type: "text"; id: number; text: string }
  | { type: "file"; id: number; blob: Blob }
  | { type: "pivoted"; id: number; pivoted: PivotAnswer }
  | { type: "chart"; id: number; chart: ChartData }
  | { type: "compared"; id: number; compared: ComparisonAnswer }
  | { type: "failed"; id: number; message: string };

/** The shape of a pivot; its cells are asked for by window. */
export interface PivotAnswer {
  columns: ResultColumn[];
  rows: number;
  leftOut: { rows: number; columns: number };
}

/** The shape of a comparison; its cells are asked for by window. */
export interface ComparisonAnswer {
  columns: ResultColumn[];
  rows: number;
  summary: ComparisonSummary;
}

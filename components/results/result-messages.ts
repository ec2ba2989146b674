import type { ErrorBody, RowsTail } from "@/server/contract";
import type { CopyFormat } from "./copy-formats";
import type { CellRange, CellWindow, Filters, ResultColumn, SortBy } from "./result-data";

/** What the page asks of the worker that holds one result. Each request with an `id` gets exactly one answer with it. */
export type ResultRequest =
  | { type: "start"; url: string; body: string }
  | { type: "cancel" }
  | { type: "arrange"; id: number; sort: SortBy | null; filters: Filters }
  | { type: "window"; id: number; range: CellRange }
  | { type: "cell"; id: number; row: number; column: number }
  | { type: "copy"; id: number; range: CellRange; format: CopyFormat; withHeader: boolean }
  | { type: "export"; id: number; format: "csv" | "json" };

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
  | { type: "failed"; id: number; message: string };

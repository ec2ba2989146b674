import type { ResultColumn } from "./result-data";

/** A rectangle of cells, by place in a view. */
export interface CellRange {
  firstRow: number;
  lastRow: number;
  firstColumn: number;
  lastColumn: number;
}

/** What became of a row between two results; or that it is a pivot's total. */
export type RowMark = "added" | "removed" | "changed" | "same" | "total";

/** Anything that the grid can show: columns, and exact text by place (null for SQL null). */
export interface TableView {
  readonly columns: ResultColumn[];
  readonly viewCount: number;
  text(viewRow: number, column: number): string | null;
  /** The text before the change; undefined where nothing changed. */
  before?(viewRow: number, column: number): string | null | undefined;
  mark?(viewRow: number): RowMark | undefined;
}

/** What one window of the grid shows: `cells[row][column]`, null for SQL null, long text cut to `maxWindowCharacters`. */
export interface CellWindow {
  firstRow: number;
  firstColumn: number;
  cells: (string | null)[][];
  /** What is said of each row; in a comparison, the texts before too. */
  marks?: (RowMark | undefined)[];
  before?: (string | null | undefined)[][];
}

/** Text longer than this is cut in the grid (with `…`); the inspector and every copy have it whole. */
const maxWindowCharacters = 500;

function short<Text extends string | null | undefined>(text: Text): Text | string {
  return typeof text === "string" && text.length > maxWindowCharacters
    ? `${text.slice(0, maxWindowCharacters)}…`
    : text;
}

/** The cells of a range that the view has. */
export function windowOf(view: TableView, range: CellRange): CellWindow {
  const lastRow = Math.min(range.lastRow, view.viewCount - 1);
  const lastColumn = Math.min(range.lastColumn, view.columns.length - 1);
  const window: CellWindow = { firstRow: range.firstRow, firstColumn: range.firstColumn, cells: [] };
  if (view.mark) window.marks = [];
  if (view.before) window.before = [];
  for (let row = range.firstRow; row <= lastRow; row++) {
    const line: (string | null)[] = [];
    const earlier: (string | null | undefined)[] = [];
    for (let column = range.firstColumn; column <= lastColumn; column++) {
      line.push(short(view.text(row, column)));
      if (view.before) earlier.push(short(view.before(row, column)));
    }
    window.cells.push(line);
    window.before?.push(earlier);
    if (view.mark) window.marks?.push(view.mark(row));
  }
  return window;
}

/** The exact texts of a range, for copies. */
export function rowsOf(view: TableView, range: CellRange): (string | null)[][] {
  const rows: (string | null)[][] = [];
  for (let row = range.firstRow; row <= Math.min(range.lastRow, view.viewCount - 1); row++)
    rows.push(rowOf(view, row, range));
  return rows;
}

/** The exact texts of one row, from one column to another. */
export function rowOf(
  view: TableView,
  row: number,
  { firstColumn, lastColumn }: Pick<CellRange, "firstColumn" | "lastColumn">,
): (string | null)[] {
  const cells: (string | null)[] = [];
  for (let column = firstColumn; column <= Math.min(lastColumn, view.columns.length - 1); column++)
    cells.push(view.text(row, column));
  return cells;
}

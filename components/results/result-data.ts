import type { Data, RecordBatch, Schema } from "apache-arrow";
import { type ColumnKind, cellText, columnKind } from "./cell-text";

/** A column as the grid needs it. `type` is the warehouse's own name. */
export interface ResultColumn {
  name: string;
  type: string;
  kind: ColumnKind;
}

export interface SortBy {
  column: number;
  descending: boolean;
}

/** Filters by column index; key -1 searches every column. See `parseFilter` for the little language. */
export type Filters = Record<number, string>;

/** What one window of the grid shows: `cells[row][column]`, null for SQL null, long text cut to `maxWindowCharacters`. */
export interface CellWindow {
  firstRow: number;
  firstColumn: number;
  cells: (string | null)[][];
}

/** Text longer than this is cut in the grid (with `…`); the inspector and every copy have it whole. */
export const maxWindowCharacters = 500;

export interface CellRange {
  firstRow: number;
  lastRow: number;
  firstColumn: number;
  lastColumn: number;
}

/** The rows of one result, as the Arrow batches that arrived, with an order (sort and filter) laid over them. */
export class ResultData {
  columns: ResultColumn[] = [];
  readonly #batches: RecordBatch[] = [];
  /** Row number at which each batch starts. */
  readonly #starts: number[] = [];
  #rowCount = 0;
  /** Row numbers in view order; null while the view is simply every row as it came. */
  #order: Uint32Array | null = null;

  get rowCount(): number {
    return this.#rowCount;
  }

  get viewCount(): number {
    return this.#order === null ? this.#rowCount : this.#order.length;
  }

  setSchema(schema: Schema, typeNames: readonly { name: string; type: string }[]): void {
    this.columns = schema.fields.map((field, index) => ({
      name: typeNames[index]?.name ?? field.name,
      type: typeNames[index]?.type ?? String(field.type),
      kind: columnKind(field.type),
    }));
  }

  append(batch: RecordBatch): void {
    if (batch.numRows === 0) return;
    this.#batches.push(batch);
    this.#starts.push(this.#rowCount);
    this.#rowCount += batch.numRows;
  }

  /** Exact text of a cell by its place in the view; null for SQL null. */
  text(viewRow: number, column: number): string | null {
    return this.#textOf(this.#rowAt(viewRow), column);
  }

  window(range: CellRange): CellWindow {
    const lastRow = Math.min(range.lastRow, this.viewCount - 1);
    const lastColumn = Math.min(range.lastColumn, this.columns.length - 1);
    const cells: (string | null)[][] = [];
    for (let row = range.firstRow; row <= lastRow; row++) {
      const number = this.#rowAt(row);
      const line: (string | null)[] = [];
      for (let column = range.firstColumn; column <= lastColumn; column++) {
        const text = this.#textOf(number, column);
        line.push(text !== null && text.length > maxWindowCharacters ? `${text.slice(0, maxWindowCharacters)}…` : text);
      }
      cells.push(line);
    }
    return { firstRow: range.firstRow, firstColumn: range.firstColumn, cells };
  }

  /** Sorts and filters what has arrived. Nulls come last in both directions; equal rows keep their order. */
  arrange(sort: SortBy | null, filters: Filters): void {
    const tests = Object.entries(filters)
      .filter(([, expression]) => expression.trim() !== "")
      .map(([column, expression]) => this.#filterTest(Number(column), expression));
    if (sort === null && tests.length === 0) {
      this.#order = null;
      return;
    }
    let order = new Uint32Array(this.#rowCount);
    let count = 0;
    for (let row = 0; row < this.#rowCount; row++) if (tests.every((test) => test(row))) order[count++] = row;
    order = order.slice(0, count);
    if (sort !== null && this.columns[sort.column] !== undefined) this.#sort(order, sort);
    this.#order = order;
  }

  #filterTest(column: number, expression: string): (row: number) => boolean {
    if (column < 0) {
      const matches = parseFilter(expression, "text");
      const all = this.columns.map((_, index) => index);
      return (row) => all.some((index) => matches(this.#textOf(row, index)));
    }
    const matches = parseFilter(expression, this.columns[column]?.kind ?? "text");
    return (row) => matches(this.#textOf(row, column));
  }

  #sort(order: Uint32Array, { column, descending }: SortBy): void {
    const texts = new Map<number, string | null>();
    for (const row of order) texts.set(row, this.#textOf(row, column));
    const direction = descending ? -1 : 1;
    const compare = this.columns[column]?.kind === "number" ? compareNumbers : compareTexts;
    order.sort((left, right) => {
      const a = texts.get(left) ?? null;
      const b = texts.get(right) ?? null;
      if (a === null || b === null) return a === b ? left - right : a === null ? 1 : -1;
      return direction * compare(a, b) || left - right;
    });
  }

  #rowAt(viewRow: number): number {
    return this.#order === null ? viewRow : (this.#order[viewRow] ?? 0);
  }

  #textOf(row: number, column: number): string | null {
    const index = this.#batchOf(row);
    const data = this.#batches[index]?.data.children[column] as Data | undefined;
    return data === undefined ? null : cellText(data, row - (this.#starts[index] ?? 0));
  }

  #batchOf(row: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Compares two numbers given as exact text: by value, falling back to all digits where doubles are equal. */
function compareNumbers(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  if (a === b) return 0;
  if (Number.isNaN(Number(a))) return 1;
  if (Number.isNaN(Number(b))) return -1;
  return compareDecimalDigits(a, b);
}

function compareDecimalDigits(a: string, b: string): number {
  const negative = a.startsWith("-");
  if (negative !== b.startsWith("-")) return negative ? -1 : 1;
  const [wholeA = "", fractionA = ""] = a.replace("-", "").split(".");
  const [wholeB = "", fractionB = ""] = b.replace("-", "").split(".");
  const width = Math.max(wholeA.length, wholeB.length);
  const depth = Math.max(fractionA.length, fractionB.length);
  const left = wholeA.padStart(width, "0") + fractionA.padEnd(depth, "0");
  const right = wholeB.padStart(width, "0") + fractionB.padEnd(depth, "0");
  const order = left < right ? -1 : left > right ? 1 : 0;
  return negative ? -order : order;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A filter over exact cell text: `null`, `not null`, `= x`, `!= x`, `> x`, `>= x`, `< x`, `<= x`, or a piece of text
 * (contained, any case). Comparisons are by value for numbers and by text otherwise.
 */
export function parseFilter(expression: string, kind: ColumnKind): (text: string | null) => boolean {
  const trimmed = expression.trim();
  if (/^null$/i.test(trimmed)) return (text) => text === null;
  if (/^not null$/i.test(trimmed)) return (text) => text !== null;
  const comparison = /^(!=|<>|>=|<=|=|>|<)\s*(.*)$/s.exec(trimmed);
  if (comparison !== null) {
    const [, operator = "=", wanted = ""] = comparison;
    const compare = kind === "number" ? compareNumbers : compareTexts;
    return (text) => text !== null && satisfies(operator, compare(text, wanted));
  }
  const needle = trimmed.toLowerCase();
  return (text) => text?.toLowerCase().includes(needle) ?? false;
}

function satisfies(operator: string, order: number): boolean {
  switch (operator) {
    case "=":
      return order === 0;
    case ">":
      return order > 0;
    case "<":
      return order < 0;
    case ">=":
      return order >= 0;
    case "<=":
      return order <= 0;
    default:
      return order !== 0;
  }
}

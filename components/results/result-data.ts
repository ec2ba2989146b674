import type { Data, RecordBatch, Schema } from "apache-arrow";
import { cellNumber } from "./cell-number";
import { type ColumnKind, cellText, columnKind } from "./cell-text";
import { exactColumn } from "./exact-column";
import { compareNumbers, compareTexts } from "./order";
import { type CellRange, type CellWindow, type TableView, windowOf } from "./table-view";

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

/** The rows of one result, as the Arrow batches that arrived, with an order (sort and filter) laid over them. */
export class ResultData implements TableView {
  columns: ResultColumn[] = [];
  #schema: Schema | null = null;
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

  get schema(): Schema | null {
    return this.#schema;
  }

  setSchema(schema: Schema, typeNames: readonly { name: string; type: string }[]): void {
    this.#schema = schema;
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
    return this.textAt(this.rowAt(viewRow), column);
  }

  window(range: CellRange): CellWindow {
    return windowOf(this, range);
  }

  /** Row number, as rows came, of a place in the view. */
  rowAt(viewRow: number): number {
    return this.#order === null ? viewRow : (this.#order[viewRow] ?? 0);
  }

  /** Exact text of a cell by its row as it came. */
  textAt(row: number, column: number): string | null {
    const cell = this.cellAt(row, column);
    return cell === null ? null : cellText(cell.data, cell.index);
  }

  /** A cell as a double, by its row as it came; see `cellNumber`. */
  numberAt(row: number, column: number): number | null {
    const cell = this.cellAt(row, column);
    return cell === null ? null : cellNumber(cell.data, cell.index);
  }

  /** How to read an integer or decimal column without rounding; null for other types. */
  exactReader(column: number): { scale: number; at: (row: number) => bigint | null } | null {
    const type = this.#schema?.fields[column]?.type;
    const reader = type === undefined ? null : exactColumn(type);
    if (reader === null) return null;
    return {
      scale: reader.scale,
      at: (row) => {
        const cell = this.cellAt(row, column);
        return cell === null ? null : reader.read(cell.data, cell.index);
      },
    };
  }

  /** Where a row's value is in Arrow's own memory. */
  cellAt(row: number, column: number): { data: Data; index: number } | null {
    const index = this.#batchOf(row);
    const data = this.#batches[index]?.data.children[column] as Data | undefined;
    return data === undefined ? null : { data, index: row - (this.#starts[index] ?? 0) };
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
      return (row) => all.some((index) => matches(this.textAt(row, index)));
    }
    const matches = parseFilter(expression, this.columns[column]?.kind ?? "text");
    return (row) => matches(this.textAt(row, column));
  }

  #sort(order: Uint32Array, { column, descending }: SortBy): void {
    const texts = new Map<number, string | null>();
    for (const row of order) texts.set(row, this.textAt(row, column));
    const direction = descending ? -1 : 1;
    const compare = this.columns[column]?.kind === "number" ? compareNumbers : compareTexts;
    order.sort((left, right) => {
      const a = texts.get(left) ?? null;
      const b = texts.get(right) ?? null;
      if (a === null || b === null) return a === b ? left - right : a === null ? 1 : -1;
      return direction * compare(a, b) || left - right;
    });
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

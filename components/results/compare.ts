import { compareNumbers } from "./order";
import type { ResultColumn, ResultData } from "./result-data";
import type { RowMark, TableView } from "./table-view";

/** Results with more rows than this are not compared. */
export const mostComparedRows = 1_000_000;

/** What two results differ in. `before` and `after` count rows. */
export interface ComparisonSummary {
  /** Names of the columns that rows were matched by; empty when whole rows were. */
  keys: string[];
  /** Columns that both results have: what can be a key. */
  shared: string[];
  before: number;
  after: number;
  added: number;
  removed: number;
  changed: number;
  same: number;
  /** Why rows cannot be matched by the keys that were asked for: then no row is compared. */
  refused: KeyProblem | null;
  /** Of whole rows: what told the earlier rows apart and does so no longer. */
  lostKey: RepeatedKey | null;
  /** Changed rows by column, most first. */
  changedColumns: { name: string; rows: number }[];
  columnsAdded: string[];
  columnsRemoved: string[];
  /** Columns whose type is another one now. */
  columnsRetyped: { name: string; before: string; after: string }[];
}

/** Keys that do not tell rows apart: columns that a result lacks, or values that several of its rows have. */
export type KeyProblem =
  | { kind: "missing"; before: string[]; after: string[] }
  | ({ kind: "repeated" } & Omit<RepeatedKey, "names">);

/** Rows, of each result, whose key an earlier row of it has; `example` is one such key. */
export interface RepeatedKey {
  names: string[];
  before: number;
  after: number;
  example: (string | null)[];
}

interface ComparedRow {
  mark: RowMark;
  /** Row numbers as they came; -1 where the row is not there. */
  before: number;
  after: number;
}

/** Two results laid over each other: rows that are new, gone, different, and (when asked for) the same. */
export class Comparison implements TableView {
  readonly columns: ResultColumn[];
  readonly #sources: { before: number; after: number }[];

  constructor(
    private readonly results: { before: ResultData; after: ResultData },
    private readonly rows: readonly ComparedRow[],
    readonly summary: ComparisonSummary,
  ) {
    const keys = new Set(summary.keys);
    const { before, after } = results;
    const all = [
      ...after.columns.map((column, index) => ({
        column,
        source: { before: indexOf(before, column.name), after: index },
      })),
      ...before.columns
        .map((column, index) => ({ column, source: { before: index, after: indexOf(after, column.name) } }))
        .filter(({ source }) => source.after < 0),
    ];
    const ordered = [
      ...all.filter(({ column }) => keys.has(column.name)),
      ...all.filter(({ column }) => !keys.has(column.name)),
    ];
    this.columns = ordered.map(({ column }) => column);
    this.#sources = ordered.map(({ source }) => source);
  }

  get viewCount(): number {
    return this.rows.length;
  }

  mark(viewRow: number): RowMark {
    return this.rows[viewRow]?.mark ?? "same";
  }

  text(viewRow: number, column: number): string | null {
    const row = this.rows[viewRow];
    const source = this.#sources[column];
    if (row === undefined || source === undefined) return null;
    if (row.after >= 0) return source.after >= 0 ? this.results.after.textAt(row.after, source.after) : null;
    return source.before >= 0 ? this.results.before.textAt(row.before, source.before) : null;
  }

  before(viewRow: number, column: number): string | null | undefined {
    const row = this.rows[viewRow];
    const source = this.#sources[column];
    if (row?.mark !== "changed" || source === undefined || source.before < 0 || source.after < 0) return undefined;
    const before = this.results.before.textAt(row.before, source.before);
    const after = this.results.after.textAt(row.after, source.after);
    return sameCell(this.columns[column] as ResultColumn, before, after) ? undefined : before;
  }
}

function indexOf(data: ResultData, name: string): number {
  return data.columns.findIndex((column) => column.name === name);
}

/** Numbers are the same by value (1.50 and 1.5), everything else by its text. */
function sameCell(column: ResultColumn, a: string | null, b: string | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  return column.kind === "number" && compareNumbers(a, b) === 0;
}

function keyOf(data: ResultData, row: number, columns: readonly number[]): string {
  let key = "";
  for (const column of columns) {
    const text = data.textAt(row, column);
    if (text === null) key += "n|";
    else if (data.columns[column]?.kind === "number") key += `#${numberKey(text)}|`;
    else key += `t${text.length}:${text}|`;
  }
  return key;
}

/** The same text for the same number: without trailing zeros of the fraction. */
function numberKey(text: string): string {
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, "") : text;
}

/** Columns with a name that both results have, once each. */
export function sharedColumns(before: ResultData, after: ResultData): string[] {
  const names = after.columns.map(({ name }) => name);
  return names.filter((name, index) => indexOf(before, name) >= 0 && names.indexOf(name) === index);
}

/**
 * The columns that tell rows apart in both results: a single one that looks like a key and is unique, then any unique text or time,
 * then a unique pair of these. A number that is no key never is one: amounts are often unique by chance. Empty when there is none:
 * then whole rows are compared.
 */
export function suggestKeys(before: ResultData, after: ResultData): string[] {
  const shared = sharedColumns(before, after);
  const unique = (names: string[]) => [before, after].every((data) => isUnique(data, names));
  const kindOf = (name: string) => after.columns[indexOf(after, name)]?.kind;
  const named = shared.filter((name) => /(^|_)(id|key|sk|pk|uuid|code|date|day|month)$|^(id|key)_/i.test(name));
  const plain = shared.filter((name) => !named.includes(name) && ["text", "time"].includes(kindOf(name) ?? ""));
  for (const name of [...named, ...plain]) if (unique([name])) return [name];
  const pool = [...named, ...plain].slice(0, 8);
  for (const [index, first] of pool.entries())
    for (const second of pool.slice(index + 1)) if (unique([first, second])) return [first, second];
  return [];
}

function isUnique(data: ResultData, names: readonly string[]): boolean {
  const columns = names.map((name) => indexOf(data, name));
  const seen = new Set<string>();
  for (let row = 0; row < data.rowCount; row++) {
    if (columns.some((column) => data.textAt(row, column) === null)) return false;
    const key = keyOf(data, row, columns);
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

/** The rows whose key an earlier row has, and the first such key. */
function repeated(data: ResultData, names: readonly string[]): { rows: number; example: (string | null)[] | null } {
  const columns = names.map((name) => indexOf(data, name));
  const seen = new Set<string>();
  let rows = 0;
  let example: (string | null)[] | null = null;
  for (let row = 0; row < data.rowCount; row++) {
    const size = seen.size;
    if (seen.add(keyOf(data, row, columns)).size > size) continue;
    rows += 1;
    example ??= columns.map((column) => data.textAt(row, column));
  }
  return { rows, example };
}

function repeatedKey(before: ResultData, after: ResultData, names: readonly string[]): RepeatedKey | null {
  const [earlier, now] = [repeated(before, names), repeated(after, names)];
  const example = now.example ?? earlier.example;
  return example === null ? null : { names: [...names], before: earlier.rows, after: now.rows, example };
}

/** What is wrong with keys that a person chose; null when they tell the rows of both results apart. */
function problemOfKeys(before: ResultData, after: ResultData, keys: readonly string[]): KeyProblem | null {
  const lacking = (data: ResultData) => keys.filter((name) => indexOf(data, name) < 0);
  const missing = { before: lacking(before), after: lacking(after) };
  if (missing.before.length + missing.after.length > 0) return { kind: "missing", ...missing };
  const found = repeatedKey(before, after, keys);
  return found === null ? null : { kind: "repeated", before: found.before, after: found.after, example: found.example };
}

/**
 * Compares two results row by row. Rows are matched by `keys` (names of columns; null: `suggestKeys`); without any, equal rows match
 * and the rest are added or removed. Keys that do not tell rows apart are refused: the answer has the reason and no rows. Throws a
 * RangeError when a result has more than `mostComparedRows` rows.
 */
export function compareResults(
  before: ResultData,
  after: ResultData,
  options: { keys: readonly string[] | null; withSame: boolean },
): Comparison {
  const most = Math.max(before.rowCount, after.rowCount);
  if (most > mostComparedRows)
    throw new RangeError(
      `Results of up to ${mostComparedRows.toLocaleString()} rows can be compared; this one has ${most.toLocaleString()}.`,
    );
  const shared = sharedColumns(before, after);
  const keys = [...(options.keys ?? suggestKeys(before, after))];
  const refused = options.keys === null || keys.length === 0 ? null : problemOfKeys(before, after, keys);
  const { rows, ...found } =
    refused === null
      ? matchedRows(before, after, { keys, shared, withSame: options.withSame })
      : { rows: [], added: 0, removed: 0, changed: 0, same: 0, changedColumns: [] };
  const told = options.keys === null && keys.length === 0 ? suggestKeys(before, before) : [];
  const only = (data: ResultData, other: ResultData) =>
    data.columns.map(({ name }) => name).filter((name) => indexOf(other, name) < 0);
  const typeOf = (data: ResultData, name: string) => data.columns[indexOf(data, name)]?.type ?? "";
  return new Comparison({ before, after }, rows, {
    keys,
    shared,
    before: before.rowCount,
    after: after.rowCount,
    ...found,
    refused,
    lostKey: told.length > 0 && told.every((name) => shared.includes(name)) ? repeatedKey(before, after, told) : null,
    columnsAdded: only(after, before),
    columnsRemoved: only(before, after),
    columnsRetyped: shared
      .map((name) => ({ name, before: typeOf(before, name), after: typeOf(after, name) }))
      .filter((column) => column.before !== column.after),
  });
}

interface Matched extends Pick<ComparisonSummary, "added" | "removed" | "changed" | "same" | "changedColumns"> {
  rows: ComparedRow[];
}

/** The rows of both results, laid over each other by their keys, or whole. */
function matchedRows(
  before: ResultData,
  after: ResultData,
  { keys, shared, withSame }: { keys: readonly string[]; shared: readonly string[]; withSame: boolean },
): Matched {
  const matched = keys.length > 0 ? keys : shared;
  const columnsOf = (data: ResultData, names: readonly string[]) => names.map((name) => indexOf(data, name));
  const keyBefore = columnsOf(before, matched);
  const keyAfter = columnsOf(after, matched);
  const compared = shared
    .filter((name) => !matched.includes(name))
    .map((name) => ({ name, before: indexOf(before, name), after: indexOf(after, name) }));
  const waiting = new Map<string, number[]>();
  // From the last row on, so that taking from the end gives the first.
  for (let row = before.rowCount - 1; row >= 0; row--) {
    const key = keyOf(before, row, keyBefore);
    const others = waiting.get(key);
    if (others === undefined) waiting.set(key, [row]);
    else others.push(row);
  }
  const rows: ComparedRow[] = [];
  const gone = new Uint8Array(before.rowCount).fill(1);
  const counts = { added: 0, removed: 0, changed: 0, same: 0 };
  const changedRows = new Map<string, number>();
  for (let row = 0; row < after.rowCount; row++) {
    const other = waiting.get(keyOf(after, row, keyAfter))?.pop();
    if (other === undefined) {
      counts.added += 1;
      rows.push({ mark: "added", before: -1, after: row });
      continue;
    }
    gone[other] = 0;
    let changed = false;
    for (const column of compared) {
      const kind = after.columns[column.after] as ResultColumn;
      if (sameCell(kind, before.textAt(other, column.before), after.textAt(row, column.after))) continue;
      changed = true;
      changedRows.set(column.name, (changedRows.get(column.name) ?? 0) + 1);
    }
    if (changed) counts.changed += 1;
    else counts.same += 1;
    if (changed || withSame) rows.push({ mark: changed ? "changed" : "same", before: other, after: row });
  }
  for (let row = 0; row < before.rowCount; row++) {
    if (gone[row] === 0) continue;
    counts.removed += 1;
    rows.push({ mark: "removed", before: row, after: -1 });
  }
  const changedColumns = [...changedRows]
    .map(([name, count]) => ({ name, rows: count }))
    .sort((left, right) => right.rows - left.rows);
  return { rows, ...counts, changedColumns };
}

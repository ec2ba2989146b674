/** One cell of a CSV text: its value, and where it stands in the text. */
export interface CsvCell {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
}

/** One record: its cells, and its stretch of the text without the line end. */
export interface CsvRow {
  readonly cells: readonly CsvCell[];
  readonly start: number;
  readonly end: number;
}

export interface CsvTable {
  readonly delimiter: string;
  readonly rows: readonly CsvRow[];
  /** The most cells of a row. */
  readonly width: number;
  /** A quote that never closes: the table cannot be edited cell by cell. */
  readonly broken: boolean;
}

/** A change of the text. */
export interface CsvEdit {
  start: number;
  end: number;
  text: string;
}

const delimiters = [",", ";", "\t", "|"];

/** The delimiter that the first line has most of, outside of quotes. */
function delimiterOf(text: string): string {
  const lineEnd = text.indexOf("\n");
  const first = (lineEnd < 0 ? text : text.slice(0, lineEnd)).replace(/"[^"]*"/g, "");
  let best = ",";
  let most = 0;
  for (const delimiter of delimiters) {
    const count = first.split(delimiter).length - 1;
    if (count > most) {
      best = delimiter;
      most = count;
    }
  }
  return best;
}

/** Reads CSV after RFC 4180, keeping where each cell stands, so that one can be changed without touching the rest. */
export function parseCsv(text: string): CsvTable {
  const delimiter = delimiterOf(text);
  const rows: CsvRow[] = [];
  let cells: CsvCell[] = [];
  let rowStart = text.startsWith("\ufeff") ? 1 : 0;
  let at = rowStart;
  let width = 0;
  let broken = false;
  while (at < text.length) {
    const cell = readCell(text, at, delimiter);
    broken ||= cell.broken;
    cells.push({ text: cell.text, start: at, end: cell.end, quoted: cell.quoted });
    at = cell.end;
    if (text[at] === delimiter) {
      at += 1;
      // A delimiter at the very end begins one more, empty cell.
      if (at === text.length) {
        cells.push({ text: "", start: at, end: at, quoted: false });
      } else if (text[at] !== "\n" && text[at] !== "\r") {
        continue;
      } else {
        cells.push({ text: "", start: at, end: at, quoted: false });
      }
    }
    rows.push({ cells, start: rowStart, end: at });
    width = Math.max(width, cells.length);
    cells = [];
    at = text.startsWith("\r\n", at) ? at + 2 : at + 1;
    rowStart = at;
  }
  return { delimiter, rows, width, broken };
}

function readCell(
  text: string,
  start: number,
  delimiter: string,
): { text: string; end: number; quoted: boolean; broken: boolean } {
  if (text[start] !== '"') {
    let end = start;
    while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r") {
      end += 1;
    }
    return { text: text.slice(start, end), end, quoted: false, broken: false };
  }
  let value = "";
  let at = start + 1;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) {
      return { text: value + text.slice(at), end: text.length, quoted: true, broken: true };
    }
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      at = quote + 1;
      break;
    }
    value += '"';
    at = quote + 2;
  }
  // What follows the closing quote up to the delimiter is no CSV, but it is kept.
  let end = at;
  while (end < text.length && text[end] !== delimiter && text[end] !== "\n" && text[end] !== "\r") {
    end += 1;
  }
  return { text: value + text.slice(at, end), end, quoted: true, broken: false };
}

function written(value: string, delimiter: string, quoted: boolean): string {
  const needed = value.includes(delimiter) || /["\r\n]/.test(value) || /^\s|\s$/.test(value);
  return quoted || needed ? `"${value.replaceAll('"', '""')}"` : value;
}

/** The change that gives a cell another value; cells that the row lacks are added. Null when it has the value already. */
export function setCell(table: CsvTable, row: number, column: number, value: string): CsvEdit | null {
  const line = table.rows[row];
  if (line === undefined) {
    return null;
  }
  const cell = line.cells[column];
  if (cell !== undefined) {
    if (cell.text === value) {
      return null;
    }
    return { start: cell.start, end: cell.end, text: written(value, table.delimiter, cell.quoted) };
  }
  if (value === "") {
    return null;
  }
  const missing = table.delimiter.repeat(column - line.cells.length + 1);
  return { start: line.end, end: line.end, text: missing + written(value, table.delimiter, false) };
}

/** The change that adds an empty row after `row`. */
export function insertRow(table: CsvTable, row: number, lineEnd: string): CsvEdit {
  const line = table.rows[row];
  const at = line?.end ?? 0;
  return { start: at, end: at, text: lineEnd + table.delimiter.repeat(Math.max(0, table.width - 1)) };
}

/** The change that removes a row with its line end. */
export function removeRow(table: CsvTable, row: number, length: number): CsvEdit | null {
  const line = table.rows[row];
  if (line === undefined) {
    return null;
  }
  const next = table.rows[row + 1];
  const before = table.rows[row - 1];
  if (next !== undefined) {
    return { start: line.start, end: next.start, text: "" };
  }
  return {
    start: before === undefined ? line.start : before.end,
    end: before === undefined ? length : line.end,
    text: "",
  };
}

import type { ColumnKind } from "./cell-text";

/** Formats that a result can be copied in. */
export const copyFormats = ["tsv", "csv", "markdown", "json", "in"] as const;
export type CopyFormat = (typeof copyFormats)[number];
export const copyFormatLabels: Record<CopyFormat, string> = {
  tsv: "Tab-separated",
  csv: "CSV",
  markdown: "Markdown table",
  json: "JSON",
  in: "SQL in (…)",
};

export interface CopyTable {
  columns: readonly { name: string; kind: ColumnKind }[];
  rows: readonly (readonly (string | null)[])[];
}

/** One CSV record after RFC 4180: quotes only where they are needed, null as the empty field, "" for empty text. */
export function csvLine(cells: readonly (string | null)[]): string {
  return cells
    .map((cell) =>
      cell === null ? "" : cell === "" || /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell,
    )
    .join(",");
}

/** The text of a piece of a result. `in` gives the first column as a SQL list, without nulls. */
export function copyText(table: CopyTable, format: CopyFormat, withHeader: boolean): string {
  const names = table.columns.map(({ name }) => name);
  switch (format) {
    case "tsv": {
      const line = (cells: readonly (string | null)[]) =>
        cells.map((cell) => (cell ?? "").replace(/[\t\r\n]+/g, " ")).join("\t");
      return [...(withHeader ? [names] : []), ...table.rows].map(line).join("\n");
    }
    case "csv":
      return [...(withHeader ? [names] : []), ...table.rows].map(csvLine).join("\n");
    case "markdown": {
      const line = (cells: readonly (string | null)[]) =>
        `| ${cells.map((cell) => (cell ?? "").replaceAll("\\", "\\\\").replaceAll("|", "\\|").replace(/\r?\n/g, "<br>")).join(" | ")} |`;
      const rule = `| ${table.columns.map(({ kind }) => (kind === "number" ? "--:" : "---")).join(" | ")} |`;
      return [line(names), rule, ...table.rows.map(line)].join("\n");
    }
    case "json":
      return `[\n${table.rows.map((row) => `  ${jsonRecord(table.columns, row)}`).join(",\n")}\n]`;
    case "in": {
      const kind = table.columns[0]?.kind ?? "text";
      const values = table.rows.map((row) => row[0] ?? null).filter((value) => value !== null);
      return `in (${[...new Set(values)].map((value) => (kind === "number" ? value : `'${value.replaceAll("'", "''")}'`)).join(", ")})`;
    }
  }
}

/** One row as a JSON object. Numbers keep every digit; what JSON cannot say as a number becomes a string. */
export function jsonRecord(columns: CopyTable["columns"], row: readonly (string | null)[]): string {
  const members = columns.map(
    ({ name, kind }, index) => `${JSON.stringify(name)}: ${jsonValue(row[index] ?? null, kind)}`,
  );
  return `{${members.join(", ")}}`;
}

function jsonValue(text: string | null, kind: ColumnKind): string {
  if (text === null) return "null";
  const plain = (kind === "number" && /^-?\d/.test(text)) || kind === "boolean" || kind === "nested";
  return plain ? text : JSON.stringify(text);
}

import { csvLine, jsonRecord } from "./copy-formats";
import { parquetFile } from "./parquet";
import type { ResultData } from "./result-data";
import type { ExportFormat } from "./result-messages";
import { rowOf } from "./table-view";

/** The whole view as a file. CSV and JSON are built in pieces, so that no single string holds it all. */
export async function exportFile(data: ResultData, format: ExportFormat): Promise<Blob> {
  if (format === "parquet") return parquetFile(data);
  const pieces: string[] = [];
  let piece = format === "csv" ? `${csvLine(data.columns.map(({ name }) => name))}\r\n` : "[";
  const range = { firstColumn: 0, lastColumn: data.columns.length - 1 };
  for (let row = 0; row < data.viewCount; row++) {
    const cells = rowOf(data, row, range);
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

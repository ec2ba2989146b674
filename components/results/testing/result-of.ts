import * as arrow from "apache-arrow";
import { ResultData } from "../result-data";

type Values = readonly unknown[] | BigInt64Array;

function dataOf(type: arrow.DataType, values: Values): arrow.Data {
  if (values instanceof BigInt64Array)
    return arrow.makeData({ type: type as arrow.TimestampMicrosecond, data: values, length: values.length });
  return arrow.vectorFromArray(values, type).data[0] as arrow.Data;
}

/**
 * A result of columns with their Arrow types and values, in batches of `batch` rows. Instants are given as Arrow keeps them, in a
 * BigInt64Array.
 */
export function resultOf(
  columns: Record<string, { type: arrow.DataType; values: Values; name?: string }>,
  batch = 1_000_000,
): ResultData {
  const fields = Object.entries(columns).map(([name, { type }]) => new arrow.Field(name, type, true));
  const schema = new arrow.Schema(fields);
  const data = new ResultData();
  data.setSchema(
    schema,
    fields.map((field) => ({ name: field.name, type: columns[field.name]?.name ?? String(field.type) })),
  );
  const rows = Object.values(columns)[0]?.values.length ?? 0;
  for (let first = 0; first < rows; first += batch) {
    const children = Object.values(columns).map(({ type, values }) => dataOf(type, values.slice(first, first + batch)));
    const struct = arrow.makeData({
      type: new arrow.Struct(fields),
      length: Math.min(batch, rows - first),
      children,
    });
    data.append(new arrow.RecordBatch(schema, struct as arrow.Data<arrow.Struct>));
  }
  return data;
}

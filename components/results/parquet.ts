import { type Data, DataType, DateUnit, type Field, TimeUnit } from "apache-arrow";
import type { SchemaElement } from "hyparquet-writer";
import { cellText } from "./cell-text";
import { exactColumn } from "./exact-column";
import type { ResultData } from "./result-data";

/**
 * A result as a Parquet file with the types that the warehouse sent: integers by width, decimals by their digits, instants and local
 * times in their own unit, lists, structs and maps as such. What Parquet has no type for (intervals, unions) is its exact text.
 */

/** Rows converted and written at a time. */
const groupRows = 50_000;

/** One column's place in the file: its schema elements, parents first, and how a value is read for the writer. */
interface ParquetColumn {
  schema: SchemaElement[];
  read(data: Data, row: number): unknown;
}

/** The view as a Parquet file, Snappy-compressed. The writer is fetched on the first call. */
export async function parquetFile(data: ResultData): Promise<Blob> {
  const { ByteWriter, ParquetWriter } = await import("hyparquet-writer");
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const bytes = new ByteWriter(1_048_576);
  const flush = () => {
    pieces.push(bytes.getBytes().slice());
    bytes.index = 0;
  };
  const names = distinctNames(data.columns.map(({ name }) => name));
  const columns = (data.schema?.fields ?? []).map((field, index) =>
    parquetColumn(names[index] ?? field.name, field.type),
  );
  const writer = new ParquetWriter({
    writer: Object.assign(bytes, { flush }),
    schema: [{ name: "root", num_children: columns.length }, ...columns.flatMap(({ schema }) => schema)],
    // Statistics are optional, and a reader that trusts wrong ones loses rows.
    statistics: false,
    createdBy: "Millrace",
  });
  for (let first = 0; first < data.viewCount; first += groupRows) {
    const last = Math.min(first + groupRows, data.viewCount);
    const columnData = columns.map((column, index) => {
      const values: unknown[] = [];
      for (let place = first; place < last; place++) {
        const cell = data.cellAt(data.rowAt(place), index);
        values.push(cell === null ? null : column.read(cell.data, cell.index));
      }
      return { name: names[index] ?? "", data: values };
    });
    writer.write({ columnData, rowGroupSize: groupRows });
  }
  writer.finish();
  flush();
  return new Blob(pieces, { type: "application/vnd.apache.parquet" });
}

/** Parquet needs names that differ: the second `id` becomes `id_2`. */
export function distinctNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
    taken.add(free);
    return free;
  });
}

type Element = Omit<SchemaElement, "name" | "repetition_type">;

function leaf(name: string, element: Element, read: (data: Data, row: number) => unknown): ParquetColumn {
  return {
    schema: [{ name, repetition_type: "OPTIONAL", ...element }],
    read: (data, row) => (data.getValid(row) ? read(data, row) : null),
  };
}

const rawNumber = (data: Data, row: number) => Number((data.values as ArrayLike<number | bigint>)[row]);
const rawInteger = (data: Data, row: number) => BigInt((data.values as ArrayLike<number | bigint>)[row] ?? 0);

function text(name: string): ParquetColumn {
  const element: Element = { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } };
  return { schema: [{ name, repetition_type: "OPTIONAL", ...element }], read: (data, row) => cellText(data, row) };
}

function parquetColumn(name: string, type: DataType): ParquetColumn {
  if (DataType.isBool(type)) return leaf(name, { type: "BOOLEAN" }, (data, row) => cellText(data, row) === "true");
  if (DataType.isInt(type)) return integer(name, type);
  if (DataType.isFloat(type)) {
    if (type.precision === 2) return leaf(name, { type: "DOUBLE" }, rawNumber);
    return leaf(name, { type: "FLOAT" }, type.precision === 1 ? rawNumber : (data, row) => Number(cellText(data, row)));
  }
  if (DataType.isDecimal(type)) return decimal(name, type);
  if (DataType.isDate(type)) {
    const element: Element = { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } };
    if (type.unit === DateUnit.DAY) return leaf(name, element, rawNumber);
    return leaf(name, element, (data, row) => Math.floor(rawNumber(data, row) / 86_400_000));
  }
  if (DataType.isTimestamp(type)) {
    const { unit, factor } = timeUnit(type.unit);
    const element: Element = {
      type: "INT64",
      logical_type: { type: "TIMESTAMP", isAdjustedToUTC: Boolean(type.timezone), unit },
    };
    return leaf(name, element, (data, row) => rawInteger(data, row) * factor);
  }
  if (DataType.isTime(type)) {
    const { unit, factor } = timeUnit(type.unit);
    const short = unit === "MILLIS";
    const element: Element = {
      type: short ? "INT32" : "INT64",
      logical_type: { type: "TIME", isAdjustedToUTC: false, unit },
    };
    return leaf(name, element, (data, row) => {
      const value = rawInteger(data, row) * factor;
      return short ? Number(value) : value;
    });
  }
  if (DataType.isBinary(type) || DataType.isLargeBinary(type))
    return leaf(name, { type: "BYTE_ARRAY" }, (data, row) => {
      const offsets = data.valueOffsets as ArrayLike<number | bigint>;
      return (data.values as Uint8Array).subarray(Number(offsets[row]), Number(offsets[row + 1]));
    });
  if (DataType.isFixedSizeBinary(type))
    return leaf(name, { type: "BYTE_ARRAY" }, (data, row) =>
      (data.values as Uint8Array).subarray(row * type.byteWidth, (row + 1) * type.byteWidth),
    );
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) return list(name, type);
  if (DataType.isMap(type)) return map(name, type);
  if (DataType.isStruct(type) && type.children.length > 0) return struct(name, type.children as Field[]);
  return text(name);
}

function integer(name: string, type: DataType & { bitWidth: number; isSigned: boolean }): ParquetColumn {
  const { bitWidth, isSigned } = type;
  const converted = `${isSigned ? "INT" : "UINT"}_${bitWidth}` as "INT_32";
  // No logical type besides: the writer gives its width as the wrong kind of number, which other readers refuse.
  const element: Element = { type: bitWidth === 64 ? "INT64" : "INT32", converted_type: converted };
  return leaf(name, element, bitWidth === 64 ? rawInteger : rawNumber);
}

function decimal(name: string, type: DataType & { precision: number; scale: number; bitWidth: number }): ParquetColumn {
  const { precision, scale } = type;
  const exact = exactColumn(type);
  if (scale < 0 || exact === null) return text(name);
  const element: Element = {
    ...(precision <= 18
      ? { type: "INT64" }
      : { type: "FIXED_LEN_BYTE_ARRAY", type_length: type.bitWidth === 256 ? 32 : 16 }),
    converted_type: "DECIMAL",
    scale,
    precision,
    logical_type: { type: "DECIMAL", scale, precision },
  };
  return leaf(name, element, exact.read);
}

/** Parquet has no seconds: they become milliseconds. */
function timeUnit(unit: TimeUnit): { unit: "MILLIS" | "MICROS" | "NANOS"; factor: bigint } {
  switch (unit) {
    case TimeUnit.SECOND:
      return { unit: "MILLIS", factor: 1000n };
    case TimeUnit.MILLISECOND:
      return { unit: "MILLIS", factor: 1n };
    case TimeUnit.MICROSECOND:
      return { unit: "MICROS", factor: 1n };
    case TimeUnit.NANOSECOND:
      return { unit: "NANOS", factor: 1n };
  }
}

function list(name: string, type: DataType & { children: Field[]; listSize?: number }): ParquetColumn {
  const item = parquetColumn("element", (type.children[0] as Field).type);
  return {
    schema: [
      { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "LIST", logical_type: { type: "LIST" } },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...item.schema,
    ],
    read(data, row) {
      const child = data.children[0];
      if (!data.getValid(row) || child === undefined) return null;
      const [from, to] = range(data, row, type.listSize);
      return Array.from({ length: to - from }, (_, index) => item.read(child, from + index));
    },
  };
}

function range(data: Data, row: number, size: number | undefined): [number, number] {
  if (size !== undefined) return [row * size, (row + 1) * size];
  return [Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1])];
}

function map(name: string, type: DataType & { children: Field[] }): ParquetColumn {
  const [keyField, valueField] = (type.children[0] as Field).type.children as [Field, Field];
  const key = parquetColumn("key", keyField.type);
  const value = parquetColumn("value", valueField.type);
  const [keyRoot, ...keyRest] = key.schema as [SchemaElement, ...SchemaElement[]];
  return {
    schema: [
      { name, repetition_type: "OPTIONAL", num_children: 1, converted_type: "MAP", logical_type: { type: "MAP" } },
      { name: "key_value", repetition_type: "REPEATED", num_children: 2 },
      { ...keyRoot, repetition_type: "REQUIRED" },
      ...keyRest,
      ...value.schema,
    ],
    read(data, row) {
      const [keys, values] = data.children[0]?.children ?? [];
      if (!data.getValid(row) || keys === undefined || values === undefined) return null;
      const [from, to] = range(data, row, undefined);
      return Array.from({ length: to - from }, (_, index) => ({
        key: key.read(keys, from + index),
        value: value.read(values, from + index),
      }));
    },
  };
}

function struct(name: string, fields: readonly Field[]): ParquetColumn {
  const names = distinctNames(fields.map((field) => field.name));
  const members = fields.map((field, index) => parquetColumn(names[index] ?? field.name, field.type));
  return {
    schema: [
      { name, repetition_type: "OPTIONAL", num_children: members.length },
      ...members.flatMap(({ schema }) => schema),
    ],
    read(data, row) {
      if (!data.getValid(row)) return null;
      return Object.fromEntries(
        members.map((member, index) => [names[index] ?? "", member.read(data.children[index] as Data, row)]),
      );
    },
  };
}

import { type Data, DataType, DateUnit, type Field, IntervalUnit, TimeUnit, Vector } from "apache-arrow";
import { scaledText, unscaled } from "./exact";

/**
 * Exact text of Arrow values. Arrow's own getters round (timestamps to milliseconds, decimals to words), so the
 * raw buffers are read here: every digit that the warehouse sent is shown.
 */

/** How a column is sorted, aligned and quoted. */
export type ColumnKind = "number" | "text" | "boolean" | "time" | "nested" | "binary";

export function columnKind(type: DataType): ColumnKind {
  if (DataType.isInt(type) || DataType.isFloat(type) || DataType.isDecimal(type)) return "number";
  if (DataType.isBool(type)) return "boolean";
  if (DataType.isTimestamp(type) || DataType.isDate(type) || DataType.isTime(type) || DataType.isDuration(type))
    return "time";
  if (DataType.isList(type) || DataType.isStruct(type) || DataType.isMap(type) || DataType.isFixedSizeList(type))
    return "nested";
  if (DataType.isUnion(type)) return "nested";
  if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isFixedSizeBinary(type)) return "binary";
  if (DataType.isDictionary(type)) return columnKind(type.dictionary);
  return "text";
}

/** A decimal from its little-endian two's complement words. */
export function decimalText(words: ArrayLike<number>, scale: number): string {
  return scaledText(unscaled(words), scale);
}

const unitsPerSecond: Record<TimeUnit, bigint> = {
  [TimeUnit.SECOND]: 1n,
  [TimeUnit.MILLISECOND]: 1000n,
  [TimeUnit.MICROSECOND]: 1_000_000n,
  [TimeUnit.NANOSECOND]: 1_000_000_000n,
};

/** `2026-01-31 23:59:59.123456`, with `+00` when the type has a zone: an instant is shown in UTC, as it was sent. */
export function timestampText(value: bigint, unit: TimeUnit, hasZone: boolean): string {
  const perSecond = unitsPerSecond[unit];
  let seconds = value / perSecond;
  let fraction = value % perSecond;
  if (fraction < 0n) {
    fraction += perSecond;
    seconds -= 1n;
  }
  return `${dateText(floorDivide(seconds, 86_400n))} ${clockText(floorModulo(seconds, 86_400n), fraction, unit)}${hasZone ? "+00" : ""}`;
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value % by < 0n ? quotient - 1n : quotient;
}

function floorModulo(value: bigint, by: bigint): bigint {
  const rest = value % by;
  return rest < 0n ? rest + by : rest;
}

function clockText(secondOfDay: bigint, fraction: bigint, unit: TimeUnit): string {
  const second = Number(secondOfDay);
  const two = (part: number) => String(part).padStart(2, "0");
  const clock = `${two(Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  if (fraction === 0n) return clock;
  return `${clock}.${fraction
    .toString()
    .padStart(unitsPerSecond[unit].toString().length - 1, "0")
    .replace(/0+$/, "")}`;
}

/** Proleptic Gregorian date of a day number since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
export function dateText(days: bigint): string {
  const shifted = days + 719_468n;
  const era = floorDivide(shifted, 146_097n);
  const dayOfEra = shifted - era * 146_097n;
  const yearOfEra = (dayOfEra - dayOfEra / 1460n + dayOfEra / 36_524n - dayOfEra / 146_096n) / 365n;
  const dayOfYear = dayOfEra - (365n * yearOfEra + yearOfEra / 4n - yearOfEra / 100n);
  const monthFromMarch = (5n * dayOfYear + 2n) / 153n;
  const day = dayOfYear - (153n * monthFromMarch + 2n) / 5n + 1n;
  const month = monthFromMarch < 10n ? monthFromMarch + 3n : monthFromMarch - 9n;
  const year = yearOfEra + era * 400n + (month <= 2n ? 1n : 0n);
  const sign = year < 0n ? "-" : "";
  const digits = (year < 0n ? -year : year).toString().padStart(4, "0");
  return `${sign}${digits}-${month.toString().padStart(2, "0")}-${day.toString().padStart(2, "0")}`;
}

function hex(bytes: Uint8Array): string {
  let text = "\\x";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Number.POSITIVE_INFINITY) return "Infinity";
  if (value === Number.NEGATIVE_INFINITY) return "-Infinity";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A 32-bit float with the fewest digits that give it back. */
function float32Text(value: number): string {
  for (let digits = 1; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return floatText(short);
  }
  return floatText(value);
}

function intervalText(words: Int32Array, unit: IntervalUnit): string {
  switch (unit) {
    case IntervalUnit.YEAR_MONTH:
      return `${words[0] ?? 0} months`;
    case IntervalUnit.DAY_TIME:
      return `${words[0] ?? 0} days ${(words[1] ?? 0) / 1000} seconds`;
    case IntervalUnit.MONTH_DAY_NANO: {
      const nanoseconds = BigInt.asIntN(64, (BigInt(words[3] ?? 0) << 32n) | BigInt((words[2] ?? 0) >>> 0));
      const parts: string[] = [];
      if (words[0]) parts.push(`${words[0]} months`);
      if (words[1]) parts.push(`${words[1]} days`);
      if (nanoseconds !== 0n || parts.length === 0) {
        const sign = nanoseconds < 0n ? "-" : "";
        const absolute = nanoseconds < 0n ? -nanoseconds : nanoseconds;
        const seconds = absolute / 1_000_000_000n;
        const fraction = (absolute % 1_000_000_000n).toString().padStart(9, "0").replace(/0+$/, "");
        const two = (part: bigint) => part.toString().padStart(2, "0");
        parts.push(
          `${sign}${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${fraction ? `.${fraction}` : ""}`,
        );
      }
      return parts.join(" ");
    }
    default:
      return Array.from(words).join(" ");
  }
}

/** Exact text of row `row` of one batch's column, or null for SQL null. */
export function cellText(data: Data, row: number): string | null {
  if (DataType.isNull(data.type) || !data.getValid(row)) return null;
  const type = data.type as DataType;
  if (DataType.isDictionary(type)) {
    const key = Number((data.values as ArrayLike<number | bigint>)[row] ?? 0);
    return vectorText(data.dictionary as Vector, key);
  }
  if (DataType.isInt(type)) {
    const value = (data.values as ArrayLike<number | bigint>)[row];
    return String(value ?? "");
  }
  if (DataType.isFloat(type)) {
    if (type.precision === 0) return floatText(Number(vectorValue(data, row)));
    const value = Number((data.values as ArrayLike<number>)[row]);
    return type.precision === 1 ? float32Text(value) : floatText(value);
  }
  if (DataType.isDecimal(type)) {
    const stride = type.bitWidth / 32;
    const words = (data.values as Uint32Array).subarray(row * stride, (row + 1) * stride);
    return decimalText(words, type.scale);
  }
  if (DataType.isTimestamp(type)) {
    return timestampText(BigInt((data.values as BigInt64Array)[row] ?? 0n), type.unit, Boolean(type.timezone));
  }
  if (DataType.isDate(type)) {
    if (type.unit === DateUnit.DAY) return dateText(BigInt((data.values as Int32Array)[row] ?? 0));
    return dateText(floorDivide(BigInt((data.values as unknown as BigInt64Array)[row] ?? 0n), 86_400_000n));
  }
  if (DataType.isTime(type)) {
    const value = BigInt((data.values as ArrayLike<number | bigint>)[row] ?? 0);
    const perSecond = unitsPerSecond[type.unit];
    return clockText(value / perSecond, value % perSecond, type.unit);
  }
  if (DataType.isDuration(type)) {
    const value = BigInt((data.values as BigInt64Array)[row] ?? 0n);
    return `${scaledText(value, unitsPerSecond[type.unit].toString().length - 1)} seconds`;
  }
  if (DataType.isInterval(type)) {
    const stride = type.unit === IntervalUnit.MONTH_DAY_NANO ? 4 : type.unit === IntervalUnit.DAY_TIME ? 2 : 1;
    return intervalText((data.values as Int32Array).subarray(row * stride, (row + 1) * stride), type.unit);
  }
  if (DataType.isBinary(type) || DataType.isLargeBinary(type) || DataType.isFixedSizeBinary(type)) {
    return hex(vectorValue(data, row) as Uint8Array);
  }
  if (columnKind(type) === "nested") return jsonText(data, row);
  return String(vectorValue(data, row));
}

function vectorValue(data: Data, row: number): unknown {
  return singleVector(data).get(row);
}

const vectors = new WeakMap<Data, Vector>();

function singleVector(data: Data): Vector {
  let vector = vectors.get(data);
  if (vector === undefined) {
    vector = new Vector([data]);
    vectors.set(data, vector);
  }
  return vector;
}

function vectorText(vector: Vector, index: number): string | null {
  let rest = index;
  for (const data of vector.data) {
    if (rest < data.length) return cellText(data, rest);
    rest -= data.length;
  }
  return null;
}

/** JSON of a nested value. Numbers keep their digits; everything that JSON lacks becomes a string. */
export function jsonText(data: Data, row: number): string {
  if (DataType.isNull(data.type) || !data.getValid(row)) return "null";
  const type = data.type as DataType;
  if (DataType.isList(type) || DataType.isMap(type) || DataType.isFixedSizeList(type)) {
    const child = data.children[0];
    if (child === undefined) return "[]";
    const [start, end] = DataType.isFixedSizeList(type)
      ? [row * type.listSize, (row + 1) * type.listSize]
      : [Number(data.valueOffsets[row]), Number(data.valueOffsets[row + 1])];
    const items: string[] = [];
    if (DataType.isMap(type)) {
      const [keys, values] = child.children;
      if (keys === undefined || values === undefined) return "{}";
      for (let index = start; index < end; index++)
        items.push(`${JSON.stringify(cellText(keys, index))}: ${jsonText(values, index)}`);
      return `{${items.join(", ")}}`;
    }
    for (let index = start; index < end; index++) items.push(jsonText(child, index));
    return `[${items.join(", ")}]`;
  }
  if (DataType.isStruct(type)) {
    const fields = type.children as Field[];
    return `{${fields.map((field, index) => `${JSON.stringify(field.name)}: ${jsonText(data.children[index] as Data, row)}`).join(", ")}}`;
  }
  if (DataType.isUnion(type)) return JSON.stringify(vectorValue(data, row));
  const text = cellText(data, row);
  if (text === null) return "null";
  const kind = columnKind(type);
  const plain = (kind === "number" && !/[NI]/.test(text)) || kind === "boolean";
  return plain ? text : JSON.stringify(text);
}

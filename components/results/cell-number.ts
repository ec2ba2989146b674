import { type Data, DataType, DateUnit, TimeUnit } from "apache-arrow";
import { cellText } from "./cell-text";

const milliseconds: Record<TimeUnit, number> = {
  [TimeUnit.SECOND]: 1000,
  [TimeUnit.MILLISECOND]: 1,
  [TimeUnit.MICROSECOND]: 1e-3,
  [TimeUnit.NANOSECOND]: 1e-6,
};

/**
 * A cell as a double, for drawing: numbers as they are, dates and instants as milliseconds since 1970 (UTC), times and durations
 * as milliseconds, booleans as 0 and 1. Null for SQL null and for what is no number.
 */
export function cellNumber(data: Data, row: number): number | null {
  const type = data.type as DataType;
  if (DataType.isNull(type) || !data.getValid(row)) return null;
  const raw = () => Number((data.values as ArrayLike<number | bigint>)[row]);
  if (DataType.isInt(type)) return raw();
  if (DataType.isFloat(type) && type.precision !== 0) return raw();
  if (DataType.isTimestamp(type) || DataType.isTime(type) || DataType.isDuration(type))
    return raw() * milliseconds[type.unit];
  if (DataType.isDate(type)) return type.unit === DateUnit.DAY ? raw() * 86_400_000 : raw();
  const text = cellText(data, row);
  if (DataType.isBool(type)) return text === "true" ? 1 : 0;
  const value = text === null || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isNaN(value) ? null : value;
}

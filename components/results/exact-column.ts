import { type Data, DataType } from "apache-arrow";
import { unscaled } from "./exact";

/** A number that keeps its digits: `value` × 10^-`scale`. */
export interface ExactColumn {
  scale: number;
  read(data: Data, row: number): bigint | null;
}

/** How to read a column of integers or decimals without rounding; null for any other type. */
export function exactColumn(type: DataType): ExactColumn | null {
  if (DataType.isInt(type)) {
    return {
      scale: 0,
      read: (data, row) => (data.getValid(row) ? BigInt((data.values as ArrayLike<number | bigint>)[row] ?? 0) : null),
    };
  }
  if (DataType.isDecimal(type)) {
    const stride = type.bitWidth / 32;
    return {
      scale: type.scale,
      read: (data, row) =>
        data.getValid(row) ? unscaled((data.values as Uint32Array).subarray(row * stride, (row + 1) * stride)) : null,
    };
  }
  return null;
}

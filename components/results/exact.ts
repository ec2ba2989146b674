import { type Data, DataType } from "apache-arrow";

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

/** The unscaled integer of a decimal from its little-endian two's complement words. */
export function unscaled(words: ArrayLike<number>): bigint {
  let value = 0n;
  for (let index = words.length - 1; index >= 0; index--) value = (value << 32n) | BigInt((words[index] ?? 0) >>> 0);
  return BigInt.asIntN(words.length * 32, value);
}

/** `value` × 10^-`scale` in digits. */
export function scaledText(value: bigint, scale: number): string {
  if (scale <= 0) return (value * 10n ** BigInt(-scale)).toString();
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, "0");
  return `${negative ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** `sum` / `count` at `scale`, rounded half away from zero to six more digits, without trailing zeros. */
export function averageText(sum: bigint, count: number, scale: number): string {
  const more = 6;
  const divisor = BigInt(count);
  const scaled = sum * 10n ** BigInt(more + Math.max(0, -scale)) * 2n;
  const quotient = scaled / divisor;
  const rounded = (quotient + (quotient < 0n ? -1n : 1n)) / 2n;
  const text = scaledText(rounded, Math.max(0, scale) + more);
  return text.replace(/\.?0+$/, "");
}

/**
 * Decimal digits without rounding. Nothing here needs Arrow, so that the page can use it without fetching Arrow.
 */

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

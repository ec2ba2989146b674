import type { ColumnKind } from "./cell-text";

/** Compares two numbers given as exact text: by value, falling back to all digits where doubles are equal. */
export function compareNumbers(a: string, b: string): number {
  const difference = Number(a) - Number(b);
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  if (a === b) return 0;
  if (Number.isNaN(Number(a))) return 1;
  if (Number.isNaN(Number(b))) return -1;
  return compareDecimalDigits(a, b);
}

function compareDecimalDigits(a: string, b: string): number {
  const negative = a.startsWith("-");
  if (negative !== b.startsWith("-")) return negative ? -1 : 1;
  const [wholeA = "", fractionA = ""] = a.replace("-", "").split(".");
  const [wholeB = "", fractionB = ""] = b.replace("-", "").split(".");
  const width = Math.max(wholeA.length, wholeB.length);
  const depth = Math.max(fractionA.length, fractionB.length);
  const left = wholeA.padStart(width, "0") + fractionA.padEnd(depth, "0");
  const right = wholeB.padStart(width, "0") + fractionB.padEnd(depth, "0");
  const order = left < right ? -1 : left > right ? 1 : 0;
  return negative ? -order : order;
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders two cells of one column; nulls come last. */
export function compareCells(kind: ColumnKind, a: string | null, b: string | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return kind === "number" ? compareNumbers(a, b) : compareTexts(a, b);
}

/**
 * How many letters of a word were typed at `column` (from 1) since its line was `before`; 0 when anything else has changed, or nothing.
 */
export function wordBegun(before: string, now: string, column: number): number {
  const end = column - 1 + now.length - before.length;
  const begun = now.slice(column - 1, end);
  const isAll = now === before.slice(0, column - 1) + begun + before.slice(column - 1);
  return isAll && /^\w+$/.test(begun) ? begun.length : 0;
}

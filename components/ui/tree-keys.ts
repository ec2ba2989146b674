/** A row of a tree as it is shown, for the keys. */
export interface TreeKeyRow {
  /** 1 for the top. */
  readonly level: number;
  /** Null where there is nothing to open. */
  readonly open: boolean | null;
}

export type TreeStep = { readonly kind: "go"; readonly to: number } | { readonly kind: "toggle" };

/**
 * What a key does in a tree whose rows are a flat list, as the WAI-ARIA pattern of tree views has it: arrows, Home and End.
 * `at` is the current row, -1 for none. Null for a key that is none of these.
 */
export function treeStep<Row>(
  key: string,
  rows: readonly Row[],
  at: number,
  keysOf: (row: Row) => TreeKeyRow,
): TreeStep | null {
  const go = (to: number): TreeStep => ({ kind: "go", to: Math.max(0, Math.min(rows.length - 1, to)) });
  const row = rows[at];
  const current = row === undefined ? null : keysOf(row);
  switch (key) {
    case "ArrowDown":
      return go(at + 1);
    case "ArrowUp":
      return go(at - 1);
    case "Home":
      return go(0);
    case "End":
      return go(rows.length - 1);
    case "ArrowRight":
      if (current?.open === false) return { kind: "toggle" };
      return go(current?.open === null ? at : at + 1);
    case "ArrowLeft": {
      if (current?.open) return { kind: "toggle" };
      const parent = rows.findLastIndex((other, index) => index < at && keysOf(other).level < (current?.level ?? 0));
      return go(parent < 0 ? at : parent);
    }
    default:
      return null;
  }
}

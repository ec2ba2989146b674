/** Lines `start` to `end` (exclusive) of the old text become `lines`. Counted from 0. */
export interface LineChange {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** Past this many differing lines the whole stretch counts as changed. */
const mostSteps = 2_000;

/** The fewest changes of whole lines that lead from one text to another (Myers, "An O(ND) Difference Algorithm", 1986). */
export function lineChanges(before: readonly string[], after: readonly string[]): LineChange[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (
    tail < Math.min(before.length, after.length) - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail += 1;
  }
  const from = before.slice(head, before.length - tail);
  const to = after.slice(head, after.length - tail);
  if (from.length === 0 && to.length === 0) return [];
  const kept = commonLines(from, to) ?? [];
  const changes: LineChange[] = [];
  let [x, y] = [0, 0];
  for (const [keptX, keptY] of [...kept, [from.length, to.length] as const]) {
    if (keptX > x || keptY > y) changes.push({ start: head + x, end: head + keptX, lines: to.slice(y, keptY) });
    [x, y] = [keptX + 1, keptY + 1];
  }
  return changes;
}

/** Pairs of equal lines in order; null when the texts differ too much to look for them. */
function commonLines(from: readonly string[], to: readonly string[]): (readonly [number, number])[] | null {
  const most = Math.min(from.length + to.length, mostSteps);
  const rows: Map<number, number>[] = [];
  let ends = new Map<number, number>([[1, 0]]);
  for (let step = 0; step <= most; step += 1) {
    rows.push(ends);
    const next = new Map(ends);
    for (let diagonal = -step; diagonal <= step; diagonal += 2) {
      const down = diagonal === -step || (diagonal !== step && at(ends, diagonal - 1) < at(ends, diagonal + 1));
      let x = down ? at(ends, diagonal + 1) : at(ends, diagonal - 1) + 1;
      while (x < from.length && x - diagonal < to.length && from[x] === to[x - diagonal]) x += 1;
      next.set(diagonal, x);
      if (x >= from.length && x - diagonal >= to.length) return walkBack(rows, from.length, to.length);
    }
    ends = next;
  }
  return null;
}

function walkBack(rows: readonly Map<number, number>[], width: number, height: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  let [x, y] = [width, height];
  for (let step = rows.length - 1; step >= 0; step -= 1) {
    const ends = rows[step] ?? new Map<number, number>();
    const diagonal = x - y;
    const down = diagonal === -step || (diagonal !== step && at(ends, diagonal - 1) < at(ends, diagonal + 1));
    const previous = down ? diagonal + 1 : diagonal - 1;
    const startX = step === 0 ? 0 : at(ends, previous);
    const startY = step === 0 ? 0 : startX - previous;
    while (x > startX && y > startY) {
      x -= 1;
      y -= 1;
      pairs.push([x, y]);
    }
    [x, y] = [startX, startY];
  }
  return pairs.reverse();
}

function at(ends: ReadonlyMap<number, number>, diagonal: number): number {
  return ends.get(diagonal) ?? -1;
}

/** A stretch that keeps its number of lines, as changes of single lines. */
function lineByLine(change: LineChange): readonly LineChange[] {
  const { start, end, lines } = change;
  return end - start === lines.length
    ? lines.map((line, index) => ({ start: start + index, end: start + index + 1, lines: [line] }))
    : [change];
}

/** The text with only those changes that touch lines `first` to `last` (counted from 1, both included). */
export function changedWithin(before: string, after: string, { first, last }: { first: number; last: number }): string {
  const lines = before.split("\n");
  const result: string[] = [];
  let next = 0;
  for (const change of lineChanges(lines, after.split("\n")).flatMap(lineByLine)) {
    const touches = change.start < last && Math.max(change.end, change.start + 1) >= first;
    result.push(...lines.slice(next, change.start));
    result.push(...(touches ? change.lines : lines.slice(change.start, change.end)));
    next = change.end;
  }
  return [...result, ...lines.slice(next)].join("\n");
}

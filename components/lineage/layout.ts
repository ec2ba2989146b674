export interface Box {
  readonly id: string;
  readonly width: number;
  readonly height: number;
}
export interface Placed extends Box {
  readonly x: number;
  readonly y: number;
  /** Its column, from the left. */
  readonly layer: number;
}
export type Link = readonly [from: string, to: string];

const gapAcross = 72;
const gapDown = 14;
const sweeps = 6;
/** So many boxes stand above each other at least before a layer takes a second column. */
const leastTall = 40;

/**
 * Places boxes in layers from left to right so that links point right, few of them cross, and neighbours are near each other:
 * longest-path layers, barycentres, then heights towards the mean of the neighbours (after Sugiyama, Tagawa and Toda, 1981). Two
 * thousand boxes take some tens of milliseconds. A link of a cycle may point left. In a large graph a layer takes several columns,
 * because hundreds of boxes above each other are a line that nobody can look at.
 */
export function layout(boxes: readonly Box[], links: readonly Link[], gap = gapAcross): Map<string, Placed> {
  const place = new Map(boxes.map((box, index) => [box.id, index]));
  const up: number[][] = boxes.map(() => []);
  const down: number[][] = boxes.map(() => []);
  for (const [from, to] of links) {
    const source = place.get(from);
    const target = place.get(to);
    if (source === undefined || target === undefined || source === target) continue;
    down[source]?.push(target);
    up[target]?.push(source);
  }
  const layerOf = layers(up, down);
  const byLayer: number[][] = [];
  for (const [index, layer] of layerOf.entries()) {
    byLayer[layer] ??= [];
    byLayer[layer].push(index);
  }
  for (let layer = 0; layer < byLayer.length; layer++) byLayer[layer] ??= [];
  order(byLayer, up, down);
  const columns = byLayer.flatMap((layer) => sideBySide(layer, Math.max(leastTall, 1.6 * Math.sqrt(boxes.length))));
  const heights = boxes.map(({ height }) => height);
  const tops = settle(columns, heights, [up, down]);
  const result = new Map<string, Placed>();
  let x = 0;
  for (const [layer, column] of columns.entries()) {
    let widest = 0;
    for (const index of column) {
      const box = boxes[index] as Box;
      widest = Math.max(widest, box.width);
      result.set(box.id, { ...box, x, y: tops[index] ?? 0, layer });
    }
    x += widest + gap;
  }
  return result;
}

/** A layer as columns of `most` boxes at most. What follows each other in it stays at one height. */
function sideBySide(layer: number[], most: number): number[][] {
  const count = Math.max(1, Math.ceil(layer.length / most));
  return Array.from({ length: count }, (_, column) => layer.filter((_index, at) => at % count === column));
}

function layers(up: readonly number[][], down: readonly number[][]): number[] {
  const missing = up.map((parents) => parents.length);
  const layer = new Array<number>(up.length).fill(0);
  const done = new Array<boolean>(up.length).fill(false);
  const ready = missing.flatMap((count, index) => (count === 0 ? [index] : []));
  let next = 0;
  for (let visited = 0; visited < up.length; visited++) {
    let at = ready.pop();
    if (at === undefined) {
      // What is left stands in or behind a cycle: begin at its first.
      while (done[next]) next++;
      at = next;
    }
    if (done[at]) {
      visited--;
      continue;
    }
    done[at] = true;
    for (const child of down[at] ?? []) {
      if (done[child]) continue;
      layer[child] = Math.max(layer[child] ?? 0, (layer[at] ?? 0) + 1);
      missing[child] = (missing[child] ?? 0) - 1;
      if (missing[child] === 0) ready.push(child);
    }
  }
  // What reads nothing stands beside its nearest reader, not at the far left.
  for (const [index, parents] of up.entries()) {
    if (parents.length > 0 || (down[index]?.length ?? 0) === 0) continue;
    layer[index] = Math.max(0, Math.min(...(down[index] ?? []).map((child) => layer[child] ?? 0)) - 1);
  }
  return layer;
}

function order(columns: number[][], up: readonly number[][], down: readonly number[][]): void {
  const position: number[] = [];
  const remember = (column: readonly number[]) => {
    for (const [at, index] of column.entries()) position[index] = column.length === 1 ? 0.5 : at / (column.length - 1);
  };
  for (const column of columns) remember(column);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const forwards = sweep % 2 === 0;
    for (const column of forwards ? columns : [...columns].reverse()) {
      const weight = new Map(
        column.map((index) => {
          const near = (forwards ? up : down)[index] ?? [];
          const sum = near.reduce((total, other) => total + (position[other] ?? 0), 0);
          return [index, near.length > 0 ? sum / near.length : (position[index] ?? 0)];
        }),
      );
      column.sort((left, right) => (weight.get(left) ?? 0) - (weight.get(right) ?? 0));
      remember(column);
    }
  }
}

function settle(
  columns: readonly number[][],
  heights: readonly number[],
  [up, down]: readonly [readonly number[][], readonly number[][]],
): number[] {
  const tops: number[] = [];
  const total = (column: readonly number[]) =>
    column.reduce((sum, index) => sum + (heights[index] ?? 0) + gapDown, -gapDown);
  for (const column of columns) {
    let y = -total(column) / 2;
    for (const index of column) {
      tops[index] = y;
      y += (heights[index] ?? 0) + gapDown;
    }
  }
  const middle = (index: number) => (tops[index] ?? 0) + (heights[index] ?? 0) / 2;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const forwards = sweep % 2 === 0;
    for (const column of forwards ? columns : [...columns].reverse()) {
      const wanted = column.map((index) => {
        const near = (forwards ? up : down)[index] ?? [];
        const centre =
          near.length > 0 ? near.reduce((sum, other) => sum + middle(other), 0) / near.length : middle(index);
        return centre - (heights[index] ?? 0) / 2;
      });
      spread(column, wanted, { heights, tops });
    }
  }
  return tops;
}

/** Tops as near to the wanted ones as their order and the gaps allow: neighbours that collide move as one block. */
function spread(
  column: readonly number[],
  wanted: readonly number[],
  { heights, tops }: { heights: readonly number[]; tops: number[] },
): void {
  const blocks: { start: number; sum: number; count: number; offsets: number[]; size: number }[] = [];
  for (const [at, index] of column.entries()) {
    const size = (heights[index] ?? 0) + gapDown;
    let block = { start: wanted[at] ?? 0, sum: wanted[at] ?? 0, count: 1, offsets: [0], size };
    for (let above = blocks.at(-1); above && above.start + above.size > block.start; above = blocks.at(-1)) {
      blocks.pop();
      const shift = above.size;
      const sum = above.sum + block.sum - shift * block.count;
      const count = above.count + block.count;
      block = {
        start: sum / count,
        sum,
        count,
        offsets: above.offsets.concat(block.offsets.map((offset) => offset + shift)),
        size: above.size + block.size,
      };
    }
    blocks.push(block);
  }
  let at = 0;
  for (const { start, offsets } of blocks) {
    for (const offset of offsets) {
      const index = column[at];
      if (index !== undefined) tops[index] = start + offset;
      at += 1;
    }
  }
}

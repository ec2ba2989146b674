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
/** A stretch that a link passes a column on, at one height. */
export interface Passage {
  readonly from: number;
  readonly to: number;
  readonly y: number;
}
export interface Layout {
  readonly boxes: ReadonlyMap<string, Placed>;
  /** Where a link goes that leads further than to the next column, by its ends with a space between. */
  readonly passages: ReadonlyMap<string, readonly Passage[]>;
}

const gapAcross = 72;
const gapDown = 14;
const sweeps = 6;
/** Height that is kept free for a link that passes. */
const passageHeight = 4;
/** Links of larger graphs go straight: there are too many to follow one, and room for all of them would pull the boxes apart. */
const mostWithPassages = 400;
/** So many boxes stand above each other at least before a layer takes a second column. */
const leastTall = 40;

/**
 * Places boxes in layers from left to right so that links point right, few of them cross, and neighbours are near each other:
 * longest-path layers, barycentres, then heights towards the mean of the neighbours (after Sugiyama, Tagawa and Toda, 1981). Two
 * thousand boxes take some tens of milliseconds. A link of a cycle may point left. In a large graph a layer takes several columns,
 * because hundreds of boxes above each other are a line that nobody can look at. In one that can be read, a link that leads past
 * other columns gets room in each, so that it is not drawn behind boxes that it has nothing to do with.
 */
export function layout(boxes: readonly Box[], links: readonly Link[], gap = gapAcross): Layout {
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
  const heights = boxes.map(({ height }) => height);
  const isTall = sorted(layerOf).some((layer) => layer.length > leastTall);
  const passed = isTall ? new Map<number, number[]>() : passing({ layerOf, heights, up, down });
  const byLayer = sorted(layerOf);
  order(byLayer, up, down);
  const most = passed.size > 0 ? Infinity : Math.max(leastTall, 1.6 * Math.sqrt(boxes.length));
  const columns = byLayer.flatMap((layer) => sideBySide(layer, most));
  const tops = settle(columns, heights, [up, down]);
  const result = new Map<string, Placed>();
  const spans: { from: number; to: number }[] = [];
  let x = 0;
  for (const [layer, column] of columns.entries()) {
    const widest = Math.max(0, ...column.map((index) => boxes[index]?.width ?? 0));
    for (const index of column) {
      const box = boxes[index];
      if (box) result.set(box.id, { ...box, x, y: tops[index] ?? 0, layer });
      else spans[index] = { from: x, to: x + widest };
    }
    x += widest + gap;
  }
  const passages = new Map<string, Passage[]>();
  for (const [from, to] of links) {
    const [source = -1, target = -1] = [place.get(from), place.get(to)];
    const between = (layerOf[target] ?? 0) - (layerOf[source] ?? 0) - 1;
    const through = between > 0 ? (passed.get(source) ?? []).slice(0, between) : [];
    const stretches = through.flatMap((index) => {
      const span = spans[index];
      return span ? [{ ...span, y: (tops[index] ?? 0) + passageHeight / 2 }] : [];
    });
    if (stretches.length > 0) passages.set(`${from} ${to}`, stretches);
  }
  return { boxes: result, passages };
}

/**
 * Adds a place in each layer that links of a box pass; they share it as far as they go the same way. Rewires `up` and `down` along
 * these places. Returns them by the box where the links begin; none when there would be too many.
 */
function passing(graph: {
  layerOf: number[];
  heights: number[];
  up: number[][];
  down: number[][];
}): Map<number, number[]> {
  const { layerOf, heights, up, down } = graph;
  const count = down.length;
  const furthest = (source: number) =>
    Math.max(0, ...(down[source] ?? []).map((target) => (layerOf[target] ?? 0) - (layerOf[source] ?? 0) - 1));
  const needed = Array.from({ length: count }, (_, source) => furthest(source));
  const result = new Map<number, number[]>();
  if (count + needed.reduce((sum, more) => sum + more, 0) > mostWithPassages) return result;
  for (const [source, more] of needed.entries()) {
    if (more === 0) continue;
    const chain = Array.from({ length: more }, (_, step) => layerOf.push((layerOf[source] ?? 0) + step + 1) - 1);
    for (const index of chain) [heights[index], up[index], down[index]] = [passageHeight, [], []];
    result.set(source, chain);
    const targets = down[source] ?? [];
    down[source] = [];
    const join = (from: number, to: number) => {
      if (down[from]?.includes(to)) return;
      down[from]?.push(to);
      up[to]?.push(from);
    };
    for (const target of targets) {
      up[target] = (up[target] ?? []).filter((parent) => parent !== source);
      const between = (layerOf[target] ?? 0) - (layerOf[source] ?? 0) - 1;
      const way = [source, ...chain.slice(0, Math.max(0, between)), target];
      for (const [at, to] of way.slice(1).entries()) join(way[at] ?? source, to);
    }
  }
  return result;
}

/** What stands in each layer. */
function sorted(layerOf: readonly number[]): number[][] {
  const byLayer: number[][] = [];
  for (const [index, layer] of layerOf.entries()) {
    byLayer[layer] ??= [];
    byLayer[layer].push(index);
  }
  return Array.from(byLayer, (layer) => layer ?? []);
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

import { compareCells } from "./order";
import { type Aggregate, aggregateLabels, collectorFor, looksLikeKey } from "./pivot";
import type { ResultColumn, ResultData } from "./result-data";

export const chartKinds = ["line", "bar", "scatter"] as const;
export type ChartKind = (typeof chartKinds)[number];

/** What a chart shows. Column -1 as a measure counts rows. */
export interface ChartSpec {
  kind: ChartKind;
  x: number;
  /** The measures; with `series` only the first counts. */
  y: number[];
  /** How values at the same x are put together; a scatter shows each row. */
  aggregate: Aggregate;
  /** A category whose values become lines or bars of their own, or null. */
  series: number | null;
}

export interface ChartSeries {
  name: string;
  /** [x, y]: x is milliseconds or a number on a value axis, the place in `categories` otherwise. */
  points: [number, number | null][];
}

/** A chart's numbers, bounded so that drawing them is quick. */
export interface ChartData {
  kind: ChartKind;
  axis: "time" | "value" | "category";
  xName: string;
  yName: string;
  /** Texts of a category axis, in order. */
  categories: string[];
  series: ChartSeries[];
  /** What was left out or thinned, in a sentence; null when everything is shown. */
  note: string | null;
}

export const mostCategories = 60;
export const mostSeries = 12;
export const mostLinePoints = 2_000;
export const mostScatterPoints = 5_000;

/** A chart to begin with, from the types alone: time gives lines, a category bars, two numbers a scatter. Null when nothing fits. */
export function defaultChart(columns: readonly ResultColumn[]): ChartSpec | null {
  const first = (fits: (column: ResultColumn) => boolean) => columns.findIndex(fits);
  const measures = columns.flatMap(({ kind, name }, index) =>
    kind === "number" && !looksLikeKey(name) ? [index] : [],
  );
  const numbers = columns.flatMap(({ kind }, index) => (kind === "number" ? [index] : []));
  const measure = measures[0] ?? -1;
  const counted: Aggregate = measure < 0 ? "count" : "sum";
  const time = first(({ kind }) => kind === "time");
  if (time >= 0) return { kind: "line", x: time, y: [measure], aggregate: counted, series: null };
  const category = first(({ kind }) => kind === "text" || kind === "boolean");
  if (category >= 0) return { kind: "bar", x: category, y: [measure], aggregate: counted, series: null };
  const [x, y] = measures.length >= 2 ? measures : numbers;
  if (x !== undefined && y !== undefined) return { kind: "scatter", x, y: [y], aggregate: "sum", series: null };
  const key = numbers[0];
  return key === undefined ? null : { kind: "bar", x: key, y: [-1], aggregate: "count", series: null };
}

/** The numbers of a chart over the rows of the view. Throws a RangeError for columns that the result does not have. */
export function chartData(data: ResultData, spec: ChartSpec): ChartData {
  const x = data.columns[spec.x];
  if (x === undefined || spec.y.length === 0) throw new RangeError("The chart names a column that is not there.");
  if (spec.kind === "scatter") return scatter(data, spec, x);
  const axis = x.kind === "time" ? "time" : spec.kind === "line" && x.kind === "number" ? "value" : "category";
  const groups = grouped(data, spec, axis);
  const notes: string[] = [];
  const names = topSeries(groups, notes);
  const order = orderedKeys(groups, { kind: x.kind, axis }, notes);
  const series = names.map(
    (name): ChartSeries => ({
      name,
      points: order.keys.flatMap((key, place): [number, number | null][] => {
        const cell = groups.cells.get(key)?.get(name);
        // Along an axis a line goes on to the series' next row; only a value that is null itself is a gap.
        if (cell === undefined && axis !== "category") return [];
        return [[axis === "category" ? place : (order.numbers[place] ?? 0), numberOf(cell?.text() ?? null)]];
      }),
    }),
  );
  const thinned = axis === "category" ? series : series.map((one) => ({ ...one, points: thin(one.points) }));
  if (thinned.some(({ points }, index) => points.length < (series[index]?.points.length ?? 0)))
    notes.push(`${order.keys.length.toLocaleString()} points are drawn as ${mostLinePoints.toLocaleString()}`);
  return {
    kind: spec.kind,
    axis,
    xName: x.name,
    yName: yName(data, spec),
    categories: axis === "category" ? order.keys.map((key) => groups.texts.get(key) ?? "null") : [],
    series: thinned,
    note: notes.length > 0 ? `${notes.join("; ")}.` : null,
  };
}

function leftOut(rows: number, which: string): string {
  return rows === 1 ? `1 row ${which} is left out` : `${rows.toLocaleString()} rows ${which} are left out`;
}

function numberOf(text: string | null): number | null {
  const value = text === null ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

function measureName(data: ResultData, column: number): string {
  return column < 0 ? "rows" : (data.columns[column]?.name ?? "");
}

function yName(data: ResultData, { aggregate, y }: ChartSpec): string {
  const name = y.map((column) => measureName(data, column)).join(", ");
  return (y[0] ?? -1) < 0 ? name : `${aggregateLabels[aggregate]} of ${name}`;
}

type Collector = ReturnType<ReturnType<typeof collectorFor>>;

interface Groups {
  /** By the key of x, then by the name of the series. */
  cells: Map<string, Map<string, Collector>>;
  texts: Map<string, string | null>;
  numbers: Map<string, number>;
  rowsOf: Map<string, number>;
  withoutX: number;
}

/** Groups stop growing here: beyond it rows of new groups are left out. */
const mostGroups = 200_000;

function grouped(data: ResultData, spec: ChartSpec, axis: ChartData["axis"]): Groups {
  const groups: Groups = {
    cells: new Map(),
    texts: new Map(),
    numbers: new Map(),
    rowsOf: new Map(),
    withoutX: 0,
  };
  const makers = spec.y.map((column) => collectorFor(data, column, column < 0 ? "count" : spec.aggregate));
  const measures = spec.y.map((column) => measureName(data, column));
  const bySeries = spec.series;
  for (let place = 0; place < data.viewCount; place++) {
    const row = data.rowAt(place);
    const text = data.textAt(row, spec.x);
    const number = axis === "category" ? null : data.numberAt(row, spec.x);
    if (axis !== "category" && (number === null || !Number.isFinite(number))) {
      groups.withoutX += 1;
      continue;
    }
    const key = text === null ? "n" : `t${text}`;
    let cells = groups.cells.get(key);
    if (cells === undefined) {
      if (groups.cells.size >= mostGroups) continue;
      cells = new Map();
      groups.cells.set(key, cells);
      groups.texts.set(key, text);
      if (number !== null) groups.numbers.set(key, number);
    }
    const add = (name: string, make: (() => Collector) | undefined) => {
      let collector = cells.get(name);
      if (collector === undefined && make !== undefined) {
        collector = make();
        cells.set(name, collector);
      }
      collector?.add(row);
      groups.rowsOf.set(name, (groups.rowsOf.get(name) ?? 0) + 1);
    };
    if (bySeries !== null) add(data.textAt(row, bySeries) ?? "null", makers[0]);
    else for (const [index, name] of measures.entries()) add(name, makers[index]);
  }
  return groups;
}

/** The series with the most rows, in the order of their names' first appearance. */
function topSeries({ rowsOf }: Groups, notes: string[]): string[] {
  const all = [...rowsOf];
  if (all.length <= mostSeries) return all.map(([name]) => name);
  const kept = new Set(
    [...all]
      .sort(([, left], [, right]) => right - left)
      .slice(0, mostSeries)
      .map(([name]) => name),
  );
  notes.push(`The ${mostSeries} series with the most rows of ${all.length.toLocaleString()} are shown`);
  return all.map(([name]) => name).filter((name) => kept.has(name));
}

function orderedKeys(
  groups: Groups,
  { kind, axis }: { kind: ResultColumn["kind"]; axis: ChartData["axis"] },
  notes: string[],
): { keys: string[]; numbers: number[] } {
  const keys = [...groups.cells.keys()];
  if (groups.withoutX > 0) notes.push(leftOut(groups.withoutX, "without a place on the axis"));
  if (axis !== "category") {
    keys.sort((a, b) => (groups.numbers.get(a) ?? 0) - (groups.numbers.get(b) ?? 0));
    return { keys, numbers: keys.map((key) => groups.numbers.get(key) ?? 0) };
  }
  const size = (key: string) => {
    let sum = 0;
    for (const cell of groups.cells.get(key)?.values() ?? []) sum += Math.abs(numberOf(cell.text()) ?? 0);
    return sum;
  };
  const text = (key: string) => groups.texts.get(key) ?? null;
  if (keys.length > mostCategories) {
    notes.push(`The ${mostCategories} largest of ${keys.length.toLocaleString()} categories are shown`);
    const sizes = new Map(keys.map((key) => [key, size(key)]));
    keys.sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0));
    keys.length = mostCategories;
  }
  if (kind === "number" || kind === "time") keys.sort((a, b) => compareCells(kind, text(a), text(b)));
  else {
    const sizes = new Map(keys.map((key) => [key, size(key)]));
    keys.sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || compareCells(kind, text(a), text(b)));
  }
  return { keys, numbers: [] };
}

/** Keeps the first, smallest, largest and last point of each stretch, so that peaks stay. */
function thin(points: [number, number | null][]): [number, number | null][] {
  if (points.length <= mostLinePoints) return points;
  const stretches = mostLinePoints / 4;
  const kept: [number, number | null][] = [];
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * points.length) / stretches);
    const to = Math.floor(((stretch + 1) * points.length) / stretches);
    const places = new Set([from, to - 1]);
    let low = -1;
    let high = -1;
    for (let place = from; place < to; place++) {
      const value = points[place]?.[1] ?? null;
      if (value === null) continue;
      if (low < 0 || value < (points[low]?.[1] ?? 0)) low = place;
      if (high < 0 || value > (points[high]?.[1] ?? 0)) high = place;
    }
    for (const place of [low, high]) if (place >= 0) places.add(place);
    for (const place of [...places].sort((a, b) => a - b)) {
      const point = points[place];
      if (point !== undefined) kept.push(point);
    }
  }
  return kept;
}

/** Each row a point; of many rows an even sample. */
function scatter(data: ResultData, spec: ChartSpec, x: ResultColumn): ChartData {
  const step = Math.max(1, Math.ceil(data.viewCount / mostScatterPoints));
  const series = new Map<string, ChartSeries>();
  const notes: string[] = [];
  let missing = 0;
  for (let place = 0; place < data.viewCount; place += step) {
    const row = data.rowAt(place);
    const at = data.numberAt(row, spec.x);
    for (const column of spec.series === null ? spec.y : spec.y.slice(0, 1)) {
      const value = data.numberAt(row, column);
      if (at === null || value === null || !Number.isFinite(at) || !Number.isFinite(value)) {
        missing += 1;
        continue;
      }
      const name = spec.series === null ? measureName(data, column) : (data.textAt(row, spec.series) ?? "null");
      let one = series.get(name);
      if (one === undefined) {
        one = { name, points: [] };
        series.set(name, one);
      }
      one.points.push([at, value]);
    }
  }
  if (step > 1) notes.push(`One row of ${step.toLocaleString()} is drawn`);
  if (missing > 0) notes.push(leftOut(missing, "without both numbers"));
  const shown = [...series.values()].sort((left, right) => right.points.length - left.points.length);
  if (shown.length > mostSeries) {
    notes.push(`The ${mostSeries} series with the most rows of ${shown.length.toLocaleString()} are shown`);
    shown.length = mostSeries;
  }
  return {
    kind: "scatter",
    axis: x.kind === "time" ? "time" : "value",
    xName: x.name,
    yName: spec.y.map((column) => measureName(data, column)).join(", "),
    categories: [],
    series: shown,
    note: notes.length > 0 ? `${notes.join("; ")}.` : null,
  };
}

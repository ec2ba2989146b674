import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { chartData, defaultChart, mostCategories, mostLinePoints, mostScatterPoints } from "./chart-data";
import { resultOf } from "./testing/result-of";

const day = { type: new arrow.DateDay(), values: [new Date(0), new Date(86_400_000), new Date(86_400_000), null] };
const text = (values: readonly (string | null)[]) => ({ type: new arrow.Utf8(), values });
const double = (values: readonly (number | null)[]) => ({ type: new arrow.Float64(), values });
const int = (values: readonly number[]) => ({ type: new arrow.Int32(), values });

describe("defaultChart", () => {
  it.each([
    ["time and a measure: a line", { store_id: int([]), day, revenue: double([]) }, { kind: "line", x: 1, y: [2] }],
    ["a category and a measure: bars", { city: text([]), sales: double([]) }, { kind: "bar", x: 0, y: [1] }],
    ["two numbers: a scatter", { weight: double([]), price: double([]) }, { kind: "scatter", x: 0, y: [1] }],
    ["only texts: how often each", { city: text([]) }, { kind: "bar", x: 0, y: [-1], aggregate: "count" }],
  ])("%s", (_name, columns, expected) => {
    expect(defaultChart(resultOf(columns).columns)).toMatchObject(expected);
  });

  it("has nothing for what cannot be drawn", () => {
    expect(defaultChart(resultOf({ blob: { type: new arrow.Binary(), values: [] } }).columns)).toBeNull();
  });
});

describe("chartData", () => {
  it("adds values up by the day, and says what has no day", () => {
    const data = resultOf({ day, revenue: double([1, 2, 3, 4]) });
    const chart = chartData(data, { kind: "line", x: 0, y: [1], aggregate: "sum", series: null });
    expect(chart).toEqual({
      kind: "line",
      axis: "time",
      xName: "day",
      yName: "Sum of revenue",
      categories: [],
      series: [
        {
          name: "revenue",
          points: [
            [0, 1],
            [86_400_000, 5],
          ],
        },
      ],
      note: "1 row without a place on the axis is left out.",
    });
  });

  it("a line goes on to its series' next day; a null value is a gap", () => {
    const days = [0, 1, 2, 3].map((at) => new Date(at * 86_400_000));
    const data = resultOf({
      day: { type: new arrow.DateDay(), values: days },
      city: text(["Ulm", "Bonn", "Ulm", "Bonn"]),
      sales: double([1, null, 3, 4]),
    });
    const { series } = chartData(data, { kind: "line", x: 0, y: [2], aggregate: "sum", series: 1 });
    expect(series.map(({ name, points }) => [name, points.map(([at, value]) => [at / 86_400_000, value])])).toEqual([
      [
        "Ulm",
        [
          [0, 1],
          [2, 3],
        ],
      ],
      [
        "Bonn",
        [
          [1, null],
          [3, 4],
        ],
      ],
    ]);
  });

  it("makes a bar of each category by size, a series of each value, and gaps where there is nothing", () => {
    const data = resultOf({
      city: text(["Ulm", "Bonn", "Bonn", null]),
      open: text(["y", "y", "n", "y"]),
      sales: int([1, 2, 3, 4]),
    });
    const chart = chartData(data, { kind: "bar", x: 0, y: [2], aggregate: "sum", series: 1 });
    expect(chart.categories).toEqual(["Bonn", "null", "Ulm"]);
    expect(chart.series).toEqual([
      {
        name: "y",
        points: [
          [0, 2],
          [1, 4],
          [2, 1],
        ],
      },
      {
        name: "n",
        points: [
          [0, 3],
          [1, null],
          [2, null],
        ],
      },
    ]);
    expect(chart.note).toBeNull();
  });

  it("keeps the largest categories", () => {
    const names = Array.from({ length: 500 }, (_, index) => `c${index}`);
    const data = resultOf({ name: text(names), size: int(names.map((_, index) => index)) });
    const chart = chartData(data, { kind: "bar", x: 0, y: [1], aggregate: "sum", series: null });
    expect(chart.categories).toHaveLength(mostCategories);
    expect(chart.categories[0]).toBe("c499");
    expect(chart.note).toBe("The 60 largest of 500 categories are shown.");
  });

  it("thins long lines without losing their peaks", () => {
    const count = 50_000;
    const x = Array.from({ length: count }, (_, index) => index);
    const y = x.map((index) => (index === 31_337 ? 1000 : index % 7));
    const chart = chartData(resultOf({ x: int(x), y: double(y) }, 8192), {
      kind: "line",
      x: 0,
      y: [1],
      aggregate: "sum",
      series: null,
    });
    const points = chart.series[0]?.points ?? [];
    expect(points.length).toBeLessThanOrEqual(mostLinePoints);
    expect(points).toContainEqual([31_337, 1000]);
    expect(points.every(([at], index) => index === 0 || at > (points[index - 1]?.[0] ?? 0))).toBe(true);
    expect(chart.note).toBe("50,000 points are drawn as 2,000.");
  });

  it("samples a scatter and leaves out what is no number", () => {
    const count = 20_000;
    const values = Array.from({ length: count }, (_, index) => (index === 0 ? Number.NaN : index));
    const chart = chartData(resultOf({ a: double(values), b: double(values) }), {
      kind: "scatter",
      x: 0,
      y: [1],
      aggregate: "sum",
      series: null,
    });
    expect(chart.series[0]?.points.length).toBeLessThanOrEqual(mostScatterPoints);
    expect(chart.note).toBe("One row of 4 is drawn; 1 row without both numbers is left out.");
  });
});

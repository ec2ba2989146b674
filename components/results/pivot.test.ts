import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { averageText } from "./exact";
import { defaultPivot, mostPivotColumns, type PivotTable, pivot } from "./pivot";
import { resultOf } from "./testing/result-of";

const decimal = (unscaled: bigint) =>
  new Uint32Array(
    new BigUint64Array([BigInt.asUintN(64, unscaled), unscaled < 0n ? ~0n : 0n].map((word) => BigInt.asUintN(64, word)))
      .buffer,
  );

function orders() {
  return resultOf(
    {
      id: { type: new arrow.Int64(), values: [1n, 2n, 3n, 4n, 5n] },
      region: { type: new arrow.Utf8(), values: ["north", "south", "north", null, "south"] },
      open: { type: new arrow.Bool(), values: [true, true, false, true, true] },
      // 0.10, 0.20, 90071992547409.93, -1.00, null: doubles would lose the last digits.
      amount: {
        type: new arrow.Decimal(2, 30, 128),
        values: [decimal(10n), decimal(20n), decimal(9_007_199_254_740_993n), decimal(-100n), null],
      },
      share: { type: new arrow.Float64(), values: [0.1, 0.2, 0.3, null, 0.4] },
    },
    2,
  );
}
const cells = (table: PivotTable) =>
  Array.from({ length: table.viewCount }, (_, row) => table.columns.map((_column, at) => table.text(row, at)));

describe("pivot", () => {
  it("sums decimals by their digits, in order, with nulls last and totals", () => {
    const table = pivot(orders(), { rows: [1], columns: [2], values: [{ column: 3, aggregate: "sum" }] });
    expect(table.columns.map(({ name, type }) => [name, type])).toEqual([
      ["region", "Utf8"],
      ["false", "sum of amount"],
      ["true", "sum of amount"],
      ["Total", "sum of amount"],
    ]);
    expect(cells(table)).toEqual([
      ["north", "90071992547409.93", "0.10", "90071992547410.03"],
      ["south", null, "0.20", "0.20"],
      [null, null, "-1.00", "-1.00"],
      ["Total", "90071992547409.93", "-0.70", "90071992547409.23"],
    ]);
    expect(table.leftOut).toEqual({ rows: 0, columns: 0 });
    expect(cells(table).map((_row, at) => table.mark(at))).toEqual([undefined, undefined, undefined, "total"]);
  });

  it("has every aggregate, and leaves nulls out of all of them", () => {
    const of = (aggregate: "count" | "distinct" | "sum" | "average" | "minimum" | "maximum", column: number) => ({
      column,
      aggregate,
    });
    const table = pivot(orders(), {
      rows: [],
      columns: [],
      values: [
        of("count", -1),
        of("count", 3),
        of("distinct", 1),
        of("average", 3),
        of("minimum", 3),
        of("maximum", 1),
        of("sum", 4),
      ],
    });
    expect(cells(table)).toEqual([["5", "4", "2", "22517998136852.3075", "-1.00", "south", "1"]]);
  });

  it("counts what the filter lets through", () => {
    const data = orders();
    data.arrange({ column: 0, descending: true }, { 1: "north" });
    expect(cells(pivot(data, { rows: [1], columns: [], values: [{ column: -1, aggregate: "count" }] }))).toEqual([
      ["north", "2"],
      ["Total", "2"],
    ]);
  });

  it("leaves columns out when there are too many, and says how many", () => {
    const values = Array.from({ length: mostPivotColumns + 25 }, (_, index) => index);
    const data = resultOf({ n: { type: new arrow.Int32(), values } });
    const table = pivot(data, { rows: [], columns: [0], values: [{ column: -1, aggregate: "count" }] });
    expect(table.columns).toHaveLength(mostPivotColumns + 1);
    expect(table.leftOut).toEqual({ rows: 0, columns: 25 });
    expect(table.text(0, mostPivotColumns)).toBe(String(values.length));
  });

  it("begins with a category and a measure that is no key", () => {
    expect(defaultPivot(orders().columns)).toEqual({
      rows: [1],
      columns: [],
      values: [{ column: 3, aggregate: "sum" }],
    });
    expect(defaultPivot(resultOf({ order_id: { type: new arrow.Int32(), values: [1] } }).columns)).toEqual({
      rows: [],
      columns: [],
      values: [{ column: -1, aggregate: "count" }],
    });
  });
});

it("averages round half away from zero", () => {
  expect(averageText(1n, 3, 0)).toBe("0.333333");
  expect(averageText(-2n, 3, 2)).toBe("-0.00666667");
  expect(averageText(10n, 2, 0)).toBe("5");
  expect(averageText(1n, 2_000_000, 0)).toBe("0.000001");
});

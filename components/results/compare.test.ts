import * as arrow from "apache-arrow";
import { expect, test } from "vitest";
import { compareResults, suggestKeys } from "./compare";
import { resultOf } from "./testing/result-of";

const text = (values: readonly (string | null)[]) => ({ type: new arrow.Utf8(), values });
const int = (values: readonly (bigint | null)[]) => ({ type: new arrow.Int64(), values });

function rows(comparison: ReturnType<typeof compareResults>) {
  return Array.from({ length: comparison.viewCount }, (_, row) => [
    comparison.mark(row),
    ...comparison.columns.map((_column, at) => {
      const before = comparison.before(row, at);
      const now = comparison.text(row, at);
      return before === undefined ? now : `${before} -> ${now}`;
    }),
  ]);
}

const before = resultOf({
  name: text(["pear", "fig", "plum", "kiwi"]),
  id: int([1n, 2n, 3n, 4n]),
  price: { type: new arrow.Float64(), values: [1.5, 2, 3, null] },
  gone: text(["a", "b", "c", "d"]),
});
const after = resultOf({
  id: int([4n, 3n, 2n, 5n]),
  name: text(["kiwi", "plum!", "fig", "lime"]),
  price: text(["9.00", "3", "2.0", null]),
  fresh: text(["x", "y", "z", null]),
});

test("matches rows by the column that looks like a key and is unique, keys first", () => {
  const comparison = compareResults(before, after, { keys: null, withSame: false });
  expect(comparison.summary).toEqual({
    keys: ["id"],
    shared: ["id", "name", "price"],
    before: 4,
    after: 4,
    added: 1,
    removed: 1,
    changed: 3,
    same: 0,
    refused: null,
    lostKey: null,
    changedColumns: [
      { name: "price", rows: 2 },
      { name: "name", rows: 1 },
    ],
    columnsAdded: ["fresh"],
    columnsRemoved: ["gone"],
    columnsRetyped: [{ name: "price", before: "Float64", after: "Utf8" }],
  });
  expect(comparison.columns.map(({ name }) => name)).toEqual(["id", "name", "price", "fresh", "gone"]);
  expect(rows(comparison)).toEqual([
    ["changed", "4", "kiwi", "null -> 9.00", "x", null],
    ["changed", "3", "plum -> plum!", "3", "y", null],
    ["changed", "2", "fig", "2 -> 2.0", "z", null],
    ["added", "5", "lime", null, null, null],
    ["removed", "1", "pear", "1.5", null, "a"],
  ]);
});

test("numbers that differ in their zeros only are the same, as values and as keys", () => {
  const cents = (values: bigint[]) => ({
    type: new arrow.Decimal(2, 10, 128),
    values: values.map((value) => new Uint32Array([Number(value), 0, 0, 0])),
  });
  const left = resultOf({ key: cents([100n, 250n]), value: cents([110n, 120n]) });
  const right = resultOf({
    key: { type: new arrow.Int32(), values: [1] },
    value: { type: new arrow.Float64(), values: [1.1] },
  });
  const { summary } = compareResults(left, right, { keys: ["key"], withSame: false });
  expect([summary.same, summary.changed, summary.added, summary.removed]).toEqual([1, 0, 0, 1]);
});

test("without a key, whole rows are compared, as often as they come", () => {
  const left = resultOf({ city: text(["Ulm", "Ulm", "Bonn", null]) });
  const right = resultOf({ city: text(["Ulm", "Bonn", null, null]) });
  const comparison = compareResults(left, right, { keys: null, withSame: true });
  expect(comparison.summary).toMatchObject({ keys: [], same: 3, added: 1, removed: 1, changed: 0 });
  expect(rows(comparison).map(([mark, city]) => [mark, city])).toEqual([
    ["same", "Ulm"],
    ["same", "Bonn"],
    ["same", null],
    ["added", null],
    ["removed", "Ulm"],
  ]);
});

test("two columns make a key when neither does", () => {
  const left = resultOf({ store_id: int([1n, 1n, 2n]), day: text(["Mo", "Tu", "Mo"]), sales: int([5n, 6n, 5n]) });
  expect(suggestKeys(left, left)).toEqual(["store_id", "day"]);
});

test("keys that rows share are refused, whichever result has them, and so are keys that a result lacks", () => {
  const earlier = resultOf({ id: int([1n, 2n]), kind: text(["pear", "pear"]), gone: text(["a", "b"]) });
  const now = resultOf({ id: int([2n, 2n, 2n]), kind: text(["pear", "fig", null]), price: int([1n, 2n, 3n]) });
  const by = (keys: string[]) => compareResults(earlier, now, { keys, withSame: true });
  expect(by(["id"]).summary.refused).toEqual({ kind: "repeated", before: 0, after: 2, example: ["2"] });
  expect(by(["kind"]).summary.refused).toEqual({ kind: "repeated", before: 1, after: 0, example: ["pear"] });
  expect(by(["id", "gone", "price"]).summary).toMatchObject({
    ...{ keys: ["id", "gone", "price"], added: 0, same: 0 },
    refused: { kind: "missing", before: ["price"], after: ["gone"] },
  });
  expect(by(["id"]).viewCount).toBe(0);
  expect(by(["id", "kind"]).summary).toMatchObject({ refused: null, same: 1, removed: 1, added: 2 });
});

test("a key of the earlier rows that this result repeats is said, and whole rows are compared", () => {
  const now = resultOf({ id: int([1n, 1n]), name: text(["pear", "pear"]) });
  const { summary } = compareResults(before, now, { keys: null, withSame: false });
  expect(summary).toMatchObject({
    ...{ keys: [], refused: null, same: 1, added: 1, removed: 3 },
    lostKey: { names: ["id"], before: 0, after: 1, example: ["1"] },
  });
});

test("an amount that is unique by chance is no key", () => {
  const sales = resultOf({
    amount: { type: new arrow.Float64(), values: [1.5, 2.5, 3.5] },
    ordered_on: { type: new arrow.DateDay(), values: [new Date(0), new Date(0), new Date(86_400_000)] },
    store_id: int([1n, 2n, 1n]),
  });
  expect(suggestKeys(sales, sales)).toEqual(["store_id", "ordered_on"]);
});

test("a result without rows against one with rows", () => {
  const empty = resultOf({ id: int([]) });
  expect(compareResults(empty, after, { keys: null, withSame: false }).summary).toMatchObject({ added: 4, removed: 0 });
});

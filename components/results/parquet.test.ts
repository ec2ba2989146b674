import * as arrow from "apache-arrow";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { distinctNames, parquetFile } from "./parquet";
import { resultOf } from "./testing/result-of";

const words = (value: bigint) =>
  new Uint32Array([0n, 32n, 64n, 96n].map((shift) => Number(BigInt.asUintN(32, value >> shift))));
const utf8 = new arrow.Utf8();

/** Rows as the file has them: decimals as their unscaled integers, times in their own units. */
async function rawRows(blob: Blob) {
  const file = await blob.arrayBuffer();
  const metadata = await parquetMetadataAsync(file);
  for (const element of metadata.schema) {
    if (element.converted_type !== "DECIMAL") continue;
    delete element.converted_type;
    delete element.logical_type;
  }
  const parsers = {
    dateFromDays: (days: number) => days,
    timestampFromMilliseconds: (value: bigint) => value,
    timestampFromMicroseconds: (value: bigint) => value,
    timestampFromNanoseconds: (value: bigint) => value,
  };
  return parquetReadObjects({ file, metadata, parsers, utf8: false });
}

const bigEndian = (value: bigint) =>
  Uint8Array.from({ length: 16 }, (_, index) => Number(BigInt.asUintN(8, value >> BigInt(8 * (15 - index)))));

test("types and values are in the file as the warehouse sent them", async () => {
  const item = new arrow.Struct([
    new arrow.Field("sku", utf8, true),
    new arrow.Field("quantity", new arrow.Int16(), true),
  ]);
  const data = resultOf({
    big: { type: new arrow.Int64(), values: [9_007_199_254_740_993n, -1n, null] },
    small: { type: new arrow.Uint8(), values: [255, 0, null] },
    huge: {
      type: new arrow.Decimal(2, 38, 128),
      values: [words(12_345_678_901_234_567_890_123_456_789_012_345n), words(-1n), null],
    },
    money: { type: new arrow.Decimal(2, 10, 128), values: [words(110n), words(-5n), null] },
    ratio: { type: new arrow.Float64(), values: [0.1, -0, null] },
    yes: { type: new arrow.Bool(), values: [true, false, null] },
    name: { type: utf8, values: ["pear", "", null] },
    day: { type: new arrow.DateDay(), values: [new Date(Date.UTC(2024, 1, 29)), new Date(-86_400_000), null] },
    raw: { type: new arrow.Binary(), values: [new Uint8Array([0, 255]), new Uint8Array([]), null] },
    tags: { type: new arrow.List(new arrow.Field("item", utf8, true)), values: [["a", null], [], null] },
    items: {
      type: new arrow.List(new arrow.Field("item", item, true)),
      values: [[{ sku: "x", quantity: 2 }, null], [], null],
    },
    one: { type: item, values: [{ sku: null, quantity: 1 }, { sku: "y", quantity: null }, null] },
  });
  expect(await rawRows(await parquetFile(data))).toEqual([
    {
      big: 9_007_199_254_740_993n,
      small: 255,
      huge: bigEndian(12_345_678_901_234_567_890_123_456_789_012_345n),
      money: 110n,
      ratio: 0.1,
      yes: true,
      name: "pear",
      day: 19_782,
      raw: new Uint8Array([0, 255]),
      tags: ["a", null],
      items: [{ sku: "x", quantity: 2 }, undefined],
      one: { sku: null, quantity: 1 },
    },
    {
      big: -1n,
      small: 0,
      huge: bigEndian(-1n),
      money: -5n,
      ratio: -0,
      yes: false,
      name: "",
      day: -1,
      raw: new Uint8Array([]),
      tags: [],
      items: [],
      one: { sku: "y", quantity: null },
    },
    // The reader says undefined for a nested value that is null.
    Object.fromEntries(data.columns.map(({ name, kind }) => [name, kind === "nested" ? undefined : null])),
  ]);
});

test("instants keep their unit, to the last digit, and whether they are in UTC", async () => {
  const data = resultOf({
    at: {
      type: new arrow.Timestamp(arrow.TimeUnit.MICROSECOND, "UTC"),
      values: BigInt64Array.of(1_700_000_000_123_456n),
    },
    local: { type: new arrow.Timestamp(arrow.TimeUnit.NANOSECOND), values: BigInt64Array.of(-1n) },
    seconds: { type: new arrow.Timestamp(arrow.TimeUnit.SECOND), values: BigInt64Array.of(5n) },
    clock: { type: new arrow.TimeMicrosecond(), values: BigInt64Array.of(86_399_999_999n) },
  });
  const blob = await parquetFile(data);
  expect(await rawRows(blob)).toEqual([
    { at: 1_700_000_000_123_456n, local: -1n, seconds: 5000n, clock: 86_399_999_999n },
  ]);
  const { schema } = await parquetMetadataAsync(await blob.arrayBuffer());
  expect(schema.slice(1).map(({ logical_type }) => logical_type)).toEqual([
    { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
    { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "NANOS" },
    { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MILLIS" },
    { type: "TIME", isAdjustedToUTC: false, unit: "MICROS" },
  ]);
});

test("the file has the view: filtered, sorted, over several batches, and no row at all", async () => {
  const values = Array.from({ length: 120_000 }, (_, index) => index);
  const data = resultOf({ n: { type: new arrow.Int32(), values } }, 7_000);
  data.arrange({ column: 0, descending: true }, { 0: "< 60000" });
  const rows = await rawRows(await parquetFile(data));
  expect([rows.length, rows[0], rows.at(-1)]).toEqual([60_000, { n: 59_999 }, { n: 0 }]);
  expect(await rawRows(await parquetFile(resultOf({ n: { type: new arrow.Int32(), values: [] } })))).toEqual([]);
});

test("columns of the same name get names that differ", () => {
  expect(distinctNames(["id", "id", "id_2", "id"])).toEqual(["id", "id_2", "id_2_2", "id_3"]);
});

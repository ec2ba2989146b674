import * as arrow from "apache-arrow";
import { describe, expect, it } from "vitest";
import { cellText, dateText, decimalText, timestampText } from "./cell-text";
import { ResultData } from "./result-data";

function texts(vector: arrow.Vector): (string | null)[] {
  const data = vector.data[0] as arrow.Data;
  return Array.from({ length: vector.length }, (_, row) => cellText(data, row));
}

describe("cellText", () => {
  it("keeps every digit of numbers", () => {
    expect(texts(arrow.vectorFromArray([9007199254740993n, -1n, null], new arrow.Int64()))).toEqual([
      "9007199254740993",
      "-1",
      null,
    ]);
    expect(texts(arrow.vectorFromArray([0.1, 1e21, Number.NaN, -0], new arrow.Float64()))).toEqual([
      "0.1",
      "1e+21",
      "NaN",
      "-0",
    ]);
    expect(texts(arrow.vectorFromArray([0.1, 16777216], new arrow.Float32()))).toEqual(["0.1", "16777216"]);
    expect(decimalText([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], 2)).toBe("-0.01");
    expect(decimalText([1234567, 0, 0, 0], 3)).toBe("1234.567");
    expect(decimalText([5, 0, 0, 0], 0)).toBe("5");
  });

  it("writes times to the microsecond and instants in UTC", () => {
    expect(timestampText(1_700_000_000_123_456n, arrow.TimeUnit.MICROSECOND, true)).toBe(
      "2023-11-14 22:13:20.123456+00",
    );
    expect(timestampText(-1n, arrow.TimeUnit.MICROSECOND, false)).toBe("1969-12-31 23:59:59.999999");
    expect(timestampText(0n, arrow.TimeUnit.SECOND, false)).toBe("1970-01-01 00:00:00");
    expect(dateText(19_782n)).toBe("2024-02-29");
    expect(dateText(-719_529n)).toBe("-0001-12-31");
    expect(dateText(2_932_896n)).toBe("9999-12-31");
  });

  it("writes nested values as JSON and binary as hex", () => {
    const list = new arrow.List(new arrow.Field("item", new arrow.Int64()));
    expect(texts(arrow.vectorFromArray([[1n, null], []], list))).toEqual(["[1, null]", "[]"]);
    const struct = new arrow.Struct([new arrow.Field("a", new arrow.Utf8()), new arrow.Field("b", new arrow.Bool())]);
    expect(texts(arrow.vectorFromArray([{ a: 'x"', b: true }], struct))).toEqual(['{"a": "x\\"", "b": true}']);
    expect(texts(arrow.vectorFromArray([new Uint8Array([0, 255])], new arrow.Binary()))).toEqual(["\\x00ff"]);
  });
});

describe("ResultData", () => {
  function sample(): ResultData {
    const data = new ResultData();
    const schema = new arrow.Schema([
      new arrow.Field("id", new arrow.Int64()),
      new arrow.Field("name", new arrow.Utf8()),
    ]);
    data.setSchema(schema, [
      { name: "id", type: "BIGINT" },
      { name: "name", type: "VARCHAR" },
    ]);
    for (const [ids, names] of [
      [
        [3n, 10n],
        ["pear", "Apple"],
      ],
      [
        [9007199254740993n, null, 9007199254740992n],
        ["fig", null, "apple pie"],
      ],
    ] as const) {
      const children = [
        arrow.vectorFromArray([...ids], new arrow.Int64()).data[0],
        arrow.vectorFromArray([...names], new arrow.Utf8()).data[0],
      ];
      const struct = arrow.makeData({
        type: new arrow.Struct(schema.fields),
        length: ids.length,
        children: children as arrow.Data[],
      });
      data.append(new arrow.RecordBatch(schema, struct as arrow.Data<arrow.Struct>));
    }
    return data;
  }
  const all = { firstRow: 0, lastRow: 99, firstColumn: 0, lastColumn: 9 };

  it("answers windows across batches", () => {
    expect(sample().window({ firstRow: 1, lastRow: 2, firstColumn: 0, lastColumn: 1 })).toEqual({
      firstRow: 1,
      firstColumn: 0,
      cells: [
        ["10", "Apple"],
        ["9007199254740993", "fig"],
      ],
    });
  });

  it("sorts numbers exactly, nulls last in both directions", () => {
    const data = sample();
    data.arrange({ column: 0, descending: false }, {});
    expect(data.window(all).cells.map(([id]) => id)).toEqual(["3", "10", "9007199254740992", "9007199254740993", null]);
    data.arrange({ column: 0, descending: true }, {});
    expect(data.window(all).cells.map(([id]) => id)).toEqual(["9007199254740993", "9007199254740992", "10", "3", null]);
    data.arrange(null, {});
    expect(data.window(all).cells.map(([id]) => id)).toEqual(["3", "10", "9007199254740993", null, "9007199254740992"]);
  });

  it.each([
    [{ 0: "> 5" }, ["10", "9007199254740993", "9007199254740992"]],
    [{ 0: "null" }, [null]],
    [{ 1: "APPLE" }, ["10", "9007199254740992"]],
    [{ 1: "= fig" }, ["9007199254740993"]],
    [{ 0: "not null", 1: "!= fig" }, ["3", "10", "9007199254740992"]],
    [{ [-1]: "pe" }, ["3"]],
  ])("filters %j", (filters, expected) => {
    const data = sample();
    data.arrange(null, filters);
    expect(data.window(all).cells.map(([id]) => id)).toEqual(expected);
    expect(data.viewCount).toBe(expected.length);
  });
});

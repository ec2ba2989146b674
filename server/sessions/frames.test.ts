import { describe, expect, test } from "vitest";
import { encodeJsonFrame, type Frame, FrameError, FrameReader } from "./frames";

function read(chunks: Buffer[], maxBytes = 1000): unknown[] {
  const reader = new FrameReader(maxBytes);
  const frames: Frame[] = chunks.flatMap((chunk) => [...reader.push(chunk)]);
  return frames.map(({ kind, payload }) => [String.fromCharCode(kind), payload.toString("utf8")]);
}

describe("FrameReader", () => {
  const stream = Buffer.concat([encodeJsonFrame({ a: "ü" }), encodeJsonFrame({}), encodeJsonFrame({ b: [1, 2] })]);
  const expected = [
    ["J", '{"a":"ü"}'],
    ["J", "{}"],
    ["J", '{"b":[1,2]}'],
  ];

  test("cuts the same frames whatever the chunks", () => {
    for (let size = 1; size <= stream.length; size++) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
      expect(read(chunks)).toEqual(expected);
    }
  });

  test("takes an empty payload", () => {
    expect(read([Buffer.from([0x41, 0, 0, 0, 0])])).toEqual([["A", ""]]);
  });

  test("refuses an unknown kind and a frame over the limit", () => {
    expect(() => read([Buffer.from([0x42, 1, 0, 0, 0, 0])])).toThrow(FrameError);
    expect(() => read([Buffer.from([0x4a, 0xff, 0xff, 0xff, 0x7f])])).toThrow(/over the limit/);
  });
});

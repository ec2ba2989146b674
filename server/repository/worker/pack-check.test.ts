import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { checkPack } from "./pack-check";

const limits = { objects: 100, objectBytes: 1000, totalBytes: 3000 };
const blob = 3;
const refDelta = 7;

function header(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = size >> 4; rest > 0; rest >>= 7) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
}

function packOf(...objects: Buffer[]): Buffer {
  const head = Buffer.from("PACK\0\0\0\x02\0\0\0\0", "latin1");
  head.writeUInt32BE(objects.length, 8);
  return Buffer.concat([head, ...objects, Buffer.alloc(20)]);
}
const object = (claimed: number, content: Buffer, type = blob, before = Buffer.alloc(0)) =>
  Buffer.concat([header(type, claimed), before, deflateSync(content)]);

describe("packs", () => {
  test("an honest pack passes, object by object", () => {
    expect(() => checkPack(packOf(object(900, Buffer.alloc(900)), object(0, Buffer.alloc(0))), limits)).not.toThrow();
  });

  const bombs: [string, Buffer][] = [
    ["claims too much", packOf(object(5000, Buffer.alloc(5000)))],
    ["claims little and inflates to much", packOf(object(10, Buffer.alloc(1_000_000)))],
    ["is many small objects", packOf(...Array.from({ length: 4 }, () => object(900, Buffer.alloc(900))))],
    // A delta of ten bytes whose result would be 2 GB.
    [
      "is a small delta with a huge result",
      packOf(object(7, Buffer.from([10, 0xff, 0xff, 0xff, 0xff, 0x07, 0x90]), refDelta, Buffer.alloc(20))),
    ],
  ];
  test.each(bombs)("a pack that %s is refused", (_name, pack) => {
    expect(() => checkPack(pack, limits)).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/LIMIT_REACHED|GIT_ERROR/) }),
    );
  });

  test("a truncated pack and garbage are refused as damaged", () => {
    const whole = packOf(object(900, Buffer.from("x".repeat(900))));
    for (const pack of [
      whole.subarray(0, 30),
      Buffer.from("not a pack at all, but long enough to read"),
      packOf(Buffer.from([0x30, 1, 2, 3])),
    ]) {
      expect(() => checkPack(pack, limits)).toThrow(expect.objectContaining({ code: "GIT_ERROR" }));
    }
  });
});

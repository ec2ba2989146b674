import { describe, expect, it } from "vitest";
import { type Frame, FrameReader } from "./frames";

function frame(kind: string, payload: string): Uint8Array {
  const body = new TextEncoder().encode(payload);
  const bytes = new Uint8Array(5 + body.length);
  bytes[0] = kind.charCodeAt(0);
  new DataView(bytes.buffer).setUint32(1, body.length, true);
  bytes.set(body, 5);
  return bytes;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

function texts(frames: Frame[]): [string, string][] {
  return frames.map(({ kind, payload }) => [kind, new TextDecoder().decode(payload)]);
}

describe("FrameReader", () => {
  const stream = joined(frame("J", '{"type":"head"}'), frame("A", ""), frame("A", "arrow bytes"), frame("J", "{}"));
  const expected = [
    ["json", '{"type":"head"}'],
    ["arrow", ""],
    ["arrow", "arrow bytes"],
    ["json", "{}"],
  ];

  it.each([1, 2, 3, 5, 7, 16, 1000])("gives the same frames for chunks of %i bytes", (size) => {
    const reader = new FrameReader();
    const frames: Frame[] = [];
    for (let offset = 0; offset < stream.length; offset += size)
      frames.push(...reader.push(stream.subarray(offset, offset + size)));
    expect(texts(frames)).toEqual(expected);
    expect(reader.atBorder).toBe(true);
  });

  it("writes later payloads over those that were given back", () => {
    const reader = new FrameReader();
    const [first] = reader.push(frame("A", "first payload"));
    if (first === undefined) throw new Error("No frame.");
    const { buffer } = first.payload;
    reader.recycle(first.payload);
    const [shorter, longer] = reader.push(joined(frame("A", "second"), frame("A", "a longer third payload")));
    expect(shorter?.payload.buffer).toBe(buffer);
    expect(texts(shorter && longer ? [shorter, longer] : [])).toEqual([
      ["arrow", "second"],
      ["arrow", "a longer third payload"],
    ]);
    expect(longer?.payload.buffer).not.toBe(buffer);
  });

  it("knows that a stream was cut inside a frame", () => {
    const reader = new FrameReader();
    reader.push(stream.subarray(0, 10));
    expect(reader.atBorder).toBe(false);
  });

  it("refuses an unknown kind and an impossible length", () => {
    expect(() => new FrameReader().push(frame("X", "x"))).toThrow("Unknown frame kind 88");
    const huge = frame("A", "x");
    new DataView(huge.buffer).setUint32(1, 0xffff_ffff, true);
    expect(() => new FrameReader().push(huge)).toThrow("larger than the protocol allows");
  });
});

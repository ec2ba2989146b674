import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type KeyRing, rewrap, seal, unsealText } from "./crypto";

const ring = (current: Buffer, ...previous: Buffer[]): KeyRing => ({ current, previous });

describe("sealed secrets", () => {
  const first = randomBytes(32);
  const second = randomBytes(32);

  test("open with the same key and purpose, and differ each time", () => {
    const one = seal("a password", "environment-secrets:1", ring(first));
    const two = seal("a password", "environment-secrets:1", ring(first));
    expect(unsealText(one, "environment-secrets:1", ring(first))).toBe("a password");
    expect(one.equals(two)).toBe(false);
    expect(one.includes("a password")).toBe(false);
  });

  test("do not open for another purpose: a secret copied to another row is worthless", () => {
    const sealed = seal("a password", "environment-secrets:1", ring(first));
    expect(() => unsealText(sealed, "environment-secrets:2", ring(first))).toThrow();
  });

  test("do not open when any byte was changed", () => {
    const sealed = seal("x", "p", ring(first));
    const survivors: number[] = [];
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      try {
        unsealText(changed, "p", ring(first));
        survivors.push(at);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
      }
    }
    expect(survivors).toEqual([]);
  });

  test("survive a change of the master key: the old one opens until all are wrapped again, then is not needed", () => {
    const sealed = seal("a token", "git-token:1", ring(first));
    expect(() => unsealText(sealed, "git-token:1", ring(second))).toThrow(/MILLRACE_KEY_PREVIOUS/);
    const wrapped = rewrap(sealed, ring(second, first));
    if (wrapped === null) throw new Error("It was not wrapped again.");
    expect(unsealText(wrapped, "git-token:1", ring(second))).toBe("a token");
    expect(rewrap(wrapped, ring(second, first))).toBeNull();
  });
});

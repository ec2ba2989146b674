import { expect, test } from "vitest";
import { changedWithin, lineChanges } from "./line-diff";

function applied(before: string, after: string): string {
  const lines = before.split("\n");
  for (const { start, end, lines: put } of lineChanges(lines, after.split("\n")).reverse()) {
    lines.splice(start, end - start, ...put);
  }
  return lines.join("\n");
}

test.each([
  ["a\nb\nc", "a\nb\nc"],
  ["", "a"],
  ["a\nb\nc\nd", "a\nx\nc\ny\nd"],
  ["a\nb\nc\nd", "b\nd"],
  ["x\nx\nx\na", "x\na\nx\nx"],
  ["select a,b\nfrom x", "select\n    a,\n    b\nfrom x\n"],
])("the changes lead from %j to %j", (before, after) => {
  expect(applied(before, after)).toBe(after);
});

test("random texts: the changes lead there, and only lines that differ change", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  for (let round = 0; round < 300; round += 1) {
    const before = Array.from({ length: random(12) }, () => "abc".charAt(random(3)));
    const after = before.flatMap((line) => (random(4) === 0 ? [] : random(4) === 0 ? [line, "d"] : [line]));
    const changes = lineChanges(before, after);
    expect(applied(before.join("\n"), after.join("\n")).split("\n")).toEqual(after.length === 0 ? [""] : after);
    const touched = changes.reduce((sum, change) => sum + change.end - change.start + change.lines.length, 0);
    expect(touched).toBeLessThanOrEqual(before.length + after.length);
  }
});

test("only what touches the chosen lines changes", () => {
  const before = "select A\nfrom X\nwhere B\n";
  const after = "select a\nfrom X\nwhere b\n";
  expect(changedWithin(before, after, { first: 1, last: 1 })).toBe("select a\nfrom X\nwhere B\n");
  expect(changedWithin(before, after, { first: 2, last: 3 })).toBe("select A\nfrom X\nwhere b\n");
  expect(changedWithin("A\nB\nC\n", "a\nb\nc\n", { first: 2, last: 2 })).toBe("A\nb\nC\n");
  expect(changedWithin("A B\nC\n", "a\nb\nc\n", { first: 2, last: 2 })).toBe("a\nb\nc\n");
});

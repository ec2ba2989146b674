import { expect, test } from "vitest";
import { hasLeft, lensSpan } from "./lens-window";

test("a text with many lenses has them near the shown lines, until those come near the end of what was given", () => {
  const shown = { first: 1000, last: 1040 };
  expect(lensSpan(shown, 20)).toBeNull();
  const given = lensSpan(shown, 200);
  if (!given) throw new Error("All lenses were given.");
  expect(given.first).toBeLessThan(shown.first);
  expect(given.last).toBeGreaterThan(shown.last);
  const at = (first: number) => hasLeft(given, { first, last: first + 40 }, 2000);
  expect([1000, 1050, 950, 1090, 910, 1].map(at)).toEqual([false, false, false, true, true, true]);
});

test("the ends of a text are never left", () => {
  const given = { first: -100, last: 2100 };
  expect(hasLeft(given, { first: 1, last: 40 }, 2000)).toBe(false);
  expect(hasLeft(given, { first: 1960, last: 2000 }, 2000)).toBe(false);
});

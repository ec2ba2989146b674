import { expect, test } from "vitest";
import { isBetween, isFlag, isListOf, isNull, isOneOf, isText, isWhole, objectOf, or } from "./shapes";

test("what was remembered is taken when it has the shape that is wanted", () => {
  const isMark = objectOf({ path: isText, line: isWhole, kind: isOneOf("a", "b"), note: or(isText, isNull) });
  const mark = { path: "p", line: 2, kind: "b", note: null, more: true };
  expect(isListOf(isMark)([mark, { ...mark, note: "n" }])).toBe(true);
  for (const wrong of [
    null,
    "p",
    [],
    {},
    { ...mark, line: 1.5 },
    { ...mark, kind: "c" },
    { ...mark, note: undefined },
  ]) {
    expect(isMark(wrong)).toBe(false);
  }
  expect([9, 28, 8, 29, "10", Number.NaN].map(isBetween(9, 28))).toEqual([true, true, false, false, false, false]);
  expect([true, 0].map(isFlag)).toEqual([true, false]);
});

import { expect, test } from "vitest";
import { wordBegun } from "./word-begun";

test("a word that was begun at a place counts, and one that stood there does not", () => {
  const cases: [before: string, now: string, column: number, letters: number][] = [
    ["select 1 ", "select 1 ", 10, 0],
    ["select 1 ", "select 1 quali", 10, 5],
    // A space before a word that is there already.
    ["select  1 from orders", "select  1 from orders", 8, 0],
    ["select  total", "select  total", 8, 0],
    ["select  total", "select a_ total", 8, 2],
    // Not a word, not there, or not all that has changed.
    ["select 1 ", "select 1 ('')", 10, 0],
    ["select 1 ", "select 1 a b", 10, 0],
    ["select 1 ", "select 12 ", 10, 0],
    ["select 1 ", "select 1", 10, 0],
    ["select 1 ", "", 10, 0],
  ];
  expect(cases.map(([before, now, column]) => wordBegun(before, now, column))).toEqual(cases.map((one) => one[3]));
});

import { expect, test } from "vitest";
import { type Lens, rowsOf } from "./lens-rows";

const lens = (line: number, title: string): Lens => ({ line, title, tooltip: title, run: () => undefined });

test("lenses of one line stand in one row, in the order of their providers", () => {
  const rows = rowsOf([lens(7, "Preview"), lens(2, "Run"), lens(7, "Row count"), lens(2, "Create staging model")]);
  expect(rows.map(({ line, lenses }) => [line, lenses.map(({ title }) => title)])).toEqual([
    [2, ["Run", "Create staging model"]],
    [7, ["Preview", "Row count"]],
  ]);
});

test("of a text with thousands of lenses the first thousand lines have theirs", () => {
  const rows = rowsOf(Array.from({ length: 3000 }, (_, at) => lens(3000 - at, "Preview")));
  expect(rows).toHaveLength(1000);
  expect(rows.at(-1)?.line).toBe(1000);
});

import { describe, expect, it } from "vitest";
import {
  canvasHeight,
  columnOffsets,
  maximumCanvasHeight,
  rowHeight,
  scrollTopFor,
  visibleColumns,
  visibleRows,
} from "./grid-geometry";

describe("visibleRows", () => {
  it("shows the rows under the scroll position", () => {
    expect(visibleRows(240, 240, 1000, 0)).toEqual({ first: 10, last: 21, top: 240 });
    expect(visibleRows(0, 240, 3, 6)).toEqual({ first: 0, last: 2, top: 0 });
  });

  it("reaches the first and the last of ten million rows", () => {
    const rows = 10_000_000;
    expect(canvasHeight(rows)).toBe(maximumCanvasHeight);
    expect(visibleRows(0, 600, rows).first).toBe(0);
    const end = visibleRows(maximumCanvasHeight - 600, 600, rows);
    expect(end.last).toBe(rows - 1);
    // The last row ends where the canvas ends.
    expect(Math.round(end.top + (end.last - end.first + 1) * rowHeight)).toBe(maximumCanvasHeight);
  });
});

describe("scrollTopFor", () => {
  it.each([100, 10_000_000])("brings any row of %i on screen", (rows) => {
    for (const row of [0, 1, 57, rows - 2, rows - 1]) {
      for (const from of [0, canvasHeight(rows) - 600]) {
        const top = scrollTopFor(row, from, { height: 600, rows });
        const { first, last } = visibleRows(top, 600, rows, 0);
        expect(row).toBeGreaterThanOrEqual(first);
        expect(row).toBeLessThanOrEqual(last);
      }
    }
  });
});

describe("visibleColumns", () => {
  it("finds the columns on screen with one spare on each side", () => {
    const offsets = columnOffsets(Array.from({ length: 500 }, () => 100));
    expect(visibleColumns(offsets, 1000, 300)).toEqual({ first: 9, last: 13 });
    expect(visibleColumns(offsets, 0, 300)).toEqual({ first: 0, last: 3 });
    expect(visibleColumns(columnOffsets([]), 0, 300)).toEqual({ first: 0, last: -1 });
  });
});

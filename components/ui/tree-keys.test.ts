import { describe, expect, it } from "vitest";
import { type TreeKeyRow, treeStep } from "./tree-keys";

const rows: TreeKeyRow[] = [
  { level: 1, open: true },
  { level: 2, open: false },
  { level: 2, open: null },
  { level: 1, open: null },
];
const step = (key: string, at: number) => treeStep(key, rows, at, (row) => row);
const to = (index: number) => ({ kind: "go", to: index });
const toggle = { kind: "toggle" };

describe("keys of a tree", () => {
  it("walks, and stays within the rows", () => {
    expect([step("ArrowDown", 0), step("ArrowDown", 3), step("ArrowUp", 2), step("ArrowUp", 0)]).toEqual([
      to(1),
      to(3),
      to(1),
      to(0),
    ]);
    expect([step("Home", 3), step("End", 0)]).toEqual([to(0), to(3)]);
  });

  it("begins at the top when no row is current", () => {
    expect([step("ArrowDown", -1), step("ArrowUp", -1), step("ArrowLeft", -1)]).toEqual([to(0), to(0), to(0)]);
  });

  it("opens what is closed to the right, goes into what is open, and stays where there is nothing to open", () => {
    expect([step("ArrowRight", 1), step("ArrowRight", 0), step("ArrowRight", 2)]).toEqual([toggle, to(1), to(2)]);
  });

  it("closes what is open to the left, else goes to the row above it in the tree, if there is one", () => {
    expect([step("ArrowLeft", 0), step("ArrowLeft", 2), step("ArrowLeft", 3)]).toEqual([toggle, to(0), to(3)]);
  });

  it("leaves other keys alone", () => {
    expect(step("Enter", 1)).toBeNull();
  });
});

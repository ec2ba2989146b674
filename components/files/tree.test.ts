import { expect, test } from "vitest";
import type { TreeEntry } from "@/server/contract";
import { moveTarget } from "./file-dialogs";
import { buildTree, copyName, foldersAbove, nameProblem, visibleRows } from "./tree";

const entries: TreeEntry[] = [
  { path: "README.md", kind: "file", size: 1 },
  { path: "models/marts/orders10.sql", kind: "file", size: 1 },
  { path: "models/marts/orders9.sql", kind: "file", size: 1 },
  { path: "models/a.sql", kind: "file", size: 1 },
  { path: "empty", kind: "folder", size: 0 },
];
const shown = (expanded: string[], filter = "") =>
  visibleRows(buildTree(entries), new Set(expanded), filter).map(
    (row) => `${"  ".repeat(row.level - 1)}${row.node.name}`,
  );

test("folders come before files, and names sort as people count", () => {
  expect(shown(["models", "models/marts"])).toEqual([
    "empty",
    "models",
    "  marts",
    "    orders9.sql",
    "    orders10.sql",
    "  a.sql",
    "README.md",
  ]);
});

test("closed folders hide their children; a filter opens what leads to a match", () => {
  expect(shown([])).toEqual(["empty", "models", "README.md"]);
  expect(shown([], "orders9")).toEqual(["models", "  marts", "    orders9.sql"]);
  expect(shown([], "nothing")).toEqual([]);
});

test("positions are told to assistive technology", () => {
  const rows = visibleRows(buildTree(entries), new Set(), "");
  expect(rows.map((row) => [row.position, row.siblings, row.expanded])).toEqual([
    [1, 3, false],
    [2, 3, false],
    [3, 3, false],
  ]);
});

test("names for copies are free, and names that leave the project are refused", () => {
  expect(copyName("models/a.sql", new Set(["models/a_copy.sql"]))).toBe("models/a_copy2.sql");
  expect(nameProblem("models/../x.sql", new Set())).not.toBeNull();
  expect(nameProblem("models/.git/x", new Set())).not.toBeNull();
  expect(nameProblem("models/a.sql", new Set(["models/a.sql"]))).toContain("already");
  expect(nameProblem("models/b.sql", new Set())).toBeNull();
});

test("a drop moves into another folder only, never into itself", () => {
  expect(moveTarget("models/a.sql", "models/marts")).toBe("models/marts/a.sql");
  expect(moveTarget("models/a.sql", "models")).toBeNull();
  expect(moveTarget("models", "models/marts")).toBeNull();
  expect(moveTarget("models/a.sql", "")).toBe("a.sql");
  expect(foldersAbove("models/marts/x.sql")).toEqual(["models", "models/marts"]);
});

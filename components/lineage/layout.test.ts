import { describe, expect, test } from "vitest";
import { type Box, type Link, layout } from "./layout";

const box = (id: string, height = 30): Box => ({ id, width: 100, height });

function overlaps(placed: ReturnType<typeof layout>): number {
  const all = [...placed.values()];
  let found = 0;
  for (const [at, one] of all.entries())
    for (const other of all.slice(at + 1))
      if (one.layer === other.layer && one.y < other.y + other.height && other.y < one.y + one.height) found += 1;
  return found;
}

describe("layered layout", () => {
  test("links point right, and nothing overlaps", () => {
    const links: Link[] = [
      ["a", "b"],
      ["a", "c"],
      ["b", "d"],
      ["c", "d"],
      ["late", "d"],
    ];
    const placed = layout(
      ["a", "b", "c", "d", "late"].map((id) => box(id)),
      links,
    );
    for (const [from, to] of links) expect(placed.get(from)?.x).toBeLessThan(placed.get(to)?.x ?? 0);
    expect(placed.get("late")?.layer).toBe(1);
    expect(overlaps(placed)).toBe(0);
  });

  test("two chains do not cross", () => {
    const placed = layout(
      ["a1", "b1", "b2", "a2", "a3", "b3"].map((id) => box(id)),
      [
        ["a1", "a2"],
        ["a2", "a3"],
        ["b1", "b2"],
        ["b2", "b3"],
      ],
    );
    const sign = (one: string, other: string) => Math.sign((placed.get(one)?.y ?? 0) - (placed.get(other)?.y ?? 0));
    expect([sign("a2", "b2"), sign("a3", "b3")]).toEqual([sign("a1", "b1"), sign("a1", "b1")]);
  });

  test("a cycle is placed too", () => {
    const placed = layout(
      [box("a"), box("b"), box("c")],
      [
        ["a", "b"],
        ["b", "c"],
        ["c", "a"],
      ],
    );
    expect([...placed.values()].map(({ layer }) => layer)).toEqual([0, 1, 2]);
  });

  test("a layer of hundreds stands in several columns, left of what reads it", () => {
    const leaves = Array.from({ length: 900 }, (_, index) => box(`leaf${index}`));
    const placed = layout(
      [...leaves, box("root")],
      leaves.map(({ id }): Link => [id, "root"]),
    );
    const all = [...placed.values()];
    const height = Math.max(...all.map(({ y }) => y)) - Math.min(...all.map(({ y }) => y));
    const width = placed.get("root")?.x ?? 0;
    expect(height).toBeLessThan(width * 2);
    expect(all.filter(({ id, x }) => id !== "root" && x >= width)).toEqual([]);
    expect(overlaps(placed)).toBe(0);
  });

  test("a graph of two thousand boxes of different heights has no overlaps", () => {
    const boxes = Array.from({ length: 2000 }, (_, index) => box(`n${index}`, 20 + (index % 5) * 12));
    const links = boxes.flatMap(({ id }, index): Link[] =>
      [index * 7, index * 13].flatMap((step): Link[] => (index < 200 ? [] : [[`n${step % index}`, id]])),
    );
    const placed = layout(boxes, links);
    expect(placed.size).toBe(2000);
    expect(overlaps(placed)).toBe(0);
  });
});

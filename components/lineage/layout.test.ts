import { describe, expect, test } from "vitest";
import { type Box, type Link, layout, type Placed } from "./layout";

const box = (id: string, height = 30): Box => ({ id, width: 100, height });

function overlaps(placed: ReadonlyMap<string, Placed>): number {
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
    const { boxes: placed } = layout(
      ["a", "b", "c", "d", "late"].map((id) => box(id)),
      links,
    );
    for (const [from, to] of links) expect(placed.get(from)?.x).toBeLessThan(placed.get(to)?.x ?? 0);
    expect(placed.get("late")?.layer).toBe(1);
    expect(overlaps(placed)).toBe(0);
  });

  test("two chains do not cross", () => {
    const { boxes: placed } = layout(
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
    const { boxes: placed } = layout(
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
    const { boxes: placed } = layout(
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

  test("a link past other columns has a way of its own between the boxes, shared by links from the same box", () => {
    const links: Link[] = [
      ["a", "b"],
      ["b", "c"],
      ["c", "d"],
      ["a", "c"],
      ["a", "d"],
    ];
    const { boxes: placed, passages } = layout(
      ["a", "b", "c", "d"].map((id) => box(id)),
      links,
    );
    expect([...passages.keys()]).toEqual(["a c", "a d"]);
    const [toC, toD] = [passages.get("a c") ?? [], passages.get("a d") ?? []];
    expect([toC.length, toD.length]).toEqual([1, 2]);
    expect(toC[0]).toEqual(toD[0]);
    for (const [column, id] of ["b", "c"].entries()) {
      const { x, y, width, height } = placed.get(id) as Placed;
      const passage = toD[column];
      expect(passage).toMatchObject({ from: x, to: x + width });
      expect(passage !== undefined && passage.y > y - 4 && passage.y < y + height + 4).toBe(false);
    }
  });

  test("a graph of two thousand boxes of different heights has no overlaps", () => {
    const boxes = Array.from({ length: 2000 }, (_, index) => box(`n${index}`, 20 + (index % 5) * 12));
    const links = boxes.flatMap(({ id }, index): Link[] =>
      [index * 7, index * 13].flatMap((step): Link[] => (index < 200 ? [] : [[`n${step % index}`, id]])),
    );
    const { boxes: placed, passages } = layout(boxes, links);
    expect(placed.size).toBe(2000);
    expect(passages.size).toBe(0);
    expect(overlaps(placed)).toBe(0);
  });
});

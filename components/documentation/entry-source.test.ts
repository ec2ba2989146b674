import { describe, expect, it } from "vitest";
import { applyTextEdits, type IndexNode } from "@/server/contract";
import { newPathFor, onlyChange } from "./entry-source";

describe("onlyChange", () => {
  it("leads from one text to the other, and spans no more than what differs", () => {
    for (const [before, after] of [
      ["a: 1\nb: 2\n", "a: 1\nb: 3\n"],
      ["aaa", "aa"],
      ["", "new"],
      ["same", "same"],
      ["name: x\n", "name: x\nname: x\n"],
    ] as const) {
      const edit = onlyChange(before, after);
      expect(applyTextEdits(before, [edit])?.text).toBe(after);
      expect(edit.end - edit.start).toBeLessThanOrEqual(Math.max(0, before.length - after.length) + 1);
    }
  });
});

describe("newPathFor", () => {
  const model = (path: string, patchPath: string | null) =>
    ({ path, patchPath, resourceType: "model" }) as unknown as IndexNode;
  it("is a neighbour's file, else a new one named after the folder", () => {
    const node = model("models/staging/shop/stg_orders.sql", null);
    expect(newPathFor(node, [model("models/staging/shop/stg_a.sql", "models/staging/shop/schema.yml")])).toBe(
      "models/staging/shop/schema.yml",
    );
    expect(newPathFor(node, [model("models/marts/a.sql", "models/marts/schema.yml")])).toBe(
      "models/staging/shop/_shop__models.yml",
    );
  });
});

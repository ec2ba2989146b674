import { describe, expect, it } from "vitest";
import { Store } from "@/components/shell";
import { applyTextEdits, type ErrorBody, type IndexNode } from "@/server/contract";
import type { EditorPort, FileEdits } from "./editor-port";
import { EntrySource, newPathFor, onlyChange } from "./entry-source";

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

describe("a node that nothing describes yet", () => {
  const node = {
    ...{ path: "models/shop/orders.sql", patchPath: null, resourceType: "model", name: "orders", sourceName: null },
  } as unknown as IndexNode;
  const path = "models/shop/_shop__models.yml";
  function project(files: Map<string, string>) {
    const apply = async ([edit]: readonly FileEdits[]) => {
      const done = applyTextEdits(files.get(edit?.path ?? "") ?? "", edit?.edits ?? []);
      files.set(edit?.path ?? "", done?.text ?? "");
      return { refused: [], undo: [{ ...(edit as FileEdits), edits: done?.undo ?? [] }] };
    };
    const index = { nodes: [node] };
    const lookup = new Store({ index, node: () => node }) as unknown as EditorPort["lookup"];
    const editor = { buffers: { store: new Store(0), get: () => null }, edits: { apply }, lookup };
    const services = {
      read: async (file: string) => ({ text: files.get(file) ?? null, version: "v" }) as never,
      save: async ({ path: file, text }: { path: string; text: string }) => {
        if (files.has(file)) {
          const there: Partial<ErrorBody> = { code: "CONFLICT", message: "It is there already.", hint: null };
          throw { ...there, location: null, details: {}, reference: null };
        }
        files.set(file, text);
      },
    };
    return new EntrySource(editor, services, node, null);
  }

  it("gets a file of its own with its first change, which can be taken back", async () => {
    const files = new Map<string, string>();
    const source = project(files);
    await source.change({ kind: "description", column: null, text: "One row an order." });
    expect(source.state.get()).toMatchObject({ path, error: null, canUndo: true, loading: false });
    expect(files.get(path)).toBe("version: 2\n\nmodels:\n  - name: orders\n    description: One row an order.\n");
    await source.undo();
    expect(files.get(path)).toBe("version: 2\n\nmodels:\n  - name: orders\n");
  });

  it("is written into a file of that name that says nothing of it yet", async () => {
    const files = new Map([[path, "# ours\nmodels:\n"]]);
    const source = project(files);
    await source.change({ kind: "description", column: null, text: "One row an order." });
    expect(source.state.get().error).toBeNull();
    expect(files.get(path)).toBe("# ours\nmodels:\n  - name: orders\n    description: One row an order.\n");
  });

  it("says why a change was not made until the text is another or something else is changed", async () => {
    const files = new Map([[path, "x: &x\n  tags: [a]\nmodels:\n  - name: orders\n    config: *x\n"]]);
    const source = project(files);
    const refused = () => source.state.get().error?.includes("shared by the anchor") ?? false;
    const readAgain = async () => {
      source.start()();
      await new Promise(setImmediate);
    };
    await source.change({ kind: "tags", tags: ["b"] });
    await readAgain();
    expect(refused()).toBe(true);
    await source.change({ kind: "description", column: null, text: "x" });
    expect(source.state.get().error).toBeNull();
    await source.change({ kind: "tags", tags: ["b"] });
    expect(refused()).toBe(true);
    files.set(path, "models:\n  - name: orders\n");
    await readAgain();
    expect(source.state.get()).toMatchObject({ error: null, entry: { description: "", tags: [] } });
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

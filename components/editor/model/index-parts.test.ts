import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { IndexNode, IndexParts, ProjectIndex } from "@/server/contract";
import { IndexAssembler } from "./index-parts";

const defaults = {
  ...{ patchPath: null, line: 1, relation: null, materialized: null, description: "", tags: [], columns: [] },
  ...{ dependsOn: [], sourceName: null, version: null, owner: null, freshness: null, checks: null },
};
const named = (name: string) => ({
  ...{ uniqueId: `model.shop.${name}`, name, resourceType: "model", packageName: "shop", path: `models/${name}.sql` },
});
const macro = (name: string) => ({
  ...{ uniqueId: `macro.shop.${name}`, name, packageName: "shop", path: "macros/m.sql", line: 1 },
  ...{ arguments: [], parameters: [], description: "" },
});
const shared = {
  ...{ projectName: "shop", adapter: "duckdb", version: 0, vars: ["day"], docs: [], macros: [macro("a"), macro("b")] },
  nodes: [
    { ...named("orders"), relation: [0, '."orders"'], columns: [["id", null, "Key"]], tags: ["daily"] },
    { ...named("gone"), relation: [1, '."gone"'] },
    { ...named("old"), relation: '"elsewhere"."old"' },
  ],
  ...{ defaults, prefixes: ['"db"."main"', '"db"."main_x"'] },
};
const packed = gzipSync(JSON.stringify(shared)).toString("base64");
const none = { nodes: [], macros: [], gone: [], docs: null };
const parts = (change: Partial<IndexParts>): IndexParts => ({
  ...{ version: 3, base: { key: "k", packed }, prefixes: ['"db"."ada"', '"db"."ada_x"'], changes: none, whole: null },
  ...change,
});

test("the shared part with this person's relations and changes", async () => {
  const old: IndexNode = { ...defaults, ...named("old"), description: "Edited", relation: '"db"."ada"."old"' };
  const changes = { nodes: [old], macros: [macro("c")], gone: ["model.shop.gone", "macro.shop.a"], docs: [] };
  const index = await new IndexAssembler().index(async () => parts({ changes }));
  expect(index).toEqual({
    ...{ projectName: "shop", adapter: "duckdb", version: 3, vars: ["day"], docs: [] },
    nodes: [
      {
        ...{ ...defaults, ...named("orders"), relation: '"db"."ada"."orders"', tags: ["daily"] },
        columns: [{ name: "id", type: null, description: "Key" }],
      },
      old,
    ],
    macros: [macro("b"), macro("c")],
  });
});

test("the shared part is fetched once, and again when there is another one", async () => {
  const assembler = new IndexAssembler();
  const asked: (string | null)[] = [];
  const answer = (key: string) => async (known: string | null) => {
    asked.push(known);
    return parts({ base: { key, packed: known === key ? null : packed } });
  };
  const first = await assembler.index(answer("k"));
  expect(await assembler.index(answer("k"))).toEqual(first);
  await assembler.index(answer("another"));
  await assembler.index(answer("another"));
  expect(asked).toEqual([null, "k", "k", "another"]);
});

test("a shared part that is not at hand is asked for", async () => {
  const asked: (string | null)[] = [];
  const index = await new IndexAssembler().index(async (known) => {
    asked.push(known);
    return parts({ base: { key: "k", packed: asked.length === 1 ? null : packed } });
  });
  expect(asked).toEqual([null, null]);
  expect(index.nodes).toHaveLength(3);
});

test("a whole index stands for itself", async () => {
  const whole: ProjectIndex = { ...shared, version: 9, nodes: [], docs: [] };
  expect(await new IndexAssembler().index(async () => parts({ base: null, changes: null, whole }))).toBe(whole);
});

import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { IndexNode, IndexParts, IndexWanted, ProjectIndex } from "@/server/contract";
import { IndexAssembler } from "./index-parts";

const usual = {
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
const packed = (...lines: unknown[]) =>
  gzipSync(lines.map((line) => JSON.stringify(line)).join("\n")).toString("base64");
const names = packed({
  ...{
    projectName: "shop",
    adapter: "duckdb",
    vars: ["day"],
    modelPaths: ["models/core"],
    macros: [macro("a"), macro("b")],
  },
  nodes: {
    ...{
      kinds: [["model", "shop"]],
      kind: [0, 0, 0],
      id: [null, null, "model.shop.old"],
      name: ["gone", "orders", "old"],
    },
    path: ["models/gone.sql", "models/orders.sql", "models/old.sql"],
    ...{ sourceName: [null, null, null], version: [null, null, null] },
  },
});
const rest = packed(
  {
    docs: [{ name: "d", packageName: "shop", path: "models/d.md", text: "D" }],
    nodes: { dependsOn: [[], [0, "metric.shop.m"], []], patchPath: [null, "models/s.yml", null] },
    tests: {
      ...{ kinds: [["test", "shop"]], kind: [0], id: ["test.shop.unique_orders.1"], name: ["unique_orders"] },
      ...{ path: ["models/s.yml"], sourceName: [null], version: [null], dependsOn: [[1]], patchPath: [null] },
      checks: [["unique", null, 1, "id"]],
    },
  },
  { relation: [1, '."gone"'] },
  { relation: [0, '."orders"'], columns: [["id", null, "Key"]], tags: ["daily"] },
  { relation: '"elsewhere"."old"' },
  { line: 7 },
);
const none = { nodes: [], macros: [], gone: [], docs: null };
const parts = (change: Partial<IndexParts>): IndexParts => ({
  ...{
    version: 3,
    base: { key: "k", names, rest },
    prefixes: ['"db"."ada"', '"db"."ada_x"'],
    changes: none,
    whole: null,
  },
  ...change,
});
/** As a session answers that has the shared part of a key. */
const answering =
  (key: string, asked: IndexWanted[] = []) =>
  async (wanted: IndexWanted) => {
    asked.push(wanted);
    const isKnown = wanted.known === key;
    const all = wanted.part === "rest" || (wanted.part === "all" && !isKnown);
    return parts({ base: { key, names: isKnown ? null : names, rest: all ? rest : null } });
  };

test("the shared part with this person's relations and changes", async () => {
  const old: IndexNode = { ...usual, ...named("old"), description: "Edited", relation: '"db"."ada"."old"' };
  const changes = { nodes: [old], macros: [macro("c")], gone: ["model.shop.gone", "macro.shop.a"], docs: [] };
  const index = await new IndexAssembler().index(async () => parts({ changes }));
  expect(index).toEqual({
    ...{ projectName: "shop", adapter: "duckdb", version: 3, vars: ["day"], modelPaths: ["models/core"], docs: [] },
    nodes: [
      {
        ...{
          ...usual,
          ...named("orders"),
          relation: '"db"."ada"."orders"',
          tags: ["daily"],
          patchPath: "models/s.yml",
        },
        ...{
          columns: [{ name: "id", type: null, description: "Key" }],
          dependsOn: ["model.shop.gone", "metric.shop.m"],
        },
      },
      old,
      {
        ...{ ...usual, uniqueId: "test.shop.unique_orders.1", name: "unique_orders", resourceType: "test" },
        ...{ packageName: "shop", path: "models/s.yml", line: 7, dependsOn: ["model.shop.orders"] },
        checks: { test: "unique", packageName: null, node: "model.shop.orders", column: "id" },
      },
    ],
    macros: [macro("b"), macro("c")],
  });
});

test("names come first, when they are wanted, and then what is known of them", async () => {
  const asked: IndexWanted[] = [];
  const early: ProjectIndex[] = [];
  const index = await new IndexAssembler().index(answering("k", asked), (first) => early.push(first));
  expect(asked).toEqual([
    { known: null, part: "names" },
    { known: "k", part: "rest" },
  ]);
  expect(early).toHaveLength(1);
  expect(early[0]?.nodes[1]).toEqual({ ...usual, ...named("orders") });
  expect(early[0]?.nodes).toHaveLength(3);
  expect(early[0]?.macros).toHaveLength(2);
  expect(index).toEqual(await new IndexAssembler().index(answering("k")));
});

test("the shared part is fetched once, and again when there is another one", async () => {
  const assembler = new IndexAssembler();
  const asked: IndexWanted[] = [];
  const first = await assembler.index(answering("k", asked));
  expect(await assembler.index(answering("k", asked))).toEqual(first);
  await assembler.index(answering("another", asked));
  await assembler.index(answering("another", asked));
  expect(asked.map(({ known }) => known)).toEqual([null, "k", "k", "another"]);
});

test("the rest of names that are at hand is fetched when it did not come", async () => {
  const assembler = new IndexAssembler();
  const lost = async (wanted: IndexWanted) => {
    if (wanted.part === "rest") throw new Error("The network is gone.");
    return answering("k")(wanted);
  };
  await expect(assembler.index(lost, () => undefined)).rejects.toThrow("gone");
  const asked: IndexWanted[] = [];
  expect((await assembler.index(answering("k", asked))).nodes).toHaveLength(4);
  expect(asked).toEqual([{ known: "k", part: "rest" }]);
});

test("a shared part that is not at hand is asked for", async () => {
  const asked: IndexWanted[] = [];
  const index = await new IndexAssembler().index(async (wanted) => {
    asked.push(wanted);
    return asked.length === 1 ? parts({ base: { key: "k", names: null, rest: null } }) : answering("k")(wanted);
  });
  expect(asked.map(({ known }) => known)).toEqual([null, null]);
  expect(index.nodes).toHaveLength(4);
});

test("a whole index stands for itself", async () => {
  const whole: ProjectIndex = {
    ...{ projectName: "shop", adapter: "duckdb", vars: [], modelPaths: [], macros: [] },
    version: 9,
    nodes: [],
    docs: [],
  };
  const early: ProjectIndex[] = [];
  const ask = async () => parts({ base: null, changes: null, whole });
  expect(await new IndexAssembler().index(ask, (names) => early.push(names))).toBe(whole);
  expect(early).toEqual([]);
});

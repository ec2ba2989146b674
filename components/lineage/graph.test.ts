import { describe, expect, test } from "vitest";
import type { ColumnLineage, IndexNode, ProjectIndex } from "@/server/contract";
import { toSvg } from "./export-image";
import { everything, impactOf, ProjectGraph, selectionOf, widened } from "./graph";
import type { Palette } from "./paint";
import { columnScene, edgeLabels, hit, keepMoved, modelScene, neighbour } from "./scene";

function node(name: string, dependsOn: string[], part: Partial<IndexNode> = {}): IndexNode {
  return {
    uniqueId: name,
    name,
    resourceType: "model",
    packageName: "shop",
    path: `models/${name}.sql`,
    patchPath: null,
    line: 1,
    relation: null,
    materialized: "view",
    description: "",
    tags: [],
    columns: [],
    dependsOn,
    sourceName: null,
    version: null,
    owner: null,
    freshness: null,
    checks: null,
    ...part,
  } as IndexNode;
}

const check = (name: string, of: string, column: string | null) =>
  node(name, [of], {
    resourceType: "test",
    path: "models/schema.yml",
    checks: { test: "not_null", packageName: null, node: of, column } as IndexNode["checks"],
  });

const graph = new ProjectGraph({
  projectName: "shop",
  adapter: "duckdb",
  version: 1,
  nodes: [
    node("raw", [], { resourceType: "source", sourceName: "shop", path: "models/sources.yml" }),
    node("stg", ["raw"]),
    node("orders", ["stg"]),
    node("wide", ["orders"]),
    node("board", ["wide"], { resourceType: "exposure", path: "models/exposures.yml" }),
    check("orders_id", "orders", "id"),
    check("orders_total", "orders", "total"),
  ],
  macros: [],
  docs: [],
  vars: [],
  modelPaths: [],
} as ProjectIndex);

const edge = (source: string, target: string, kind: ColumnLineage["edges"][number]["kind"]) => {
  const end = (text: string) => ({ uniqueId: text.split(".")[0] ?? "", column: text.split(".")[1] ?? "" });
  return { source: end(source), target: end(target), kind };
};
const traced: ColumnLineage = {
  graphVersion: 1,
  pending: false,
  truncated: false,
  edges: [edge("raw.cents", "stg.amount", "transformed"), edge("stg.amount", "orders.total", "aggregated")],
  uses: [{ source: { uniqueId: "orders", column: "total" }, target: "wide", kind: "filter" }],
  unresolved: [],
};

describe("the graph around a node", () => {
  test("goes as many steps as asked, up and down apart", () => {
    expect([...graph.around({ focus: "orders", up: 1, down: 0 })]).toEqual(["orders", "stg"]);
    expect(graph.around({ focus: "orders", up: 99, down: 99 })).toEqual(
      new Set(["orders", "stg", "raw", "wide", "orders_id", "orders_total", "board"]),
    );
  });

  test("takes more steps, above or below, for a node that is not reached yet", () => {
    const around = { focus: "stg", up: 0, down: 1 };
    expect(widened(graph, around, "orders")).toEqual({});
    expect(widened(graph, around, "board")).toEqual({ down: 3 });
    expect(widened(graph, around, "raw")).toEqual({ up: 1 });
    expect(widened(graph, { ...around, up: everything }, "elsewhere")).toEqual({});
  });

  test("a node that was dragged stays where it is when the project changes", () => {
    const before = modelScene(graph, new Set(["stg", "orders"]), false);
    Object.assign(before.byId.get("orders") ?? {}, { moved: true, x: 900, y: -40 });
    const after = modelScene(graph, new Set(["stg", "orders", "wide"]), false);
    keepMoved(before, after);
    expect(after.byId.get("orders")).toMatchObject({ moved: true, x: 900, y: -40 });
    expect(after.byId.get("stg")).toMatchObject({ moved: false, x: 0 });
  });

  test("a file of SQL is its model, one that only describes is none", () => {
    expect(graph.ofPath("models/orders.sql")?.uniqueId).toBe("orders");
    expect(graph.ofPath("models/schema.yml")).toBeNull();
  });

  test("tests are drawn on request", () => {
    const ids = new Set(graph.nodes.keys());
    expect(modelScene(graph, ids, false).nodes).toHaveLength(5);
    expect(modelScene(graph, ids, true).nodes).toHaveLength(7);
  });
});

describe("impact", () => {
  const names = (columns: Parameters<typeof impactOf>[2]) =>
    impactOf(graph, "stg", columns).map(({ title, nodes }) => `${title}: ${nodes.map((found) => found.node.name)}`);

  test("of a model is everything below it, by type", () => {
    expect(names(null)).toEqual(["Models: orders,wide", "Exposures: board", "Tests: orders_id,orders_total"]);
  });

  test("of a column is what is made of it or filtered by it, its own tests, and what is shown of those models", () => {
    const columns = new Map([
      ["stg", ["amount"]],
      ["orders", ["total"]],
      ["wide", []],
    ]);
    expect(names(columns)).toEqual(["Models: orders,wide", "Exposures: board", "Tests: orders_total"]);
  });
});

describe("the scene of a column", () => {
  const scene = columnScene(graph, { uniqueId: "orders", column: "TOTAL" }, traced);

  test("has a row for each column once, and an edge to the header of a node whose rows it decides", () => {
    expect(scene.nodes.map(({ id, rows }) => `${id}: ${rows}`)).toEqual([
      "orders: TOTAL",
      "raw: cents",
      "stg: amount",
      "wide: ",
    ]);
    expect(scene.edges.at(-1)).toMatchObject({ from: "orders", to: "wide", fromRow: 0, toRow: null, kind: "filter" });
  });

  test("says the kinds of its edges beside each other, also where they run close", () => {
    const both = {
      ...traced,
      edges: [edge("stg.a", "orders.total", "transformed"), edge("stg.b", "orders.total", "renamed")],
    };
    const uses = [{ source: { uniqueId: "stg", column: "a" }, target: "orders", kind: "join" as const }];
    const close = columnScene(graph, { uniqueId: "orders", column: "total" }, { ...both, uses });
    const labels = edgeLabels(close, (text) => text.length * 6);
    expect(labels.map(({ text }) => text)).toEqual(["transformed", "renamed", "join"]);
    const boxes = labels.map(({ text, x, y }) => ({ text, x, y, half: text.length * 3 }));
    for (const one of boxes)
      for (const other of boxes.filter(({ text }) => text > one.text))
        expect(Math.abs(one.x - other.x) >= one.half + other.half || Math.abs(one.y - other.y) >= 12).toBe(true);
    const passed = columnScene(
      graph,
      { uniqueId: "orders", column: "total" },
      { ...both, uses: [], edges: [edge("stg.a", "orders.total", "passed")] },
    );
    expect(edgeLabels(passed, () => 30)).toEqual([]);
  });

  test("is walked along its edges, and found by a point", () => {
    expect(neighbour(scene, "stg", "right")?.id).toBe("orders");
    expect(neighbour(scene, "stg", "left")?.id).toBe("raw");
    expect(neighbour(scene, "stg", "up")).toBeNull();
    const { x, y } = scene.byId.get("stg") ?? { x: 0, y: 0 };
    expect(hit(scene, x + 5, y + 50)).toMatchObject({ node: { id: "stg" }, row: "amount" });
    expect(hit(scene, x - 5, y)).toBeNull();
  });
});

test.each([
  [" +orders+  tag:daily ", "", "+orders+ tag:daily", ""],
  ["--select +orders --exclude stg_* tag:slow", "seeds", "+orders", "seeds stg_* tag:slow"],
  ["-s orders --exclude=raw -s wide", "--exclude states", "orders wide", "states raw"],
  ["--exclude stg", "", "", "stg"],
])("the selection of “%s” and “%s” is what dbt's flags say", (select, exclude, chosen, left) => {
  expect(selectionOf(select, exclude)).toEqual({ select: chosen, exclude: left });
});

test("an SVG drawing has its size, names cut to their boxes and whole in a title, edges by kind, and no markup of names", () => {
  const palette = new Proxy({ font: 'Inter, "Segoe UI"' } as Record<string, string>, {
    get: (known, token: string) => known[token] ?? token,
  }) as Palette;
  const named = new ProjectGraph({ ...graph.index, nodes: [node("a<b>", []), node("much_too_long", ["a<b>"])] });
  const cut = (text: string) => (text.length > 8 ? `${text.slice(0, 7)}…` : text);
  const lineage = { ...traced, uses: [], edges: [edge("a<b>.x", "much_too_long.y", "aggregated")] };
  const svg = toSvg(columnScene(named, { uniqueId: "a<b>", column: "x" }, lineage), palette, cut);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="\d+" viewBox="/);
  expect(svg).toContain('font-family="Inter, &quot;Segoe UI&quot;"');
  expect(svg).toContain(">a&lt;b&gt;</text>");
  expect(svg).toContain(">much_to…<title>much_too_long</title></text>");
  expect(svg).toMatch(/stroke-dasharray="9 3 2 3"><title>aggregated<\/title><\/path><text [^>]*>aggregated<\/text>/);
  expect(svg).not.toContain("a<b>");
});

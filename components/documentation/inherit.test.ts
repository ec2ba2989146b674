import { describe, expect, it } from "vitest";
import type { IndexNode, ProjectIndex } from "@/server/contract";
import { coverageOf } from "./coverage";
import { inheritedDescriptions } from "./inherit";

function node(
  name: string,
  dependsOn: string[],
  columns: Record<string, string>,
  more: Partial<IndexNode> = {},
): IndexNode {
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
    columns: Object.entries(columns).map(([column, description]) => ({ name: column, type: null, description })),
    dependsOn,
    sourceName: null,
    version: null,
    owner: null,
    freshness: null,
    checks: null,
    ...more,
  };
}

const source = node(
  "sales",
  [],
  { ID: "The sale.", store: "Which store." },
  { resourceType: "source", sourceName: "shop" },
);
const staging = node("stg_sales", ["sales"], { id: "", store: "The store's number." }, { description: "Cleaned." });
const mart = node("fct_sales", ["stg_sales"], { id: "", store: "", amount: "" });
const all = [source, staging, mart, node("t", ["fct_sales"], {}, { resourceType: "test" })];

describe("inheritedDescriptions", () => {
  it("takes the nearest described column of the name, through nodes that do not describe it", () => {
    const find = (id: string) => all.find((candidate) => candidate.uniqueId === id) ?? null;
    expect(inheritedDescriptions(mart, ["id", "store", "amount"], find)).toEqual([
      { column: "store", description: "The store's number.", from: "stg_sales" },
      { column: "id", description: "The sale.", from: "shop.sales" },
    ]);
  });
});

describe("coverageOf", () => {
  it("counts descriptions, columns and tests of the project's own nodes, the least described first", () => {
    const index = { projectName: "shop", nodes: all } as unknown as ProjectIndex;
    const coverage = coverageOf(index);
    expect(coverage).toMatchObject({ described: 1, columns: 7, describedColumns: 3, tested: 1 });
    expect(coverage.nodes.map((entry) => entry.node.name)).toEqual(["fct_sales", "sales", "stg_sales"]);
  });
});

import { describe, expect, it } from "vitest";
import type { IndexNode, ProjectIndex } from "@/server/contract";
import { coverageOf } from "./coverage";
import { inheritedDescription, inheritedDescriptions, withDocCalls } from "./inherit";

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

const took = (description: string) => ({ description, written: description });

describe("inheritedDescriptions", () => {
  it("takes the nearest described column of the name, through nodes that do not describe it", () => {
    const find = (id: string) => all.find((candidate) => candidate.uniqueId === id) ?? null;
    expect(inheritedDescriptions(mart, ["id", "store", "amount"], find)).toEqual([
      { ...took("The store's number."), column: "store", from: "stg_sales", upstream: staging },
      { ...took("The sale."), column: "id", from: "shop.sales", upstream: source },
    ]);
  });
});

describe("inheritedDescription", () => {
  const find = (id: string) => all.find((candidate) => candidate.uniqueId === id) ?? null;
  it("is that of the one node above, and of none where several are joined", () => {
    expect(inheritedDescription(mart, find)).toEqual({
      ...{ ...took("Cleaned."), column: null, from: "stg_sales", upstream: staging },
    });
    expect(inheritedDescription(node("joined", ["stg_sales", "sales"], {}), find)).toBeNull();
    expect(inheritedDescription(node("round", ["round"], {}), find)).toBeNull();
  });
});

describe("withDocCalls", () => {
  const described = { ...staging, patchPath: "models/stg.yml" };
  const found = [
    { ...took("Cleaned."), column: null, from: "stg_sales", upstream: described },
    { ...took("The store's number."), column: "store", from: "stg_sales", upstream: described },
    { ...took("The sale."), column: "id", from: "stg_sales", upstream: described },
  ];
  const yaml = `models:
  - name: stg_sales
    description: "{{ doc('stg_sales') }}"
    columns:
      - name: STORE
        description: "{{ doc('store') }} Never null."
      - name: id
        description: The sale.
`;
  it("writes the upstream's call of doc(), for the node and its columns, and copies what is plain text", async () => {
    const read: string[] = [];
    const written = await withDocCalls(found, async (path) => {
      read.push(path);
      return yaml;
    });
    expect(written.map((one) => one.written)).toEqual([
      "{{ doc('stg_sales') }}",
      "{{ doc('store') }} Never null.",
      "The sale.",
    ]);
    expect(read).toEqual(["models/stg.yml"]);
  });

  it("copies the rendered text where the YAML is gone, is half written or names no such column", async () => {
    for (const text of [null, "models: [never closed", "models:\n  - name: another\n"]) {
      expect(await withDocCalls(found, async () => text)).toEqual(found);
    }
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

import { expect, test } from "vitest";
import type { IndexNode } from "@/server/contract";
import { indexOver, layOutInIdle } from "./node-table";
import { ProjectLookup } from "./project-lookup";

const briefs = ["orders", "customers"].map((name) => ({
  ...{ uniqueId: `model.shop.${name}`, name, resourceType: "model", packageName: "shop", path: `models/${name}.sql` },
  dependsOn: name === "customers" ? ["model.shop.orders"] : [],
}));
const rest = { projectName: "shop", adapter: "duckdb", version: 1, macros: [], docs: [], vars: [], modelPaths: [] };

function tabled() {
  const laid: number[] = [];
  const table = {
    briefs,
    at(place: number) {
      laid.push(place);
      return { ...briefs[place], description: "laid out" } as IndexNode;
    },
  };
  return { laid, index: indexOver(table, rest) };
}

test("only what is asked for is laid out", () => {
  const { laid, index } = tabled();
  const lookup = new ProjectLookup(index);
  expect(lookup.ref("orders", null)?.description).toBe("laid out");
  expect(lookup.usedBy("model.shop.orders").map(({ name }) => name)).toEqual(["customers"]);
  expect(lookup.refNames.search("cust", 10).items.map(({ name }) => name)).toEqual(["customers"]);
  expect(laid).toEqual([0, 1, 1]);
  expect(index.nodes.map(({ name }) => name)).toEqual(["orders", "customers"]);
});

test("the rest is laid out in idle time, while it is wanted", async () => {
  const { laid, index } = tabled();
  await layOutInIdle(index, () => false);
  expect(laid).toEqual([]);
  await layOutInIdle(index, () => true);
  expect(laid).toEqual([0, 1]);
});

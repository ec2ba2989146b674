import { expect, test } from "vitest";
import type { IndexNode } from "@/server/contract";
import { emptyLookup, ProjectLookup } from "../language/project-lookup";
import { nodeDescribedAt, testAbove, yamlLenses } from "./lenses";

const node = (values: Partial<IndexNode> & Pick<IndexNode, "uniqueId" | "name" | "resourceType">): IndexNode => ({
  ...{
    packageName: "shop",
    path: "models/schema.yml",
    patchPath: null,
    line: 1,
    relation: null,
    materialized: "table",
  },
  ...{ description: "", tags: [], columns: [], dependsOn: [], sourceName: null, version: null, owner: null },
  ...{ freshness: null, checks: null },
  ...values,
});
const check = (uniqueId: string, name: string, column: string | null, of = "model.shop.orders") =>
  node({
    ...{ uniqueId, name: uniqueId.split(".")[2] ?? "", resourceType: "test" },
    // As dbt does: what a source's test is of is only in what it depends on.
    checks: { test: name, packageName: null, node: of.startsWith("source.") ? null : of, column },
    dependsOn: [of],
  });
const lookup = new ProjectLookup({
  ...emptyLookup.index,
  projectName: "shop",
  nodes: [
    node({ uniqueId: "model.shop.orders", name: "orders", resourceType: "model", path: "models/orders.sql" }),
    node({
      uniqueId: "model.other.orders",
      name: "orders",
      resourceType: "model",
      packageName: "other",
      path: "o.sql",
    }),
    node({ uniqueId: "source.shop.raw.payments", name: "payments", resourceType: "source", sourceName: "raw" }),
    node({ uniqueId: "unit_test.shop.orders.sums", name: "sums", resourceType: "unit_test" }),
    check("test.shop.unique_orders_id.1", "unique", "id"),
    check("test.shop.not_null_orders_id.2", "not_null", "id"),
    check("test.shop.unique_raw_id.3", "unique", "id", "source.shop.raw.payments"),
  ],
});
const yaml = `models:
  - name: orders
    columns:
      - name: id
        data_tests: [unique, not_null]
  - name: unknown
sources:
  - name: raw
    tables:
      - name: payments
        columns:
          - name: id
            data_tests:
              - unique
              - accepted_values: {values: [1]}
unit_tests:
  - name: sums
`;

test("each lens of a YAML file leads to the node or test that it stands above", () => {
  const shown = yamlLenses(lookup, "models/schema.yml", yaml).map(({ line, title, action }) => [
    line,
    title.replace(/^\$\(\w+\) /, ""),
    "uniqueId" in action ? action.uniqueId : `${action.kind} ${action.path}`,
  ]);
  expect(shown).toEqual([
    [2, "Preview", "model models/orders.sql"],
    [2, "Run tests", "model.shop.orders"],
    [2, "Go to SQL", "open models/orders.sql"],
    [2, "Built table", "model.shop.orders"],
    [2, "Row count", "model.shop.orders"],
    [5, "Run unique", "test.shop.unique_orders_id.1"],
    [5, "Failing rows of unique", "test.shop.unique_orders_id.1"],
    [5, "Run not_null", "test.shop.not_null_orders_id.2"],
    [5, "Failing rows of not_null", "test.shop.not_null_orders_id.2"],
    [10, "Preview", "source.shop.raw.payments"],
    [10, "Row count", "source.shop.raw.payments"],
    [10, "Run tests", "source.shop.raw.payments"],
    [14, "Run test", "test.shop.unique_raw_id.3"],
    [14, "Show failing rows", "test.shop.unique_raw_id.3"],
    [17, "Actual and expected rows", "unit_test.shop.orders.sums"],
  ]);
});

test("the node at the cursor is the one whose entry holds it", () => {
  const at = (line: number) => nodeDescribedAt(lookup, "models/schema.yml", yaml, line)?.uniqueId ?? null;
  expect([at(1), at(2), at(5), at(6), at(14), at(17)]).toEqual([
    ...[null, "model.shop.orders", "model.shop.orders", null, "source.shop.raw.payments", null],
  ]);
});

test("the test at the cursor is the nearest above, of the same node", () => {
  const at = (line: number) => testAbove(lookup, yaml, line)?.uniqueId ?? null;
  expect([at(1), at(4), at(5), at(6), at(14), at(18)]).toEqual([
    ...[null, null, "test.shop.not_null_orders_id.2", null],
    ...["test.shop.unique_raw_id.3", "unit_test.shop.orders.sums"],
  ]);
});

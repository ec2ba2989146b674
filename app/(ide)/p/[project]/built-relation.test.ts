import { expect, test } from "vitest";
import type { PreviewRequest } from "@/components/results";
import type { IndexNode } from "@/server/contract";
import { builtRelationOf } from "./built-relation";

const request: PreviewRequest = {
  ...{ workspaceId: "w", environmentId: "e", path: "models/orders.sql", text: "select 2", sql: null, what: null },
  ...{ rows: 500, subject: "orders.sql" },
};
const node = (part: Partial<IndexNode>) =>
  ({
    uniqueId: "model.shop.orders",
    name: "orders",
    path: "models/orders.sql",
    resourceType: "model",
    materialized: "table",
    ...part,
  }) as IndexNode;

test("the built relation of the model that was previewed", () => {
  expect(builtRelationOf(request, [node({ path: "models/other.sql" }), node({})])).toEqual({
    ...request,
    text: null,
    what: { kind: "relation", uniqueId: "model.shop.orders" },
    subject: "orders as built",
  });
});

test.each([
  ["a selection", { sql: "select 1" }, {}],
  ["a measure", { what: { kind: "count" as const, of: { kind: "statement" as const } } }, {}],
  ["an ephemeral model", {}, { materialized: "ephemeral" }],
  ["a test", {}, { resourceType: "test" }],
])("there is none of %s", (_name, changed, part) => {
  expect(builtRelationOf({ ...request, ...changed }, [node(part)])).toBeNull();
});

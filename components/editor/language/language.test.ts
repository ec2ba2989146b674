import { expect, test } from "vitest";
import type { IndexNode, ProjectIndex } from "@/server/contract";
import { columnsOf, completionsAt } from "./completion";
import { aliasesIn, contextAt, referenceAt } from "./context";
import { definitionAt, hoverAt } from "./navigation";
import { ProjectLookup } from "./project-lookup";
import { symbolsOf } from "./symbols";

function node(name: string, rest: Partial<IndexNode> = {}): IndexNode {
  return {
    uniqueId: `model.shop.${name}`,
    name,
    resourceType: "model",
    packageName: "shop",
    path: `models/${name}.sql`,
    line: null,
    relation: `"db"."main"."${name}"`,
    materialized: "view",
    description: "",
    tags: [],
    columns: [],
    dependsOn: [],
    sourceName: null,
    version: null,
    owner: null,
    freshness: null,
    patchPath: null,
    checks: null,
    ...rest,
  };
}

const index: ProjectIndex = {
  projectName: "shop",
  adapter: "duckdb",
  version: 1,
  nodes: [
    node("orders", {
      description: "One row per order.",
      columns: [{ name: "order_id", type: "bigint", description: "Key." }],
      dependsOn: ["source.shop.raw.orders"],
    }),
    node("customers", { dependsOn: ["model.shop.orders"] }),
    node("calendar", { packageName: "dates" }),
    node("orders", {
      uniqueId: "source.shop.raw.orders",
      resourceType: "source",
      sourceName: "raw",
      path: "models/sources.yml",
      line: 4,
      columns: [{ name: "id", type: null, description: "" }],
    }),
  ],
  macros: [
    {
      uniqueId: "macro.shop.cents",
      name: "cents",
      packageName: "shop",
      path: "macros/cents.sql",
      line: 3,
      arguments: ["column"],
      parameters: [{ name: "column", default: null, type: null, description: "" }],
      description: "Cents to money.",
    },
    {
      uniqueId: "macro.dbt_utils.star",
      name: "star",
      packageName: "dbt_utils",
      path: "macros/star.sql",
      line: 1,
      arguments: ["from"],
      parameters: [{ name: "from", default: null, type: null, description: "" }],
      description: "",
    },
  ],
  docs: [{ name: "order_status", packageName: "shop", path: "models/docs.md", text: "Where it stands." }],
  vars: ["start_date"],
};
const lookup = new ProjectLookup(index);
/** The text without `|`, and where it was. */
function at(marked: string): [string, number] {
  return [marked.replace("|", ""), marked.indexOf("|")];
}
const labels = (marked: string) => completionsAt(lookup, ...at(marked)).map((entry) => entry.label);

test.each<[string, ReturnType<typeof contextAt>]>([
  ["select * from {{ ref('or|", { kind: "ref", packageName: null, typed: "or" }],
  ['{{ ref("dates", "ca|', { kind: "ref", packageName: "dates", typed: "ca" }],
  ["{{ source('r|", { kind: "source-name", typed: "r" }],
  ["{{ source('raw', '|", { kind: "source-table", sourceName: "raw", typed: "" }],
  ["{{ var('st|", { kind: "var", typed: "st" }],
  ["{% if dbt_utils.s|", { kind: "jinja", packageName: "dbt_utils", typed: "s" }],
  ["{{ config(materialized='v|", { kind: "config-value", key: "materialized", quoted: true, typed: "v" }],
  ["select o.or|", { kind: "column", alias: "o", typed: "or" }],
  ["select 1 from or|", { kind: "relation", typed: "or" }],
  ["{{ ref('orders') }} wh|", { kind: "sql", typed: "wh" }],
  ["select 1 -- ref('|", { kind: "none" }],
])("what is written at %s", (marked, expected) => {
  expect(contextAt(...at(marked))).toEqual(expected);
});

test("config offers settings, and the values of one", () => {
  expect(labels("{{ config(|")).toContain("materialized");
  expect(labels("{{ config(tags=['x'], mat|")).toContain("materialized");
  expect(labels("{{ config(materialized='|")).toEqual([
    "ephemeral",
    "incremental",
    "materialized_view",
    "table",
    "view",
  ]);
  expect(labels("{{ config(enabled=|")).toEqual(["false", "true"]);
  expect(labels("{{ config(alias='|")).toEqual([]);
});

test("ref offers models of every package once, and of one package when it is named", () => {
  expect(labels("{{ ref('|")).toEqual(["calendar", "customers", "orders"]);
  expect(labels("{{ ref('dates', '|")).toEqual(["calendar"]);
});

test("source takes two steps; var and doc offer what the project has", () => {
  expect(labels("{{ source('|")).toEqual(["raw"]);
  expect(labels("{{ source('raw', '|")).toEqual(["orders"]);
  expect(labels("{{ var('|")).toEqual(["start_date"]);
  expect(labels("{{ doc('|")).toEqual(["order_status"]);
});

test("macros are offered with their signature, those of a package after its name", () => {
  const cents = completionsAt(lookup, ...at("{{ ce|")).find((entry) => entry.label === "cents");
  expect(cents).toMatchObject({
    kind: "macro",
    insert: "cents($0)",
    snippet: true,
    detail: "(column) · shop",
    replace: 2,
  });
  expect(labels("{{ dbt_utils.|")).toEqual(["star"]);
});

test("after from, a model is inserted as a ref", () => {
  const orders = completionsAt(lookup, ...at("select * from |")).find((entry) => entry.label === "orders");
  expect(orders?.insert).toBe("{{ ref('orders') }}");
});

test("columns of aliases, of models themselves and of import CTEs", () => {
  const sql =
    "with o as (select * from {{ ref('orders') }}), s as (\n select * from {{ source('raw', 'orders') }}\n) select * from o join s on true left join {{ ref(\"orders\") }} as third on true";
  expect([...aliasesIn(sql).keys()].sort()).toEqual(["o", "orders", "s", "third"]);
  expect(columnsOf(lookup, sql, "o").map((column) => column.name)).toEqual(["order_id"]);
  expect(columnsOf(lookup, sql, "s").map((column) => column.name)).toEqual(["id"]);
  expect(columnsOf(lookup, sql, "THIRD").map((column) => column.name)).toEqual(["order_id"]);
  expect(columnsOf(lookup, sql, "nobody")).toEqual([]);
});

test("a keyword after a relation is no alias", () => {
  expect([...aliasesIn("select * from {{ ref('orders') }} where true").keys()]).toEqual(["orders"]);
});

test("go to definition finds models, sources with their line, and macros, but nothing outside of the project", () => {
  expect(definitionAt(lookup, ...at("from {{ ref('ord|ers') }}"))).toMatchObject({
    path: "models/orders.sql",
    line: 1,
  });
  expect(definitionAt(lookup, ...at("from {{ source('raw', 'ord|ers') }}"))).toMatchObject({
    path: "models/sources.yml",
    line: 4,
  });
  expect(definitionAt(lookup, ...at("{{ ce|nts('a') }}"))).toMatchObject({ path: "macros/cents.sql", line: 3 });
  expect(definitionAt(lookup, ...at("{{ ref('calen|dar') }}"))).toBeNull();
  expect(definitionAt(lookup, ...at("select ord|ers"))).toBeNull();
});

test("hover shows the card of what is named, and says when it does not exist", () => {
  const card = hoverAt(lookup, ...at("from {{ ref('ord|ers') }}"))?.markdown;
  expect(card).toContain("**orders**");
  expect(card).toContain("One row per order");
  expect(card).toContain("| `order_id` | bigint |");
  expect(hoverAt(lookup, ...at("{{ ref('no|thing') }}"))?.markdown).toContain("There is no ref named");
  expect(referenceAt(...at("{{ dbt_utils.st|ar(x) }}"))).toMatchObject({
    kind: "macro",
    packageName: "dbt_utils",
    name: "star",
  });
});

test("who uses a node, and everything with a name", () => {
  expect(lookup.usedBy("model.shop.orders").map((user) => user.name)).toEqual(["customers"]);
  expect(symbolsOf(lookup).map((symbol) => `${symbol.kind} ${symbol.name}`)).toEqual([
    "model orders",
    "model customers",
    "source raw.orders",
    "macro cents",
    "column order_id",
    "column id",
  ]);
});

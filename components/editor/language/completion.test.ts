import { expect, test, vi } from "vitest";
import { completionsAt } from "./completion";
import { contextAt } from "./context";
import { KnownColumns } from "./node-columns";
import { at, shop, shopColumns, shopIndex } from "./project-for-tests";
import { ProjectLookup } from "./project-lookup";
import { noNames } from "./project-names";
import { signatureAt } from "./signature";

function entries(marked: string, rest: Partial<Parameters<typeof completionsAt>[0]> = {}) {
  const place = { lookup: shop, columns: shopColumns, names: noNames, usage: () => 0, path: "models/late.sql" };
  return completionsAt({ ...place, language: "dbt-sql", ...at(marked), ...rest }).entries;
}
const labels = (marked: string, rest: Parameters<typeof entries>[1] = {}) =>
  entries(marked, rest).map(({ label }) => label);
const yaml = (marked: string, path = "models/schema.yml") => labels(marked, { language: "dbt-yaml", path });

test.each<[string, ReturnType<typeof contextAt>]>([
  ["select * from {{ ref('or|", { kind: "ref", packageName: null, typed: "or" }],
  ["select * from {{ ref('or|') }} o", { kind: "ref", packageName: null, typed: "or" }],
  ['{{ ref("dates", "ca|', { kind: "ref", packageName: "dates", typed: "ca" }],
  ["{{ ref('prices', v=|", { kind: "ref-version", name: "prices", typed: "" }],
  ["{{ ref('prices', |", { kind: "ref-more", name: "prices", typed: "" }],
  ["{{ ref('shop', 'prices', v|", { kind: "ref-more", name: "prices", typed: "v" }],
  ["{{ source('r|", { kind: "source-name", typed: "r" }],
  ["{{ source('raw', '|", { kind: "source-table", sourceName: "raw", typed: "" }],
  ["{{ var('st|", { kind: "var", typed: "st" }],
  ["{{ env_var('|", { kind: "env-var", typed: "" }],
  ["{% if dbt_utils.s|", { kind: "jinja", packageName: "dbt_utils", typed: "s", statement: false }],
  ["{% en|", { kind: "jinja", packageName: null, typed: "en", statement: true }],
  ["{{ config(materialized='v|", { kind: "config-value", key: "materialized", quoted: true, typed: "v" }],
  ["select o.or|", { kind: "column", alias: "o", typed: "or" }],
  ["select 1 from or|", { kind: "relation", typed: "or" }],
  ["{{ ref('orders') }} wh|", { kind: "sql", typed: "wh" }],
  ["select 1 -- ref('|", { kind: "none" }],
  ["select {# {{ ref('|", { kind: "none" }],
  ["select 'a te|", { kind: "none" }],
])("what is written at %s", (marked, expected) => {
  const { text, offset } = at(marked);
  expect(contextAt(text, offset, "dbt-sql")).toEqual(expected);
});

test("config offers settings that are not set yet, and the values of one", () => {
  expect(labels("{{ config(|")).toContain("materialized");
  expect(labels("{{ config(tags=['x'], |")).not.toContain("tags");
  expect(labels("{{ config(materialized='|")).toEqual([
    "view",
    "table",
    "incremental",
    "ephemeral",
    "materialized_view",
  ]);
  expect(labels("{{ config(enabled=|")).toEqual(["true", "false"]);
  expect(labels("{{ config(tags='|")).toEqual(["nightly"]);
  expect(labels("{{ config(alias='|")).toEqual([]);
});

test("ref offers each model once, then packages; models of one package; versions", () => {
  expect(labels("{{ ref('|")).toEqual(["calendar", "customers", "orders", "prices", "dates"]);
  expect(labels("{{ ref('dates', '|")).toEqual(["calendar"]);
  expect(labels("{{ ref('shop', 'ord|")).toEqual(["orders"]);
  expect(labels("{{ ref('prices', v=|")).toEqual(["1", "2"]);
  expect(labels("{{ ref('prices', |")).toEqual(["v=1", "v=2"]);
  expect(labels("{{ ref('orders', |")).toEqual([]);
  expect(entries("{{ ref('pri|").find(({ label }) => label === "prices")?.detail).toContain("v2");
});

test("what is used more comes first among equals, but not before what fits better", () => {
  const usage = (kind: string, name: string) => (kind === "model" && name === "orders" ? 3 : 0);
  expect(labels("{{ ref('|", { usage })[0]).toBe("orders");
  expect(labels("{{ ref('c|", { usage }).slice(0, 2)).toEqual(["calendar", "customers"]);
});

test("source takes two steps; var, env_var and doc offer what the project has", () => {
  expect(labels("{{ source('|")).toEqual(["raw"]);
  expect(labels("{{ source('raw', '|")).toEqual(["orders"]);
  expect(labels("{{ var('|")).toEqual(["start_date"]);
  expect(labels("{{ doc('|")).toEqual(["order_status"]);
  expect(labels("{{ env_var('HOME') }} {{ env_var('|")).toContain("HOME");
  const names = {
    variables: [{ name: "start_date", value: "2020-01-01", packageName: null, about: "The first day." }],
    environment: ["SHOP_REGION"],
  };
  expect(entries("{{ var('|", { names })).toMatchObject([
    { detail: "2020-01-01 · project variable", documentation: "The first day." },
  ]);
  expect(labels("{{ env_var('|", { names })[0]).toBe("SHOP_REGION");
});

test("nothing is offered where a text in quotes has just ended", () => {
  expect(labels("{% if target.name == 'prod'|")).toEqual([]);
  expect(labels("select 'a'|")).toEqual([]);
});

test("macros come with their signature, those of a package after its name, arguments inside the call", () => {
  const cents = entries("{{ ce|").find((item) => item.label === "cents");
  expect(cents).toMatchObject({
    kind: "macro",
    insert: "cents($0)",
    snippet: true,
    detail: "(column, digits=2) · shop",
    replace: 2,
  });
  expect(labels("{{ dbt_utils.|")).toEqual(["star"]);
  expect(labels("{{ cents('a', |").slice(0, 2)).toEqual(["column", "digits"]);
  expect(labels("{{ target.sch|")).toContain("schema");
});

test("signature help follows the argument, also by keyword, and knows functions of the dialect", () => {
  const signature = (marked: string) => signatureAt(shop, at(marked).text, at(marked).offset);
  expect(signature("{{ cents('a, b', |")).toMatchObject({ label: "cents(column, digits=2)", active: 1 });
  expect(signature("{{ dbt_utils.star(except=['a'|")).toMatchObject({
    label: "dbt_utils.star(from, except=[])",
    active: 1,
  });
  expect(signature("select date_trunc('day', |")).toMatchObject({ active: 1 });
  expect(signature("select (a + |")).toBeNull();
});

test("after from, a model is inserted as a ref; CTEs that are finished come first", () => {
  const sql = "with o as (select 1), late as (select * from |";
  expect(labels(sql)[0]).toBe("o");
  expect(entries("select * from ord|").find(({ label }) => label === "orders")?.insert).toBe("{{ ref('orders') }}");
  expect(labels("select * from raw.or|")).toEqual([]);
  expect(labels("select * from ra|")).toContain("raw.orders");
});

test("columns of aliases, CTEs and subqueries, with type and description from where they come", () => {
  const sql =
    "with o as (select * from {{ ref('orders') }}), n as (select order_id as id, 1 as one from o) select n.| from n join o on o.order_id = n.id";
  expect(labels(sql)).toEqual(["id", "one"]);
  expect(entries(sql)[0]).toMatchObject({ detail: "bigint · n", documentation: "Key." });
  expect(labels("select x.| from (select 1 as a, 2 as b) x")).toEqual(["a", "b"]);
  expect(labels("select s.| from {{ source('raw', 'orders') }} s")).toEqual(["id"]);
  expect(labels("select | from {{ ref('orders') }} as o").slice(0, 3)).toEqual(["order_id", "customer_id", "o"]);
  expect(
    labels(
      "select o.order_id from {{ ref('orders') }} o where exists (select 1 from {{ ref('customers') }} c where c.customer_id = o.|",
    ),
  ).toEqual(["order_id", "customer_id"]);
  expect(labels("select nobody.|")).toEqual([]);
});

test("functions of the dialect and keywords; snippets after two underscores, by language", () => {
  expect(labels("select date_tr|")).toContain("date_trunc");
  expect(labels("select coal|")).toContain("coalesce");
  expect(labels("select a qual|")).toContain("qualify");
  const postgres = new ProjectLookup({ ...shopIndex, adapter: "postgres" });
  expect(labels("select a qual|", { lookup: postgres })).toEqual([]);
  expect(labels("__in|")).toContain("__incremental");
  expect(yaml("models:\n  __mo|")).toContain("__model");
  expect(labels("{{ __|")).not.toContain("__ref");
});

test("YAML: dbt's keys by place, without those that are there; their values", () => {
  expect(yaml("|")).toContain("exposures");
  const inModel = yaml("models:\n  - name: orders\n    des|\n    columns: []");
  expect(inModel).toContain("description");
  expect(inModel).not.toContain("columns");
  expect(yaml("models:\n  - name: orders\n    config:\n      materialized: |")).toContain("incremental");
  expect(yaml("models:\n  - name: orders\n    columns:\n      - name: order_id\n        data_t|")).toContain(
    "data_tests",
  );
  expect(yaml("models:\n  shop:\n    +mat|", "dbt_project.yml")).toContain("+materialized");
  expect(
    yaml(
      "sources:\n  - name: raw\n    tables:\n      - name: a\n        freshness:\n          warn_after:\n            period: |",
    ),
  ).toContain("hour");
});

test("YAML: names of the project where they belong", () => {
  expect(yaml("models:\n  - name: customers\n  - name: |")).toEqual(
    ["calendar", "orders", "prices"].filter((name) => name !== "calendar"),
  );
  expect(yaml("models:\n  - name: orders\n    columns:\n      - name: order_id\n      - name: |")).toEqual([
    "customer_id",
  ]);
  const tests = yaml(
    "models:\n  - name: orders\n    columns:\n      - name: order_id\n        data_tests:\n          - |",
  );
  expect(tests).toEqual(expect.arrayContaining(["unique", "relationships", "positive"]));
  expect(
    yaml(
      "models:\n  - name: a\n    columns:\n      - name: b\n        data_tests:\n          - relationships:\n              to: ref('|",
    ),
  ).toContain("orders");
  expect(
    yaml(
      "models:\n  - name: a\n    columns:\n      - name: b\n        data_tests:\n          - relationships:\n              to: ref('orders')\n              field: |",
    ),
  ).toEqual(["order_id", "customer_id"]);
  expect(yaml("exposures:\n  - name: board\n    depends_on:\n      - |")).toContain("orders");
  expect(yaml("# no|")).toEqual([]);
});

test("columns that no YAML tells come from the SQL of the model, through stars", async () => {
  const texts: Record<string, string> = {
    "models/customers.sql": "with a as (select *, 1 as extra from {{ ref('orders') }}) select * from a",
    "models/orders.sql": "select order_id, total from {{ source('raw', 'orders') }}",
  };
  const known = new KnownColumns(
    () => shop,
    (path) => Promise.resolve(texts[path] ?? null),
  );
  const customers = shop.ref("customers", null);
  await known.prepare(customers ? [customers] : []);
  const sql = "select c.| from {{ ref('customers') }} c";
  expect(labels(sql, { columns: known.of })).toEqual(["order_id", "total", "customer_id", "extra"]);
  texts["models/orders.sql"] = "select 1 as other";
  known.forget("models/orders.sql");
  await known.prepare(customers ? [customers] : []);
  expect(labels(sql, { columns: known.of })).toContain("other");
});

test("columns of a source are those that the session has of the warehouse, until it knows others", async () => {
  const source = shop.source("raw", "orders");
  let asked = 0;
  let name = "placed_at";
  const known = new KnownColumns(
    () => shop,
    () => Promise.resolve(null),
    (wanted) => {
      asked += 1;
      const column = { name, type: "bigint", description: "", origin: null };
      return Promise.resolve(new Map(wanted.map((id) => [id, { complete: true, list: [column] }])));
    },
  );
  const offered = async () => {
    await known.prepare(source ? [source] : []);
    return entries("select o.| from {{ source('raw', 'orders') }} o", { columns: known.of });
  };
  expect((await offered()).find(({ label }) => label === "placed_at")?.detail).toBe("bigint · o");
  name = "sent_at";
  expect((await offered()).map(({ label }) => label)).toContain("placed_at");
  expect(asked).toBe(1);
  known.forgetTold();
  expect((await offered()).map(({ label }) => label)).toContain("sent_at");
});

test("what is built has the types of the warehouse where the texts tell none, once the session has told them", async () => {
  const customers = shop.ref("customers", null);
  const told = new Map([
    [
      "model.shop.customers",
      {
        complete: true,
        list: [
          { name: "CITY", type: "varchar", description: "", origin: null },
          { name: "customer_id", type: "integer", description: "", origin: null },
          { name: "gone", type: "date", description: "", origin: null },
        ],
      },
    ],
  ]);
  const asked: (readonly string[])[] = [];
  const known = new KnownColumns(
    () => shop,
    () => Promise.resolve("select customer_id, city, 1 as one from x"),
    (wanted) => {
      asked.push(wanted);
      return Promise.resolve(told);
    },
  );
  await known.prepare(customers ? [customers] : []);
  await vi.waitFor(() =>
    expect(
      entries("select c.| from {{ ref('customers') }} c", { columns: known.of }).map(
        ({ label, detail }) => `${label}: ${detail}`,
      ),
    ).toEqual(["customer_id: bigint · c", "city: varchar · c", "one: integer · c"]),
  );
  await known.prepare(customers ? [customers] : []);
  expect(asked).toEqual([["model.shop.customers"]]);
});

import { expect, test } from "vitest";
import { type Query, queriesOf } from "./sql-query";
import { ColumnScope, type Columns, ctesVisible, exposedName, selectAt } from "./sql-scope";

const tables: Record<string, string[]> = { orders: ["id", "customer_id", "total"], customers: ["id", "name"] };
const scope = new ColumnScope((target): Columns => {
  const names = target.kind === "ref" || target.kind === "source" ? tables[target.name] : undefined;
  return {
    complete: names !== undefined,
    list: (names ?? []).map((name) => ({ name, type: "int", description: "", origin: { nodeId: "n", column: name } })),
  };
});
function only(text: string): Query {
  const queries = queriesOf(text);
  expect(queries).toHaveLength(1);
  return queries[0] as Query;
}
const outputs = (text: string) => scope.outputOf(only(text)).list.map((column) => column.name);
function uses(text: string): string[] {
  const select = only(text).selects[0];
  return (select?.uses ?? []).map((use) => [...use.qualifier, use.name].map((name) => name.text).join("."));
}

test("outputs: aliases with and without as, qualified names, stars, what a star leaves out", () => {
  expect(outputs("select a, t.b, c as d, e f, sum(g) total, count(*), 1 + h from t")).toEqual([
    "a",
    "b",
    "d",
    "f",
    "total",
  ]);
  expect(outputs("select * from {{ ref('orders') }}")).toEqual(["id", "customer_id", "total"]);
  expect(outputs("select * exclude (total), o.total as t from {{ ref('orders') }} o")).toEqual([
    "id",
    "customer_id",
    "t",
  ]);
  expect(
    outputs("select c.*, o.total from {{ ref('orders') }} as o join {{ ref('customers') }} c on c.id = o.customer_id"),
  ).toEqual(["id", "name", "total"]);
  expect(outputs("from {{ ref('customers') }}")).toEqual(["id", "name"]);
  expect(
    outputs("select case when a then b else c end kind, x::numeric(10, 2) as price, cast(y as date) from t"),
  ).toEqual(["kind", "price"]);
});

test("CTEs, subqueries and set operations pass their columns on", () => {
  const text = `{{ config(materialized='table') }}
with o as (select * from {{ ref('orders') }}), "Two" (p, q) as materialized (select id, total from o)
select * from (select p as r, q from "Two") s union all select 1, 2`;
  expect(outputs(text)).toEqual(["r", "q"]);
  expect(scope.outputOf(only(text)).list[1]?.origin).toEqual({ nodeId: "n", column: "total" });
});

test("columns that are used, and words that are none", () => {
  expect(
    uses(`select date_trunc('day', o.placed_at) as day, extract(year from d), cast(x as varchar), y::date, date '2020-01-01',
      count(*) filter (where ok), rank() over (partition by "Region" order by z desc), {{ cents('a') }} as a, current_date
      from t o where o.status in ('a') and not is_old`),
  ).toEqual(["o.placed_at", "d", "x", "y", "ok", "Region", "z", "o.status", "is_old"]);
});

test("joins: conditions, using, nested brackets, commas, functions", () => {
  const select = only(
    "select 1 from a left join b as bb on a.id = bb.id and left(a.x, 1) = 'y' join (c join d using (k)) on true, unnest(a.list) as l(v), lateral (select a.m) z",
  ).selects[0];
  expect(select?.relations.map(exposedName)).toEqual(["a", "bb", "c", "d", "l", "z"]);
  expect(select?.uses.map((use) => use.name.text)).toEqual(["id", "id", "x", "k", "list"]);
});

test("a column resolves to its relation, also from inside a subquery", () => {
  const text =
    "select name, total, (select max(t.id) from {{ ref('orders') }} t where t.id = c.id) from {{ ref('customers') }} c join {{ ref('orders') }} o on true";
  const select = only(text).selects[0];
  const resolved = select?.uses.map((use) => {
    const found = scope.resolve(use);
    return `${use.name.text}:${found && exposedName(found.relation)}`;
  });
  expect(resolved).toEqual(["name:c", "total:o"]);
  const inner = select?.children[0]?.selects[0]?.uses.map((use) => exposedName(scope.resolve(use)?.relation as never));
  expect(inner).toEqual(["t", "t", "c"]);
});

test("text that is being written: an open bracket, a dot, no from yet", () => {
  const text = "with o as (select * from {{ ref('orders') }}) select o. from o where o.id = (select ";
  const query = only(text);
  expect(query.selects[0]?.relations.map(exposedName)).toEqual(["o"]);
  expect(query.selects[0]?.uses[0]).toMatchObject({
    qualifier: [{ text: "o" }],
    name: { text: "", start: text.indexOf(". ") + 1 },
  });
  expect(selectAt([query], text.indexOf(". ") + 1)?.relations).toHaveLength(1);
  expect(ctesVisible(query, text.length).map((cte) => cte.name.text)).toEqual(["o"]);
  expect(outputs("select a, b, from t")).toEqual(["a", "b"]);
});

test("Jinja: loops inside a list, a query in a set block, one statement after another", () => {
  expect(outputs("select {% for m in methods %} sum({{ m }}) as total, {% endfor %} id from t")).toEqual([
    "total",
    "id",
  ]);
  const queries = queriesOf("{% set q %} select a from b {% endset %} select c from d");
  expect(queries.map((query) => scope.outputOf(query).list.map((column) => column.name))).toEqual([["a"], ["c"]]);
  expect(outputs("select '{{ x }}' as a, {{ y }}_b, 'it''s -- no' c -- {{ z }}\n from t")).toEqual(["a", "c"]);
});

test("types: what the SQL says of them itself, and of columns that have one", () => {
  const types = (list: string) =>
    Object.fromEntries(
      scope
        .outputOf(only(`select ${list} from {{ ref('orders') }} o`))
        .list.map((column) => [column.name, column.type]),
    );
  expect(
    types(`o.id, id as other, (id) as inner, x::numeric(18, 2) as c, cast(x as timestamp with time zone) as d,
      count(*) as n, count(distinct id) filter (where ok) as m, row_number() over (partition by id) as r,
      id = 1 as a, x is not null and y as b, not y as e, id in (1, 2) as f, exists (select 1) as g,
      max(id) as h, coalesce(x, id, 0) as i, lag(x, 1) over (order by id) as j, coalesce(x, 0) as k,
      'a' as l, 1 as o1, 1.5 as p, true as q, current_date as s, lower(x) as t,
      case when id > 1 then 'a' when y then case when z then 'b' else 'c' end else 'd' end as u,
      case when y then id else 'a' end as v, sum(id) as w, id + 1 as z, id as "Is", o.is as aa, {{ m() }} as ab`),
  ).toEqual({
    ...{ id: "int", other: "int", inner: "int", c: "numeric(18,2)", d: "timestamp with time zone" },
    ...{ n: "bigint", m: "bigint", r: "bigint" },
    ...{ a: "boolean", b: "boolean", e: "boolean", f: "boolean", g: "boolean" },
    ...{ h: "int", i: "int", j: null, k: null },
    ...{ l: "text", o1: "integer", p: "numeric", q: "boolean", s: "date", t: "text" },
    ...{ u: "text", v: null, w: null, z: null, Is: "int", aa: null, ab: null },
  });
});

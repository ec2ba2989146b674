import { expect, test } from "vitest";
import { type OutlineItem, outlineOf, partsAt } from "./outline";
import { structureOf } from "./sql-structure";

const sql = `{{ config(materialized='table') }}
-- with nothing as (select 1)
with orders as (
    select * from {{ ref('orders') }} where note <> ') as ('
),

"Late ones" (id) as materialized (
    select id from orders
    {% if var('late') %}
    where late
    {% endif %}
)

select * from "Late ones"
`;

function shown(items: readonly OutlineItem[]): unknown[] {
  return items.map((item) => [
    `${item.name} ${item.line}-${item.endLine}`,
    ...(item.children.length > 0 ? [shown(item.children)] : []),
  ]);
}

test("CTEs are found among Jinja, comments and strings, with the blocks inside them", () => {
  expect(shown(outlineOf("dbt-sql", sql))).toEqual([
    ["orders 3-5"],
    ["Late ones 7-12", [["id 8-8"], ["if var('late') 9-11"]]],
    ["final select 14-14"],
  ]);
});

test("a model without CTEs shows the columns of its select, and the blocks among them", () => {
  const text = `{{ config(materialized='table') }}
select
    id,
    {% if var('late') %}
    late_on,
    {% endif %}
    amount / 100 as euros
from {{ ref('orders') }}
`;
  const items = outlineOf("dbt-sql", text);
  expect(shown(items)).toEqual([
    ["final select 2-8", [["id 3-3"], ["if var('late') 4-6"], ["late_on 5-5"], ["euros 7-7"]]],
  ]);
  expect(partsAt(items, 7).map(({ name }) => name)).toEqual(["final select", "euros"]);
  expect(outlineOf("dbt-sql", "-- nothing is selected here")).toEqual([]);
  const wrapped = "{% if execute %}\nselect\n  1 as one\n{% endif %}\n-- the end\n";
  expect(shown(outlineOf("dbt-sql", wrapped))).toEqual([["if execute 1-4", [["final select 2-4", [["one 3-3"]]]]]]);
});

test("a half-written CTE does not hide those before it", () => {
  const text = "with one as (select 1), two as (select (2";
  expect(structureOf(text)?.ctes.map((cte) => cte.name)).toEqual(["one"]);
  expect(structureOf("select 1")).toBeNull();
});

test("macros, and sets that are blocks, make the outline of a macro file", () => {
  const text =
    "{% macro cents(amount) %}\n{% set rate = 100 %}\n{% set text %}\nx\n{% endset %}\n{% endmacro %}\n{%- macro other() -%}{%- endmacro -%}";
  expect(shown(outlineOf("dbt-sql", text))).toEqual([["cents 1-6", [["set text 3-5"]]], ["other 7-7"]]);
});

test("YAML shows the keys that hold others and the entries by name", () => {
  const text = `version: 2
models:
  - name: orders
    description: |
      name: not a key
    columns:
      - name: id
        data_tests:
          - unique
      - name: total
  - name: customers
sources:
  - name: raw
`;
  expect(shown(outlineOf("dbt-yaml", text))).toEqual([
    [
      "models 2-11",
      [["orders 3-10", [["columns 6-10", [["id 7-9", [["data_tests 8-9"]]], ["total 10-10"]]]]], ["customers 11-11"]],
    ],
    ["sources 12-13", [["raw 13-13"]]],
  ]);
  expect(partsAt(outlineOf("dbt-yaml", text), 9).map((item) => item.name)).toEqual([
    "models",
    "orders",
    "columns",
    "id",
    "data_tests",
  ]);
});

test("Markdown shows docs blocks and headings", () => {
  expect(shown(outlineOf("dbt-markdown", "# Title\n{% docs orders %}\n## Grain\n{% enddocs %}\n"))).toEqual([
    ["Title 1-1"],
    ["orders 2-4"],
    ["Grain 3-3"],
  ]);
});

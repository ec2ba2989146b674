import { expect, test } from "vitest";
import { cteAt, ctePlaces, yamlPlaces } from "./lens-places";

test("CTEs with Jinja, comments and CTEs of their own, each told from others of its name", () => {
  const text = `{{ config(materialized='table') }}
with base as (
  with part as (select ')' as x) -- (
  select * from part
),
{# other as ( #}
{% if true %}
part as (select 1) {% endif %}
select * from part -- as (`;
  expect(ctePlaces(text)).toEqual([
    { line: 2, name: "base", occurrence: 0 },
    { line: 3, name: "part", occurrence: 0 },
    { line: 8, name: "part", occurrence: 1 },
  ]);
  expect(ctePlaces("select 1")).toEqual([]);
});

test("the CTE around the cursor is the innermost; outside of all there is none", () => {
  const text = "with a as (\n  with b as (select 1)\n  select * from b\n), c as (select 2)\nselect * from a, c";
  const at = (words: string) => cteAt(text, text.indexOf(words))?.name ?? null;
  expect([at("as (\n  with"), at("select 1"), at("select * from b"), at("select 2"), at("select * from a")]).toEqual([
    ...["a", "b", "a", "c", null],
  ]);
});

const yaml = `version: 2
models:
  - name: orders # the orders
    description: "models: none"
    data_tests:
      - dbt_utils.expression_is_true:
          arguments: {expression: "a > 0"}
    columns:
      - name: id
        tests:
        - unique
        - not_null:
            config: {severity: warn}
        - not_null
      - description: named last
        data_tests: [unique, { accepted_values: { values: [1, 2] } }]
        name: other
  - name: 'customers'
sources:
- name: raw
  tables:
  - name: payments
    columns:
    - name: id
      data_tests:
      - unique
unit_tests:
  - name: amounts
    model: orders
    given:
      - input: ref('x')
exposures:
  - name: board
`;

test("nodes and tests of a YAML file, at their lines", () => {
  const orders = { line: 3, kind: "model", name: "orders", sourceName: null };
  const payments = { line: 22, kind: "source", name: "payments", sourceName: "raw" };
  const plain = { kind: "test", packageName: null, occurrence: 0 };
  expect(yamlPlaces(yaml)).toEqual([
    orders,
    { ...plain, line: 6, test: "expression_is_true", packageName: "dbt_utils", of: orders, column: null },
    { ...plain, line: 11, test: "unique", of: orders, column: "id" },
    { ...plain, line: 12, test: "not_null", of: orders, column: "id" },
    { ...plain, line: 14, test: "not_null", of: orders, column: "id", occurrence: 1 },
    { ...plain, line: 16, test: "unique", of: orders, column: "other" },
    { ...plain, line: 16, test: "accepted_values", of: orders, column: "other" },
    { line: 18, kind: "model", name: "customers", sourceName: null },
    payments,
    { ...plain, line: 26, test: "unique", of: payments, column: "id" },
    { line: 28, kind: "unit_test", name: "amounts", sourceName: null },
  ]);
});

test("a file that is being typed keeps what is above", () => {
  expect(yamlPlaces("models:\n  - name: a\n    columns:\n      - na").map(({ line }) => line)).toEqual([2]);
  expect(yamlPlaces("")).toEqual([]);
});

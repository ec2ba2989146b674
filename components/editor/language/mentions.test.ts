import { expect, test } from "vitest";
import { callsIn } from "./jinja-calls";
import { jinjaPieces, pieceAround } from "./jinja-pieces";
import { mentionsIn } from "./mentions";
import { yamlEntries } from "./yaml-entries";

function shown(language: Parameters<typeof mentionsIn>[0], text: string): string[] {
  return mentionsIn(language, text).map((mention) => {
    const { kind, start, end, defines } = mention;
    const owner = kind === "column" ? `${mention.owner.name}.` : kind === "table" ? `${mention.sourceName}.` : "";
    return `${defines ? "def " : ""}${kind} ${owner}${text.slice(start, end)}`;
  });
}

test("Jinja pieces know strings, nested braces, raw blocks and what is half written", () => {
  const kinds = (text: string) =>
    jinjaPieces(text).map((piece) => `${piece.kind}:${text.slice(piece.codeStart, piece.codeEnd).trim()}`);
  expect(kinds("{{ config(meta={'a': {'b': '}}'}}) }} x {%- if a -%} {# {{ no }} #}")).toEqual([
    "expression:config(meta={'a': {'b': '}}'}})",
    "statement:if a",
    "comment:{{ no }}",
  ]);
  expect(kinds("{% raw %}{{ no }}{% endraw %}{{ yes }}")).toEqual(["raw:{{ no }}", "expression:yes"]);
  const broken = "from {{ ref('a\njoin {{ ref('b') }}";
  expect(kinds(broken)).toEqual(["expression:ref('a", "expression:ref('b')"]);
  const pieces = jinjaPieces(broken);
  expect(pieceAround(pieces, 14)?.closed).toBe(false);
  expect(pieceAround(pieces, 16)).toBeNull();
});

test("calls nest, know their arguments, and are found while they are written", () => {
  const text = "dbt_utils.star(from=ref('orders'), except=['a, b'], relation_alias=\"o\"";
  expect(
    callsIn(text, 0, text.length).map((call) => [
      `${call.packageName ?? ""}.${call.name}`,
      call.closed,
      call.arguments.map((argument) => `${argument.keyword ?? ""}=${argument.text ?? "…"}`),
    ]),
  ).toEqual([
    ["dbt_utils.star", false, ["from=…", "except=…", "relation_alias=o"]],
    [".ref", true, ["=orders"]],
  ]);
});

test("SQL names models, sources, macros, variables and documents, each with the offsets of its name alone", () => {
  const sql = `{{ config(post_hook="{{ no }}") }}{% macro cents(x) %}{% endmacro %}
  {% call statement('a') %}{% endcall %} select {{ cents('a') }} from {{ ref('core', 'orders', v=2) }}
  join {{ source('raw', 'items') }} {% if var("late") %}{{ env_var('HOME') }}{% endif %} -- {{ ref('still') }}
  {# {{ ref('gone') }} #}`;
  expect(shown("dbt-sql", sql)).toEqual([
    "def macro cents",
    "macro statement",
    "macro cents",
    "ref orders",
    "source raw",
    "table raw.items",
    "var late",
    "env_var HOME",
    "ref still",
  ]);
  expect(mentionsIn("dbt-sql", "{{ ref('core', 'orders', version='2') }}")[0]).toMatchObject({
    packageName: "core",
    name: "orders",
    version: "2",
  });
  expect(shown("dbt-sql", "{% test positive(model, column_name) %}{% endtest %}")).toEqual(["def test positive"]);
  expect(shown("dbt-markdown", "{% docs orders %}x{% enddocs %}")).toEqual(["def doc orders"]);
  expect(shown("python", 'def model(dbt, session):\n  return dbt.ref("orders")')).toEqual(["ref orders"]);
});

const yaml = `version: 2
vars: {start: 1}
models:
  # a comment: with a colon
  - name: orders
    description: "{{ doc('orders') }}"
    columns:
    - name: 'customer_id'
      data_tests:
      - unique
      - dbt_utils.at_least_one
      - relationships:
          arguments: {to: ref('customers'), field: id}
          config:
            severity: warn
    - {name: total, data_tests: [not_null]}
sources:
- name: raw
  tables:
  - description: |
      - name: not_one
    name: items
    columns: [{name: sku}]
exposures:
  - name: board
    depends_on:
      - ref('orders')
unit_tests:
  - name: adds_up
    model: orders
    given:
      - input: source('raw', 'items')
`;

test("YAML names what it describes, what it tests and what it depends on", () => {
  expect(shown("dbt-yaml", yaml)).toEqual([
    "def var start",
    "def ref orders",
    "doc orders",
    "def column orders.customer_id",
    "test unique",
    "test at_least_one",
    "test relationships",
    "ref customers",
    "column customers.id",
    "def column orders.total",
    "test not_null",
    "def source raw",
    "def table raw.items",
    "def column items.sku",
    "ref orders",
    "ref orders",
    "source raw",
    "table raw.items",
  ]);
});

test("YAML entries know their way, in block and in flow style, and survive a broken line", () => {
  const text = 'a:\n  - b: "x: y" # note\n    c:\n      - 1\n  - : oops\n  - {d: [p, "q"]}\ne: f\n';
  expect(yamlEntries(text).map(({ path, value }) => `${path.join(".")}=${value?.text ?? ""}`)).toEqual([
    "a=",
    "a.0.b=x: y",
    "a.0.c=",
    "a.0.c.0=1",
    "a.1=: oops",
    "a.2.d=",
    "a.2.d.0=p",
    "a.2.d.1=q",
    "e=f",
  ]);
  for (const { value } of yamlEntries(yaml)) {
    expect(value === null || yaml.slice(value.start, value.end) === value.text).toBe(true);
  }
});

import { expect, test } from "vitest";
import { toggledLineComments } from "./comments";
import { foldingOf } from "./folding";
import { blockOfTag, jinjaBlocks } from "./jinja-blocks";

const text = `{% if a %}
x
{%- elif b -%}
  {% for c in d %}{{ c }}{% endfor %}
{% else %}
y
{% endif %}
{% set q %}select 1{% endset %}{% set n = 1 %}
{% raw %}{% if %}{% endraw %}
{% macro open() %}`;

test("blocks know all their tags, nested and in one line; what has no end is open", () => {
  expect(jinjaBlocks(text).map(({ tags, closed }) => `${tags.map(({ word }) => word).join(" ")} ${closed}`)).toEqual([
    "if elif else endif true",
    "for endfor true",
    "set endset true",
    "raw endraw true",
    "macro false",
  ]);
  const at = text.indexOf("else %}") + 2;
  expect(blockOfTag(text, at)?.tags.map(({ start }) => text.slice(start, start + 5))).toEqual([
    "{% if",
    "{%- e",
    "{% el",
    "{% en",
  ]);
  expect(blockOfTag(text, text.indexOf("x"))).toBeNull();
  expect(blockOfTag(text, text.indexOf("macro"))).toBeNull();
});

test("blocks fold from tag to tag, CTEs and comments as a whole", () => {
  const sql =
    "{# a\nb #}\nwith o as (\n    select 1,\n        2\n)\n{% if x %}\nwhere a\n{% else %}\nwhere b\n{% endif %}\n-- one\n-- two\n";
  expect(foldingOf(sql).map(({ start, end, comment }) => `${start}-${end}${comment ? " comment" : ""}`)).toEqual([
    "1-2 comment",
    "3-5",
    "4-5",
    "7-8",
    "9-10",
    "12-13 comment",
  ]);
});

test("line comments: Jinja for lines with Jinja, two dashes for others, and back again", () => {
  const lines = ["  select a,", "", "    {{ cents('a') }} as b", "  from t"];
  const commented = ["  -- select a,", "", "  {#   {{ cents('a') }} as b #}", "  -- from t"];
  expect(toggledLineComments(lines, "dbt-sql")).toEqual(commented);
  expect(toggledLineComments(commented, "dbt-sql")).toEqual(lines);
  expect(toggledLineComments(["-- a", "b"], "dbt-sql")).toEqual(["-- a", "-- b"]);
  expect(toggledLineComments(["- name: x"], "dbt-yaml")).toEqual(["# - name: x"]);
  expect(toggledLineComments(["# - name: x"], "dbt-yaml")).toEqual(["- name: x"]);
});

import { expect, test } from "vitest";
import { blockCommentChange, lineCommentChanges } from "./comments";
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

/** The text after the changes; `|` marks the selection (one for the cursor). */
function commented(marked: string, language: Parameters<typeof lineCommentChanges>[2] = "dbt-sql"): string {
  const [before = "", inside = "", after = null] = marked.split("|");
  const text = before + inside + (after ?? "");
  const selection = { start: before.length, end: before.length + (after === null ? 0 : inside.length) };
  return lineCommentChanges(text, selection, language).reduceRight(
    (changed, { start, end, text: put }) => changed.slice(0, start) + put + changed.slice(end),
    text,
  );
}

test("line comments: Jinja for lines with Jinja, two dashes for others, and back again", () => {
  const text = "  select a,\n\n    {{ cents('a') }} as b\n  from t";
  const off = "  -- select a,\n\n  {#   {{ cents('a') }} as b #}\n  -- from t";
  expect(commented(`|${text}|`)).toBe(off);
  expect(commented(`|${off}|`)).toBe(text);
  expect(commented("|-- a\nb|")).toBe("-- a\n-- b");
  expect(commented("|a\n|b")).toBe("-- a\nb");
  expect(commented("|{{ a }}\r\nb|")).toBe("{# {{ a }} #}\r\n-- b");
  expect(commented("|- name: x", "dbt-yaml")).toBe("# - name: x");
  expect(commented("|# - name: x", "dbt-yaml")).toBe("- name: x");
  expect(commented("|{{ a }} {# why #} b")).toBe("{# {{ a }} { # why # } b #}");
  expect(commented("|{# {{ a }} { # why # } b #}")).toBe("{{ a }} {# why #} b");
});

test("a line comment takes Jinja of several lines whole, because `--` inside of it would break it", () => {
  const config = "a\n{{\n  config(\n    tags=['x']\n  )\n}}\nb";
  const off = "a\n{# {{\n  config(\n    tags=['x']\n  )\n}} #}\nb";
  expect(commented(config.replace("tags", "|tags"))).toBe(off);
  expect(commented(off.replace("tags", "|tags"))).toBe(config);
  expect(commented(config.replace("tags", "|tags").replace("b", "b|"))).toBe(`${off.slice(0, -1)}-- b`);
});

test("marks of a comment are put around what stays, which keeps its place", () => {
  expect(lineCommentChanges("  {{ a }}", { start: 4, end: 4 }, "dbt-sql")).toEqual([
    { start: 2, end: 2, text: "{# " },
    { start: 9, end: 9, text: " #}" },
  ]);
});

test("block comments: the selection, the Jinja that it cuts, and the comment that it is in", () => {
  const block = (marked: string) => {
    const [before = "", inside = "", after = null] = marked.split("|");
    const text = before + inside + (after ?? "");
    const end = before.length + (after === null ? 0 : inside.length);
    const change = blockCommentChange(text, { start: before.length, end });
    const changed = text.slice(0, change.start) + change.text + text.slice(change.end);
    const { selection } = change;
    return `${changed.slice(0, selection.start)}|${changed.slice(selection.start, selection.end)}|${changed.slice(selection.end)}`;
  };
  expect(block("select |a, b| from t")).toBe("select {# |a, b| #} from t");
  expect(block("select {# |a, b| #} from t")).toBe("select |a, b| from t");
  expect(block("select {# a|, b #} from t")).toBe("select |a, b| from t");
  expect(block("from {{ ref('|a') }} x")).toBe("from {# |{{ ref('a') }}| #} x");
  expect(block("fr|om {{ ref(|'a') }} x")).toBe("fr{# |om {{ ref('a') }}| #} x");
  expect(block("|a {# b #} c|")).toBe("{# |a { # b # } c| #}");
  expect(block("{# |a { # b # } c| #}")).toBe("|a {# b #} c|");
  expect(block("a |")).toBe("a {# || #}");
});

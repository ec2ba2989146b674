import type { languages } from "monaco-editor/editor";
import { expect, test } from "vitest";
import { csvLanguage, markdownLanguage, yamlLanguage } from "./documents";
import { jinjaBlockEnd, jinjaBlockStart } from "./jinja";
import { tokensOf } from "./monarch-for-tests";
import { sqlLanguage } from "./sql";

/** Tokens as `text:type` without white space and the language's postfix. */
function tokens(grammar: languages.IMonarchLanguage, text: string): string[] {
  return tokensOf(grammar, text)
    .filter(({ text: piece }) => piece.trim() !== "")
    .map(({ text: piece, type }) => `${piece.trim()}:${type}`);
}
const sql = (text: string) => tokens(sqlLanguage, text);

test("SQL keywords, types, functions, names, numbers and strings", () => {
  expect(sql("SELECT sum(x)::decimal, 'it''s' as \"A\" from t where b = 1.5")).toEqual(
    [
      "SELECT:keyword",
      "sum:function",
      "(:delimiter.parenthesis",
      "x:identifier",
      "):delimiter.parenthesis",
      "::operator",
      "decimal:type",
      ",:delimiter",
      "'it:string",
      "'':string.escape",
      "s':string",
      "as:keyword",
      '"A":identifier.quote',
      "from:keyword",
      "t:identifier",
      "where:keyword",
      "b:identifier",
      "=:operator",
      "1.5:number",
    ].map((token) => (token === "::operator" ? ":::operator" : token)),
  );
});

test("a Jinja expression with a dbt function, and the SQL after it", () => {
  expect(sql("from {{ ref('orders') }} o")).toEqual([
    "from:keyword",
    "{{:delimiter.jinja",
    "ref:function.dbt.jinja",
    "(:delimiter.jinja.bracket",
    "'orders':string.jinja",
    "):delimiter.jinja.bracket",
    "}}:delimiter.jinja",
    "o:identifier",
  ]);
});

test("Jinja counts inside SQL strings and line comments", () => {
  expect(sql("'a {{ x }} b'")).toEqual([
    "'a:string",
    "{{:delimiter.jinja",
    "x:variable.jinja",
    "}}:delimiter.jinja",
    "b':string",
  ]);
  expect(sql("-- see {{ x }}\nselect")).toEqual([
    "-- see:comment",
    "{{:delimiter.jinja",
    "x:variable.jinja",
    "}}:delimiter.jinja",
    "select:keyword",
  ]);
  expect(sql("-- {{ x }}\n{{ y }} select")).toContain("select:keyword");
});

test("a comment ends with its line, a Jinja comment and a raw block with their end", () => {
  expect(sql("-- note\nselect")).toEqual(["-- note:comment", "select:keyword"]);
  expect(sql("{# a {{ b }}\nc #} select")).toEqual([
    "{# a {{ b }}:comment.jinja",
    "c #}:comment.jinja",
    "select:keyword",
  ]);
  expect(sql("{% raw %}{{ no }}{% endraw %} select").at(-1)).toBe("select:keyword");
});

test("statements, filters and constants of Jinja", () => {
  expect(sql("{% if is_incremental() and x | upper == none -%}")).toEqual([
    "{%:delimiter.jinja",
    "if:keyword.jinja",
    "is_incremental:function.dbt.jinja",
    "():delimiter.jinja.bracket",
    "and:keyword.jinja",
    "x:variable.jinja",
    "|:operator.jinja",
    "upper:function.jinja",
    "==:operator.jinja",
    "none:constant.jinja",
    "-%}:delimiter.jinja",
  ]);
});

test("YAML with Jinja in plain and quoted scalars", () => {
  expect(tokens(yamlLanguage, "- name: orders # note")).toEqual([
    "-:operators",
    "name:type",
    "::operators",
    "orders:string",
    "# note:comment",
  ]);
  expect(tokens(yamlLanguage, "description: \"{{ doc('x') }}\"")).toEqual([
    "description:type",
    "::operators",
    '":string',
    "{{:delimiter.jinja",
    "doc:function.dbt.jinja",
    "(:delimiter.jinja.bracket",
    "'x':string.jinja",
    "):delimiter.jinja.bracket",
    "}}:delimiter.jinja",
    '":string',
  ]);
  expect(tokens(yamlLanguage, "enabled: true")).toContain("true:constant");
  expect(tokens(yamlLanguage, "description: The shop's own\nname: a # it's")).toEqual([
    "description:type",
    "::operators",
    "The:string",
    "shop's:string",
    "own:string",
    "name:type",
    "::operators",
    "a:string",
    "# it's:comment",
  ]);
});

test("Markdown with a docs block; CSV columns take turns and start over on each line", () => {
  expect(tokens(markdownLanguage, "{% docs orders %}\n# Title").slice(0, 3)).toEqual([
    "{%:delimiter.jinja",
    "docs:keyword.jinja",
    "orders:variable.jinja",
  ]);
  expect(tokens(csvLanguage, 'a,"b,c",d\ne')).toEqual([
    "a:csv.a",
    ",:delimiter",
    '"b,c":csv.b',
    ",:delimiter",
    "d:csv.c",
    "e:csv.a",
  ]);
});

test("blocks fold from their start to their end, but not when both are on one line", () => {
  expect(jinjaBlockStart.test("  {%- if x %}")).toBe(true);
  expect(jinjaBlockStart.test("{% set rows %}")).toBe(true);
  expect(jinjaBlockStart.test("{% set a = 1 %}")).toBe(false);
  expect(jinjaBlockStart.test("{% if x %}1{% endif %}")).toBe(false);
  expect(jinjaBlockEnd.test("{%- endif -%}")).toBe(true);
});

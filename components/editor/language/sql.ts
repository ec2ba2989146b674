import type { languages } from "monaco-editor/editor";
import { jinjaBlockEnd, jinjaBlockMiddle, jinjaBlockStart, withJinja } from "./jinja";

/** Keywords of the dialects that dbt speaks, in one list: highlighting a word too many does no harm. */
export const sqlKeywords =
  "all alter and anti any array as asc asof at between both by cascade case cast check collate column commit constraint copy create cross cube current current_date current_time current_timestamp database default delete desc describe distinct drop else end escape except exclude exists explain extract fetch filter first following for foreign from full function glob grant group grouping having if ilike in index inner insert install intersect interval into is isnull join key last lateral left like limit load local macro materialized merge minus natural no not notnull null nulls of offset on only or order outer over overlaps partition percent pivot positional pragma preceding primary procedure qualify quarter range recursive references rename replace respect returning revoke right rollback rollup row rows sample schema select semi sequence set sets show similar some summarize table tables tablesample temp temporary then ties to transaction trigger truncate try_cast type unbounded union unique unnest unpivot unset update use using values view when where window with within without zone".split(
    " ",
  );
export const sqlTypes =
  "bigint binary bit blob bool boolean bytea char character clob date datetime dec decimal double enum float float4 float8 geography hugeint int int2 int4 int64 int8 integer json jsonb list long map money number numeric nvarchar precision real record serial short smallint string struct super text time timestamp timestamp_ltz timestamp_ntz timestamp_tz timestamptz timetz tinyint ubigint uinteger uuid variant varbinary varchar varying year".split(
    " ",
  );

/** Keywords that not every dialect has, with the adapters whose dialects have them. */
const onlyIn: Readonly<Record<string, string>> = {
  anti: "duckdb spark databricks",
  asof: "duckdb snowflake",
  exclude: "duckdb snowflake redshift databricks",
  glob: "duckdb",
  ilike: "duckdb postgres redshift snowflake spark databricks",
  install: "duckdb",
  isnull: "duckdb postgres redshift",
  lateral: "duckdb postgres redshift snowflake spark databricks",
  minus: "snowflake redshift spark databricks",
  notnull: "duckdb postgres redshift",
  pivot: "duckdb snowflake redshift bigquery spark databricks",
  positional: "duckdb",
  pragma: "duckdb",
  qualify: "duckdb snowflake redshift bigquery databricks",
  returning: "duckdb postgres",
  sample: "duckdb snowflake",
  semi: "duckdb spark databricks",
  similar: "duckdb postgres redshift",
  summarize: "duckdb",
  unpivot: "duckdb snowflake redshift bigquery spark databricks",
};

/** The keywords to offer for an adapter; of one that is not known here, all. */
export function keywordsOf(adapter: string): readonly string[] {
  const isKnown = Object.values(onlyIn).some((adapters) => adapters.split(" ").includes(adapter));
  return sqlKeywords.filter((word) => !isKnown || (onlyIn[word]?.split(" ").includes(adapter) ?? true));
}

export const sqlLanguage: languages.IMonarchLanguage = withJinja(
  {
    defaultToken: "",
    ignoreCase: true,
    keywords: sqlKeywords,
    types: sqlTypes,
    constants: ["true", "false", "null"],
    brackets: [
      { open: "(", close: ")", token: "delimiter.parenthesis" },
      { open: "[", close: "]", token: "delimiter.square" },
    ],
    tokenizer: {
      root: [
        [/\s+/, ""],
        [/--/, { token: "comment", next: "@lineComment" }],
        [/\/\*/, { token: "comment", next: "@blockComment" }],
        [/[eEbBxXnN]?'/, { token: "string", next: "@string" }],
        [/\$\$/, { token: "string", next: "@dollarString" }],
        [/"/, { token: "identifier.quote", next: "@quotedIdentifier" }],
        [/`/, { token: "identifier.quote", next: "@backtickIdentifier" }],
        [/(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?/, "number"],
        [/::/, "operator"],
        [/[a-z_][\w$]*(?=\s*\()/, { cases: { "@types": "type", "@keywords": "keyword", "@default": "function" } }],
        [
          /[a-z_][\w$]*/,
          { cases: { "@constants": "constant", "@keywords": "keyword", "@types": "type", "@default": "identifier" } },
        ],
        [/[()[\]]/, "@brackets"],
        [/[;,.]/, "delimiter"],
        [/[<>=!%&+\-*/|~^?:@]+/, "operator"],
        [/[{}]/, "delimiter"],
      ],
      // Left at the start of the next line, because Jinja may have ended the line of the comment.
      lineComment: [
        [/^/, { token: "", next: "@pop" }],
        [/[^{]+/, "comment"],
        [/\{/, "comment"],
      ],
      blockComment: [
        [/\*\//, { token: "comment", next: "@pop" }],
        [/[^*{]+/, "comment"],
        [/[*{]/, "comment"],
      ],
      string: [
        [/''/, "string.escape"],
        [/'/, { token: "string", next: "@pop" }],
        [/[^'{]+/, "string"],
        [/\{/, "string"],
      ],
      dollarString: [
        [/\$\$/, { token: "string", next: "@pop" }],
        [/[^${]+/, "string"],
        [/[${]/, "string"],
      ],
      quotedIdentifier: [
        [/""/, "identifier.quote"],
        [/"/, { token: "identifier.quote", next: "@pop" }],
        [/[^"{]+/, "identifier.quote"],
        [/\{/, "identifier.quote"],
      ],
      backtickIdentifier: [
        [/`/, { token: "identifier.quote", next: "@pop" }],
        [/[^`{]+/, "identifier.quote"],
        [/\{/, "identifier.quote"],
      ],
    },
  },
  ["root", "lineComment", "blockComment", "string", "dollarString", "quotedIdentifier", "backtickIdentifier"],
);

export const sqlConfiguration: languages.LanguageConfiguration = {
  comments: { lineComment: "--", blockComment: ["{#", "#}"] },
  brackets: [
    ["(", ")"],
    ["[", "]"],
    ["{", "}"],
    ["{{", "}}"],
    ["{%", "%}"],
  ],
  colorizedBracketPairs: [
    ["(", ")"],
    ["[", "]"],
  ],
  autoClosingPairs: [
    // Not `{%`: Monaco types over single characters only, so a typed `%}` would leave a second one behind.
    { open: "{{", close: "}}" },
    { open: "{", close: "}" },
    { open: "(", close: ")" },
    { open: "[", close: "]" },
    { open: "'", close: "'", notIn: ["string", "comment"] },
    { open: '"', close: '"', notIn: ["string", "comment"] },
    { open: "`", close: "`", notIn: ["string", "comment"] },
  ],
  surroundingPairs: [
    { open: "{", close: "}" },
    { open: "(", close: ")" },
    { open: "[", close: "]" },
    { open: "'", close: "'" },
    { open: '"', close: '"' },
    { open: "`", close: "`" },
  ],
  wordPattern: /[A-Za-z_][\w$]*|\d+(?:\.\d+)?/,
  folding: { markers: { start: jinjaBlockStart, end: jinjaBlockEnd } },
  onEnterRules: [
    { beforeText: jinjaBlockStart, afterText: jinjaBlockEnd, action: { indentAction: 2 } },
    { beforeText: jinjaBlockStart, action: { indentAction: 1 } },
    { beforeText: jinjaBlockMiddle, action: { indentAction: 1 } },
  ],
};

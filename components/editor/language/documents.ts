import type { languages } from "monaco-editor/editor";
import {
  language as markdown,
  conf as markdownConfiguration,
} from "monaco-editor/languages/definitions/markdown/markdown";
import { jinjaBlockEnd, jinjaBlockStart, withJinja } from "./jinja";

type Rule = languages.IMonarchLanguageRule;

/** YAML as dbt projects use it, with Jinja in plain and quoted scalars, in block scalars and in keys. */
export const yamlLanguage = withJinja(
  {
    defaultToken: "",
    constants: ["true", "false", "null", "True", "False", "Null", "yes", "no", "on", "off", "~"],
    tokenizer: {
      root: [
        [/\s+/, ""],
        [/#.*$/, "comment"],
        [/^(?:---|\.\.\.)\s*$/, "operators"],
        [/%\S+.*$/, "meta"],
        [/[-?](?=\s|$)/, "operators"],
        [/[^\s#'"{}[\],:][^#'"{}[\],:]*(?=:(?:\s|$))/, "type"],
        [/(?:"[^"]*"|'[^']*')(?=\s*:(?:\s|$))/, "type"],
        [/:/, "operators"],
        [/[>|][-+\d]*\s*$/, "operators"],
        [/[&*][A-Za-z_][\w-]*/, "namespace"],
        [/!\S*/, "tag"],
        [/'/, { token: "string", next: "@single" }],
        [/"/, { token: "string", next: "@double" }],
        [/[[\]{},]/, "delimiter"],
        [/-?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?=\s*(?:$|[,\]}#]))/, "number"],
        [/[A-Za-z~][\w~]*(?=\s*(?:$|[,\]}#]))/, { cases: { "@constants": "constant", "@default": "string" } }],
        // A quote inside of a word is an apostrophe and begins nothing.
        [/[^\s#{}[\],'":][^\s#{}[\],:]*/, "string"],
        [/./, "string"],
      ],
      single: [
        [/''/, "string.escape"],
        [/'/, { token: "string", next: "@pop" }],
        [/[^'{]+/, "string"],
        [/\{/, "string"],
      ],
      double: [
        [/\\./, "string.escape"],
        [/"/, { token: "string", next: "@pop" }],
        [/[^\\"{]+/, "string"],
        [/\{/, "string"],
      ],
    },
  },
  ["root", "single", "double"],
);
/** Braces are Jinja's, which has a colour of its own. */
const colorizedBracketPairs: languages.CharacterPair[] = [
  ["[", "]"],
  ["(", ")"],
];
export const yamlConfiguration: languages.LanguageConfiguration = {
  comments: { lineComment: "#" },
  brackets: [
    ["{", "}"],
    ["[", "]"],
    ["(", ")"],
  ],
  colorizedBracketPairs,
  autoClosingPairs: [
    // Not `{%`: Monaco types over single characters only, so a typed `%}` would leave a second one behind.
    { open: "{{", close: "}}" },
    { open: "{", close: "}" },
    { open: "[", close: "]" },
    { open: "(", close: ")" },
    { open: '"', close: '"', notIn: ["string", "comment"] },
    { open: "'", close: "'", notIn: ["string", "comment"] },
  ],
  surroundingPairs: [
    { open: "{", close: "}" },
    { open: "[", close: "]" },
    { open: "(", close: ")" },
    { open: '"', close: '"' },
    { open: "'", close: "'" },
  ],
  folding: { offSide: true },
  onEnterRules: [
    // The keys of an entry stand below its first one, not below its dash; what belongs to that key goes further in.
    { beforeText: /^\s*-\s+[^\s#'"{[][^:]*:\s*$/, action: { indentAction: 0, appendText: "    " } },
    { beforeText: /^\s*-\s+[^\s#'"{[][^:]*:\s/, action: { indentAction: 0, appendText: "  " } },
    { beforeText: /:\s*$/, action: { indentAction: 1 } },
  ],
};

/** Markdown with docs blocks: `{% docs name %}` … `{% enddocs %}`. */
export const markdownLanguage = withJinja(markdown, ["root", "linecontent", "table_body"]);
export const markdownLanguageConfiguration: languages.LanguageConfiguration = {
  ...markdownConfiguration,
  colorizedBracketPairs,
  folding: { markers: { start: jinjaBlockStart, end: jinjaBlockEnd } },
};

/** JSON, with comments as some tools allow them. Monaco's own JSON service would bring half of its code with it. */
export const jsonLanguage: languages.IMonarchLanguage = {
  defaultToken: "",
  constants: ["true", "false", "null"],
  tokenizer: {
    root: [
      [/\s+/, ""],
      [/\/\/.*$/, "comment"],
      [/\/\*/, { token: "comment", next: "@comment" }],
      [/"(?:[^"\\]|\\.)*"(?=\s*:)/, "type"],
      [/"(?:[^"\\]|\\.)*"?/, "string"],
      [/-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/, "number"],
      [/[a-z]+/, { cases: { "@constants": "constant", "@default": "" } }],
      [/[[\]{},:]/, "delimiter"],
    ],
    comment: [
      [/\*\//, { token: "comment", next: "@pop" }],
      [/[^*]+|\*/, "comment"],
    ],
  },
};
export const jsonConfiguration: languages.LanguageConfiguration = {
  comments: { lineComment: "//", blockComment: ["/*", "*/"] },
  brackets: [
    ["{", "}"],
    ["[", "]"],
  ],
  autoClosingPairs: [
    { open: "{", close: "}" },
    { open: "[", close: "]" },
    { open: '"', close: '"', notIn: ["string"] },
  ],
};

/** Each line starts with the first colour again. */
const newLine: Rule = [/^/, { token: "", switchTo: "@root" }];

/** Comma-separated values: fields take turns in colour, so columns can be followed by eye. */
export const csvLanguage: languages.IMonarchLanguage = {
  defaultToken: "csv.a",
  tokenizer: {
    root: fieldState("csv.a", "second", []),
    second: fieldState("csv.b", "third", [newLine]),
    third: fieldState("csv.c", "root", [newLine]),
  },
};

function fieldState(token: string, next: string, before: Rule[]): Rule[] {
  return [
    ...before,
    [/"(?:[^"]|"")*"?/, token],
    [/[^",\n]+/, token],
    [/,/, { token: "delimiter", switchTo: `@${next}` }],
  ];
}

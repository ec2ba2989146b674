import type { languages } from "monaco-editor/editor";

type Rule = languages.IMonarchLanguageRule;
type States = Record<string, Rule[]>;

/** Words that open or close a Jinja block, or steer one. */
export const jinjaStatements = [
  "if",
  "elif",
  "else",
  "endif",
  "for",
  "endfor",
  "set",
  "endset",
  "macro",
  "endmacro",
  "call",
  "endcall",
  "filter",
  "endfilter",
  "raw",
  "endraw",
  "block",
  "endblock",
  "do",
  "include",
  "import",
  "from",
  "extends",
  "test",
  "endtest",
  "materialization",
  "endmaterialization",
  "snapshot",
  "endsnapshot",
  "docs",
  "enddocs",
  "data_test",
  "end_data_test",
  "break",
  "continue",
];
const jinjaWords = [
  "in",
  "is",
  "not",
  "and",
  "or",
  "with",
  "without",
  "context",
  "as",
  "recursive",
  "default",
  "adapter",
  "ignore",
  "missing",
];
const jinjaConstants = ["true", "false", "none", "True", "False", "None"];
/** What dbt puts into every template. */
export const dbtFunctions = [
  "ref",
  "source",
  "config",
  "var",
  "env_var",
  "doc",
  "this",
  "target",
  "model",
  "graph",
  "adapter",
  "builtins",
  "dbt",
  "exceptions",
  "execute",
  "flags",
  "fromjson",
  "tojson",
  "fromyaml",
  "toyaml",
  "invocation_id",
  "is_incremental",
  "load_result",
  "local_md5",
  "log",
  "modules",
  "print",
  "project_name",
  "return",
  "run_query",
  "run_started_at",
  "schema",
  "selected_resources",
  "set",
  "set_strict",
  "statement",
  "thread_id",
  "zip",
  "zip_strict",
  "loop",
  "varargs",
  "kwargs",
  "caller",
  "namespace",
  "range",
];

/** Jinja's openings. They go first in every state of the outer language, so Jinja counts inside strings and comments too. */
const openings: Rule[] = [
  [/\{#/, { token: "comment.jinja", next: "@jinjaComment" }],
  [/\{%[-+]?\s*raw\s*[-+]?%\}/, { token: "keyword.jinja", next: "@jinjaRaw" }],
  [/\{%[-+]?/, { token: "delimiter.jinja", next: "@jinjaStatement" }],
  [/\{\{[-+]?/, { token: "delimiter.jinja", next: "@jinjaExpression" }],
];

const insides: States = {
  jinjaComment: [
    [/#\}/, { token: "comment.jinja", next: "@pop" }],
    [/[^#]+/, "comment.jinja"],
    [/#/, "comment.jinja"],
  ],
  jinjaRaw: [
    [/\{%[-+]?\s*endraw\s*[-+]?%\}/, { token: "keyword.jinja", next: "@pop" }],
    [/[^{]+/, "string.raw.jinja"],
    [/\{/, "string.raw.jinja"],
  ],
  jinjaStatement: [[/[-+]?%\}/, { token: "delimiter.jinja", next: "@pop" }], { include: "@jinjaCode" }],
  jinjaExpression: [[/[-+]?\}\}/, { token: "delimiter.jinja", next: "@pop" }], { include: "@jinjaCode" }],
  jinjaCode: [
    [/\s+/, ""],
    [/'/, { token: "string.jinja", next: "@jinjaSingle" }],
    [/"/, { token: "string.jinja", next: "@jinjaDouble" }],
    [/\d+(\.\d+)?/, "number.jinja"],
    [/(\|)(\s*)([A-Za-z_]\w*)/, ["operator.jinja", "", "function.jinja"]],
    [/(\.)([A-Za-z_]\w*)(?=\s*\()/, ["delimiter.jinja.dot", "function.jinja"]],
    [/(\.)([A-Za-z_]\w*)/, ["delimiter.jinja.dot", "variable.jinja"]],
    [
      /[A-Za-z_]\w*(?=\s*\()/,
      {
        cases: {
          "@jinjaStatements": "keyword.jinja",
          "@jinjaWords": "keyword.jinja",
          "@dbtFunctions": "function.dbt.jinja",
          "@default": "function.jinja",
        },
      },
    ],
    [
      /[A-Za-z_]\w*/,
      {
        cases: {
          "@jinjaStatements": "keyword.jinja",
          "@jinjaWords": "keyword.jinja",
          "@jinjaConstants": "constant.jinja",
          "@dbtFunctions": "function.dbt.jinja",
          "@default": "variable.jinja",
        },
      },
    ],
    [/[[\](){},:]/, "delimiter.jinja.bracket"],
    [/[=!<>]=|[-+*/%~=<>|]/, "operator.jinja"],
    [/./, "jinja"],
  ],
  jinjaSingle: [
    [/\\./, "string.escape.jinja"],
    [/[^\\']+/, "string.jinja"],
    [/'/, { token: "string.jinja", next: "@pop" }],
  ],
  jinjaDouble: [
    [/\\./, "string.escape.jinja"],
    [/[^\\"]+/, "string.jinja"],
    [/"/, { token: "string.jinja", next: "@pop" }],
  ],
};

/** A rule that only looks at the start of a line; it leaves what the line before left open, so it comes before Jinja. */
function isLineStart(rule: Rule): boolean {
  return Array.isArray(rule) && rule[0] instanceof RegExp && rule[0].source === "^";
}

/**
 * The outer language with Jinja inside it: every state of `language` named in `states` first looks for `{{`, `{%` and `{#`.
 * Rules that would swallow a brace on the way must stop before `{` themselves.
 */
export function withJinja(language: languages.IMonarchLanguage, states: readonly string[]): languages.IMonarchLanguage {
  const tokenizer: States = {};
  for (const [state, rules] of Object.entries(language.tokenizer as States)) {
    const lineStart = rules.filter(isLineStart);
    const others = rules.filter((rule) => !isLineStart(rule));
    tokenizer[state] = states.includes(state) ? [...lineStart, ...openings, ...others] : rules;
  }
  // The first state is where Monarch starts, so Jinja's own come after.
  Object.assign(tokenizer, insides);
  return { ...language, jinjaStatements, jinjaWords, jinjaConstants, dbtFunctions, tokenizer };
}

/** Blocks that fold and indent as one. */
const blocks = "if|for|macro|call|filter|raw|block|test|materialization|snapshot|docs|data_test";
export const jinjaBlockStart = new RegExp(
  `^\\s*\\{%[-+]?\\s*(?:(?:${blocks})\\b|set\\s+\\w+\\s*[-+]?%)(?!.*\\{%[-+]?\\s*end)`,
);
export const jinjaBlockEnd = /^\s*\{%[-+]?\s*end\w*/;
/** Lines that close one part of a block and open the next. */
export const jinjaBlockMiddle = /^\s*\{%[-+]?\s*(?:else|elif)\b/;

import type { IndexMacro, IndexNode } from "@/server/contract";
import { configOptions } from "./config-options";
import { aliasesIn, contextAt } from "./context";
import { dbtFunctions, jinjaStatements } from "./jinja";
import type { ProjectLookup } from "./project-lookup";
import { snippets } from "./snippets";
import { sqlKeywords } from "./sql";

export interface CompletionEntry {
  label: string;
  kind: "model" | "source" | "macro" | "variable" | "doc" | "column" | "keyword" | "function" | "snippet";
  /** Shown beside the label: type, package or materialization. */
  detail: string;
  documentation: string;
  /** Text to insert; a snippet when `snippet` is set. */
  insert: string;
  snippet: boolean;
  /** Length of the text before the position that it replaces. */
  replace: number;
}

function entry(
  kind: CompletionEntry["kind"],
  label: string,
  typed: string,
  rest: Partial<CompletionEntry> = {},
): CompletionEntry {
  return { kind, label, detail: "", documentation: "", insert: label, snippet: false, replace: typed.length, ...rest };
}

function nodeEntry(node: IndexNode, typed: string): CompletionEntry {
  const detail = [node.resourceType, node.materialized, node.packageName].filter(Boolean).join(" · ");
  return entry(node.resourceType === "source" ? "source" : "model", node.name, typed, {
    detail,
    documentation: node.description,
  });
}

function macroEntry(macro: IndexMacro, typed: string): CompletionEntry {
  return entry("macro", macro.name, typed, {
    detail: `(${macro.arguments.join(", ")}) · ${macro.packageName}`,
    documentation: macro.description,
    insert: `${macro.name}($0)`,
    snippet: true,
  });
}

/** Everything that may stand at `offset`, by name and unfiltered: the editor filters by what is typed. */
export function completionsAt(
  lookup: ProjectLookup,
  text: string,
  offset: number,
  outer: "sql" | "other" = "sql",
): CompletionEntry[] {
  return entriesAt(lookup, text, offset, outer).sort((left, right) =>
    left.label < right.label ? -1 : left.label > right.label ? 1 : 0,
  );
}

function entriesAt(lookup: ProjectLookup, text: string, offset: number, outer: "sql" | "other"): CompletionEntry[] {
  const context = contextAt(text, offset, outer);
  switch (context.kind) {
    case "none":
      return [];
    case "ref": {
      const nodes = lookup.refs.filter(
        (node) => context.packageName === null || node.packageName === context.packageName,
      );
      return unique(nodes.map((node) => nodeEntry(node, context.typed)));
    }
    case "source-name":
      return unique(
        lookup.sources.map((node) =>
          entry("source", node.sourceName ?? "", context.typed, { detail: `source · ${node.packageName}` }),
        ),
      );
    case "source-table":
      return lookup.sources
        .filter((node) => node.sourceName === context.sourceName)
        .map((node) => nodeEntry(node, context.typed));
    case "var":
      return lookup.index.vars.map((name) => entry("variable", name, context.typed, { detail: "project variable" }));
    case "doc":
      return lookup.index.docs
        .filter((doc) => doc.packageName !== "dbt")
        .map((doc) => entry("doc", doc.name, context.typed, { detail: doc.path, documentation: doc.text }));
    case "config-key":
      return configOptions.map(({ name, about, values }) =>
        entry("variable", name, context.typed, {
          detail: "config",
          documentation: about,
          insert: values.length === 0 || values.includes("true") ? `${name}=$0` : `${name}='$1'$0`,
          snippet: true,
        }),
      );
    case "config-value":
      return (configOptions.find(({ name }) => name === context.key)?.values ?? []).map((value) =>
        entry("keyword", value, context.typed, {
          detail: context.key,
          insert: context.quoted || value === "true" || value === "false" ? value : `'${value}'`,
        }),
      );
    case "jinja":
      return jinjaEntries(lookup, context.packageName, context.typed);
    case "column":
      return columnsOf(lookup, text, context.alias).map((column) =>
        entry("column", column.name, context.typed, {
          detail: column.type ?? "column",
          documentation: column.description,
        }),
      );
    case "relation":
      return [...relationEntries(lookup, text, context.typed), ...snippetEntries(context.typed)];
    case "sql":
      return sqlEntries(lookup, text, context.typed);
  }
}

function jinjaEntries(lookup: ProjectLookup, packageName: string | null, typed: string): CompletionEntry[] {
  const { projectName, macros } = lookup.index;
  const shown = macros.filter((macro) =>
    packageName === null ? macro.packageName === projectName : macro.packageName === packageName,
  );
  const entries = shown
    .filter((macro) => !/^(test_|materialization_|default__)/.test(macro.name))
    .map((macro) => macroEntry(macro, typed));
  if (packageName !== null) {
    return entries;
  }
  const packages = new Set(
    macros.map((macro) => macro.packageName).filter((name) => name !== projectName && !name.startsWith("dbt_")),
  );
  const withQuotes = new Set(["ref", "source", "var", "env_var", "doc"]);
  return unique([
    ...entries,
    ...dbtFunctions.map((name) =>
      entry("function", name, typed, {
        detail: "dbt",
        insert:
          name === "source"
            ? "source('$1', '$2')"
            : withQuotes.has(name)
              ? `${name}('$1')`
              : name === "config"
                ? "config($0)"
                : name,
        snippet: withQuotes.has(name) || name === "config",
      }),
    ),
    ...jinjaStatements.map((name) => entry("keyword", name, typed, { detail: "Jinja" })),
    ...[...packages].map((name) => entry("variable", name, typed, { detail: "package" })),
  ]);
}

/** Columns of whatever `alias` stands for in this SQL. */
export function columnsOf(lookup: ProjectLookup, text: string, alias: string): IndexNode["columns"] {
  const found = aliasesIn(text).get(alias.toLowerCase());
  if (!found) {
    return [];
  }
  const node =
    found.kind === "ref" ? lookup.ref(found.name, found.packageName) : lookup.source(found.sourceName, found.name);
  return node?.columns ?? [];
}

function relationEntries(lookup: ProjectLookup, text: string, typed: string): CompletionEntry[] {
  const names = [...text.matchAll(/(?:\bwith|,)\s*([A-Za-z_]\w*)\s+as\s*\(/gi)].map((match) => match[1] ?? "");
  return [
    ...names.map((name) => entry("variable", name, typed, { detail: "CTE of this file" })),
    ...lookup.refs.map((node) => ({ ...nodeEntry(node, typed), insert: `{{ ref('${node.name}') }}` })),
    ...lookup.sources.map((node) => ({
      ...nodeEntry(node, typed),
      label: `${node.sourceName ?? ""}.${node.name}`,
      insert: `{{ source('${node.sourceName ?? ""}', '${node.name}') }}`,
    })),
  ];
}

function snippetEntries(typed: string): CompletionEntry[] {
  return snippets.map((snippet) =>
    entry("snippet", snippet.label, typed, { detail: snippet.detail, insert: snippet.insert, snippet: true }),
  );
}

function sqlEntries(lookup: ProjectLookup, text: string, typed: string): CompletionEntry[] {
  const columns = new Map<string, CompletionEntry>();
  for (const [alias, found] of aliasesIn(text)) {
    const node =
      found.kind === "ref" ? lookup.ref(found.name, found.packageName) : lookup.source(found.sourceName, found.name);
    columns.set(alias, entry("variable", alias, typed, { detail: node ? `alias of ${node.name}` : "alias" }));
    for (const column of node?.columns ?? []) {
      columns.set(
        column.name,
        entry("column", column.name, typed, {
          detail: `${node?.name ?? ""}${column.type ? ` · ${column.type}` : ""}`,
          documentation: column.description,
        }),
      );
    }
  }
  return [
    ...columns.values(),
    ...snippetEntries(typed),
    ...sqlKeywords.map((keyword) => entry("keyword", keyword, typed)),
  ];
}

function unique(entries: readonly CompletionEntry[]): CompletionEntry[] {
  const byLabel = new Map<string, CompletionEntry>();
  for (const item of entries) {
    if (!byLabel.has(item.label)) {
      byLabel.set(item.label, item);
    }
  }
  return [...byLabel.values()];
}

import { nodeEntry } from "./complete-jinja";
import {
  type CompletionEntry,
  type CompletionList,
  type CompletionRequest,
  entry,
  fitting,
  mostOffered,
} from "./completion-entry";
import type { CompletionContext } from "./context";
import { columnSource } from "./node-columns";
import { keywordsOf, sqlTypes } from "./sql";
import { sqlFunctions } from "./sql-functions";
import { queriesOf, type Select } from "./sql-query";
import { type Column, ColumnScope, ctesVisible, exposedName, selectAt } from "./sql-scope";

/** Completion in SQL outside of Jinja: columns of what is in scope, relations after `from`, functions and keywords. */
export function completeSql(
  request: CompletionRequest,
  context: CompletionContext & { kind: "column" | "relation" | "sql" },
): CompletionList {
  const select = selectAt(queriesOf(request.text), request.offset);
  const scope = new ColumnScope(columnSource(request.lookup, request.columns, request.path));
  switch (context.kind) {
    case "column":
      return columnsOfAlias(request, { select, scope, alias: context.alias.toLowerCase(), typed: context.typed });
    case "relation":
      return relations(request, select, context.typed);
    case "sql":
      return anything(request, { select, scope, typed: context.typed });
  }
}

function columnEntry(column: Column, from: string, typed: string): CompletionEntry {
  return entry("column", column.name, typed, {
    detail: [column.type, from].filter(Boolean).join(" · "),
    documentation: column.description,
  });
}

/** The select and those around it, whose relations may be named too. */
function around(select: Select | null): Select[] {
  const found: Select[] = [];
  for (let at = select; at; at = at.query.outer) {
    found.push(at);
  }
  return found;
}

function columnsOfAlias(
  { usage }: CompletionRequest,
  { select, scope, alias, typed }: { select: Select | null; scope: ColumnScope; alias: string; typed: string },
): CompletionList {
  for (const within of around(select)) {
    const relation = within.relations.find((candidate) => exposedName(candidate) === alias);
    if (relation) {
      const columns = scope.of(relation, within).list.map((column) => columnEntry(column, alias, typed));
      return { entries: fitting(columns, typed, usage), more: false };
    }
  }
  return { entries: [], more: false };
}

function relations({ lookup, usage, offset }: CompletionRequest, select: Select | null, typed: string): CompletionList {
  const ctes = ctesVisible(select?.query ?? null, offset).map((cte) =>
    entry("variable", cte.name.text, typed, { detail: "CTE of this file", insert: quotedIfNeeded(cte.name) }),
  );
  const models = lookup.refNames.search(typed, mostOffered, (name) => usage("model", name));
  const sources = lookup.sourceNames.search(typed, mostOffered, (name) => usage("source", name));
  return {
    entries: [
      ...fitting(ctes, typed, usage),
      ...models.items.map((node) => ({ ...nodeEntry(node, typed), insert: `{{ ref('${node.name}') }}` })),
      ...sources.items.map((node) => ({
        ...nodeEntry(node, typed),
        label: `${node.sourceName ?? ""}.${node.name}`,
        insert: `{{ source('${node.sourceName ?? ""}', '${node.name}') }}`,
      })),
    ],
    more: models.more || sources.more,
  };
}

function quotedIfNeeded(name: { text: string; quoted: boolean }): string {
  return name.quoted ? `"${name.text.replaceAll('"', '""')}"` : name.text;
}

function anything(
  { lookup, usage }: CompletionRequest,
  { select, scope, typed }: { select: Select | null; scope: ColumnScope; typed: string },
): CompletionList {
  const columns = new Map<string, CompletionEntry>();
  const names: CompletionEntry[] = [];
  for (const within of around(select)) {
    for (const relation of within.relations) {
      const name = exposedName(relation);
      for (const column of scope.of(relation, within).list) {
        const key = column.name.toLowerCase();
        if (!columns.has(key)) {
          columns.set(key, columnEntry(column, name ?? "", typed));
        }
      }
      if (name !== null && !/\W/.test(name)) {
        names.push(entry("variable", name, typed, { detail: relation.alias ? "alias" : "relation" }));
      }
    }
  }
  const functions = sqlFunctions(lookup.index.adapter).map((one) =>
    entry("function", one.name, typed, {
      detail: `(${one.arguments})`,
      documentation: one.about,
      insert: one.arguments === "" ? `${one.name}()` : `${one.name}($0)`,
      snippet: one.arguments !== "",
    }),
  );
  const words = [...keywordsOf(lookup.index.adapter), ...sqlTypes].map((word) => entry("keyword", word, typed));
  return {
    entries: [
      ...fitting([...columns.values()], typed, usage),
      ...fitting(names, typed, usage),
      ...(typed === "" ? [] : [...fitting(functions, typed, usage), ...fitting(words, typed, usage)]),
    ],
    more: typed === "",
  };
}

import type { IndexMacro, IndexNode } from "@/server/contract";
import { signatureOf } from "./complete-jinja";
import { sqlFunctions } from "./sql-functions";
import { sameName } from "./sql-scope";
import {
  type FoundThing,
  type Place,
  type ProjectView,
  type SourceFile,
  SqlThings,
  type Thing,
  thingAt,
} from "./things";
import type { ProjectVariable } from "./variables";

/** How a node's last preview ended, and when, in words; null when there is none. */
export type LastPreviewOf = (node: IndexNode) => { status: string; at: string } | null;

function escaped(text: string): string {
  return text.replace(/([\\`*_{}[\]()#+\-!|<>])/g, "\\$1");
}

/** A description as Markdown, which dbt's are. What it shows is fetched from nowhere, and no HTML of it counts. */
function described(text: string): string {
  return text.replaceAll("![", "!\\[").replaceAll("<", "&lt;");
}

function joined(parts: readonly (string | null | false | undefined)[]): string {
  return parts.filter(Boolean).join("\n\n");
}

/** Names with how often they occur, the most frequent first: `3 not_null, unique`. */
function counted(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort((left, right) => right[1] - left[1])
    .map(([name, count]) => (count === 1 ? escaped(name) : `${count} ${escaped(name)}`))
    .join(", ");
}

const mostColumns = 24;

/** The first line of a description that is a sentence: no heading, and no row of a table. */
function firstLine(text: string): string {
  return text.split("\n").find((line) => /^\s*[^\s|#]/.test(line)) ?? "";
}

/** Columns as a Markdown table; what none of them has is left out. */
function columnTable(columns: readonly { name: string; type: string | null; description: string }[]): string | null {
  const shown = columns.slice(0, mostColumns);
  const more = [
    { title: "type", of: (column: (typeof shown)[number]) => column.type ?? "" },
    { title: "description", of: (column: (typeof shown)[number]) => firstLine(column.description) },
  ].filter(({ of }) => shown.some((column) => of(column) !== ""));
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return shown.length === 0
    ? null
    : [
        row(["column", ...more.map(({ title }) => title)]),
        `|${":--|".repeat(more.length + 1)}`,
        ...shown.map((column) => row([`\`${column.name}\``, ...more.map(({ of }) => escaped(of(column)))])),
      ].join("\n");
}

/** A node's card in Markdown: what it is, who answers for it, what it says about itself, its tests and its columns. */
export function nodeCard(view: ProjectView, node: IndexNode, lastPreview: LastPreviewOf = () => null): string {
  const version = node.version === null ? null : `version ${node.version}`;
  const facts = [node.resourceType, node.materialized, version, node.relation && `\`${node.relation}\``]
    .filter(Boolean)
    .join(" · ");
  const title = node.sourceName ? `${node.sourceName}.${node.name}` : node.name;
  const run = lastPreview(node);
  const checks = view.lookup.checksOf(node.uniqueId);
  const more = [
    node.owner && `Owner: ${escaped(node.owner)}`,
    node.freshness && `Freshness: ${escaped(node.freshness)}`,
    run && `Last preview: ${escaped(run.status)}, ${escaped(run.at)}`,
    checks.length > 0 && `Tests: ${checks.length} (${counted(checks.flatMap((one) => one.checks?.test ?? []))})`,
    node.tags.length > 0 && `Tags: ${node.tags.map(escaped).join(", ")}`,
  ].filter(Boolean);
  const known = view.columns(node).list;
  return joined([
    `**${escaped(title)}**  \n${facts}`,
    more.length > 0 && more.join("  \n"),
    node.description && described(node.description),
    columnTable(known),
    known.length > mostColumns && `and ${known.length - mostColumns} more columns`,
  ]);
}

function macroCard(macro: IndexMacro): string {
  const explained = macro.parameters.filter(({ description, type }) => description || type);
  return joined([
    `\`\`\`\n${macro.packageName}.${macro.name}${signatureOf(macro)}\n\`\`\``,
    macro.description && described(macro.description),
    explained
      .map(({ name, type, description }) => `- \`${name}\`${type ? ` (${escaped(type)})` : ""} ${escaped(description)}`)
      .join("\n"),
  ]);
}

function columnCard(view: ProjectView, node: IndexNode, name: string): string {
  const column = view.columns(node).list.find((candidate) => sameName(candidate.name, name));
  const title = node.sourceName ? `${node.sourceName}.${node.name}` : node.name;
  const tests = view.lookup.checksOf(node.uniqueId, name).flatMap(({ checks }) => checks?.test ?? []);
  return joined([
    `**${escaped(column?.name ?? name)}** ${column?.type ? `\`${column.type}\`` : ""}  \ncolumn of ${escaped(title)}`,
    column?.description ? described(column.description) : "It has no description yet.",
    tests.length > 0 && `Tests: ${tests.map(escaped).join(", ")}`,
  ]);
}

/** What is known beside the index. */
interface Known {
  readonly lastPreview: LastPreviewOf;
  readonly variables: readonly ProjectVariable[];
}

/** A variable with its values and the comment above them; one that no file sets comes from the environment, or from nowhere. */
function variableCard(view: ProjectView, name: string, variables: readonly ProjectVariable[]): string {
  const set = variables.filter((one) => one.name === name);
  const known = view.lookup.index.vars.includes(name);
  const what = set.length > 0 ? "project variable" : known ? "variable that the environment sets" : null;
  return joined([
    `**${escaped(name)}**  \n${what ?? "variable that dbt\\_project.yml does not set"}`,
    set.map(({ value, packageName }) => valueLine(value, packageName)).join("  \n"),
    ...set.map(({ about }) => escaped(about)),
  ]);
}

function valueLine(value: string | null, packageName: string | null): string {
  const where = packageName === null ? "" : ` in ${escaped(packageName)}`;
  return value === null ? `A list or a mapping${where}` : `\`${value.replaceAll("`", "'")}\`${where}`;
}

/** The hover card of the thing at `offset`, with the offsets it belongs to. */
export function hoverAt(
  view: ProjectView,
  file: SourceFile,
  { offset, ...known }: { offset: number } & Known,
): ({ markdown: string } & Place) | null {
  const found = thingAt(view, file, offset);
  if (!found) {
    return functionCard(view, file, offset);
  }
  const markdown = cardOf(view, file, { found, ...known });
  return markdown === null ? null : { markdown, start: found.start, end: found.end };
}

function cardOf(
  view: ProjectView,
  file: SourceFile,
  { found, lastPreview, variables }: { found: FoundThing } & Known,
): string | null {
  const thing: Thing = found.thing;
  switch (thing.kind) {
    case "node":
      return nodeCard(view, thing.node, lastPreview);
    case "macro":
      return macroCard(thing.macro);
    case "doc":
      return joined([
        `**${escaped(thing.doc.name)}**  \ndocs block · ${escaped(thing.doc.path)}`,
        described(thing.doc.text),
      ]);
    case "column":
      return columnCard(view, thing.node, thing.column);
    case "source": {
      const tables = view.lookup.sources.filter((node) => node.sourceName === thing.sourceName);
      return joined([
        `**${escaped(thing.sourceName)}**  \nsource · ${tables.length} ${tables.length === 1 ? "table" : "tables"}`,
        tables
          .slice(0, 24)
          .map((node) => `- \`${node.name}\` ${escaped(firstLine(node.description))}`)
          .join("\n"),
      ]);
    }
    case "var":
      return variableCard(view, thing.name, variables);
    case "env_var":
      return `**${escaped(thing.name)}**  \nenvironment variable`;
    case "missing":
      return `There is no ${thing.what} named **${escaped(thing.name)}** in this project.`;
    case "cte":
      return queryCard(view, file, { title: thing.cte.name.text, what: "CTE of this file", query: thing.cte.query });
    case "local-column": {
      const things = new SqlThings(view, file);
      const column = things.scope
        .outputOf(thing.query)
        .list.find((candidate) => sameName(candidate.name, thing.column));
      const origin = column?.origin ? view.lookup.node(column.origin.nodeId) : null;
      return joined([
        `**${escaped(thing.column)}** ${column?.type ? `\`${column.type}\`` : ""}  \ncolumn of this file's SQL`,
        column?.description && described(column.description),
        origin && column?.origin && `Comes unchanged from \`${origin.name}.${column.origin.column}\`.`,
      ]);
    }
  }
}

function queryCard(
  view: ProjectView,
  file: SourceFile,
  { title, what, query }: { title: string; what: string; query: Parameters<SqlThings["scope"]["outputOf"]>[0] },
): string {
  const { list, complete } = new SqlThings(view, file).scope.outputOf(query);
  return joined([
    `**${escaped(title)}**  \n${what}`,
    columnTable(list),
    (list.length > mostColumns || !complete) && "and further columns",
  ]);
}

/** What a function of the dialect does. */
function functionCard(
  view: ProjectView,
  { text, language }: SourceFile,
  offset: number,
): ({ markdown: string } & Place) | null {
  if (language !== "dbt-sql") {
    return null;
  }
  const before = /\w*$/.exec(text.slice(Math.max(0, offset - 60), offset))?.[0] ?? "";
  const after = /^\w*/.exec(text.slice(offset, offset + 60))?.[0] ?? "";
  const end = offset + after.length;
  const name = (before + after).toLowerCase();
  const known = /^\s*\(/.test(text.slice(end, end + 5))
    ? sqlFunctions(view.lookup.index.adapter).find((one) => one.name === name)
    : undefined;
  return known
    ? {
        markdown: `\`\`\`\n${known.name}(${known.arguments})\n\`\`\`\n\n${escaped(known.about)}`,
        start: offset - before.length,
        end,
      }
    : null;
}

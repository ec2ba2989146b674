import type { IndexNode } from "@/server/contract";
import { languageOf } from "./language-of";
import { mentionsIn } from "./mentions";
import type { ProjectLookup } from "./project-lookup";
import { queriesOf } from "./sql-query";
import { sameName } from "./sql-scope";
import { type Place, type ProjectView, type SourceFile, sameThing, type Thing, thingAt, thingOf } from "./things";

/** Where a thing is defined. */
export interface Definition {
  path: string;
  /** 1-based. */
  line: number;
  column: number;
}
/** Reads the text of a file as the person sees it; null when there is none. */
export type ReadText = (path: string) => Promise<string | null>;

/** Where the thing at `offset` is defined, with the offsets of the text that names it; null when that is nowhere in the project. */
export async function definitionAt(
  view: ProjectView,
  file: SourceFile,
  { offset, read }: { offset: number; read: ReadText },
): Promise<(Definition & Place) | null> {
  const found = thingAt(view, file, offset);
  const place = found && (await definitionOf(view, file, { thing: found.thing, read }));
  return found && place ? { ...place, start: found.start, end: found.end } : null;
}

/** Where a thing is defined, or null. `file` is the one that names it. */
export async function definitionOf(
  view: ProjectView,
  file: SourceFile,
  { thing, read }: { thing: Thing; read: ReadText },
): Promise<Definition | null> {
  switch (thing.kind) {
    case "cte":
      return placeIn(file, thing.cte.name.start);
    case "local-column": {
      const item = outputItem(thing.query, thing.column);
      return placeIn(file, item ?? thing.query.start);
    }
    case "node":
      return inTree(view, thing.node) ? { path: thing.node.path, line: thing.node.line ?? 1, column: 1 } : null;
    case "macro":
      return thing.macro.line === null ? null : { path: thing.macro.path, line: thing.macro.line, column: 1 };
    case "source": {
      const path = view.lookup.sources.find((node) => node.sourceName === thing.sourceName)?.path;
      return path === undefined ? null : definedIn(view, path, { thing, read });
    }
    case "doc":
      return definedIn(view, thing.doc.path, { thing, read });
    case "var":
      return definedIn(view, "dbt_project.yml", { thing, read });
    case "column":
      return columnDefinition(view, thing, read);
    default:
      return null;
  }
}

/** The project's own files and those of packages that are installed beside them. */
function inTree(view: ProjectView, node: { packageName: string; path: string }): boolean {
  return node.packageName === view.lookup.index.projectName || /^(?:dbt_packages|dbt_modules)\//.test(node.path);
}

async function definedIn(
  view: ProjectView,
  path: string,
  { thing, read }: { thing: Thing; read: ReadText },
): Promise<Definition | null> {
  const text = await read(path);
  if (text === null) {
    return null;
  }
  const mention = mentionsIn(languageOf(path), text).find((candidate) => {
    const meant = candidate.defines ? thingOf(view.lookup, candidate) : null;
    return meant !== null && sameThing(meant, thing);
  });
  return mention ? placeIn({ path, text }, mention.start) : { path, line: 1, column: 1 };
}

/** The line of the SQL that makes the column; of a source or a star, the line of the YAML or of the model. */
async function columnDefinition(
  view: ProjectView,
  thing: Thing & { kind: "column" },
  read: ReadText,
): Promise<Definition | null> {
  const { node, column } = thing;
  if (!inTree(view, node)) {
    return null;
  }
  if (node.resourceType === "source") {
    return definedIn(view, node.path, { thing, read });
  }
  const text = await read(node.path);
  const query = text === null || !node.path.endsWith(".sql") ? undefined : queriesOf(text).at(-1);
  const start = query ? outputItem(query, column) : null;
  return text !== null && start !== null
    ? placeIn({ path: node.path, text }, start)
    : { path: node.path, line: 1, column: 1 };
}

/** Offset of the entry of a query's list that makes a column; through CTEs of the same text when a star brings it. */
export function outputItem(query: ReturnType<typeof queriesOf>[number], column: string, depth = 0): number | null {
  const select = query.selects[0];
  const own = select?.items.find((item) => item.output && sameName(item.output.text, column));
  if (own?.output) {
    return own.output.start;
  }
  for (const relation of depth < 20 && select?.items.some((item) => item.star) ? select.relations : []) {
    const only = relation.target.kind === "name" ? relation.target.parts.at(-1) : undefined;
    const cte = only && query.ctes.find((candidate) => sameName(candidate.name.text, only.text));
    const inner = cte?.query ?? (relation.target.kind === "query" ? relation.target.query : null);
    const found = inner ? outputItem(inner, column, depth + 1) : null;
    if (found !== null) {
      return found;
    }
  }
  return null;
}

function placeIn({ path, text }: { path: string; text: string }, offset: number): Definition {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { path, line: before.split("\n").length, column: offset - lineStart + 1 };
}

/** The nodes around a file: what it describes that is defined elsewhere, what its own nodes read, and what reads them. */
export interface FileNeighbours {
  readonly described: readonly IndexNode[];
  readonly above: readonly IndexNode[];
  readonly below: readonly IndexNode[];
}

/** The neighbours of a file, tests left out; null for one that has nothing to do with any node but tests. */
export function neighboursOfFile(lookup: ProjectLookup, path: string): FileNeighbours | null {
  const described = withoutTests(lookup.describedIn(path));
  const own = withoutTests(lookup.nodesIn(path));
  if (described.length === 0 && own.length === 0) {
    return null;
  }
  const inside = new Set(own.map(({ uniqueId }) => uniqueId));
  const outside = (nodes: readonly IndexNode[]) => {
    const byId = new Map(withoutTests(nodes).map((node) => [node.uniqueId, node]));
    return [...byId.values()].filter(({ uniqueId }) => !inside.has(uniqueId));
  };
  return {
    described,
    above: outside(own.flatMap(({ dependsOn }) => dependsOn.flatMap((id) => lookup.node(id) ?? []))),
    below: outside(own.flatMap(({ uniqueId }) => lookup.usedBy(uniqueId))),
  };
}

function withoutTests(nodes: readonly IndexNode[]): IndexNode[] {
  return nodes.filter((node) => node.resourceType !== "test" && node.resourceType !== "unit_test");
}

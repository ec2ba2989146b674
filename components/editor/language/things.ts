import type { IndexMacro, IndexNode } from "@/server/contract";
import type { languageOf } from "./language-of";
import { type ColumnOwner, type Mention, mentionAt, mentionsIn } from "./mentions";
import { columnSource, type NodeColumns, nodeOf } from "./node-columns";
import type { IndexDoc, ProjectLookup } from "./project-lookup";
import { type ColumnUse, type Query, type QueryCte, queriesOf } from "./sql-query";
import { allSelects, ColumnScope, cteOf, exposedName, sameName } from "./sql-scope";

/** Something with a name that the editor can lead to, tell of, and rename. */
export type Thing =
  /** A model, seed, snapshot or source table. */
  | { readonly kind: "node"; readonly node: IndexNode }
  | { readonly kind: "source"; readonly sourceName: string }
  | { readonly kind: "macro"; readonly macro: IndexMacro }
  | { readonly kind: "var" | "env_var"; readonly name: string }
  | { readonly kind: "doc"; readonly doc: IndexDoc }
  | { readonly kind: "column"; readonly node: IndexNode; readonly column: string }
  | { readonly kind: "cte"; readonly cte: QueryCte }
  /** A column of a CTE or a subquery of this file. */
  | { readonly kind: "local-column"; readonly query: Query; readonly column: string }
  /** Something that the project does not have. */
  | { readonly kind: "missing"; readonly what: string; readonly name: string };
/** A file as the language looks at it. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly language: ReturnType<typeof languageOf>;
}
/** What the language knows of the rest of the project. */
export interface ProjectView {
  readonly lookup: ProjectLookup;
  readonly columns: NodeColumns;
}
export interface Place {
  readonly start: number;
  readonly end: number;
}
export interface FoundThing extends Place {
  readonly thing: Thing;
}

/** The thing that a text names at `offset`, with the offsets of its name. */
export function thingAt(view: ProjectView, file: SourceFile, offset: number): FoundThing | null {
  const mention = mentionAt(mentionsIn(file.language, file.text), offset);
  if (mention) {
    const thing = thingOf(view.lookup, mention);
    return thing && { thing, start: mention.start, end: mention.end };
  }
  return file.language === "dbt-sql" ? new SqlThings(view, file).at(offset) : null;
}

/** What a mention means. Null for names that are not the project's own business, like Jinja's own functions. */
export function thingOf(lookup: ProjectLookup, mention: Mention): Thing | null {
  switch (mention.kind) {
    case "ref": {
      const node = lookup.ref(mention.name, mention.packageName, mention.version);
      return node ? { kind: "node", node } : { kind: "missing", what: "model", name: mention.name };
    }
    case "table": {
      const node = lookup.source(mention.sourceName, mention.name);
      return node
        ? { kind: "node", node }
        : { kind: "missing", what: "source table", name: `${mention.sourceName}.${mention.name}` };
    }
    case "source":
      return lookup.sources.some((node) => node.sourceName === mention.sourceName)
        ? { kind: "source", sourceName: mention.sourceName }
        : { kind: "missing", what: "source", name: mention.sourceName };
    case "macro": {
      const macro = lookup.macro(mention.name, mention.packageName);
      return macro && { kind: "macro", macro };
    }
    case "test": {
      const macro = lookup.test(mention.name, mention.packageName);
      return macro ? { kind: "macro", macro } : { kind: "missing", what: "test", name: mention.name };
    }
    case "var":
    case "env_var":
      return { kind: mention.kind, name: mention.name };
    case "doc": {
      const doc = lookup.doc(mention.name, mention.packageName);
      return doc ? { kind: "doc", doc } : { kind: "missing", what: "docs block", name: mention.name };
    }
    case "column": {
      const node = ownerNode(lookup, mention.owner);
      return node && { kind: "column", node, column: mention.name };
    }
  }
}

export function ownerNode(lookup: ProjectLookup, owner: ColumnOwner): IndexNode | null {
  return owner.kind === "ref" ? lookup.ref(owner.name, owner.packageName) : lookup.source(owner.sourceName, owner.name);
}

/** CTEs, aliases and columns of one SQL text. */
export class SqlThings {
  readonly queries: readonly Query[];
  readonly scope: ColumnScope;

  constructor(
    private readonly view: ProjectView,
    private readonly file: SourceFile,
  ) {
    this.queries = queriesOf(file.text);
    this.scope = new ColumnScope(columnSource(view.lookup, view.columns, file.path));
  }

  /** The query whose columns are the model's. */
  get main(): Query | null {
    return this.queries.at(-1) ?? null;
  }

  at(offset: number): FoundThing | null {
    const holds = (place: Place) => place.start <= offset && offset <= place.end;
    for (const cte of this.queries.flatMap(allCtes)) {
      if (holds(cte.name)) {
        return { thing: { kind: "cte", cte }, start: cte.name.start, end: cte.name.end };
      }
    }
    for (const select of this.queries.flatMap(allSelects)) {
      for (const relation of select.relations) {
        const { target } = relation;
        const name = target.kind === "name" ? target.parts.at(-1) : undefined;
        const cte = cteOf(relation, select.query);
        if (name && holds(name)) {
          const node = nodeOf(this.view.lookup, target, this.file.path);
          const thing: Thing | null = cte ? { kind: "cte", cte } : node && { kind: "node", node };
          return thing && { thing, start: name.start, end: name.end };
        }
      }
      for (const use of select.uses) {
        const qualifier = use.qualifier.at(-1);
        if (qualifier && holds(qualifier)) {
          return this.qualified(use, qualifier);
        }
        if (use.name.text !== "" && holds(use.name)) {
          const thing = this.columnOf(use);
          return thing && { thing, start: use.name.start, end: use.name.end };
        }
      }
      for (const { output } of select.items) {
        if (output && holds(output) && select === select.query.selects[0]) {
          return { thing: this.output(select.query, output.text), start: output.start, end: output.end };
        }
      }
    }
    return null;
  }

  /** A qualifier means the relation that it stands for. */
  private qualified(use: ColumnUse, qualifier: Place & { text: string }): FoundThing | null {
    const relation = use.select.relations.find((candidate) => exposedName(candidate) === qualifier.text.toLowerCase());
    const cte = relation && cteOf(relation, use.select.query);
    const node = relation ? nodeOf(this.view.lookup, relation.target, this.file.path) : null;
    const thing: Thing | null = cte ? { kind: "cte", cte } : node && { kind: "node", node };
    return thing && { thing, start: qualifier.start, end: qualifier.end };
  }

  /** The column that a use names: of a node, or of a query of this file. */
  columnOf(use: ColumnUse): Thing | null {
    const found = this.scope.resolve(use);
    if (!found) {
      return null;
    }
    const cte = cteOf(found.relation, found.select.query);
    const { target } = found.relation;
    if (cte) {
      return { kind: "local-column", query: cte.query, column: use.name.text };
    }
    if (target.kind === "query") {
      return { kind: "local-column", query: target.query, column: use.name.text };
    }
    const node = nodeOf(this.view.lookup, target, this.file.path);
    return node && { kind: "column", node, column: found.column?.name ?? use.name.text };
  }

  /** What a query offers under a name: the model's own column, or one of a CTE. */
  output(query: Query, name: string): Thing {
    const node = query === this.main ? this.view.lookup.nodeOfFile(this.file.path) : null;
    return node ? { kind: "column", node, column: name } : { kind: "local-column", query, column: name };
  }
}

/** The CTEs of a query and of everything inside it. */
export function allCtes(query: Query): QueryCte[] {
  return [
    ...query.ctes.flatMap((cte) => [cte, ...allCtes(cte.query)]),
    ...query.selects.flatMap((select) => [
      ...select.children.flatMap(allCtes),
      ...select.relations.flatMap(({ target }) => (target.kind === "query" ? allCtes(target.query) : [])),
    ]),
  ];
}

/** Whether two things are the same one, of the same text where they are local. */
export function sameThing(left: Thing, right: Thing): boolean {
  if (left.kind !== right.kind) {
    return false;
  }
  switch (left.kind) {
    case "node":
      return left.node.uniqueId === (right as typeof left).node.uniqueId;
    case "source":
      return left.sourceName === (right as typeof left).sourceName;
    case "macro":
      return left.macro.uniqueId === (right as typeof left).macro.uniqueId;
    case "var":
    case "env_var":
      return left.name === (right as typeof left).name;
    case "doc":
      return (
        left.doc.name === (right as typeof left).doc.name &&
        left.doc.packageName === (right as typeof left).doc.packageName
      );
    case "column":
      return (
        left.node.uniqueId === (right as typeof left).node.uniqueId &&
        sameName(left.column, (right as typeof left).column)
      );
    case "cte":
      return left.cte.start === (right as typeof left).cte.start;
    case "local-column":
      return (
        left.query.start === (right as typeof left).query.start && sameName(left.column, (right as typeof left).column)
      );
    case "missing":
      return left.what === (right as typeof left).what && left.name === (right as typeof left).name;
  }
}

/** What a thing is called where it is used. */
export function nameOf(thing: Thing): string {
  switch (thing.kind) {
    case "node":
      return thing.node.name;
    case "source":
      return thing.sourceName;
    case "macro":
      return thing.macro.name.replace(/^test_/, "");
    case "doc":
      return thing.doc.name;
    case "column":
    case "local-column":
      return thing.column;
    case "cte":
      return thing.cte.name.text;
    default:
      return thing.name;
  }
}

/** Whether a thing is known inside of its file only. */
export function isLocal(thing: Thing): boolean {
  return thing.kind === "cte" || thing.kind === "local-column";
}

import type { ColumnUse, Item, Query, QueryCte, Relation, Select } from "./sql-query";
import { typeOfHint } from "./sql-types";

/** A column of a relation, with what is known of it. */
export interface Column {
  readonly name: string;
  readonly type: string | null;
  readonly description: string;
  /** The node it comes from unchanged, if there is one. */
  readonly origin: { readonly nodeId: string; readonly column: string } | null;
}
/** Columns in order. `complete` is false where there may be more than those known. */
export interface Columns {
  readonly list: readonly Column[];
  readonly complete: boolean;
}
export const unknownColumns: Columns = { list: [], complete: false };

/** Tells the columns of what is outside of the text. */
export type ColumnSource = (target: Relation["target"]) => Columns;

export function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** The selects of a query and of everything inside it, in no order. */
export function allSelects(query: Query): Select[] {
  return [
    ...query.ctes.flatMap((cte) => allSelects(cte.query)),
    ...query.selects.flatMap((select) => [
      select,
      ...select.children.flatMap(allSelects),
      ...select.relations.flatMap(({ target }) => (target.kind === "query" ? allSelects(target.query) : [])),
    ]),
  ];
}

/** The innermost select that `offset` is in, or null. */
export function selectAt(queries: readonly Query[], offset: number): Select | null {
  const inside = queries
    .flatMap(allSelects)
    .filter((select) => select.start <= offset && offset <= select.end)
    .sort((left, right) => left.end - left.start - (right.end - right.start));
  return inside[0] ?? null;
}

/** The CTE that a name means where `query` stands: the nearest one before it. */
export function cteNamed(query: Query | null, name: string, before = Number.POSITIVE_INFINITY): QueryCte | null {
  for (let at = query; at; at = at.parent) {
    const found = at.ctes.findLast((cte) => sameName(cte.name.text, name) && cte.start < before);
    if (found) {
      return found;
    }
  }
  return null;
}

/** The CTEs that may be read at `offset` in `query`, nearest first. */
export function ctesVisible(query: Query | null, offset: number): QueryCte[] {
  const found: QueryCte[] = [];
  for (let at = query; at; at = at.parent) {
    found.push(...at.ctes.filter((cte) => cte.closed && cte.end <= offset).reverse());
  }
  return found;
}

/** By what name the columns of a relation are qualified, in lower case; null for a subquery without alias. */
export function exposedName(relation: Relation): string | null {
  if (relation.alias) {
    return relation.alias.text.toLowerCase();
  }
  switch (relation.target.kind) {
    case "ref":
    case "source":
      return relation.target.name.toLowerCase();
    case "name":
      return relation.target.parts.at(-1)?.text.toLowerCase() ?? null;
    default:
      return null;
  }
}

/** The CTE that a relation reads, or null when it reads something else. */
export function cteOf(relation: Relation, query: Query): QueryCte | null {
  const { target } = relation;
  const only = target.kind === "name" && target.parts.length === 1 ? target.parts[0] : undefined;
  return only ? cteNamed(query, only.text, relation.start) : null;
}

/** Answers which columns there are in the queries of one text. Answers are kept; make a new one when the text or the sources change. */
export class ColumnScope {
  private readonly outputs = new Map<Query, Columns>();
  private readonly busy = new Set<Query>();

  constructor(private readonly source: ColumnSource) {}

  /** The result's columns of a query. */
  outputOf(query: Query): Columns {
    const known = this.outputs.get(query);
    if (known) {
      return known;
    }
    if (this.busy.has(query)) {
      return unknownColumns;
    }
    this.busy.add(query);
    const first = query.selects[0];
    const columns = first ? this.outputOfSelect(first) : unknownColumns;
    this.busy.delete(query);
    this.outputs.set(query, columns);
    return columns;
  }

  private outputOfSelect(select: Select): Columns {
    const list: Column[] = [];
    let complete = !select.reshaped;
    if (select.items.length === 0 && select.clauses[0]?.clause === "from") {
      for (const relation of select.relations) {
        const columns = this.of(relation, select);
        list.push(...columns.list);
        complete &&= columns.complete;
      }
      return { list: withoutTwins(list), complete };
    }
    for (const item of select.items) {
      if (item.star) {
        const excluded = new Set(item.star.excluded.map((name) => name.text.toLowerCase()));
        for (const relation of starRelations(item, select)) {
          const columns = this.of(relation, select);
          list.push(...columns.list.filter((column) => !excluded.has(column.name.toLowerCase())));
          complete &&= columns.complete;
        }
      } else if (item.output) {
        const from = item.simple ? this.resolve(item.simple) : null;
        list.push({
          name: item.output.text,
          type: typeOfHint(item.type, (use) => this.resolve(use)?.column?.type ?? null),
          description: from?.column?.description ?? "",
          origin: from?.column?.origin ?? null,
        });
      }
    }
    return { list: withoutTwins(list), complete };
  }

  /** The columns of a relation where `select` reads it. */
  of(relation: Relation, select: Select): Columns {
    const cte = cteOf(relation, select.query);
    const inner = cte?.query ?? (relation.target.kind === "query" ? relation.target.query : null);
    const columns = inner ? this.outputOf(inner) : this.source(relation.target);
    const names = relation.columnAliases ?? cte?.columns ?? null;
    if (!names) {
      return columns;
    }
    return {
      complete: true,
      list: names.map((name, index) => ({
        ...(columns.list[index] ?? { type: null, description: "", origin: null }),
        name: name.text,
      })),
    };
  }

  /**
   * What a written column is. `relation` is the one it comes from; `certain` is false when another one might have it too.
   * Null when nothing in scope has such a column.
   */
  resolve(use: ColumnUse): { relation: Relation; select: Select; column: Column | null; certain: boolean } | null {
    const qualifier = use.qualifier.at(-1)?.text.toLowerCase();
    for (let select: Select | null = use.select; select; select = select.query.outer ?? parentSelect(select)) {
      const within = select;
      const columnIn = (relation: Relation) =>
        this.of(relation, within).list.find((column) => sameName(column.name, use.name.text)) ?? null;
      if (qualifier !== undefined) {
        const relation = select.relations.find((candidate) => exposedName(candidate) === qualifier);
        if (relation) {
          return { relation, select, column: columnIn(relation), certain: true };
        }
        continue;
      }
      const having = select.relations.filter((relation) => columnIn(relation) !== null);
      const open = select.relations.filter((relation) => !this.of(relation, within).complete);
      const [first] = having.length > 0 ? having : open;
      if (first) {
        const others = new Set([...having, ...open]);
        others.delete(first);
        return { relation: first, select, column: columnIn(first), certain: others.size === 0 };
      }
    }
    return null;
  }
}

/** A subquery in `from` may be lateral; its own query's outer select is then the next one to look in. */
function parentSelect(select: Select): Select | null {
  for (let query = select.query.parent; query; query = query.parent) {
    if (query.outer) {
      return query.outer;
    }
  }
  return null;
}

/** The relations whose columns a star takes. */
export function starRelations(item: Item, select: Select): Relation[] {
  const qualifier = item.star?.qualifier?.text.toLowerCase();
  return qualifier === undefined
    ? select.relations
    : select.relations.filter((relation) => exposedName(relation) === qualifier);
}

function withoutTwins(columns: readonly Column[]): Column[] {
  const byName = new Map<string, Column>();
  for (const column of columns) {
    const key = column.name.toLowerCase();
    if (!byName.has(key)) {
      byName.set(key, column);
    }
  }
  return [...byName.values()];
}

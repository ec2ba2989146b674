import { isTooLong } from "./long-texts";
import { remembered } from "./remembered";
import { notAliases } from "./sql-reader";
import { type SqlToken, sqlTokens } from "./sql-tokens";
import type { Clause, Item, Name, Query, Relation, Select, TypeHint } from "./sql-tree";
import { TypeReader } from "./sql-types";

export type { ColumnUse, Item, Query, QueryCte, Relation, Select } from "./sql-tree";

const setOperators = new Set(["union", "intersect", "except", "minus"]);
const clauseWords: ReadonlyMap<string, Clause> = new Map<string, Clause>([
  ["select", "select"],
  ["from", "from"],
  ["where", "where"],
  ["group", "group"],
  ["having", "having"],
  ["qualify", "qualify"],
  ["window", "window"],
  ["order", "order"],
  ["limit", "limit"],
  ["offset", "limit"],
  ["fetch", "limit"],
]);
/** Brackets in brackets: deeper ones no person wrote, and reading them would need as deep a stack. */
const deepest = 200;
/**
 * The queries of a text, outermost ones only, in order. Text that is being written is understood as far as it goes; one that is too
 * long or too deep has none.
 */
export const queriesOf = remembered((text: string): readonly Query[] => {
  if (isTooLong(text)) {
    return [];
  }
  const reader = new QueryReader(sqlTokens(text), text.length);
  return reader.depth > deepest ? [] : reader.all();
});

class QueryReader extends TypeReader {
  all(): Query[] {
    const queries: Query[] = [];
    let from = 0;
    for (let at = 0; at <= this.tokens.length; at += 1) {
      const token = this.tokens[at];
      if (token === undefined || token.kind === "break" || (token.kind === "sign" && token.text === ";")) {
        const query = this.query(from, at, { parent: null, outer: null });
        if (query.selects.length > 0 || query.ctes.length > 0) {
          queries.push(query);
        }
        from = at + 1;
      } else if (this.isSign(at, "(")) {
        at = Math.min(this.closing.get(at) ?? at, this.tokens.length - 1);
      }
    }
    return queries;
  }

  private query(from: number, to: number, place: { parent: Query | null; outer: Select | null }): Query {
    const { parent, outer } = place;
    const query: Query = { parent, outer, ctes: [], selects: [], start: this.offset(from), end: this.offset(to) };
    let at = from;
    while (at < to && !this.isQueryStart(at) && this.word(at) !== "with") {
      at = this.isSign(at, "(") ? Math.min((this.closing.get(at) ?? at) + 1, to) : at + 1;
    }
    if (this.word(at) === "with") {
      at = this.withClause(at + 1, to, query);
    }
    while (at < to) {
      if (this.isSign(at, "(") && this.startsQuery(at + 1)) {
        const close = Math.min(this.closing.get(at) ?? to, to);
        const inner = this.query(at + 1, close, { parent: query, outer: place.outer });
        query.selects.push(...inner.selects);
        at = close + 1;
      } else if (this.word(at) === "select" || this.word(at) === "from") {
        at = this.select(at, to, query);
      } else {
        at += 1;
      }
    }
    return query;
  }

  private isQueryStart(at: number): boolean {
    return this.word(at) === "select" || this.word(at) === "from" || (this.isSign(at, "(") && this.startsQuery(at + 1));
  }

  /** `name [(columns)] as [not materialized] (query), …`. Returns where the main query begins. */
  private withClause(from: number, to: number, query: Query): number {
    let at = this.word(from) === "recursive" ? from + 1 : from;
    while (at < to) {
      const name = this.nameAt(at);
      if (!name || this.word(at) === "select") {
        return at;
      }
      let next = at + 1;
      let columns: Name[] | null = null;
      if (this.isSign(next, "(")) {
        const close = Math.min(this.closing.get(next) ?? to, to);
        columns = this.names(next + 1, close);
        next = close + 1;
      }
      if (this.word(next) !== "as") {
        return at + 1;
      }
      next += 1;
      while (this.word(next) === "not" || this.word(next) === "materialized") {
        next += 1;
      }
      if (!this.isSign(next, "(")) {
        return next;
      }
      const close = Math.min(this.closing.get(next) ?? to, to);
      const inner = this.query(next + 1, close, { parent: query, outer: null });
      query.ctes.push({
        name,
        columns,
        query: inner,
        start: name.start,
        end: this.tokens[close]?.end ?? this.length,
        closed: this.isSign(close, ")"),
      });
      at = close + 1;
      if (!this.isSign(at, ",")) {
        return at;
      }
      at += 1;
    }
    return at;
  }

  /** One select up to a set operator or `to`. Returns where to go on. */
  private select(from: number, to: number, query: Query): number {
    const select: Select = {
      query,
      start: this.offset(from),
      end: this.offset(to),
      items: [],
      relations: [],
      uses: [],
      children: [],
      clauses: [],
      reshaped: false,
    };
    query.selects.push(select);
    const parts: { clause: Clause; from: number; to: number }[] = [];
    let at = from;
    while (at < to) {
      const word = this.word(at);
      if (
        word !== null &&
        setOperators.has(word) &&
        at > from &&
        !this.isSign(at - 1, "*") &&
        this.opensSelect(at + 1)
      ) {
        break;
      }
      const clause = this.clauseAt(at, from, parts.at(-1)?.clause ?? null);
      if (clause) {
        const before = parts.at(-1);
        if (clause === "select" && parts.some((part) => part.clause === "select")) {
          break;
        }
        if (before) {
          before.to = at;
        }
        parts.push({ clause, from: at + 1, to });
      }
      at = this.isSign(at, "(") ? Math.min((this.closing.get(at) ?? at) + 1, to) : at + 1;
    }
    const end = at;
    const lastPart = parts.at(-1);
    if (lastPart) {
      lastPart.to = end;
    }
    select.end = this.offset(end);
    for (const part of parts) {
      select.clauses.push({ clause: part.clause, start: this.offset(part.from - 1) });
      if (part.clause === "select") {
        this.items(part.from, part.to, select);
      } else if (part.clause === "from") {
        this.relations(part.from, part.to, select);
      } else {
        this.expression(part.from, part.to, { select, clause: part.clause });
      }
    }
    let next = end;
    while (
      next < to &&
      this.word(next) !== null &&
      (setOperators.has(this.word(next) ?? "") ||
        /^(?:all|distinct|by|name|corresponding)$/.test(this.word(next) ?? ""))
    ) {
      next += 1;
    }
    return next === from ? from + 1 : next;
  }

  private opensSelect(at: number): boolean {
    let next = at;
    while (/^(?:all|distinct|by|name)$/.test(this.word(next) ?? "")) {
      next += 1;
    }
    return next >= this.tokens.length || this.isQueryStart(next) || this.word(next) === "with";
  }

  private clauseAt(at: number, from: number, current: Clause | null): Clause | null {
    const word = this.word(at);
    const clause = word === null ? undefined : clauseWords.get(word);
    if (!clause || (at > from && this.isSign(at - 1, ".") && this.tokens[at - 1]?.end === this.tokens[at]?.start)) {
      return null;
    }
    const next = this.word(at + 1);
    if ((clause === "group" || clause === "order") && next !== "by" && next !== "all") {
      return null;
    }
    if (clause === "from" && this.word(at - 1) === "distinct" && /^(?:is|not)$/.test(this.word(at - 2) ?? "")) {
      return null;
    }
    if (
      (clause === "limit" || clause === "window" || clause === "qualify") &&
      (current === null || current === "select")
    ) {
      return null;
    }
    return clause;
  }

  private items(from: number, to: number, select: Select): void {
    let start = from;
    while (/^(?:distinct|all)$/.test(this.word(start) ?? "")) {
      start += 1;
    }
    if (this.word(start) === "on" && this.isSign(start + 1, "(")) {
      const close = Math.min(this.closing.get(start + 1) ?? to, to);
      this.expression(start + 2, close, { select, clause: "select" });
      start = close + 1;
    }
    let at = start;
    for (; at <= to; at += 1) {
      if (at === to || this.isSign(at, ",")) {
        if (at > start) {
          select.items.push(this.item(start, at, select));
        }
        start = at + 1;
      } else if (this.isSign(at, "(")) {
        at = Math.min(this.closing.get(at) ?? at, to - 1);
      }
    }
  }

  private item(from: number, to: number, select: Select): Item {
    const start = this.offset(from);
    const end = this.tokens[to - 1]?.end ?? this.length;
    const qualified = this.nameAt(from) !== null && this.isSign(from + 1, ".") && this.isSign(from + 2, "*");
    if (this.isSign(from, "*") || qualified) {
      const excluded: Name[] = [];
      for (let at = from + 1; at < to; at += 1) {
        if (/^(?:exclude|except)$/.test(this.word(at) ?? "")) {
          const close = this.isSign(at + 1, "(") ? Math.min(this.closing.get(at + 1) ?? to, to) : at + 2;
          excluded.push(...this.names(at + 1, close));
        }
      }
      return {
        start,
        end,
        star: { qualifier: qualified ? this.nameAt(from) : null, excluded },
        alias: null,
        simple: null,
        type: null,
        output: null,
      };
    }
    let expressionEnd = to;
    let alias: Name | null = null;
    const lastName = this.nameAt(to - 1);
    if (lastName && this.word(to - 2) === "as" && to - 2 > from) {
      alias = lastName;
      expressionEnd = to - 2;
    } else if (lastName && to - 1 > from && this.endsOperand(to - 2) && !this.isReserved(to - 1)) {
      alias = lastName;
      expressionEnd = to - 1;
    }
    const before = select.uses.length;
    this.expression(from, expressionEnd, { select, clause: "select" });
    const only = select.uses[before];
    const simple =
      only && select.uses.length === before + 1 && only.name.text !== "" && this.isChain(from, expressionEnd)
        ? only
        : null;
    const typeOf = () => this.typeOf(from, expressionEnd, select.uses);
    let hint: { readonly is: TypeHint | null } | null = null;
    return {
      start,
      end,
      star: null,
      alias,
      simple,
      // Read when it is asked for: most entries' types never are.
      get type() {
        hint ??= { is: typeOf() };
        return hint.is;
      },
      output: alias ?? simple?.name ?? null,
    };
  }

  /** Notes the columns of an expression, and reads the queries in it. */
  private expression(from: number, to: number, place: { select: Select; clause: Clause }): void {
    const { select, clause } = place;
    let inType = false;
    let at = from;
    while (at < to) {
      const token = this.tokens[at];
      if (!token) {
        return;
      }
      if (this.isSign(at, "(")) {
        const close = Math.min(this.closing.get(at) ?? to, to);
        if (this.startsQuery(at + 1)) {
          select.children.push(this.query(at + 1, close, { parent: select.query, outer: select }));
        } else {
          this.expression(at + 1, close, place);
        }
        at = close + 1;
        continue;
      }
      if (this.isSign(at, ",")) {
        inType = false;
      }
      const name = this.nameAt(at);
      if (!name) {
        at += 1;
        continue;
      }
      if (this.word(at) === "as" && clause !== "from") {
        inType = true;
        at += 1;
        continue;
      }
      if (inType || this.isNoColumn(at)) {
        at += 1;
        continue;
      }
      const chain: Name[] = [name];
      let next = at + 1;
      while (this.isSign(next, ".") && next < to) {
        const part = this.nameAt(next + 1);
        const glued = part !== null && this.tokens[next]?.end === part.start;
        if (part && (glued || !this.isReserved(next + 1)) && next + 1 < to) {
          chain.push(part);
          next += 2;
        } else {
          const end = this.tokens[next]?.end ?? this.length;
          if (!this.isSign(next + 1, "*")) {
            chain.push({ text: "", start: end, end, quoted: false });
          }
          next += 1;
          break;
        }
      }
      if (this.isSign(next, "(")) {
        at = next;
        continue;
      }
      const column = chain.at(-1);
      if (column) {
        select.uses.push({ qualifier: chain.slice(0, -1), name: column, clause, select });
      }
      at = next;
    }
  }

  private relations(from: number, to: number, select: Select): void {
    let expecting = true;
    let at = from;
    while (at < to) {
      const word = this.word(at);
      if (this.isSign(at, ",") || word === "join") {
        expecting = true;
        at += 1;
      } else if (expecting && (word === "lateral" || word === "only")) {
        at += 1;
      } else if (expecting) {
        const next = this.relation(at, to, select);
        expecting = next === at;
        at = next === at ? at + 1 : next;
      } else if (word === "using" && this.isSign(at + 1, "(")) {
        const close = Math.min(this.closing.get(at + 1) ?? to, to);
        for (const name of this.names(at + 2, close)) {
          select.uses.push({ qualifier: [], name, clause: "using", select });
        }
        at = close + 1;
      } else if (word === "pivot" || word === "unpivot") {
        select.reshaped = true;
        at = this.isSign(at + 1, "(") ? Math.min((this.closing.get(at + 1) ?? to) + 1, to) : at + 1;
      } else if (word === "on") {
        let end = at + 1;
        while (
          end < to &&
          !this.isSign(end, ",") &&
          !/^(?:join|left|right|inner|full|cross|natural|asof|positional|semi|anti)$/.test(this.callOrWord(end))
        ) {
          end = this.isSign(end, "(") ? Math.min((this.closing.get(end) ?? end) + 1, to) : end + 1;
        }
        this.expression(at + 1, end, { select, clause: "from" });
        at = end;
      } else {
        at = this.isSign(at, "(") ? Math.min((this.closing.get(at) ?? at) + 1, to) : at + 1;
      }
    }
  }

  private relation(at: number, to: number, select: Select): number {
    const token = this.tokens[at];
    if (!token) {
      return to;
    }
    let next = at + 1;
    let target: Relation["target"] = { kind: "other" };
    if (token.kind === "jinja") {
      target = jinjaTarget(token);
      while (next < to && this.tokens[next]?.start === this.tokens[next - 1]?.end && !this.isSign(next, ",")) {
        target = { kind: "other" };
        next += 1;
      }
    } else if (this.isSign(at, "(")) {
      const close = Math.min(this.closing.get(at) ?? to, to);
      if (!this.startsQuery(at + 1)) {
        this.relations(at + 1, close, select);
        return close + 1;
      }
      const query = this.query(at + 1, close, { parent: select.query, outer: null });
      target = { kind: "query", query };
      next = close + 1;
    } else {
      const first = this.nameAt(at);
      if (!first || this.isReserved(at)) {
        return at;
      }
      const parts = [first];
      while (this.isSign(next, ".") && this.nameAt(next + 1)) {
        parts.push(this.nameAt(next + 1) as Name);
        next += 2;
      }
      target = { kind: "name", parts };
      if (this.isSign(next, "(")) {
        const close = Math.min(this.closing.get(next) ?? to, to);
        this.expression(next + 1, close, { select, clause: "from" });
        target = { kind: "other" };
        next = close + 1;
      }
    }
    const end = this.tokens[next - 1]?.end ?? this.length;
    if (this.word(next) === "as") {
      next += 1;
    }
    let alias: Name | null = null;
    let columnAliases: Name[] | null = null;
    const name = next < to ? this.nameAt(next) : null;
    if (name && !(this.tokens[next]?.kind === "word" && notAliases.has(name.text))) {
      alias = name;
      next += 1;
      if (this.isSign(next, "(")) {
        const close = Math.min(this.closing.get(next) ?? to, to);
        columnAliases = this.names(next + 1, close);
        next = close + 1;
      }
    }
    select.relations.push({ start: token.start, end, target, alias, columnAliases });
    return next;
  }
}

function jinjaTarget(token: SqlToken): Relation["target"] {
  if (token.text === "this") {
    return { kind: "this" };
  }
  const texts = (token.call?.arguments ?? []).filter(({ keyword }) => keyword === null).map(({ text }) => text);
  const [first, second] = texts;
  if (token.call?.name === "ref" && typeof first === "string") {
    const version = token.call.arguments.find(({ keyword }) => keyword === "v" || keyword === "version");
    const named = typeof second === "string";
    return {
      kind: "ref",
      name: named ? second : first,
      packageName: named ? first : null,
      version: version?.code ?? null,
    };
  }
  if (token.call?.name === "source" && typeof first === "string" && typeof second === "string") {
    return { kind: "source", sourceName: first, name: second };
  }
  return { kind: "other" };
}

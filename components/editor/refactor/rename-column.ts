import type { IndexNode } from "@/server/contract";
import { callsIn } from "../language/jinja-calls";
import { jinjaPieces } from "../language/jinja-pieces";
import { languageOf } from "../language/language-of";
import type { LanguageService, ProjectFile } from "../language/language-service";
import { mentionsIn } from "../language/mentions";
import { nodeOf } from "../language/node-columns";
import type { Query, Relation, Select } from "../language/sql-query";
import { allSelects, cteOf, sameName, starRelations } from "../language/sql-scope";
import { allCtes, ownerNode, type SourceFile, SqlThings, type Thing } from "../language/things";
import { yamlEntries } from "../language/yaml-entries";
import { type Plan, PlanBuilder, Refusal } from "./plan";

/** A star brings the column from another node. */
class ComesByStar extends Refusal {
  constructor(
    readonly node: IndexNode,
    column: string,
  ) {
    super(`${column} comes from ${node.name} by a star. Rename it there, or name the columns here first.`);
  }
}

interface ColumnRename {
  readonly thing: Thing & { kind: "column" | "local-column" };
  readonly name: string;
  readonly downstream: "rename" | "keep";
}

/**
 * Follows a column from where it is made through every query that passes it on under its name: in the file, and in the models that
 * read it. @throws Refusal when it is not made here
 */
export async function planRenameColumn(
  service: LanguageService,
  file: SourceFile,
  { thing, name, downstream }: ColumnRename,
): Promise<Plan> {
  const old = thing.column;
  const plan = new PlanBuilder(`Rename column ${old} to ${name}`);
  const renamed = new Set<string>();
  const waiting: IndexNode[] = [];
  const files = new Map<string, ProjectFile>();
  const note = (node: IndexNode) => {
    if (!renamed.has(node.uniqueId)) {
      renamed.add(node.uniqueId);
      waiting.push(node);
    }
  };
  const read = async (paths: readonly string[]): Promise<ProjectFile[]> => {
    const missing = paths.filter((path) => !files.has(path));
    if (missing.length > 0) {
      for (const found of (await service.texts({ paths: missing })).files) {
        files.set(found.path, found);
      }
    }
    return paths.flatMap((path) => files.get(path) ?? []);
  };
  const flow = async (one: ProjectFile, from: Query | null) => {
    const source = service.file(one.path, one.text);
    await service.prepare(source);
    plan.forget(one.path);
    const passed = new ColumnFlow(service, source, { old, name, downstream, renamed, from }).edit(plan, one);
    const node = service.view.lookup.nodeOfFile(one.path);
    if (passed && node) {
      note(node);
    }
  };

  // Where it is made.
  let origin: { path: string; query: Query | null } | null = null;
  if (thing.kind === "local-column") {
    const [own = { path: file.path, text: file.text, version: null }] = await read([file.path]);
    origin = { path: file.path, query: thing.query };
    try {
      await flow(own, thing.query);
    } catch (error) {
      if (error instanceof ComesByStar && error.node.packageName === service.view.lookup.index.projectName) {
        const upstream = { kind: "column", node: error.node, column: old } as const;
        return planRenameColumn(service, file, { thing: upstream, name, downstream });
      }
      throw error;
    }
  } else {
    const { node } = thing;
    const [own] = await read([node.path]);
    if (own && node.path.endsWith(".sql")) {
      const source = service.file(own.path, own.text);
      await service.prepare(source);
      const main = new SqlThings(service.view, source).main;
      if (!main) {
        throw new Refusal(`The SQL of ${node.name} could not be read.`);
      }
      origin = { path: node.path, query: main };
      await flow(own, main);
    } else if (own && node.path.endsWith(".csv")) {
      renameInHeader(plan, own, { old, name });
    }
    note(node);
  }

  const { lookup } = service.view;
  for (let node = waiting.shift(); node; node = waiting.shift()) {
    const users = lookup.usedBy(node.uniqueId).filter((user) => user.packageName === lookup.index.projectName);
    // The file that was asked from names the column, whether or not the graph knows of that already.
    const asked = languageOf(file.path) === "dbt-sql" ? [file.path] : [];
    const paths = [node.patchPath, node.path, ...asked, ...users.flatMap((user) => [user.path, user.patchPath])];
    for (const one of await read([...new Set(paths.filter((path) => path !== null))])) {
      if (languageOf(one.path) === "dbt-yaml") {
        renameInYaml(service, plan, one, { node, old, name });
      } else if (one.path.endsWith(".sql") && one.path !== node.path) {
        await flow(one, one.path === origin?.path ? origin.query : null);
      }
    }
  }
  if (thing.kind === "column" && thing.node.resourceType === "source") {
    plan.warn("The column of the source itself is not changed: rename it where it is loaded, too.");
  }
  return plan.build();
}

function renameInHeader(plan: PlanBuilder, file: ProjectFile, { old, name }: { old: string; name: string }): void {
  const header = /^[^\n]*/.exec(file.text)?.[0] ?? "";
  const found = new RegExp(`(?:^|,)\\s*"?(${old})"?\\s*(?=,|\\r?$)`, "i").exec(header);
  if (found?.[1]) {
    const start = found.index + found[0].indexOf(found[1]);
    plan.edit(file, { start, end: start + found[1].length }, name);
  }
}

interface Flow {
  readonly old: string;
  readonly name: string;
  readonly downstream: "rename" | "keep";
  /** Nodes whose column has the new name. */
  readonly renamed: ReadonlySet<string>;
  /** The query of this file whose column is renamed to begin with. */
  readonly from: Query | null;
}

/** The way of one column through the queries of one file. */
class ColumnFlow {
  private readonly things: SqlThings;
  private readonly passes = new Map<Query, boolean>();
  private readonly made: Query | null;
  private readonly makes: { start: number; end: number; insert: boolean } | null;

  constructor(
    private readonly service: LanguageService,
    private readonly file: SourceFile,
    private readonly flow: Flow,
  ) {
    this.things = new SqlThings(service.view, file);
    const from = flow.from && this.sameQuery(flow.from);
    const place = from ? this.maker(from) : null;
    this.made = place?.query ?? null;
    this.makes = place;
  }

  /** Plans the edits. True when the file's own result has the new name. */
  edit(plan: PlanBuilder, file: ProjectFile): boolean {
    const { old, name, downstream } = this.flow;
    let touched = this.makes !== null;
    if (this.makes) {
      plan.edit(file, this.makes, this.makes.insert ? ` as ${name}` : name);
    }
    for (const select of this.things.queries.flatMap(allSelects)) {
      const isFirst = select === select.query.selects[0];
      touched ||= select.relations.some((relation) => this.isRenamed(relation, select));
      for (const use of select.uses) {
        if (!sameName(use.name.text, old)) {
          continue;
        }
        const found = this.things.scope.resolve(use);
        const ofAlias =
          this.made === select.query &&
          isFirst &&
          use.qualifier.length === 0 &&
          /^(?:order|group|having|qualify)$/.test(use.clause);
        if (ofAlias && (found === null || found.column === null) && this.makes && !this.makes.insert) {
          plan.edit(file, use.name, name);
          continue;
        }
        if (!found || !this.isRenamed(found.relation, found.select)) {
          continue;
        }
        const item = select.items.find((candidate) => candidate.simple === use && candidate.alias === null);
        const isMade = this.makes?.insert && item && this.makes.start === item.end;
        if (use.clause === "using") {
          plan.edit(file, use.name, name, {
            note: "in a join's using: both sides need the name",
            chosen: false,
          });
        } else if (item && isFirst && !isMade && downstream === "keep") {
          plan.edit(file, use.name, `${name} as ${old}`, found.certain ? {} : uncertain);
        } else {
          plan.edit(file, use.name, name, found.certain ? {} : uncertain);
        }
      }
      for (const item of select.items) {
        for (const excluded of item.star?.excluded ?? []) {
          const concerned = starRelations(item, select).some((relation) => this.isRenamed(relation, select));
          if (concerned && sameName(excluded.text, old)) {
            plan.edit(file, excluded, name);
          }
        }
      }
    }
    const main = this.things.main;
    const passed = main !== null && this.isPassed(main);
    if (touched) {
      this.strings(plan, file, passed);
    }
    return passed;
  }

  /** Whether a query's result has the column under the new name. */
  private isPassed(query: Query): boolean {
    const known = this.passes.get(query);
    if (known !== undefined) {
      return known;
    }
    this.passes.set(query, false);
    const passed = query === this.made || this.passesOn(query.selects[0]);
    this.passes.set(query, passed);
    return passed;
  }

  private passesOn(select: Select | undefined): boolean {
    const { old, downstream } = this.flow;
    return (select?.items ?? []).some((item) => {
      if (!select) {
        return false;
      }
      if (item.star) {
        const left = item.star.excluded.some((name) => sameName(name.text, old));
        return !left && starRelations(item, select).some((relation) => this.isRenamed(relation, select));
      }
      if (!item.simple || item.alias || !sameName(item.simple.name.text, old) || downstream === "keep") {
        return false;
      }
      const found = this.things.scope.resolve(item.simple);
      return found?.certain === true && this.isRenamed(found.relation, found.select);
    });
  }

  private isRenamed(relation: Relation, select: Select): boolean {
    const { target } = relation;
    const cte = cteOf(relation, select.query);
    if (relation.columnAliases || cte?.columns) {
      return false;
    }
    const query = cte?.query ?? (target.kind === "query" ? target.query : null);
    if (query) {
      return this.isPassed(query);
    }
    const node = nodeOf(this.service.view.lookup, target, this.file.path);
    return node !== null && this.flow.renamed.has(node.uniqueId);
  }

  /** The entry that makes the column of a query: an alias, or a column of something outside, which then gets one. */
  private maker(query: Query): { query: Query; start: number; end: number; insert: boolean } | null {
    const { old } = this.flow;
    const select = query.selects[0];
    const item = select?.items.find((candidate) => candidate.output && sameName(candidate.output.text, old));
    if (item?.alias) {
      return { query, start: item.alias.start, end: item.alias.end, insert: false };
    }
    if (item?.simple) {
      const found = this.things.scope.resolve(item.simple);
      const cte = found && cteOf(found.relation, found.select.query);
      const inner = cte?.query ?? (found?.relation.target.kind === "query" ? found.relation.target.query : null);
      return (inner && this.maker(inner)) ?? { query, start: item.end, end: item.end, insert: true };
    }
    for (const starred of select?.items.filter((candidate) => candidate.star) ?? []) {
      for (const relation of select ? starRelations(starred, select) : []) {
        const has = select && this.things.scope.of(relation, select).list.some((column) => sameName(column.name, old));
        const cte = select && cteOf(relation, select.query);
        const inner = cte?.query ?? (relation.target.kind === "query" ? relation.target.query : null);
        if (inner && has) {
          return this.maker(inner);
        }
        const node = nodeOf(this.service.view.lookup, relation.target, this.file.path);
        if (node && has) {
          throw new ComesByStar(node, old);
        }
      }
    }
    throw new Refusal(`It is not clear which part of the SQL makes ${old}.`);
  }

  /** The same query in this reading of the text. */
  private sameQuery(query: Query): Query | null {
    const all = this.things.queries.flatMap((one) => [
      one,
      ...allCtes(one).map((cte) => cte.query),
      ...allSelects(one).map((select) => select.query),
    ]);
    return all.find((one) => one.start === query.start && one.end === query.end) ?? null;
  }

  /** Texts in Jinja that are the column's name: settings of the model, and arguments of macros (perhaps). */
  private strings(plan: PlanBuilder, file: ProjectFile, passed: boolean): void {
    const { old, name } = this.flow;
    for (const piece of jinjaPieces(file.text)) {
      for (const call of piece.kind === "comment" || piece.kind === "raw"
        ? []
        : callsIn(file.text, piece.codeStart, piece.codeEnd)) {
        if (/^(?:ref|source|var|env_var|doc)$/.test(call.name)) {
          continue;
        }
        for (const match of file.text.slice(call.argumentsStart, call.end).matchAll(/(['"])(\w+)\1/g)) {
          if (match[2] === old) {
            const start = call.argumentsStart + match.index + 1;
            const isSetting = call.name === "config";
            plan.edit(file, { start, end: start + old.length }, name, {
              note: isSetting ? "in the model's configuration" : `perhaps, as an argument of ${call.name}`,
              chosen: isSetting && passed,
            });
          }
        }
      }
    }
  }
}

const uncertain = { note: "perhaps: another relation may have this column too", chosen: false };

function renameInYaml(
  service: LanguageService,
  plan: PlanBuilder,
  file: ProjectFile,
  { node, old, name }: { node: IndexNode; old: string; name: string },
): void {
  const { lookup } = service.view;
  for (const mention of mentionsIn("dbt-yaml", file.text)) {
    if (
      mention.kind === "column" &&
      sameName(mention.name, old) &&
      ownerNode(lookup, mention.owner)?.uniqueId === node.uniqueId
    ) {
      plan.edit(file, mention, name);
    }
  }
  const entries = yamlEntries(file.text);
  const valueAt = (...path: (string | number)[]) =>
    entries.find((entry) => entry.path.join("\0") === path.join("\0"))?.value?.text ?? "";
  for (const { path, key, value } of entries) {
    const [section = "", index = 0] = path;
    if (section === "unit_tests" && key && sameName(String(path.at(-1)), old) && path.at(-3) === "rows") {
      const input = path[2] === "given" ? valueAt(section, index, "given", path[3] ?? 0, "input") : null;
      const model =
        input === null
          ? valueAt(section, index, "model")
          : (/(?:ref|source)\(.*?['"](\w+)['"]\s*\)/.exec(input)?.[1] ?? "");
      if (model === node.name) {
        plan.edit(file, key, name);
      }
      continue;
    }
    const owner =
      section === "sources" ? valueAt(section, index, "tables", path[3] ?? 0, "name") : valueAt(section, index, "name");
    if (
      value &&
      value.text === old &&
      path.at(-1) !== "name" &&
      path.at(-1) !== "field" &&
      owner === node.name &&
      path.length > 3
    ) {
      plan.edit(file, value, name, { note: "perhaps, as an argument of a test", chosen: false });
    }
  }
}

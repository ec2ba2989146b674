import type { IndexNode } from "@/server/contract";
import type { LanguageService, ProjectFile } from "../language/language-service";
import type { ProjectLookup } from "../language/project-lookup";
import { queriesOf } from "../language/sql-query";
import { allSelects, cteOf } from "../language/sql-scope";
import { withoutOpaque } from "../language/sql-structure";
import type { SourceFile } from "../language/things";
import { yamlEntries } from "../language/yaml-entries";
import { checkedName, modelPath, type Plan, PlanBuilder, Refusal } from "./plan";

/** A table that SQL names directly, and what stands for it in dbt (null: the project does not know it). */
export interface TableName {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly string[];
  readonly dbt: string | null;
  /** A node that has its name, but is built elsewhere by this environment; what stands for that. */
  readonly perhaps: { readonly dbt: string; readonly node: IndexNode } | null;
}

/** The tables that a text names by schema and name. */
export function tableNames(lookup: ProjectLookup, text: string, path: string): TableName[] {
  const found: TableName[] = [];
  for (const select of queriesOf(text).flatMap(allSelects)) {
    for (const relation of select.relations) {
      if (relation.target.kind !== "name" || cteOf(relation, select.query)) {
        continue;
      }
      const { parts } = relation.target;
      const [first] = parts;
      const last = parts.at(-1);
      if (first && last) {
        const names = parts.map((part) => (part.quoted ? part.text : text.slice(part.start, part.end)));
        const node = names.length > 1 ? lookup.relation(names.join(".")) : null;
        const dbt = node && lookup.call(node, path);
        const perhaps = node ? null : namesake(lookup, names.at(-1) ?? "", path);
        found.push({ start: first.start, end: last.end, parts: names, dbt, perhaps });
      }
    }
  }
  return found.sort((left, right) => left.start - right.start);
}

/** The model, seed or snapshot of a table's name: in another environment it may be built as that table. */
function namesake(lookup: ProjectLookup, name: string, path: string): TableName["perhaps"] {
  const node = lookup.ref(name, null) ?? lookup.ref(name.toLowerCase(), null);
  return node && node !== lookup.nodeOfFile(path) ? { dbt: lookup.call(node, path), node } : null;
}

/** Replaces tables that are named directly by `ref` and `source`. @throws Refusal when there are none */
export function planUseRefs(service: LanguageService, file: SourceFile): Plan {
  const plan = new PlanBuilder("Replace table names by ref and source");
  const own: ProjectFile = { path: file.path, text: file.text, version: null };
  const tables = tableNames(service.view.lookup, file.text, file.path).filter(
    ({ parts, perhaps }) => parts.length > 1 || perhaps,
  );
  if (tables.length === 0) {
    throw new Refusal("This file names no table of the warehouse directly.");
  }
  for (const table of tables) {
    if (table.dbt) {
      plan.edit(own, table, table.dbt);
    } else if (table.perhaps) {
      const { dbt, node } = table.perhaps;
      const note = node.relation ? `perhaps: built here as ${node.relation}` : `perhaps: ${node.path}`;
      plan.edit(own, table, dbt, { note, chosen: false });
    } else {
      plan.warn(`${table.parts.join(".")} is neither a model nor a source of this project.`);
    }
  }
  return plan.build();
}

/** Makes a model of SQL as it runs in the warehouse: tables become refs and sources, unknown ones new sources. @throws Refusal */
export async function planSqlToModel(
  service: LanguageService,
  { sql: pasted, name, folder }: { sql: string; name: string; folder: string },
): Promise<Plan> {
  const newName = checkedName(name, "model");
  const { lookup } = service.view;
  const taken = lookup.ref(newName, lookup.index.projectName);
  if (taken) {
    throw new Refusal(`The project has a ${taken.resourceType} named ${newName} already (${taken.path}).`);
  }
  const path = modelPath(lookup, folder, newName);
  const sql = selectOf(pasted);
  const plan = new PlanBuilder(`Turn SQL into the model ${newName}`);
  const place = path.slice(0, path.lastIndexOf("/"));
  const unknown = new Map<string, Set<string>>();
  let text = "";
  let at = 0;
  for (const table of tableNames(lookup, sql, "")) {
    const schema = table.parts.at(-2);
    const tableName = table.parts.at(-1) ?? "";
    let call = table.dbt;
    if (call === null && table.perhaps && schema === undefined) {
      call = table.perhaps.dbt;
      plan.warn(`${tableName} has no schema, so it is taken for ${table.perhaps.node.path}.`);
    } else if (call === null && schema !== undefined) {
      if (table.perhaps) {
        const { dbt, node } = table.perhaps;
        plan.warn(`${table.parts.join(".")} becomes a source. If it is ${node.path}, write ${dbt} instead.`);
      }
      unknown.set(schema, (unknown.get(schema) ?? new Set()).add(tableName));
      call = `{{ source('${schema}', '${tableName}') }}`;
    } else if (call === null) {
      plan.warn(`${tableName} has no schema, so it stays as it is.`);
      continue;
    }
    text += sql.slice(at, table.start) + call;
    at = table.end;
  }
  text += sql.slice(at);
  plan.file({ kind: "create", path, text: `${text.trim().replace(/;\s*$/, "")}\n` });
  for (const [schema, tables] of unknown) {
    await addSource(service, plan, { schema, tables: [...tables].sort(), folder: place });
  }
  return plan.build();
}

const creation =
  /^(?:create\s+(?:or\s+replace\s+)?(?:(?:temp|temporary|transient|materialized|secure)\s+)*(?:table|view)\s+(?:if\s+not\s+exists\s+)?[\w."`[\]]+\s+as|insert\s+into\s+[\w."`[\]]+)\s+(?=with\b|select\b|\()/i;

/** The select of a pasted statement; of `create view … as select …` what is after the `as`. @throws Refusal */
function selectOf(pasted: string): string {
  const sql = pasted.trim().replace(creation, "");
  if (sql === "") {
    throw new Refusal("Paste a select.", "sql");
  }
  const begins = /^\w+/.exec(withoutOpaque(sql).trim())?.[0].toLowerCase();
  if (begins !== undefined && !/^(?:with|select|from)$/.test(begins)) {
    throw new Refusal(`A model is a select. This begins with ${begins}.`, "sql");
  }
  const plain = withoutOpaque(sql);
  if (/;\s*\S/.test(plain)) {
    throw new Refusal("A model is one select. These are several statements.", "sql");
  }
  if (queriesOf(sql).length === 0) {
    throw new Refusal("This is no select that could become a model.", "sql");
  }
  const brackets = plain.replace(/[^()]/g, "");
  if (brackets.split("(").length !== brackets.split(")").length) {
    throw new Refusal("A bracket of this SQL is not closed, or closes nothing.", "sql");
  }
  return sql;
}

/** Adds tables to a source: to its YAML where there is one, else in a file of its own. */
async function addSource(
  service: LanguageService,
  plan: PlanBuilder,
  { schema, tables, folder }: { schema: string; tables: readonly string[]; folder: string },
): Promise<void> {
  const { lookup } = service.view;
  const known = lookup.sources.find(
    (node) => node.sourceName === schema && node.packageName === lookup.index.projectName,
  );
  const file = known ? (await service.texts({ paths: [known.path] })).files[0] : undefined;
  const place = file && endOfTables(file.text, schema);
  if (file && place) {
    const lines = tables.map((table) => `\n${" ".repeat(place.indent)}- name: ${table}`).join("");
    plan.edit(file, { start: place.at, end: place.at }, lines, { note: `new tables of the source ${schema}` });
    return;
  }
  const list = tables.map((table) => `      - name: ${table}\n`).join("");
  plan.file({
    kind: "create",
    path: `${folder}/_${schema}__sources.yml`,
    text: `version: 2\n\nsources:\n  - name: ${schema}\n    tables:\n${list}`,
  });
}

/** Where a further table of a source is written: after the last line of its last table. */
function endOfTables(text: string, sourceName: string): { at: number; indent: number } | null {
  const entries = yamlEntries(text);
  const source = entries.find(
    ({ path, value }) => path.length === 3 && path[0] === "sources" && path[2] === "name" && value?.text === sourceName,
  );
  const own = entries.filter(
    ({ path }) => source && path[0] === "sources" && path[1] === source.path[1] && path[2] === "tables",
  );
  const first = own.find(({ path, key }) => path.length === 5 && key !== null);
  const line = Math.max(...own.map((entry) => entry.line));
  if (!first || first.column < 0 || own.length === 0) {
    return null;
  }
  const lines = text.split("\n");
  // What is indented below the last entry (a text of several lines) belongs to it.
  let end = line;
  const indent = Math.max(0, first.column - 2);
  while (end < lines.length && (lines[end] ?? "").trim() !== "" && (lines[end] ?? "").search(/\S/) > indent) {
    end += 1;
  }
  return { at: lines.slice(0, end).join("\n").length, indent };
}

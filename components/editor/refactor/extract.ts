import type { LanguageService, ProjectFile } from "../language/language-service";
import { type Query, type QueryCte, queriesOf } from "../language/sql-query";
import { allSelects, cteOf, exposedName } from "../language/sql-scope";
import { allCtes, type SourceFile } from "../language/things";
import { checkedName, dedented, indented, modelPath, type Plan, PlanBuilder, Refusal } from "./plan";

export interface Selection {
  readonly start: number;
  readonly end: number;
}
/** The query to take out: its text, what is replaced by a name, and how. */
interface Extract {
  readonly body: string;
  readonly start: number;
  readonly end: number;
  /** In an expression a name is no query, so a select from it takes its place; a CTE keeps its brackets. */
  readonly place: "relation" | "expression" | "body";
  readonly statement: Query;
}

/** The name that what is to be extracted has: of the CTE around the cursor; null for a query inside of one. @throws Refusal */
export function extractableName(file: SourceFile, selection: Selection, to: "cte" | "model"): string | null {
  const { place, end, statement } = extractOf(file, selection);
  if (place !== "body") {
    return null;
  }
  if (to === "cte") {
    throw isCte();
  }
  return allCtes(statement).find((cte) => cte.end - 1 === end)?.name.text ?? null;
}

/** Puts a selected query into a CTE of its own. @throws Refusal */
export function planExtractCte(file: SourceFile, { selection, name }: { selection: Selection; name: string }): Plan {
  const newName = checkedName(name, "CTE");
  const { text } = file;
  const found = extractOf(file, selection);
  if (found.place === "body") {
    throw isCte();
  }
  if (found.statement.ctes.some((cte) => cte.name.text.toLowerCase() === newName.toLowerCase())) {
    throw new Refusal(`This file has a CTE named ${newName} already.`);
  }
  const plan = new PlanBuilder(`Extract the CTE ${newName}`);
  warnOfOutside(plan, found);
  const own: ProjectFile = { path: file.path, text, version: null };
  const cte = `${newName} as (\n${indented(dedented(found.body.trim()))}\n)`;
  const holder = found.statement.ctes.find((candidate) => candidate.start <= found.start && found.end <= candidate.end);
  const last = found.statement.ctes.at(-1);
  if (holder) {
    plan.edit(own, { start: holder.start, end: holder.start }, `${cte},\n\n`);
  } else if (last) {
    plan.edit(own, { start: last.end, end: last.end }, `,\n\n${cte}`);
  } else {
    const at = found.statement.selects[0]?.start ?? found.statement.start;
    plan.edit(own, { start: at, end: at }, `with ${cte}\n\n`);
  }
  plan.edit(own, found, found.place === "expression" ? `(select * from ${newName})` : newName);
  return plan.build();
}

/** Puts a selected query, or the CTE around the cursor, into a model of its own. @throws Refusal */
export function planExtractModel(
  service: LanguageService,
  file: SourceFile,
  { selection, name, folder }: { selection: Selection; name: string; folder: string },
): Plan {
  const newName = checkedName(name, "model");
  const { lookup } = service.view;
  const taken = lookup.ref(newName, lookup.index.projectName);
  if (taken) {
    throw new Refusal(`The project has a ${taken.resourceType} named ${newName} already (${taken.path}).`);
  }
  const found = extractOf(file, selection);
  const plan = new PlanBuilder(`Extract the model ${newName}`);
  warnOfOutside(plan, found);
  const own: ProjectFile = { path: file.path, text: file.text, version: null };
  const needed = neededCtes(found);
  const body = dedented(found.body.trim());
  const before = needed.map((cte) => `${file.text.slice(cte.name.start, cte.end)}`).join(",\n\n");
  const nested = /^with\s+(recursive\s+)?/i.exec(body);
  const query =
    before === ""
      ? `${body}\n`
      : nested
        ? `with ${nested[1] ?? ""}${before},\n\n${body.slice(nested[0].length)}\n`
        : `with ${before}\n\n${body}\n`;
  const text = neededVariables(file.text.slice(0, found.start), query) + query;
  plan.file({ kind: "create", path: modelPath(lookup, folder, newName), text });
  const ref = `{{ ref('${newName}') }}`;
  if (found.place === "body") {
    plan.edit(own, found, `\n    select * from ${ref}\n`);
  } else {
    plan.edit(own, found, found.place === "expression" ? `(select * from ${ref})` : ref);
  }
  return plan.build();
}

function isCte(): Refusal {
  return new Refusal("This is a CTE already. Select a query in brackets inside of it.");
}

function extractOf(file: SourceFile, selection: Selection): Extract {
  const { text } = file;
  const statements = queriesOf(text);
  const raw = text.slice(selection.start, selection.end);
  const start = selection.start + (raw.length - raw.trimStart().length);
  const end = selection.end - (raw.length - raw.trimEnd().length);
  if (raw.trim() === "") {
    return cteAround(statements, text, selection.start);
  }
  const statement = statements.find((query) => query.start <= start && end <= Math.max(query.end, end));
  for (const outer of statements) {
    for (const cte of allCtes(outer)) {
      const open = text.indexOf("(", cte.columns?.at(-1)?.end ?? cte.name.end);
      if (
        open < start &&
        end < cte.end &&
        text.slice(open + 1, start).trim() === "" &&
        text.slice(end, cte.end - 1).trim() === ""
      ) {
        return { body: text.slice(start, end), start: open + 1, end: cte.end - 1, place: "body", statement: outer };
      }
    }
    for (const select of allSelects(outer)) {
      for (const relation of select.relations) {
        const { target } = relation;
        if (target.kind === "query" && matches(text, target.query, { start, end })) {
          const bracket = text.lastIndexOf("(", target.query.start);
          const body = text.slice(target.query.start, target.query.end);
          const close = text.indexOf(")", target.query.end) + 1;
          return { body, start: bracket, end: close, place: "relation", statement: outer };
        }
      }
      for (const child of select.children) {
        if (matches(text, child, { start, end })) {
          const bracket = text.lastIndexOf("(", child.start);
          const close = text.indexOf(")", child.end) + 1;
          return {
            body: text.slice(child.start, child.end),
            start: bracket,
            end: close,
            place: "expression",
            statement: outer,
          };
        }
      }
    }
  }
  if (statement) {
    throw new Refusal("Select a whole query in brackets, or put the cursor into a CTE.");
  }
  throw new Refusal("There is no query here.");
}

/** Whether what is selected is the query, with or without its brackets. */
function matches(text: string, query: Query, { start, end }: Selection): boolean {
  const selected = text.slice(start, end).replace(/^\(\s*|\s*\)$/g, "");
  return (
    start <= query.start && query.start - start <= 200 && text.slice(query.start, query.end).trim() === selected.trim()
  );
}

function cteAround(statements: readonly Query[], text: string, offset: number): Extract {
  for (const statement of statements) {
    const cte = statement.ctes.find((candidate) => candidate.start <= offset && offset <= candidate.end);
    if (cte?.closed) {
      const open = text.indexOf("(", cte.columns?.at(-1)?.end ?? cte.name.end);
      return { body: text.slice(open + 1, cte.end - 1), start: open + 1, end: cte.end - 1, place: "body", statement };
    }
  }
  throw new Refusal("Select a query, or put the cursor into a CTE.");
}

/** The Jinja variables that a text uses, with what sets them before it; those that these use in turn, too. */
function neededVariables(before: string, text: string): string {
  const sets = [...before.matchAll(/\{%-?\s*set\s+(\w+)\s*=[\s\S]*?%\}/g)];
  let used = [...text.matchAll(/\{[{%][\s\S]*?[}%]\}/g)].map(([tag]) => tag).join(" ");
  const needed: string[] = [];
  for (const [tag, name = ""] of sets.reverse()) {
    if (new RegExp(`\\b${name}\\b`).test(used)) {
      needed.unshift(tag);
      used += tag.slice(tag.indexOf("="));
    }
  }
  return needed.length === 0 ? "" : `${needed.join("\n")}\n\n`;
}

/** A query that stands alone sees no rows of the queries around it. */
function warnOfOutside(plan: PlanBuilder, { start, end, statement }: Extract): void {
  const inside = allSelects(statement).filter((select) => start <= select.start && select.end <= end);
  const names = new Set(inside.flatMap(({ relations }) => relations.map(exposedName)));
  const outside = new Set(
    allSelects(statement)
      .filter((select) => !inside.includes(select))
      .flatMap(({ relations }) => relations.map(exposedName)),
  );
  for (const { qualifier } of inside.flatMap(({ uses }) => uses)) {
    const name = qualifier.at(-1)?.text.toLowerCase();
    if (name !== undefined && !names.has(name) && outside.has(name)) {
      plan.warn(`It reads ${name} of the query around it, which it does not see from its new place.`);
    }
  }
}

/** The CTEs of the statement that a part of it reads, and those that they read, in order. */
function neededCtes({ statement, start, end }: Extract): QueryCte[] {
  const needed = new Set<QueryCte>();
  const look = (from: number, to: number) => {
    for (const select of allSelects(statement)) {
      for (const relation of select.relations) {
        const cte = relation.start >= from && relation.end <= to ? cteOf(relation, select.query) : null;
        if (cte && statement.ctes.includes(cte) && !(cte.start >= from && cte.end <= to) && !needed.has(cte)) {
          needed.add(cte);
          look(cte.start, cte.end);
        }
      }
    }
  };
  look(start, end);
  return statement.ctes.filter((cte) => needed.has(cte));
}

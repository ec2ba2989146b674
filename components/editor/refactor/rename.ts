import type { IndexNode } from "@/server/contract";
import { languageOf } from "../language/language-of";
import type { LanguageService, ProjectFile } from "../language/language-service";
import { referencesIn } from "../language/references";
import { queriesOf } from "../language/sql-query";
import { allSelects, sameName } from "../language/sql-scope";
import { allCtes, type FoundThing, nameOf, type SourceFile, SqlThings, type Thing } from "../language/things";
import { type YamlEntry, yamlEntries } from "../language/yaml-entries";
import { checkedName, type Plan, PlanBuilder, Refusal } from "./plan";
import { planRenameColumn } from "./rename-column";

export interface RenameOptions {
  /** Of a column: whether models downstream pass it on under the new name, or under the old one. */
  readonly downstream: "rename" | "keep";
}

/** What a thing is, for people. */
export function kindOf(thing: Thing): string {
  switch (thing.kind) {
    case "node":
      return thing.node.resourceType === "source" ? "source table" : thing.node.resourceType;
    case "local-column":
      return "column";
    case "cte":
      return "CTE";
    case "var":
      return "variable";
    case "doc":
      return "docs block";
    default:
      return thing.kind;
  }
}

/** The thing under the cursor, when it can be renamed. @throws Refusal saying why not */
export async function renameTarget(service: LanguageService, file: SourceFile, offset: number): Promise<FoundThing> {
  const found = await service.thingAt(file, offset);
  const own = service.view.lookup.index.projectName;
  const thing = found?.thing;
  if (!found || !thing) {
    const node = service.view.lookup.nodeOfFile(file.path);
    if (node && node.resourceType !== "test") {
      return { thing: { kind: "node", node }, start: offset, end: offset };
    }
    throw new Refusal("There is no model, source, macro, column or CTE under the cursor.");
  }
  const owner =
    thing.kind === "node"
      ? thing.node
      : thing.kind === "macro"
        ? thing.macro
        : thing.kind === "column"
          ? thing.node
          : null;
  if (owner && owner.packageName !== own) {
    throw new Refusal(`It belongs to the package ${owner.packageName}, which is not edited here.`);
  }
  if (thing.kind === "column" && thing.node.resourceType === "source" && file.language === "dbt-sql") {
    // A source's columns are not made here, so the name that this SQL gives on is meant.
    const things = new SqlThings(service.view, file);
    for (const select of things.queries.flatMap(allSelects)) {
      const item = select.items.find(({ output }) => output && output.start <= offset && offset <= output.end);
      if (item?.output) {
        return { ...found, thing: things.output(select.query, item.output.text) };
      }
    }
    throw new Refusal(
      `${thing.column} is a column of the source ${thing.node.sourceName}.${thing.node.name}, which is loaded elsewhere.`,
    );
  }
  if (thing.kind === "missing") {
    throw new Refusal(`There is no ${thing.what} named ${thing.name} in this project.`);
  }
  if (thing.kind === "env_var") {
    throw new Refusal("Environment variables are set outside of the project.");
  }
  return found;
}

/** Everything that a new name changes. @throws Refusal */
export async function planRename(
  service: LanguageService,
  file: SourceFile,
  { thing, name, ...options }: RenameOptions & { thing: Thing; name: string },
): Promise<Plan> {
  const newName = checkedName(name, kindOf(thing));
  if (newName === nameOf(thing)) {
    throw new Refusal("This is its name already.");
  }
  const plan = new PlanBuilder(`Rename ${kindOf(thing)} ${nameOf(thing)} to ${newName}`);
  switch (thing.kind) {
    case "column":
    case "local-column":
      return planRenameColumn(service, file, { thing, name: newName, ...options });
    case "cte": {
      const references = await service.referencesOf(file, thing);
      const others = queriesOf(file.text).flatMap(allCtes);
      if (others.some((cte) => cte.start !== thing.cte.start && sameName(cte.name.text, newName))) {
        throw new Refusal(`This file has a CTE named ${newName} already.`);
      }
      for (const { places } of references.files) {
        for (const place of places) {
          plan.edit({ path: file.path, text: file.text, version: null }, place, newName);
        }
      }
      return plan.build();
    }
    case "node":
      return thing.node.resourceType === "source"
        ? planSourceRename(service, plan, { thing, node: thing.node, name: newName })
        : planNodeRename(service, plan, { thing, node: thing.node, name: newName });
    case "source":
      return planSourceRename(service, plan, { thing, node: null, name: newName });
    case "macro": {
      const { macro } = thing;
      const prefix = macro.name.startsWith("test_") ? "test_" : "";
      if (
        service.view.lookup.index.macros.some(
          (other) => other.packageName === macro.packageName && other.name === prefix + newName,
        )
      ) {
        throw new Refusal(`The project has a macro named ${newName} already.`);
      }
      await renameEverywhere(service, plan, { thing, name: newName });
      return plan.build();
    }
    default:
      await renameEverywhere(service, plan, { thing, name: newName });
      return plan.build();
  }
}

/** Edits every place that names the thing; `default__cents` becomes `default__` and the new name. Returns the files looked into. */
async function renameEverywhere(
  service: LanguageService,
  plan: PlanBuilder,
  { thing, name }: { thing: Thing; name: string },
): Promise<ProjectFile[]> {
  const { files, limited } = await service.candidates(thing);
  const old = nameOf(thing);
  for (const file of files) {
    const source = service.file(file.path, file.text);
    await service.prepare(source);
    for (const place of referencesIn(service.view, source, thing)) {
      const written = file.text.slice(place.start, place.end);
      plan.edit(file, place, written.endsWith(old) ? written.slice(0, -old.length) + name : name);
    }
  }
  if (limited) {
    plan.warn("The project has more files with this name than were looked into.");
  }
  return files;
}

async function planNodeRename(
  service: LanguageService,
  plan: PlanBuilder,
  { thing, node, name }: { thing: Thing; node: IndexNode; name: string },
): Promise<Plan> {
  const { lookup } = service.view;
  const taken = lookup.ref(name, lookup.index.projectName);
  if (taken && taken.packageName === node.packageName) {
    throw new Refusal(`The project has a ${taken.resourceType} named ${name} already (${taken.path}).`);
  }
  const files = await renameEverywhere(service, plan, { thing, name });
  for (const file of files) {
    if (/(?:^|\/)dbt_project\.ya?ml$/.test(file.path)) {
      for (const entry of yamlEntries(file.text)) {
        if (
          entry.key &&
          entry.path.at(-1) === node.name &&
          /^(?:models|seeds|snapshots)$/.test(String(entry.path[0]))
        ) {
          plan.edit(file, entry.key, name, { note: "its configuration" });
        }
      }
    }
    for (const entry of languageOf(file.path) === "dbt-yaml" ? yamlEntries(file.text) : []) {
      const written = entry.value?.text ?? "";
      if (entry.value && entry.path.at(-1) === "defined_in" && written.startsWith(node.name)) {
        plan.edit(file, entry.value, name + written.slice(node.name.length));
      }
    }
    const block = new RegExp(`\\{%-?\\s*snapshot\\s+(${node.name})\\s*-?%\\}`).exec(file.text);
    if (node.resourceType === "snapshot" && file.path === node.path && block?.[1]) {
      const start = block.index + block[0].indexOf(block[1]);
      plan.edit(file, { start, end: start + block[1].length }, name);
    }
  }
  const versions =
    node.version === null ? [node] : lookup.versions(node.name).filter((one) => one.packageName === node.packageName);
  for (const { path } of versions) {
    const slash = path.lastIndexOf("/") + 1;
    const stem = path.slice(slash);
    if (stem.startsWith(node.name) && /^(?:_v[\w.]*|\.v[\w.]*)?\.(?:sql|py|csv)$/.test(stem.slice(node.name.length))) {
      plan.file({ kind: "rename", path, newPath: path.slice(0, slash) + name + stem.slice(node.name.length) });
    }
  }
  if (node.relation && node.materialized !== "ephemeral" && node.relation.includes(node.name)) {
    plan.warn(
      `The next run builds it under the new name. What is in the warehouse as ${node.relation} stays there until somebody drops it.`,
    );
  }
  return plan.build();
}

async function planSourceRename(
  service: LanguageService,
  plan: PlanBuilder,
  { thing, node, name }: { thing: Thing; node: IndexNode | null; name: string },
): Promise<Plan> {
  const { lookup } = service.view;
  const old = nameOf(thing);
  const taken = node
    ? lookup.source(node.sourceName ?? "", name)
    : lookup.sources.some((other) => other.sourceName === name && other.packageName === lookup.index.projectName);
  if (taken) {
    throw new Refusal(
      node
        ? `${node.sourceName} has a table named ${name} already.`
        : `The project has a source named ${name} already.`,
    );
  }
  const files = await renameEverywhere(service, plan, { thing, name });
  // What it reads in the warehouse keeps its name, so the YAML now has to say it.
  const key = node ? "identifier" : "schema";
  for (const file of files.filter(({ path }) => languageOf(path) === "dbt-yaml")) {
    const entries = yamlEntries(file.text);
    for (const entry of entries) {
      if (entry.value?.text === old && definesSource(entry, entries, node) && !sibling(entries, entry, key)) {
        const lineEnd = file.text.indexOf("\n", entry.value.end);
        const at = lineEnd < 0 ? file.text.length : lineEnd;
        plan.edit(file, { start: at, end: at }, `\n${" ".repeat(Math.max(0, entry.column))}${key}: ${old}`, {
          note: `so that it still reads the ${node ? "table" : "schema"} ${old}`,
        });
      }
    }
  }
  return plan.build();
}

function definesSource(entry: YamlEntry, entries: readonly YamlEntry[], node: IndexNode | null): boolean {
  const { path } = entry;
  if (path[0] !== "sources" || path.at(-1) !== "name" || entry.column < 0) {
    return false;
  }
  if (node === null) {
    return path.length === 3;
  }
  const source = entries.find(
    (other) => other.path.length === 3 && other.path[1] === path[1] && other.path[2] === "name",
  );
  return path.length === 5 && path[2] === "tables" && source?.value?.text === node.sourceName;
}

function sibling(entries: readonly YamlEntry[], entry: YamlEntry, key: string): boolean {
  const wanted = [...entry.path.slice(0, -1), key].join("\0");
  return entries.some(({ path }) => path.join("\0") === wanted);
}

import type { IndexNode } from "@/server/contract";
import type { LanguageService, ProjectFile } from "../language/language-service";
import { nodeOf } from "../language/node-columns";
import { referencesIn } from "../language/references";
import { type Query, queriesOf, type Relation } from "../language/sql-query";
import { allSelects } from "../language/sql-scope";
import type { SourceFile } from "../language/things";
import { yamlEntries } from "../language/yaml-entries";
import { dedented, indented, type Plan, PlanBuilder, Refusal } from "./plan";

const configuration = /\{\{-?\s*config\([\s\S]*?\)\s*-?\}\}\s*/g;

/** The ephemeral model that the cursor is on, or whose file this is. @throws Refusal */
export async function inlineTarget(service: LanguageService, file: SourceFile, offset: number): Promise<IndexNode> {
  const found = await service.thingAt(file, offset);
  const node = found?.thing.kind === "node" ? found.thing.node : service.view.lookup.nodeOfFile(file.path);
  if (node?.resourceType !== "model") {
    throw new Refusal("Put the cursor on the ref of an ephemeral model, or open its file.");
  }
  if (node.materialized !== "ephemeral") {
    throw new Refusal(
      `${node.name} is a ${node.materialized ?? "model"}, not an ephemeral model: it is built in the warehouse.`,
    );
  }
  if (node.packageName !== service.view.lookup.index.projectName) {
    throw new Refusal(`It belongs to the package ${node.packageName}, which is not edited here.`);
  }
  return node;
}

/** Puts an ephemeral model's SQL into the models that read it, as a CTE, and takes the model away. @throws Refusal */
export async function planInlineModel(service: LanguageService, node: IndexNode): Promise<Plan> {
  const { lookup } = service.view;
  const plan = new PlanBuilder(`Inline the model ${node.name}`);
  const users = lookup.usedBy(node.uniqueId);
  const paths = [node.path, node.patchPath, ...users.flatMap((user) => (user.path.endsWith(".sql") ? user.path : []))];
  const { files } = await service.texts({ paths: [...new Set(paths.filter((path) => path !== null))] });
  const own = files.find(({ path }) => path === node.path);
  if (!own) {
    throw new Refusal(`${node.path} could not be read.`);
  }
  const body = dedented(own.text.replace(configuration, "").trim().replace(/;\s*$/, ""));
  for (const file of files) {
    if (file.path !== node.path && file.path.endsWith(".sql")) {
      inlineInto(service, plan, file, { node, body });
      warnOfOtherRefs(service, plan, file, node);
    }
  }
  // Tests of the model itself go with its YAML entry; those of others that name it stay.
  const goes = (user: IndexNode) => user.checks?.node === node.uniqueId;
  for (const user of users.filter((candidate) => /\.ya?ml$/.test(candidate.path) && !goes(candidate))) {
    plan.warn(`${user.resourceType} ${user.name} (${user.path}) refers to ${node.name} and has to be changed by hand.`);
  }
  for (const user of users.filter(({ path }) => path.endsWith(".py"))) {
    plan.warn(`${user.path} is a Python model and has to be changed by hand.`);
  }
  const yaml = files.find(({ path }) => path === node.patchPath);
  const described = yaml && entryRange(yaml.text, node.name);
  if (yaml && described) {
    plan.edit(yaml, described, "", { note: "its description and tests go with it" });
  }
  plan.file({ kind: "remove", path: node.path, text: own.text });
  return plan.build();
}

/** A ref that no query reads from, like the argument of a macro, cannot become a CTE. */
function warnOfOtherRefs(service: LanguageService, plan: PlanBuilder, file: ProjectFile, node: IndexNode): void {
  const thing = { kind: "node", node } as const;
  const left = referencesIn(service.view, service.file(file.path, file.text), thing).some(
    (place) => !plan.covers(file.path, place),
  );
  if (left) {
    plan.warn(`${file.path} refers to ${node.name} in Jinja, too, and has to be changed by hand.`);
  }
}

function inlineInto(
  service: LanguageService,
  plan: PlanBuilder,
  file: ProjectFile,
  { node, body }: { node: IndexNode; body: string },
): void {
  for (const statement of queriesOf(file.text)) {
    const relations = allSelects(statement).flatMap((select) =>
      select.relations
        .filter(
          ({ target }) =>
            target.kind === "ref" && nodeOf(service.view.lookup, target, file.path)?.uniqueId === node.uniqueId,
        )
        .map((relation) => ({ relation, query: select.query })),
    );
    const rest: Relation[] = [];
    for (const { relation, query } of relations) {
      const imported = importOf(file.text, statement, query);
      if (imported) {
        plan.edit(file, imported, `\n${indented(body)}\n`);
      } else {
        rest.push(relation);
      }
    }
    if (rest.length === 0) {
      continue;
    }
    const taken = new Set(statement.ctes.map((cte) => cte.name.text.toLowerCase()));
    const name = taken.has(node.name.toLowerCase()) ? `${node.name}_inlined` : node.name;
    for (const relation of rest) {
      const end = file.text.indexOf("}}", relation.start) + 2;
      plan.edit(file, { start: relation.start, end }, name);
    }
    const cte = `${name} as (\n${indented(body)}\n)`;
    const [first] = statement.ctes;
    const at = first?.start ?? statement.selects[0]?.start ?? statement.start;
    plan.edit(file, { start: at, end: at }, first ? `${cte},\n\n` : `with ${cte}\n\n`);
  }
}

/** Inside of the brackets of a CTE that is nothing but `select * from` the model: its SQL takes that place. */
function importOf(text: string, statement: Query, query: Query): { start: number; end: number } | null {
  const cte = statement.ctes.find((candidate) => candidate.query === query);
  const [select] = query.selects;
  const isImport =
    cte?.closed &&
    query.selects.length === 1 &&
    query.ctes.length === 0 &&
    select?.items.length === 1 &&
    select.items[0]?.star?.excluded.length === 0 &&
    select.relations.length === 1 &&
    select.clauses.length === 2;
  return cte && isImport ? { start: text.indexOf("(", cte.name.end) + 1, end: cte.end - 1 } : null;
}

/** The lines of a model's entry in a YAML file. */
function entryRange(text: string, name: string): { start: number; end: number } | null {
  const entries = yamlEntries(text);
  const entry = entries.find(
    ({ path, value }) => path.length === 3 && path[0] === "models" && path[2] === "name" && value?.text === name,
  );
  const index = entry?.path[1];
  if (!entry || entry.column < 0 || index === undefined) {
    return null;
  }
  const own = entries.filter(({ path }) => path[0] === "models" && path[1] === index);
  const lines = text.split("\n");
  const from = Math.min(...own.map(({ line }) => line)) - 1;
  const indent = (lines[from] ?? "").search(/\S/);
  let to = from + 1;
  while (to < lines.length && ((lines[to] ?? "").trim() === "" || (lines[to] ?? "").search(/\S/) > indent)) {
    to += 1;
  }
  const offset = (line: number) => lines.slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
  return { start: offset(from), end: Math.min(offset(to), text.length) };
}

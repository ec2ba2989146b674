import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedModel, isWhole, type Parent, random } from "./generated-sql";

/** Part of the folder's name, so that a change of what is generated makes a new project. */
const generation = 2;
const groupSize = 20;
/** Staging models over sources, then layers over the ones before. Shares of the whole; facts and marts are tables. */
const layers = [
  { name: "staging", share: 0.3, before: [] },
  { name: "intermediate", share: 0.3, before: ["staging"] },
  { name: "facts", share: 0.25, before: ["staging", "intermediate"] },
  { name: "marts", share: 0.15, before: ["intermediate", "facts"] },
] as const;

const projectFile = `name: generated
version: "1.0"
profile: generated
model-paths: [models]
macro-paths: [macros]
seed-paths: [seeds]
vars:
  first_day: "2020-01-01"
models:
  generated:
    staging:
      +schema: staging
      +tags: [hourly]
    facts:
      +materialized: table
    marts:
      +materialized: table
      +schema: marts
`;
const profile = `generated:
  target: dev
  outputs:
    dev: {type: duckdb, schema: main, threads: 2, path: generated.duckdb}
`;
const macros: Record<string, string> = {
  cents: "{% macro cents(column) %}cast({{ column }} * 100 as bigint){% endmacro %}\n",
  surrogate_key:
    "{% macro surrogate_key(columns) %}\n  md5({% for column in columns -%}\n" +
    "    coalesce(cast({{ column }} as varchar), ''){% if not loop.last %} || '-' || {% endif %}\n" +
    "  {%- endfor %})\n{% endmacro %}\n",
  recent: "{% macro recent(column) %}{{ column }} >= date '{{ var('first_day') }}'{% endmacro %}\n",
  by_status:
    "{% macro by_status(values) %}\n{% for value in values %}  sum(case when status = '{{ value }}' then amount else 0 end) as {{ value }}_amount" +
    "{% if not loop.last %},{% endif %}\n{% endfor %}{% endmacro %}\n",
  seldom: "{% macro seldom(column) %}nullif({{ column }}, 0){% endmacro %}\n",
};

/**
 * A project of `models` models below `parent`, made once and reused: the same on every machine. One table of a source to
 * each staging model, one to four parents for the others, descriptions, tests and docs blocks in YAML for twenty models a file,
 * macros, a seed and exposures. Returns its folder. Nothing of it is in a warehouse.
 */
export function generatedProject(parent: string, models: number): string {
  if (!Number.isInteger(models) || models < 10) throw new Error("--models takes a whole number, from 10.");
  const root = join(parent, `models-${models}-${generation}`);
  if (existsSync(root)) return root;
  const making = `${root}.making-${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  const written = (path: string, text: string) => writeFileSync(join(making, path), text);
  for (const folder of [...layers.map(({ name }) => join("models", name)), "macros", "seeds"])
    mkdirSync(join(making, folder), { recursive: true });
  written("dbt_project.yml", projectFile);
  written("profiles.yml", profile);
  for (const [name, text] of Object.entries(macros)) written(join("macros", `${name}.sql`), text);
  written(join("seeds", "countries.csv"), "code,name\nat,Austria\nfr,France\nse,Sweden\n");
  const next = random(models);
  const made: Record<string, Parent[]> = {};
  let total = 0;
  for (const [index, layer] of layers.entries()) {
    const count = index === layers.length - 1 ? models - total : Math.round(models * layer.share);
    made[layer.name] = [];
    const candidates = layer.before.flatMap((name) => (made[name] ?? []).filter(isWhole));
    for (let number = 0; number < count; number++, total++) {
      const model = generatedModel({ next, layer: layer.name, number, candidates });
      written(join("models", layer.name, `${model.name}.sql`), model.text);
      made[layer.name]?.push(model);
    }
    for (const [group, members] of grouped(made[layer.name] ?? []).entries())
      writeGroup(written, { layer: layer.name, group, members });
  }
  renameSync(making, root);
  return root;
}

function grouped(models: Parent[]): Parent[][] {
  const groups: Parent[][] = [];
  for (let start = 0; start < models.length; start += groupSize) groups.push(models.slice(start, start + groupSize));
  return groups;
}

function writeGroup(
  written: (path: string, text: string) => void,
  { layer, group, members }: { layer: string; group: number; members: Parent[] },
): void {
  const file = `_${layer}_${String(group).padStart(4, "0")}`;
  const folder = join("models", layer);
  written(join(folder, `${file}.md`), `{% docs ${file} %}\nModels of ${layer}, group ${group}.\n{% enddocs %}\n`);
  const parts = [`version: 2\nmodels:\n${members.map((model) => properties(model, file)).join("")}`];
  if (layer === "staging") {
    const tables = members.map(({ source }) => `      - name: ${source}\n        description: Raw rows of ${source}\n`);
    const text = `version: 2\nsources:\n  - name: raw_${group}\n    tables:\n${tables.join("")}`;
    written(join(folder, `_sources_${String(group).padStart(4, "0")}.yml`), text);
  }
  const [first] = members;
  if (layer === "marts" && first !== undefined)
    parts.push(
      `exposures:\n  - name: board_${group}\n    type: dashboard\n    owner: {name: Bench}\n    depends_on: ["ref('${first.name}')"]\n`,
    );
  written(join(folder, `${file}.yml`), parts.join(""));
}

function properties(model: Parent, docs: string): string {
  const described = model.columns.map((column) => {
    const tests = column === "id" ? "        data_tests: [unique, not_null]\n" : "";
    return `      - name: ${column}\n        description: The ${column} of ${model.name}\n${tests}`;
  });
  return `  - name: ${model.name}\n    description: "{{ doc('${docs}') }}"\n    columns:\n${described.join("")}`;
}

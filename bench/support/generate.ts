import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const layers = ["staging", "intermediate", "marts"] as const;
const columns = ["id", "customer_id", "amount", "status", "happened_on"] as const;
/** Part of the folder's name, so that a change of what is generated makes a new project. */
const generation = 1;

/** The same numbers for the same seed on every machine (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * A project of `models` models below `parent`, made once and reused: staging models over nothing, the others over one to four
 * of the layers before, each with a description and tests in YAML, one docs block for twenty of them, and a macro that every
 * third one calls. Returns its folder.
 */
export function generatedProject(parent: string, models: number): string {
  const root = join(parent, `models-${models}-${generation}`);
  if (existsSync(root)) return root;
  const making = `${root}.making-${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  for (const folder of [...layers.map((layer) => join("models", layer)), "macros"])
    mkdirSync(join(making, folder), { recursive: true });
  const write = (path: string, text: string) => writeFileSync(join(making, path), text);
  write(
    "dbt_project.yml",
    "name: generated\nversion: '1.0'\nprofile: generated\nmodel-paths: [models]\nmacro-paths: [macros]\n" +
      "models:\n  generated:\n    staging:\n      +schema: staging\n    marts:\n      +materialized: table\n",
  );
  write(
    "profiles.yml",
    "generated:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      schema: main\n      threads: 2\n      path: generated.duckdb\n",
  );
  write("macros/cents.sql", "{% macro cents(column) %}cast({{ column }} * 100 as bigint){% endmacro %}\n");
  const next = random(models);
  const perLayer = Math.ceil(models / layers.length);
  const before: string[] = [];
  let made = 0;
  for (const layer of layers) {
    const here: string[] = [];
    for (let index = 0; index < perLayer && made < models; index++, made++) {
      const name = `${layer}_${String(index).padStart(5, "0")}`;
      write(join("models", layer, `${name}.sql`), modelText(next, made, before));
      here.push(name);
    }
    for (let start = 0; start < here.length; start += 20) {
      const group = here.slice(start, start + 20);
      const file = `_${layer}_${String(start / 20).padStart(4, "0")}`;
      write(
        join("models", layer, `${file}.md`),
        `{% docs ${file} %}\nModels of ${layer}, group ${start / 20}.\n{% enddocs %}\n`,
      );
      write(
        join("models", layer, `${file}.yml`),
        `version: 2\nmodels:\n${group.map((name) => properties(name, file)).join("")}`,
      );
    }
    before.push(...here);
  }
  renameSync(making, root);
  return root;
}

function modelText(next: () => number, number: number, before: string[]): string {
  if (before.length === 0) {
    return (
      `select\n    ${number} as id,\n    ${Math.floor(next() * 1000)} as customer_id,\n` +
      `    ${(next() * 100).toFixed(2)} as amount,\n    'placed' as status,\n    date '2026-01-01' as happened_on\n`
    );
  }
  const parents = new Set<string>();
  const wanted = 1 + Math.floor(next() * 4);
  while (parents.size < wanted) parents.add(before[Math.floor(next() * before.length)] ?? "");
  const [first, ...others] = parents;
  const amount = number % 3 === 0 ? "{{ cents('first.amount') }} as amount" : "first.amount + 1 as amount";
  const joins = others.map(
    (name, index) => `left join {{ ref('${name}') }} as other_${index} on other_${index}.id = first.id\n`,
  );
  return (
    `with first as (\n    select * from {{ ref('${first}') }}\n)\n\nselect\n    first.id,\n    first.customer_id,\n    ${amount},\n` +
    `    first.status,\n    first.happened_on\nfrom first\n${joins.join("")}where first.id >= 0\n`
  );
}

function properties(name: string, docs: string): string {
  const described = columns.map((column) => `      - name: ${column}\n        description: The ${column} of ${name}\n`);
  described[0] += "        data_tests: [unique, not_null]\n";
  return `  - name: ${name}\n    description: "{{ doc('${docs}') }}"\n    columns:\n${described.join("")}`;
}

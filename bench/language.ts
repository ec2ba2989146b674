import { completionsAt } from "../components/editor/language/completion";
import type { CompletionRequest } from "../components/editor/language/completion-entry";
import { mentionsIn } from "../components/editor/language/mentions";
import { describedColumns } from "../components/editor/language/node-columns";
import { ProjectLookup } from "../components/editor/language/project-lookup";
import { noNames } from "../components/editor/language/project-names";
import type { IndexNode } from "../server/contract";
import { milliseconds, percentile, printTable } from "./support/statistics";

const models = 10_000;
const columnsEach = 12;
const lines = 2_000;

/** A project of 10,000 models with columns and descriptions, as the index of a session tells it. */
function project(): ProjectLookup {
  const nodes: IndexNode[] = Array.from({ length: models }, (_, number) => ({
    uniqueId: `model.bench.model_${number}`,
    name: `${["stg", "int", "fct", "dim"][number % 4]}_${["orders", "customers", "payments"][number % 3]}_${number}`,
    resourceType: "model",
    packageName: "bench",
    path: `models/m/model_${number}.sql`,
    patchPath: null,
    line: 1,
    relation: `"db"."main"."model_${number}"`,
    materialized: "view",
    description: `What the model ${number} holds.`,
    tags: [],
    columns: Array.from({ length: columnsEach }, (_unused, column) => ({
      name: `column_${column}`,
      type: "integer",
      description: "A column.",
    })),
    dependsOn: number === 0 ? [] : [`model.bench.model_${number - 1}`],
    sourceName: null,
    version: null,
    owner: null,
    freshness: null,
    checks: null,
  }));
  return new ProjectLookup({
    projectName: "bench",
    adapter: "duckdb",
    version: 1,
    nodes,
    macros: [],
    docs: [],
    vars: [],
    modelPaths: ["models"],
  });
}

/** A model of 2,000 lines: CTEs that select columns from refs. `end` is what is being written. */
function longModel(lookup: ProjectLookup, end: string): string {
  const ctes = Array.from({ length: lines / 10 }, (_, number) => {
    const name = lookup.refs[number]?.name ?? "";
    const columns = Array.from({ length: 6 }, (_unused, column) => `        a.column_${column},`).join("\n");
    return `cte_${number} as (\n    select\n${columns}\n        ${number} as number\n    from {{ ref('${name}') }} a\n)`;
  });
  return `with ${ctes.join(",\n")}\n${end}`;
}

/**
 * What the dbt language answers in the browser while a person types, in this process: the completion list at 10,000 models in a model of
 * 2,000 lines, each time on a text that was not seen before, and the arrangement of a new index.
 */
export function languageBench(rounds: number): Record<string, unknown> {
  const arranged = timed(5, project);
  const lookup = project();
  const cases: Record<string, string> = {
    "ref('": "select * from {{ ref('",
    "ref('fct_ord": "select * from {{ ref('fct_ord",
    "from ": "select * from ",
    "columns of an alias": "select c. from cte_7 c",
    "anything in a select": "select col from cte_7 c join cte_8 d on true",
  };
  const results: Record<string, number[]> = {};
  for (const [name, end] of Object.entries(cases)) {
    let turn = 0;
    results[name] = timed(rounds, () => {
      turn += 1;
      const text = longModel(lookup, `-- ${turn}\n${end}`);
      const at = name === "columns of an alias" ? "select c." : name === "anything in a select" ? "select col" : end;
      const offset = text.lastIndexOf(at) + at.length;
      const request: CompletionRequest = {
        lookup,
        text,
        offset,
        language: "dbt-sql",
        path: "models/m/model_9999.sql",
        columns: describedColumns,
        names: noNames,
        usage: () => 0,
      };
      const started = performance.now();
      const { entries } = completionsAt(request);
      const took = performance.now() - started;
      if (entries.length === 0) {
        throw new Error(`Nothing was offered for ${name}.`);
      }
      return took;
    });
  }
  let turn = 0;
  const scanned = timed(rounds, () => {
    turn += 1;
    const text = longModel(lookup, `-- ${turn}\nselect 1`);
    const started = performance.now();
    mentionsIn("dbt-sql", text);
    return performance.now() - started;
  });
  const shown = (values: readonly number[]) =>
    `${milliseconds(percentile(values, 0.5))} / ${milliseconds(percentile(values, 0.95))}`;
  printTable(`The dbt language at ${models} models, a model of ${lines} lines`, [
    ...Object.entries(results).map(([name, values]): [string, string] => [
      `completion list, ${name}, p50 / p95`,
      shown(values),
    ]),
    ["names of a text, p50 / p95", shown(scanned)],
    ["a new index arranged, p50 / p95", shown(arranged)],
  ]);
  return {
    bench: "language",
    models,
    lines,
    ...Object.fromEntries(
      Object.entries(results).map(([name, values]) => [`completion_p95_ms ${name}`, percentile(values, 0.95)]),
    ),
    mentions_p95_ms: percentile(scanned, 0.95),
    arrange_p95_ms: percentile(arranged, 0.95),
  };
}

const warmUp = 10;

/** The milliseconds of each round, after some that do not count; what `work` returns instead, when that is a number. */
function timed(rounds: number, work: () => unknown): number[] {
  for (let round = 0; round < warmUp; round += 1) {
    work();
  }
  return Array.from({ length: rounds }, () => {
    const started = performance.now();
    const measured = work();
    return typeof measured === "number" ? measured : performance.now() - started;
  });
}

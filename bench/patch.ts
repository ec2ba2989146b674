import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { requestTimeouts } from "@/server/sessions/limits";
import { type Bench, ended } from "./support/bench";
import { type BenchProject, openSession, prepareProject, sqlModels } from "./support/project";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

const leaveOut = new Set(["target", "logs", "dbt_packages", "dbt_modules", "node_modules"]);
/** A macro of the generated project that every third model calls. */
const everywhere = "macros/cents.sql";

/** The session answers when what it was at is done: a macro of many takes long. */
const patience = 10;

/** A kind of file that people change: which files are of it, and how their text changes. */
interface Kind {
  readonly name: string;
  readonly files: readonly string[];
  readonly change: (text: string, round: number) => string;
}

/** One changed file of each kind to a whole graph that is correct again: no change waits, no file is broken. */
export async function patchBench({ options, folder, runner }: Bench): Promise<Record<string, unknown>> {
  const project = await prepareProject(options, folder);
  let settled: (error: string | null) => void = () => undefined;
  const { connection } = await openSession(runner.socketPath, project, (event) => {
    if (event.type === "graph" && !event.pending) settled(event.error?.message ?? null);
  });
  const models = await sqlModels(connection, project);
  const rounds = options.rounds ?? 10;
  const samples = new Map<string, number[]>();
  const lay = async (path: string, text: string | null, kind: string | null) => {
    const done = new Promise<string | null>((resolve) => {
      settled = resolve;
    });
    const started = performance.now();
    const changes = [{ path, text, deleted: false, version: 1 }];
    await connection.request("overlay", { changes }, requestTimeouts.overlay * patience);
    const error = await done;
    if (error !== null) throw new Error(`${path}: ${error}`);
    if (kind !== null) samples.set(kind, [...(samples.get(kind) ?? []), performance.now() - started]);
  };
  const kinds = kindsOf(
    project,
    models.map(({ path }) => path),
  );
  for (const { name, files, change } of kinds) {
    if (files.length === 0) continue;
    const times = name === "macro of many" ? 1 : rounds;
    for (let round = 0; round < times; round++) {
      const path = files[Math.floor((round * files.length) / times)];
      if (path === undefined) continue;
      await lay(path, change(readFileSync(join(project.root, path), "utf8"), round), name);
      await lay(path, null, null);
    }
  }
  for (let round = 0; round < rounds; round++) {
    const model = models[Math.floor(((round + 0.5) * models.length) / rounds)];
    if (model === undefined) continue;
    const looks = `version: 2\nexposures:\n  - name: looks_${round}\n    type: dashboard\n    owner: {name: Bench}\n    depends_on: ["ref('${model.name}')"]\n`;
    await lay(`models/bench_${round}.yml`, looks, "new YAML");
    await lay(`models/bench_${round}.sql`, `select * from {{ ref('${model.name}') }}\n`, "new model");
  }
  connection.close(ended);
  printTable(
    `patch: ${models.length} models`,
    [...samples].map(([name, taken]) => [
      `${name}, p50 / p95`,
      `${milliseconds(percentile(taken, 0.5))} / ${milliseconds(percentile(taken, 0.95))}`,
    ]),
  );
  const usual = [...samples].filter(([name]) => name !== "macro of many").flatMap(([, taken]) => taken);
  return {
    bench: "patch",
    models: models.length,
    p50_ms: rounded(percentile(usual, 0.5)),
    p95_ms: rounded(percentile(usual, 0.95)),
    peer_p50_ms: null,
    ratio: null,
    kinds: Object.fromEntries(
      [...samples].map(([name, taken]) => [
        name,
        { p50_ms: rounded(percentile(taken, 0.5)), p95_ms: rounded(percentile(taken, 0.95)) },
      ]),
    ),
  };
}

function kindsOf(project: BenchProject, models: readonly string[]): Kind[] {
  const files = filesBelow(project.root);
  const texts = (suffix: string, has: RegExp) =>
    files.filter((path) => path.endsWith(suffix) && has.test(readFileSync(join(project.root, path), "utf8")));
  const yaml = files.some((path) => path.endsWith(".yml")) ? ".yml" : ".yaml";
  const described = /^(\s*)description: (?!\||>|"\{\{)(.*)$/m;
  const again = (text: string, round: number) =>
    text.replace(described, (_, indent: string) => `${indent}description: Changed ${round}`);
  const macros = files.filter((path) => path.startsWith("macros/") && path.endsWith(".sql") && path !== everywhere);
  const withComment = (text: string, round: number) => text.replace(/(\{%-?\s*endmacro)/, `{# ${round} #}$1`);
  return [
    { name: "model", files: models, change: (text, round) => `${text.trimEnd()}\n-- ${round}\n` },
    {
      name: "model's config",
      files: models,
      change: (text, round) => `{{ config(tags=['bench_${round}']) }}\n${text}`,
    },
    {
      name: "YAML of models",
      files: texts(yaml, /^models:/m).filter((path) => described.test(readFileSync(join(project.root, path), "utf8"))),
      change: again,
    },
    { name: "YAML of sources", files: texts(yaml, /^sources:/m), change: again },
    {
      name: "docs",
      files: texts(".md", /\{% *docs/),
      change: (text, round) => text.replace(/(\{%-?\s*enddocs)/, `Changed ${round}.\n$1`),
    },
    { name: "macro", files: macros, change: withComment },
    { name: "macro of many", files: files.filter((path) => path === everywhere), change: withComment },
    {
      name: "seed",
      files: texts(".csv", /./),
      change: (text) => `${text.trimEnd()}\n${text.trimEnd().split("\n").at(-1)}\n`,
    },
  ];
}

function filesBelow(root: string, folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (!entry.isDirectory()) return [path];
      return entry.name.startsWith(".") || leaveOut.has(entry.name) ? [] : filesBelow(root, path);
    })
    .sort();
}

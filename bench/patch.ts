import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { requestTimeouts } from "@/server/sessions/limits";
import type { WorkerConnection } from "@/server/sessions/worker-connection";
import { type Bench, ended } from "./support/bench";
import { cpuSeconds } from "./support/memory";
import { type BenchProject, compileText, type Model, openSession, prepareProject, sqlModels } from "./support/project";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

const leaveOut = new Set(["target", "logs", "dbt_packages", "dbt_modules", "node_modules"]);
/** A macro of the generated project that every third model calls. */
const everywhere = "macros/cents.sql";

const betweenKeys = 100;
/** Of its text: what it says where it is called, before anything else. */
const beginning = /(\{%-?\s*macro\s[^%]*%\})/;

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
  const { connection, pid } = await openSession(runner.socketPath, project, (event) => {
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
    await connection.request("overlay", { changes }, requestTimeouts.overlay);
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
  const callers = existsSync(join(project.root, everywhere))
    ? await readCallers(
        { connection, pid, models, macro: readFileSync(join(project.root, everywhere), "utf8") },
        () => {
          return new Promise<string | null>((resolve) => {
            settled = resolve;
          });
        },
      )
    : null;
  connection.close(ended);
  printTable(`patch: ${models.length} models`, [
    ...[...samples].map(([name, taken]): [string, string] => [
      `${name}, p50 / p95`,
      `${milliseconds(percentile(taken, 0.5))} / ${milliseconds(percentile(taken, 0.95))}`,
    ]),
    ...callersRows(callers),
  ]);
  const usual = [...samples].filter(([name]) => name !== "macro of many").flatMap(([, taken]) => taken);
  return {
    bench: "patch",
    models: models.length,
    p50_ms: rounded(percentile(usual, 0.5)),
    p95_ms: rounded(percentile(usual, 0.95)),
    peer_p50_ms: null,
    ratio: null,
    callers: callers && {
      callers: callers.total,
      asked_ms: rounded(callers.asked),
      keystroke_p50_ms: rounded(percentile(callers.keystrokes, 0.5)),
      keystroke_p95_ms: rounded(percentile(callers.keystrokes, 0.95)),
      whole_ms: rounded(callers.whole),
      processor_ms: callers.processor === null ? null : rounded(callers.processor),
    },
    kinds: Object.fromEntries(
      [...samples].map(([name, taken]) => [
        name,
        { p50_ms: rounded(percentile(taken, 0.5)), p95_ms: rounded(percentile(taken, 0.95)) },
      ]),
    ),
  };
}

/** What a macro of thousands takes that calls `ref`: all its callers are read again, in slices. */
interface Callers {
  readonly total: number;
  /** Until the session has taken the macro in and a caller that is asked for is compiled with it. */
  readonly asked: number;
  /** Keystrokes in a model while the callers are read, to its compiled SQL. */
  readonly keystrokes: readonly number[];
  readonly whole: number;
  /** The session's own processor time until the graph is whole. */
  readonly processor: number | null;
}

/** A person types in a model ten times a second while the macro's callers are read. Leaves the macro as it is then. */
async function readCallers(
  { connection, pid, models, macro }: { connection: WorkerConnection; pid: number; models: Model[]; macro: string },
  wholeAgain: () => Promise<string | null>,
): Promise<Callers | null> {
  const called = /macro\s+(\w+)/.exec(macro)?.[1] ?? "";
  const [caller, ...callers] = models.filter(({ text }) => text.includes(`${called}(`));
  const typedIn = models.find(({ text }) => !text.includes(`${called}(`));
  if (caller === undefined || typedIn === undefined) return null;
  let version = 100;
  await compileText(connection, typedIn.path, typedIn.text, version++);
  const ranBefore = cpuSeconds(pid);
  const text = macro.replace(beginning, "$1{% set rates = ref('countries') %}");
  const done = wholeAgain();
  const started = performance.now();
  const changes = [{ path: everywhere, text, deleted: false, version: version++ }];
  await connection.request("overlay", { changes }, requestTimeouts.overlay);
  const { error } = await compileText(connection, caller.path, caller.text, version++);
  if (error) throw new Error(`${caller.path}: ${error.message}`);
  const asked = performance.now() - started;
  const keystrokes: number[] = [];
  let whole: number | null = null;
  const ended = done.then((problem) => {
    if (problem !== null) throw new Error(`${everywhere}: ${problem}`);
    whole = performance.now() - started;
  });
  while (whole === null) {
    await Promise.race([ended, sleep(betweenKeys)]);
    const pressed = performance.now();
    const typed = `${typedIn.text.trimEnd()}\n-- ${"x".repeat(version % 20)}\n`;
    await compileText(connection, typedIn.path, typed, version++);
    keystrokes.push(performance.now() - pressed);
  }
  const ran = cpuSeconds(pid);
  const processor = ran === null || ranBefore === null ? null : (ran - ranBefore) * 1000;
  return { total: callers.length + 1, asked, keystrokes, whole, processor };
}

function callersRows(callers: Callers | null): [string, string][] {
  if (callers === null) return [];
  const { total, asked, keystrokes, whole, processor } = callers;
  return [
    [`macro of ${total} with ref, a caller compiled`, milliseconds(asked)],
    [
      `keystroke meanwhile (${keystrokes.length}), p50 / p95`,
      `${milliseconds(percentile(keystrokes, 0.5))} / ${milliseconds(percentile(keystrokes, 0.95))}`,
    ],
    ["graph whole", milliseconds(whole)],
    ["its processor time", processor === null ? "not known" : milliseconds(processor)],
  ];
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

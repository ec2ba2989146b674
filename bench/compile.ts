import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { requestTimeouts } from "@/server/sessions/limits";
import { type Bench, ended } from "./support/bench";
import { timed } from "./support/processes";
import { compileText, type Model, openSession, prepareProject, sqlModels } from "./support/project";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

const keystrokesPerRound = 40;
/** Models that are typed in; spread over the project. */
const mostModels = 40;
/** The command line takes minutes for each run on a project of this many models: once is enough. */
const many = 5000;

/** Keystroke to compiled SQL through a session, against `dbt compile -s` of the same model by the command line. */
export async function compileBench({ options, folder, runner }: Bench): Promise<Record<string, unknown>> {
  const project = await prepareProject(options, folder);
  const { connection } = await openSession(runner.socketPath, project);
  const all = (await sqlModels(connection, project)).filter(
    ({ name }) => options.model === null || name === options.model,
  );
  if (all.length === 0) throw new Error("The project has no such SQL model.");
  const models = spread(all, mostModels);
  const rounds = options.rounds ?? 3;
  const runs = all.length >= many ? 1 : rounds;
  const ours: number[] = [];
  const peer: number[] = [];
  const inWorker: number[] = [];
  let version = 0;
  let equal = 0;
  let skipped = 0;
  for (const model of models) await compileText(connection, model.path, model.text, version++);
  for (let round = 0; round < rounds; round++) {
    for (let stroke = 0; stroke < keystrokesPerRound; stroke++) {
      const model = models[(round * keystrokesPerRound + stroke) % models.length];
      if (model === undefined) continue;
      const text = `${model.text.trimEnd()}\n-- keystroke ${round} ${"x".repeat(stroke % 20)}\n`;
      const started = performance.now();
      const result = await compileText(connection, model.path, text, version++);
      const took = performance.now() - started;
      if (result.introspective) skipped++;
      else if (result.error) throw new Error(`${model.name}: ${result.error.message}`);
      else {
        ours.push(took);
        inWorker.push(result.milliseconds);
      }
    }
    const model = models[Math.floor((round * models.length) / rounds)];
    if (model === undefined || round >= runs) continue;
    console.error(`  dbt compile -s ${model.name}, cold${all.length >= many ? " (minutes)" : ""}`);
    const compile = ["-m", "dbt.cli.main", "compile", "-s", model.name, "--no-partial-parse", ...project.dbtArguments];
    peer.push(await timed(options.python, compile, { cwd: folder, env: project.dbtEnvironment }));
    // Forget what was typed everywhere: an ephemeral model's unsaved text is in the SQL of those that refer to it.
    const forgotten = models.map(({ path }) => ({ path, text: null, deleted: false, version: version++ }));
    await connection.request("overlay", { changes: forgotten }, requestTimeouts.overlay);
    const result = await compileText(connection, model.path, model.text, version++);
    if (result.sql !== null && result.sql === compiledByDbt(folder, model.path)) equal++;
  }
  connection.close(ended);
  const p50 = percentile(ours, 0.5);
  const p95 = percentile(ours, 0.95);
  const peerP50 = percentile(peer, 0.5);
  printTable(`compile: ${all.length} models, ${ours.length} keystrokes, ${peer.length} runs of dbt compile -s`, [
    ["Millrace p50 / p95", `${milliseconds(p50)} / ${milliseconds(p95)}`],
    ["of which in the session's compile, p50", milliseconds(percentile(inWorker, 0.5))],
    ["dbt compile -s, cold, p50", milliseconds(peerP50)],
    ["ratio", `${(peerP50 / p50).toFixed(0)}x`],
    ["byte-equal to dbt's", `${equal} of ${peer.length}`],
    ["want the warehouse, not timed", String(skipped)],
  ]);
  return {
    bench: "compile",
    p50_ms: rounded(p50),
    p95_ms: rounded(p95),
    peer_p50_ms: rounded(peerP50),
    ratio: rounded(peerP50 / p50),
    samples: ours.length,
    peer_samples: peer.length,
    models: all.length,
    equal,
  };
}

function spread(models: readonly Model[], most: number): Model[] {
  const step = Math.max(1, models.length / most);
  return Array.from({ length: Math.min(most, models.length) }, (_, index) => models[Math.floor(index * step)]).filter(
    (model) => model !== undefined,
  );
}

function compiledByDbt(folder: string, path: string): string | null {
  const compiled = join(folder, "dbt", "target", "compiled");
  const [project] = readdirSync(compiled);
  return project === undefined ? null : readFileSync(join(compiled, project, path), "utf8");
}

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { defaultPreviewLimits } from "@/server/contract/policy";
import { type Bench, ended } from "./support/bench";
import { runRequest } from "./support/decode";
import { childEnvironment, LineProcess, timed } from "./support/processes";
import { compileText, type Model, openSession, prepareProject, sqlModels } from "./support/project";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

const previewsPerRound = 10;
const rows = 500;
const steps = ["compile", "connect", "execute"] as const;
/** A person reads before they ask again; the session makes the next query process meanwhile. */
const pauseMilliseconds = 500;

/** Request to first row, and to 500 rows, over HTTP: against `dbt show --limit 500` and against the bare driver on the same SQL. */
export async function previewBench({ options, folder, runner }: Bench): Promise<Record<string, unknown>> {
  const project = await prepareProject(options, folder);
  const session = await openSession(runner.socketPath, project);
  const web = new LineProcess(process.execPath, [join(options.output, "http-server.mjs")], childEnvironment());
  const driver = new LineProcess(
    options.python,
    [join(options.paths.root, "bench", "python", "driver.py")],
    childEnvironment(),
  );
  try {
    const { port } = await web.hello;
    await driver.hello;
    const preview = (model: Model) => {
      const query = {
        type: "query",
        queryId: randomUUID(),
        path: model.path,
        sql: null,
        limits: { ...defaultPreviewLimits, rows },
      };
      return runRequest(`http://127.0.0.1:${port}/`, {
        endpoint: { kind: "unix", path: runner.socketPath },
        session: session.token,
        query,
      });
    };
    const model = await previewable(await sqlModels(session.connection, project), options.model, preview);
    const { sql } = await preview(model);
    const place = { adapter: project.target.adapter, ...project.target.settings, ...project.target.secrets };
    const bare = () => driver.ask({ do: "preview", place, sql, rows });
    await bare();
    const first: number[] = [];
    const all: number[] = [];
    const inARow: number[] = [];
    const spent = { compile: [] as number[], connect: [] as number[], execute: [] as number[] };
    const driverFirst: number[] = [];
    const driverAll: number[] = [];
    const show: number[] = [];
    for (let round = 0; round < (options.rounds ?? 3); round++) {
      for (let index = 0; index < previewsPerRound; index++) {
        // As after typing: the compiled pane has asked for this text, and then nothing happens for a moment.
        const text = `${model.text.trimEnd()}\n-- ${"x".repeat(index)}\n`;
        await compileText(session.connection, model.path, text, index);
        await pause(pauseMilliseconds);
        const run = await preview(model);
        for (const step of steps) spent[step].push(run.tail.milliseconds[step]);
        first.push(run.first);
        all.push(run.all);
        const reference = await bare();
        driverFirst.push(Number(reference.first));
        driverAll.push(Number(reference.all));
        inARow.push((await preview(model)).first);
      }
      const command = [
        "-m",
        "dbt.cli.main",
        "show",
        "-s",
        model.name,
        "--limit",
        String(rows),
        ...project.dbtArguments,
      ];
      show.push(await timed(options.python, command, { cwd: folder, env: project.dbtEnvironment }));
    }
    return report(model.name, { first, all, inARow, driverFirst, driverAll, show, ...spent });
  } finally {
    web.stop();
    driver.stop();
    session.connection.close(ended);
  }
}

/** The named model, or the first (tables before views) whose preview returns rows. */
async function previewable(
  models: Model[],
  name: string | null,
  preview: (model: Model) => Promise<unknown>,
): Promise<Model> {
  const wanted = models
    .filter((model) => name === null || model.name === name)
    .sort((first, second) => Number(second.materialized === "table") - Number(first.materialized === "table"));
  const refusals: string[] = [];
  for (const model of wanted) {
    try {
      await preview(model);
      return model;
    } catch (error) {
      refusals.push(`${model.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`No model can be previewed; is the warehouse built?\n${refusals.slice(0, 3).join("\n")}`);
}

function report(
  model: string,
  measured: Record<
    "first" | "all" | "inARow" | "driverFirst" | "driverAll" | "show" | (typeof steps)[number],
    number[]
  >,
): Record<string, unknown> {
  const { first, all, inARow, driverFirst, driverAll, show } = measured;
  const middle = (samples: number[]) => percentile(samples, 0.5);
  const p50 = middle(first);
  const p95 = percentile(first, 0.95);
  const showP50 = middle(show);
  printTable(`preview of ${model}: ${first.length} previews, ${show.length} runs of dbt show`, [
    ["Millrace, first row, p50 / p95", `${milliseconds(p50)} / ${milliseconds(p95)}`],
    [`Millrace, ${rows} rows, p50 / p95`, `${milliseconds(middle(all))} / ${milliseconds(percentile(all, 0.95))}`],
    ["Millrace, first row, at once after another preview, p50", milliseconds(middle(inARow))],
    ["bare driver, first row, p50", milliseconds(middle(driverFirst))],
    [`bare driver, ${rows} rows, p50`, milliseconds(middle(driverAll))],
    ["in the query process, p50", steps.map((step) => `${step} ${milliseconds(middle(measured[step]))}`).join(", ")],
    ["first row over the driver's", milliseconds(p50 - middle(driverFirst))],
    [`dbt show --limit ${rows}, cold, p50`, milliseconds(showP50)],
    ["ratio to dbt show", `${(showP50 / p50).toFixed(0)}x`],
  ]);
  return {
    bench: "preview",
    p50_ms: rounded(p50),
    p95_ms: rounded(p95),
    peer_p50_ms: rounded(showP50),
    ratio: rounded(showP50 / p50),
    rows500_p50_ms: rounded(middle(all)),
    rows500_p95_ms: rounded(percentile(all, 0.95)),
    in_a_row_p50_ms: rounded(middle(inARow)),
    driver_first_row_p50_ms: rounded(middle(driverFirst)),
    driver_rows500_p50_ms: rounded(middle(driverAll)),
    first_row_over_driver_ms: rounded(p50 - middle(driverFirst)),
    model,
  };
}

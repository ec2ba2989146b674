import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { defaultPreviewLimits } from "@/server/contract/policy";
import { requestTimeouts } from "@/server/sessions/limits";
import { QueryConnection } from "@/server/sessions/query-connection";
import { type Bench, ended } from "./support/bench";
import { childrenOf, privateMb, scheduled } from "./support/memory";
import { timed } from "./support/processes";
import { type BenchProject, compileText, type Model, openSession, prepareProject, sqlModels } from "./support/project";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

const sessionsPerRound = 10;
/** After this long without a request a session has made its next query process. */
const spareMilliseconds = 2000;

/** Hello to first compiled SQL on a known project, against the command line's; private memory of a session and of a query. */
export async function sessionBench({ options, folder, runner }: Bench): Promise<Record<string, unknown>> {
  const project = await prepareProject(options, folder);
  const parsed = performance.now();
  const warm = await openSession(runner.socketPath, project);
  const firstParse = performance.now() - parsed;
  const models = (await sqlModels(warm.connection, project)).filter(
    ({ name }) => options.model === null || name === options.model,
  );
  const rounds = options.rounds ?? 3;
  const ready: number[] = [];
  const ours: number[] = [];
  const peer: number[] = [];
  const running: number[] = [];
  const waiting: number[] = [];
  const sessionMemory: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (let index = 0; index < sessionsPerRound; index++) {
      const model = models[(round * sessionsPerRound + index) % models.length];
      if (model === undefined) throw new Error("The project has no SQL model.");
      const started = performance.now();
      const session = await openSession(runner.socketPath, project);
      ready.push(performance.now() - started);
      const params = { path: model.path, uniqueId: null, sql: null, version: 1, allowWarehouse: false };
      await session.connection.request("compile", params, requestTimeouts.compile);
      ours.push(performance.now() - started);
      const { ran, waited } = scheduled(session.pid);
      running.push(ran);
      waiting.push(waited);
      const memory = privateMb(session.pid);
      if (memory !== null) sessionMemory.push(memory);
      session.connection.close(ended);
    }
    const model = models[round % models.length];
    const compile = ["-m", "dbt.cli.main", "compile", "-s", model?.name ?? "", ...project.dbtArguments];
    peer.push(await timed(options.python, compile, { cwd: folder, env: project.dbtEnvironment }));
  }
  const queryMemory = await privateMemoryOfQueries(runner.socketPath, warm, rounds);
  await pause(spareMilliseconds);
  const spares = childrenOf(warm.pid).map(privateMb);
  const spare = spares[0] === undefined || spares[0] === null ? null : rounded(spares[0]);
  const live =
    options.sessions === null ? null : await liveSessions(runner.socketPath, project, models, options.sessions);
  warm.connection.close(ended);
  const p50 = percentile(ours, 0.5);
  const p95 = percentile(ours, 0.95);
  const peerP50 = percentile(peer, 0.5);
  const session = sessionMemory.length === 0 ? null : rounded(percentile(sessionMemory, 0.5));
  const query = queryMemory.length === 0 ? null : rounded(percentile(queryMemory, 0.5));
  printTable(`session: ${models.length} models, ${ours.length} sessions, ${peer.length} runs of dbt compile -s`, [
    ["hello to first compiled SQL, p50 / p95", `${milliseconds(p50)} / ${milliseconds(p95)}`],
    ["hello to ready, p50", milliseconds(percentile(ready, 0.5))],
    [
      "of it in the session's process, p50",
      `${milliseconds(percentile(running, 0.5))} running, ${milliseconds(percentile(waiting, 0.5))} ready but without a processor`,
    ],
    ["first session of an unknown project", milliseconds(firstParse)],
    ["dbt compile -s, p50", milliseconds(peerP50)],
    [
      "private memory of a session after a compile",
      session === null ? "not shown to this user by the kernel" : `${session} MB`,
    ],
    ["private memory of the query process made ahead", spare === null ? "not known" : `${spare} MB`],
    ...(live?.table ?? []),
    ["private memory of a query that streams", query === null ? "not shown to this user by the kernel" : `${query} MB`],
  ]);
  return {
    bench: "session",
    p50_ms: rounded(p50),
    p95_ms: rounded(p95),
    peer_p50_ms: rounded(peerP50),
    ratio: rounded(peerP50 / p50),
    private_mb_session: session,
    private_mb_spare: spare,
    private_mb_query: query,
    running_p50_ms: rounded(percentile(running, 0.5)),
    waiting_p50_ms: rounded(percentile(waiting, 0.5)),
    ready_p50_ms: rounded(percentile(ready, 0.5)),
    first_parse_ms: rounded(firstParse),
    samples: ours.length,
    ...live?.figures,
  };
}

/** Many people at once: each compiles, edits a model and compiles again, and stays. Then all of them compile once more. */
async function liveSessions(
  socketPath: string,
  project: BenchProject,
  models: Model[],
  count: number,
): Promise<{ table: [string, string][]; figures: Record<string, unknown> }> {
  const sessions: Awaited<ReturnType<typeof openSession>>[] = [];
  const modelOf = (index: number) => models[index % models.length] as Model;
  const compile = (index: number, version: number) => {
    const { path, text } = modelOf(index);
    const { connection } = sessions[index] as (typeof sessions)[number];
    return compileText(connection, path, `${text.trimEnd()}\n-- ${version}\n`, version);
  };
  for (let index = 0; index < count; index++) {
    sessions.push(await openSession(socketPath, project));
    await compile(index, 1);
  }
  const took: number[] = [];
  for (let index = 0; index < count; index++) {
    const started = performance.now();
    await compile(index, 2);
    took.push(performance.now() - started);
  }
  await pause(spareMilliseconds);
  const memory = sessions.map(({ pid }) => privateMb(pid)).filter((value) => value !== null);
  const ahead = sessions.flatMap(({ pid }) => childrenOf(pid).map(privateMb)).filter((value) => value !== null);
  for (const { connection } of sessions) connection.close(ended);
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const [p50, most] = [percentile(memory, 0.5), percentile(memory, 1)];
  return {
    table: [
      [`${count} live sessions, each after two compiles of edited text`, `${sum(memory).toFixed(0)} MB of their own`],
      ["of it one session, p50 / most", `${p50.toFixed(1)} / ${most.toFixed(1)} MB`],
      [`query processes made ahead: ${ahead.length}`, `${sum(ahead).toFixed(0)} MB`],
      [
        "keystroke to SQL among them, one after the other, p50 / p95",
        `${milliseconds(percentile(took, 0.5))} / ${milliseconds(percentile(took, 0.95))}`,
      ],
    ],
    figures: {
      live_sessions: count,
      live_private_mb_p50: rounded(p50),
      live_private_mb_most: rounded(most),
      live_private_mb_all: rounded(sum(memory)),
      live_spares: ahead.length,
      live_spares_mb_all: rounded(sum(ahead)),
      live_compile_p50_ms: rounded(percentile(took, 0.5)),
    },
  };
}

/** Queries that have sent their first bytes and wait for a reader. */
async function privateMemoryOfQueries(
  socketPath: string,
  session: { token: string; pid: number },
  rounds: number,
): Promise<number[]> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const sql = "select range as id, md5(range::varchar) as reference from range(5000000)";
    const query = {
      type: "query" as const,
      queryId: randomUUID(),
      path: null,
      sql,
      text: null,
      what: null,
      limits: { ...defaultPreviewLimits, rows: 5_000_000 },
    };
    const connection = new QueryConnection({
      endpoint: { kind: "unix", path: socketPath },
      session: session.token,
      query,
    });
    const reader = connection.stream.getReader();
    for (let read = 0; read < 20; read++) await reader.read();
    for (const pid of childrenOf(session.pid)) {
      const memory = privateMb(pid);
      if (memory !== null) samples.push(memory);
    }
    await reader.cancel();
    await connection.closed;
  }
  return samples;
}

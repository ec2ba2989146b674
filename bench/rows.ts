import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { type Bench, ended } from "./support/bench";
import { childrenOf, cpuSeconds, GrowthWatch } from "./support/memory";
import { childEnvironment, LineProcess } from "./support/processes";
import { openSession, tableProject } from "./support/project";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

const unlimited = { rows: 100_000_000, bytes: 100_000_000_000, seconds: 3600 };
const sql = "select * from main.big";
/** Rows of one Arrow batch of the bare driver; its own default. */
const driverBatchRows = 1_000_000;

/**
 * Rows from a DuckDB file to the browser's decoder: query process, pass-through and Next.js's pipe in a web process, HTTP,
 * decoder in a third; against the bare driver's Arrow in one process. And how far each process on the way grows.
 */
export async function rowsBench({ options, folder, runner }: Bench): Promise<Record<string, unknown>> {
  const database = join(folder, "big.duckdb");
  execFileSync(options.python, [
    join(options.paths.root, "bench", "python", "make_table.py"),
    database,
    String(options.rows),
  ]);
  const project = tableProject(folder, database);
  const session = await openSession(runner.socketPath, project);
  const web = new LineProcess(process.execPath, [join(options.output, "http-server.mjs")], childEnvironment());
  const browser = new LineProcess(process.execPath, [join(options.output, "http-client.mjs")], childEnvironment());
  const driver = new LineProcess(
    options.python,
    [join(options.paths.root, "bench", "python", "driver.py")],
    childEnvironment(),
  );
  try {
    const { port } = await web.hello;
    await Promise.all([browser.hello, driver.hello]);
    const preview = (rows: number) => {
      const query = { type: "query", queryId: randomUUID(), path: null, sql, limits: { ...unlimited, rows } };
      const body = { endpoint: { kind: "unix", path: runner.socketPath }, session: session.token, query };
      return browser.ask({ url: `http://127.0.0.1:${port}/`, body });
    };
    const place = { adapter: "duckdb", path: database };
    const bare = () => driver.ask({ do: "arrow", place, sql, batch: driverBatchRows });
    // Growth is counted from a web process and a browser that have served before.
    for (let warm = 0; warm < 2; warm++) {
      await preview(50_000);
      await bare();
    }
    const watched = (): [string, number][] => [
      ["runner", runner.pid],
      ["session", session.pid],
      ["web", web.pid],
      ["decoder", browser.pid],
      ...childrenOf(session.pid).map((pid): [string, number] => ["query", pid]),
    ];
    const rounds = options.rounds ?? 5;
    const ours: number[] = [];
    const first: number[] = [];
    const peer: number[] = [];
    const grown: Record<string, number> = {};
    let bytes = 0;
    const cpu = { web: 0, decoder: 0 };
    for (let round = 0; round < rounds; round++) {
      const before = { web: cpuSeconds(web.pid) ?? 0, decoder: cpuSeconds(browser.pid) ?? 0 };
      const run = await preview(options.rows);
      cpu.web += (cpuSeconds(web.pid) ?? 0) - before.web;
      cpu.decoder += (cpuSeconds(browser.pid) ?? 0) - before.decoder;
      if (run.rows !== options.rows) throw new Error(`${run.rows} of ${options.rows} rows arrived.`);
      ours.push(Number(run.all));
      first.push(Number(run.first));
      bytes = Number(run.bytes);
      const reference = await bare();
      if (reference.rows !== options.rows) throw new Error(`The driver read ${reference.rows} rows.`);
      peer.push(Number(reference.all));
      // Memory in a run of its own: looking at five processes every 10 ms takes a tenth of a processor.
      const watch = new GrowthWatch(watched);
      await preview(options.rows);
      for (const [label, growth] of Object.entries(watch.stop())) grown[label] = Math.max(grown[label] ?? 0, growth);
    }
    return report({ options, ours, first, peer, grown, bytes, cpu });
  } finally {
    for (const child of [web, browser, driver]) child.stop();
    session.connection.close(ended);
  }
}

function report(measured: {
  options: Bench["options"];
  ours: number[];
  first: number[];
  peer: number[];
  grown: Record<string, number>;
  bytes: number;
  cpu: { web: number; decoder: number };
}): Record<string, unknown> {
  const { options, ours, first, peer, grown, bytes, cpu } = measured;
  const p50 = percentile(ours, 0.5);
  const p95 = percentile(ours, 0.95);
  const peerP50 = percentile(peer, 0.5);
  const perSecond = (time: number) => `${(options.rows / time / 1000).toFixed(2)} million rows/s`;
  // The decoder is the reader at the end of the way: here it lets each batch go, a browser keeps the rows it shows.
  const onTheWay = Object.entries(grown).filter(([label]) => label !== "decoder");
  const growth = Math.max(...onTheWay.map(([, value]) => value));
  printTable(`rows: ${options.rows} rows x 8 columns, ${(bytes / 2 ** 20).toFixed(0)} MiB, ${ours.length} rounds`, [
    ["to the browser's decoder, p50 / p95", `${milliseconds(p50)} / ${milliseconds(p95)}  (${perSecond(p50)})`],
    ["first batch decoded, p50", milliseconds(percentile(first, 0.5))],
    ["bare driver's Arrow, p50", `${milliseconds(peerP50)}  (${perSecond(peerP50)})`],
    ["throughput", `${((100 * peerP50) / p50).toFixed(0)} % of the bare driver's`],
    [
      "processor time of web, decoder",
      `${(cpu.web / ours.length).toFixed(2)} s, ${(cpu.decoder / ours.length).toFixed(2)} s`,
    ],
    ...Object.entries(grown).map(([label, value]) => [`growth of ${label}`, `${value.toFixed(1)} MB`] as const),
  ]);
  return {
    bench: "rows",
    p50_ms: rounded(p50),
    p95_ms: rounded(p95),
    peer_p50_ms: rounded(peerP50),
    ratio: rounded(peerP50 / p50, 3),
    throughput_ratio: rounded(peerP50 / p50, 3),
    max_growth_mb: rounded(growth),
    growth_mb: Object.fromEntries(Object.entries(grown).map(([label, value]) => [label, rounded(value)])),
    rows: options.rows,
    bytes,
  };
}

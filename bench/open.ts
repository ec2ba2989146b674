import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ProjectLookup } from "@/components/editor/language/project-lookup";
import { IndexAssembler } from "@/components/editor/model/index-parts";
import { requestTimeouts } from "@/server/sessions/limits";
import { type Bench, ended } from "./support/bench";
import { openSession, prepareProject } from "./support/project";
import { startRunner } from "./support/runner";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

/** As many names as a completion list has. */
const mostNames = 200;

/**
 * A known commit: hello to the answers of completion, hover and go-to. That is the session, the index over its socket, and what
 * the browser does with it (unpack, put together, arrange, find the first names). Then the same from a runner that has just started, which finds
 * the parse that was kept; and the index again after an edit, when the browser has its shared part.
 */
export async function openBench({ options, folder, runner }: Bench): Promise<Record<string, unknown>> {
  const project = await prepareProject(options, folder);
  const before = performance.now();
  const keeper = await openSession(runner.socketPath, project);
  const firstSession = performance.now() - before;
  const samples = { ready: [] as number[], received: [] as number[], usable: [] as number[], again: [] as number[] };
  const sizes = { nodes: 0, packed: 0, again: 0 };
  for (let round = 0; round < (options.rounds ?? 10); round++) {
    const started = performance.now();
    const { connection } = await openSession(runner.socketPath, project);
    samples.ready.push(performance.now() - started);
    const assembler = new IndexAssembler();
    const ask = async (known: string | null) => {
      const parts = await connection.request("indexParts", { known }, requestTimeouts.index);
      if (known === null) {
        samples.received.push(performance.now() - started);
        sizes.packed = JSON.stringify(parts).length;
      } else sizes.again = JSON.stringify(parts).length;
      return parts;
    };
    const lookup = new ProjectLookup(await assembler.index(ask));
    lookup.refNames.search("a", mostNames);
    samples.usable.push(performance.now() - started);
    sizes.nodes = lookup.index.nodes.length;
    const edited = performance.now();
    const [path, text] = ["models/bench_open.sql", `select ${round} as round\n`];
    const changes = [{ path, text, deleted: false, version: round }];
    await connection.request("overlay", { changes }, requestTimeouts.overlay);
    new ProjectLookup(await assembler.index(ask)).refNames.search("a", mostNames);
    samples.again.push(performance.now() - edited);
    connection.close(ended);
  }
  keeper.connection.close(ended);
  const again = join(folder, "again");
  mkdirSync(again);
  const restarted = await startRunner(options, again);
  const restart = performance.now();
  const { connection } = await openSession(restarted.socketPath, project);
  const afterRestart = performance.now() - restart;
  connection.close(ended);
  await restarted.stop();
  return report({ samples, sizes, firstSession, afterRestart });
}

function report({
  samples,
  sizes,
  firstSession,
  afterRestart,
}: {
  samples: Record<"ready" | "received" | "usable" | "again", number[]>;
  sizes: { nodes: number; packed: number; again: number };
  firstSession: number;
  afterRestart: number;
}): Record<string, unknown> {
  const line = (values: number[]) =>
    `${milliseconds(percentile(values, 0.5))} / ${milliseconds(percentile(values, 0.95))}`;
  const kibibytes = (characters: number) => `${(characters / 1024).toFixed(0)} KiB`;
  printTable(`open: ${sizes.nodes} nodes, a commit that is known, ${samples.usable.length} sessions, p50 / p95`, [
    ["hello to ready", line(samples.ready)],
    [`to the index received (${kibibytes(sizes.packed)})`, line(samples.received)],
    ["to completion usable", line(samples.usable)],
    [`an edit to the index after it (${kibibytes(sizes.again)})`, line(samples.again)],
    ["first session of this runner", milliseconds(firstSession)],
    ["first session after a restart, from the parse that was kept", milliseconds(afterRestart)],
  ]);
  return {
    bench: "open",
    p50_ms: rounded(percentile(samples.usable, 0.5)),
    p95_ms: rounded(percentile(samples.usable, 0.95)),
    ready_p50_ms: rounded(percentile(samples.ready, 0.5)),
    index_p50_ms: rounded(percentile(samples.received, 0.5)),
    index_again_p50_ms: rounded(percentile(samples.again, 0.5)),
    index_bytes: sizes.packed,
    index_again_bytes: sizes.again,
    first_session_ms: rounded(firstSession),
    after_restart_ms: rounded(afterRestart),
    nodes: sizes.nodes,
  };
}

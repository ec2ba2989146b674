import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ProjectLookup } from "@/components/editor/language/project-lookup";
import { IndexAssembler } from "@/components/editor/model/index-parts";
import type { IndexParts, IndexWanted, ProjectIndex } from "@/server/contract";
import { requestTimeouts } from "@/server/sessions/limits";
import { type Bench, ended } from "./support/bench";
import { openSession, prepareProject } from "./support/project";
import { startRunner } from "./support/runner";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

type Samples = Record<"ready" | "received" | "usable" | "whole" | "again", number[]>;

/** As many names as a completion list has. */
const mostNames = 200;

/**
 * A known commit: hello to the first names of completion, then to what hover cards say. That is the session, the index over its
 * socket, and what the browser does with it (unpack, put together, arrange, find the first names, lay nodes out). Then the same from a
 * runner that has just started, which finds the parse that was kept; and the index again after an edit, when the browser has its shared part.
 */
export async function openBench({ options, folder, runner }: Bench): Promise<Record<string, unknown>> {
  const project = await prepareProject(options, folder);
  const before = performance.now();
  const keeper = await openSession(runner.socketPath, project);
  const firstSession = performance.now() - before;
  const samples: Samples = { ready: [], received: [], usable: [], whole: [], again: [] };
  const sizes = { nodes: 0, names: 0, rest: 0, again: 0 };
  for (let round = 0; round < (options.rounds ?? 10); round++) {
    const started = performance.now();
    const { connection } = await openSession(runner.socketPath, project);
    samples.ready.push(performance.now() - started);
    const assembler = new IndexAssembler();
    const answers: IndexParts[] = [];
    const ask = async (wanted: IndexWanted) => {
      const parts = await connection.request("indexParts", wanted, requestTimeouts.index);
      if (answers.push(parts) === 1) samples.received.push(performance.now() - started);
      return parts;
    };
    const usable = (index: ProjectIndex) => {
      const lookup = new ProjectLookup(index);
      lookup.refNames.search("a", mostNames);
      return lookup;
    };
    const whole = await assembler.index(ask, (names) => {
      usable(names);
      samples.usable.push(performance.now() - started);
    });
    const lookup = usable(whole);
    lookup.checksOf(lookup.refs[0]?.uniqueId ?? "");
    samples.whole.push(performance.now() - started);
    sizes.nodes = lookup.index.nodes.length;
    const edited = performance.now();
    const [path, text] = ["models/bench_open.sql", `select ${round} as round\n`];
    const changes = [{ path, text, deleted: false, version: round }];
    await connection.request("overlay", { changes }, requestTimeouts.overlay);
    usable(await assembler.index(ask));
    samples.again.push(performance.now() - edited);
    [sizes.names = 0, sizes.rest = 0, sizes.again = 0] = answers.map((parts) => JSON.stringify(parts).length);
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
  samples: Samples;
  sizes: { nodes: number; names: number; rest: number; again: number };
  firstSession: number;
  afterRestart: number;
}): Record<string, unknown> {
  const line = (values: number[]) =>
    `${milliseconds(percentile(values, 0.5))} / ${milliseconds(percentile(values, 0.95))}`;
  const kibibytes = (characters: number) => `${(characters / 1024).toFixed(0)} KiB`;
  printTable(`open: ${sizes.nodes} nodes, a commit that is known, ${samples.usable.length} sessions, p50 / p95`, [
    ["hello to ready", line(samples.ready)],
    [`to the names received (${kibibytes(sizes.names)})`, line(samples.received)],
    ["to completion usable", line(samples.usable)],
    [`to descriptions, columns and tests (${kibibytes(sizes.rest)})`, line(samples.whole)],
    [`an edit to the index after it (${kibibytes(sizes.again)})`, line(samples.again)],
    ["first session of this runner", milliseconds(firstSession)],
    ["first session after a restart, from the parse that was kept", milliseconds(afterRestart)],
  ]);
  return {
    bench: "open",
    p50_ms: rounded(percentile(samples.usable, 0.5)),
    p95_ms: rounded(percentile(samples.usable, 0.95)),
    ready_p50_ms: rounded(percentile(samples.ready, 0.5)),
    names_p50_ms: rounded(percentile(samples.received, 0.5)),
    whole_p50_ms: rounded(percentile(samples.whole, 0.5)),
    index_again_p50_ms: rounded(percentile(samples.again, 0.5)),
    names_bytes: sizes.names,
    rest_bytes: sizes.rest,
    index_again_bytes: sizes.again,
    first_session_ms: rounded(firstSession),
    after_restart_ms: rounded(afterRestart),
    nodes: sizes.nodes,
  };
}

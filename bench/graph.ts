import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { requestTimeouts } from "@/server/sessions/limits";
import { type Bench, ended } from "./support/bench";
import { childEnvironment } from "./support/processes";
import { openSession, prepareProject } from "./support/project";
import { milliseconds, percentile, printTable, rounded } from "./support/statistics";

/** A known commit: hello to the index that completion, hover and go-to answer from. */
export async function openBench({ options, folder, runner }: Bench): Promise<Record<string, unknown>> {
  const project = await prepareProject(options, folder);
  const keeper = await openSession(runner.socketPath, project);
  const ready: number[] = [];
  const usable: number[] = [];
  let nodes = 0;
  for (let round = 0; round < (options.rounds ?? 10); round++) {
    const started = performance.now();
    const { connection } = await openSession(runner.socketPath, project);
    ready.push(performance.now() - started);
    nodes = (await connection.request("index", {}, requestTimeouts.index)).nodes.length;
    usable.push(performance.now() - started);
    connection.close(ended);
  }
  keeper.connection.close(ended);
  return report("open", `${nodes} nodes, a commit that is known`, { ready, usable });
}

/** Column lineage of a whole project, and of one model after an edit. */
export async function lineageBench({ options, folder }: Bench): Promise<Record<string, unknown>> {
  const project = await prepareProject(options, folder);
  const told = JSON.stringify({ root: project.root, target: project.target, rounds: options.rounds ?? 20 });
  const script = join(options.paths.root, "bench", "python", "lineage.py");
  const environment = childEnvironment({ PYTHONPATH: options.paths.worker });
  const measured = lastLine(execFileSync(options.python, [script, told], { env: environment, encoding: "utf8" }));
  printTable(`lineage: ${measured.models} models`, [
    ["whole project", milliseconds(Number(measured.whole_ms))],
    ["longest slice, which a request may wait for", milliseconds(Number(measured.longest_slice_ms))],
    ["one model after an edit, p50 / p95", `${measured.p50_ms} ms / ${measured.p95_ms} ms`],
  ]);
  return { bench: "lineage", ...measured, peer_p50_ms: null, ratio: null };
}

/** Fork and the whole lock-down, as the parent sees it. */
export async function lockdownBench({ options }: Bench): Promise<Record<string, unknown>> {
  const command = ["-m", "millrace_worker.sandbox.measure", String(options.rounds ?? 100)];
  const environment = childEnvironment({ PYTHONPATH: options.paths.worker });
  const measured = lastLine(execFileSync(options.python, command, { env: environment, encoding: "utf8" }));
  printTable("lockdown", [["fork and lock-down, p50 / p95", `${measured.p50_ms} ms / ${measured.p95_ms} ms`]]);
  return { bench: "lockdown", ...measured, peer_p50_ms: null, ratio: null };
}

function lastLine(output: string): Record<string, unknown> {
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
}

function report(
  bench: string,
  title: string,
  { usable, ...others }: { usable: number[] } & Record<string, number[]>,
): Record<string, unknown> {
  const line = (samples: number[]) =>
    `${milliseconds(percentile(samples, 0.5))} / ${milliseconds(percentile(samples, 0.95))}`;
  printTable(`${bench}: ${title}`, [
    ["usable, p50 / p95", line(usable)],
    ...Object.entries(others).map(([name, samples]): [string, string] => [`${name}, p50 / p95`, line(samples)]),
  ]);
  return {
    bench,
    p50_ms: rounded(percentile(usable, 0.5)),
    p95_ms: rounded(percentile(usable, 0.95)),
    peer_p50_ms: null,
    ratio: null,
    ...Object.fromEntries(
      Object.entries(others).flatMap(([name, samples]) => [
        [`${name}_p50_ms`, rounded(percentile(samples, 0.5))],
        [`${name}_p95_ms`, rounded(percentile(samples, 0.95))],
      ]),
    ),
  };
}

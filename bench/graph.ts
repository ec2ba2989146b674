import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Bench } from "./support/bench";
import { childEnvironment } from "./support/processes";
import { prepareProject } from "./support/project";
import { milliseconds, printTable } from "./support/statistics";

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

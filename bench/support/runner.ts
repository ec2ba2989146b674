import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { readRunnerStatus } from "@/server/sessions/runner-status";
import type { BenchOptions } from "./options";
import { childEnvironment } from "./processes";

export interface Runner {
  readonly socketPath: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const startSeconds = 90;

/** A runner of its own for this bench, in `folder`. */
export async function startRunner(options: BenchOptions, folder: string): Promise<Runner> {
  const socketPath = join(folder, "runner.sock");
  const parses = join(options.paths.data, "bench", "parses");
  const command = ["-m", "millrace_worker", "--die-with-parent", "--socket", socketPath, "--parses", parses];
  command.push("--max-sessions", String(Math.max(200, (options.sessions ?? 0) + 10)));
  const child = spawn(options.python, command, {
    cwd: options.paths.worker,
    env: childEnvironment({
      PYTHONPATH: options.paths.worker,
      MILLRACE_ALLOW_SWAP: process.env.MILLRACE_ALLOW_SWAP ?? "",
    }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
  await untilItAnswers(child, socketPath, output);
  return {
    socketPath,
    pid: child.pid ?? 0,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function untilItAnswers(child: ChildProcess, socketPath: string, output: Buffer[]): Promise<void> {
  const until = Date.now() + startSeconds * 1000;
  let last: unknown;
  while (Date.now() < until && child.exitCode === null) {
    try {
      await readRunnerStatus({ kind: "unix", path: socketPath });
      return;
    } catch (error) {
      last = error;
      await pause(50);
    }
  }
  child.kill("SIGKILL");
  throw new Error(`The runner did not start: ${Buffer.concat(output).toString("utf8").slice(-4000)}`, { cause: last });
}

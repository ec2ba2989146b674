import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** The engine of the tests: MILLRACE_PYTHON, or the one that set-up made. */
export function enginePython(): string {
  const python = process.env.MILLRACE_PYTHON ?? resolve(".engines/default/bin/python");
  if (!existsSync(python))
    throw new Error(`There is no engine at ${python}: run "npm start" once, or set MILLRACE_PYTHON.`);
  return python;
}

/** Runs a piece of Python with the engine's packages. */
export function python(code: string, ...parts: string[]): string {
  return execFileSync(enginePython(), ["-c", code, ...parts], { encoding: "utf8" });
}

export interface TestRunner {
  readonly socketPath: string;
  /** Everything that the runner and its children have printed. */
  output(): string;
  stop(): Promise<void>;
}

/** A real runner of its own on a socket in `folder`, which takes so many sessions. */
export async function startTestRunner(folder: string, sessions = 200): Promise<TestRunner> {
  const socketPath = join(folder, "runner.sock");
  const worker = resolve("server/worker");
  const child = spawn(
    enginePython(),
    [
      "-m",
      "millrace_worker",
      "--socket",
      socketPath,
      "--adapters",
      "duckdb,postgres",
      "--max-sessions",
      String(sessions),
      "--allow-swap",
      "--die-with-parent",
    ],
    { cwd: worker, env: { ...plain(), PYTHONPATH: worker }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const output: string[] = [];
  await new Promise<void>((ready, failed) => {
    const hear = (chunk: Buffer) => {
      output.push(chunk.toString("utf8"));
      if (output.join("").includes('"event": "ready"')) ready();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => failed(new Error(`The runner ended (code ${code}):\n${output.join("")}`)));
    child.once("error", failed);
  });
  return { socketPath, output: () => output.join(""), stop: () => stop(child) };
}

function plain(): NodeJS.ProcessEnv {
  const { NODE_ENV, PATH, HOME, LANG } = process.env;
  return { NODE_ENV, PATH, HOME, LANG, PYTHONDONTWRITEBYTECODE: "1", PYTHONUNBUFFERED: "1" };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

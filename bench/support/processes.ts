import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Only what a child needs: Jinja's env_var() reads whatever its process was started with. */
export function childEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { NODE_ENV, PATH, HOME, LANG, TZ, TMPDIR } = process.env;
  const quiet = {
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONUNBUFFERED: "1",
    DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
    DO_NOT_TRACK: "1",
  };
  return { NODE_ENV, PATH, HOME, LANG, TZ, TMPDIR, ...quiet, ...extra };
}

/** Runs a command to its end and returns the wall time in milliseconds. Throws with its output when it fails. */
export function timed(
  command: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv },
): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(performance.now() - started);
      else
        reject(
          new Error(`${command} ${args.join(" ")} failed:\n${Buffer.concat(output).toString("utf8").slice(-4000)}`),
        );
    });
  });
}

/** A child that answers one JSON line for each JSON line it is sent. The first line it says by itself. */
export class LineProcess {
  readonly pid: number;
  readonly hello: Promise<Record<string, unknown>>;
  readonly #child: ChildProcess;
  #stopping = false;
  readonly #waiting: { resolve: (line: Record<string, unknown>) => void; reject: (error: Error) => void }[] = [];

  constructor(command: string, args: string[], env: NodeJS.ProcessEnv) {
    const child = spawn(command, args, { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.hello = this.#next();
    createInterface({ input: child.stdout }).on("line", (line) => this.#waiting.shift()?.resolve(JSON.parse(line)));
    child.on("close", (code) => {
      if (this.#stopping) return;
      for (const { reject } of this.#waiting) reject(new Error(`${command} ${args.join(" ")} ended (code ${code}).`));
    });
  }

  ask(message: unknown): Promise<Record<string, unknown>> {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
    return this.#next();
  }

  stop(): void {
    this.#stopping = true;
    this.#child.kill("SIGTERM");
  }

  #next(): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { type Authority, makeAuthority } from "./certificates";
import { enginePython } from "./runner";

/** A process of the tests and all that it has printed. */
class Part {
  readonly #child: ChildProcess;
  #output = "";
  #waiting: (() => void)[] = [];

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    const hear = (chunk: Buffer) => {
      this.#output += chunk.toString("utf8");
      this.#wake();
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", () => this.#wake());
    this.#child = child;
  }

  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until it has printed something that matches. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match) return match;
      if (!this.running) throw new Error(`It ended before it said ${pattern}:\n${this.output}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    const exited = once(this.#child, "exit");
    this.#child.kill(signal);
    await exited;
  }
}

/** A machine of its own, as far as the product can tell: `npm run runner` with its runner, gateway and announcer. */
export interface RemoteRunner {
  readonly name: string;
  readonly port: number;
  /** Everything that it has printed. */
  output(): string;
  /** Ends all its processes at once, as a machine that loses power. */
  kill(): Promise<void>;
  /** As an orchestrator ends it. Resolves when it has drained and ended. */
  drain(): Promise<void>;
}

export interface TestCluster {
  /** Everything that went through NATS, as the server itself traces it. */
  traffic(): string;
  readonly authority: Authority;
  /** Starts a runner with room for one session. */
  start(name: string): Promise<RemoteRunner>;
  stop(): Promise<void>;
}

export const drainSeconds = 6;

/** A NATS server, an authority and the web tier's certificate; sets this process's environment to use them. */
export async function startCluster(folder: string): Promise<TestCluster> {
  const authority = makeAuthority(join(folder, "certificates"));
  const own = authority.issue("web", "millrace-web");
  const theirs = authority.issue("runner", "millrace-runner");
  const server = authority.issue("nats", "localhost");
  const nats = new Part(
    natsServer(),
    [
      ...["--addr", "127.0.0.1", "--port", "-1", "--tlsverify", "--tlscacert", authority.file],
      ...["--tlscert", server.certificate, "--tlskey", server.key, "--trace"],
    ],
    plain(),
  );
  const [, port] = await nats.says(/Listening for client connections on 127\.0\.0\.1:(\d+)/);
  const natsUrl = `tls://localhost:${port}`;
  Object.assign(process.env, {
    MILLRACE_NATS_URL: natsUrl,
    MILLRACE_RUNNER_TLS_CA: authority.file,
    MILLRACE_RUNNER_TLS_CERT: own.certificate,
    MILLRACE_RUNNER_TLS_KEY: own.key,
  });
  const parts: Part[] = [];

  async function start(name: string): Promise<RemoteRunner> {
    const data = join(folder, name);
    mkdirSync(data, { recursive: true });
    const part = new Part(process.execPath, [resolve("scripts/runner.mjs")], {
      ...plain(),
      MILLRACE_PYTHON: enginePython(),
      MILLRACE_DATA: data,
      MILLRACE_ALLOW_SWAP: "on",
      MILLRACE_NATS_URL: natsUrl,
      MILLRACE_RUNNER_ID: name,
      MILLRACE_RUNNER_TLS_CA: authority.file,
      MILLRACE_RUNNER_TLS_CERT: theirs.certificate,
      MILLRACE_RUNNER_TLS_KEY: theirs.key,
      MILLRACE_RUNNER_LISTEN: "127.0.0.1:0",
      MILLRACE_RUNNER_ADDRESS: "127.0.0.1",
      MILLRACE_RUNNER_SESSIONS: "1",
      MILLRACE_RUNNER_DRAIN_SECONDS: String(drainSeconds),
    });
    parts.push(part);
    const [, servesAt] = await part.says(/Ready: \S+ serves at 127\.0\.0\.1:(\d+)/);
    await part.says(/takes new sessions/);
    return {
      name,
      port: Number(servesAt),
      output: () => part.output,
      kill: () => part.stop("SIGKILL"),
      drain: () => part.stop("SIGTERM"),
    };
  }

  return {
    traffic: () => nats.output,
    authority,
    start,
    stop: async () => {
      await Promise.all(parts.map((part) => part.stop("SIGKILL")));
      await nats.stop("SIGTERM");
    },
  };
}

/** Debian puts it into /usr/sbin, which is not in everybody's PATH. */
function natsServer(): string {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"];
  const found = folders.map((folder) => join(folder, "nats-server")).find((file) => existsSync(file));
  if (found === undefined) {
    throw new Error("The tests of several machines need nats-server. On Debian or Ubuntu: apt-get install nats-server");
  }
  return found;
}

function plain(): NodeJS.ProcessEnv {
  const { NODE_ENV, PATH, HOME, LANG } = process.env;
  return { NODE_ENV, PATH, HOME, LANG };
}

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { defaultEngine } from "../contract/engines";
import { AppError, config, logger, processSingleton } from "../core";
import { enginePython, readyEngine } from "./catalogue";

/** Linux limits the path of a Unix socket to 107 bytes (unix(7), sun_path). */
const longestSocketPath = 107;
/** Importing dbt and an adapter takes seconds, on a busy machine many. */
const startSeconds = 120;
const stopSeconds = 5;

interface Runners {
  readonly processes: Map<string, ChildProcess>;
  readonly starting: Map<string, Promise<string>>;
}
const runners = () =>
  processSingleton<Runners>("engine-runners", () => ({ processes: new Map(), starting: new Map() }));

/** Where an engine's runner listens. */
export function runnerSocket(engine: string): string {
  const { runnerSocket: own } = config();
  if (engine === defaultEngine) return own;
  const path = join(dirname(own), `runner-${engine}.sock`);
  if (Buffer.byteLength(path) <= longestSocketPath) return path;
  return join(dirname(own), `${createHash("sha256").update(engine).digest("hex").slice(0, 8)}.sock`);
}

/**
 * The socket of an engine's runner, which is started when it does not run. The default engine's is started with Millrace.
 * @throws NOT_FOUND, CONFLICT (unfinished engine), WORKER_LOST when the runner does not start
 */
export async function ensureRunner(engine: string): Promise<string> {
  if (engine === defaultEngine) return runnerSocket(engine);
  readyEngine(engine);
  const socket = runnerSocket(engine);
  if (await answers(socket)) return socket;
  const { starting } = runners();
  const running = starting.get(engine) ?? start(engine, socket).finally(() => starting.delete(engine));
  starting.set(engine, running);
  return running;
}

/** Ends the runner that this process started for an engine, and every session on it. */
export async function stopRunner(engine: string): Promise<void> {
  const child = runners().processes.get(engine);
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), stopSeconds * 1000);
  await exited;
  clearTimeout(timer);
}

async function start(engine: string, socket: string): Promise<string> {
  const { adapters } = readyEngine(engine);
  const { dataFolder, allowSwap, runnerSessions } = config();
  const worker = join(process.cwd(), "server", "worker");
  mkdirSync(join(dataFolder, "logs"), { recursive: true, mode: 0o700 });
  const logFile = join(dataFolder, "logs", `runner-${engine}.log`);
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(
    enginePython(engine),
    [
      ...["-m", "millrace_worker", "--socket", socket, "--die-with-parent"],
      ...["--adapters", adapters.map(({ adapter }) => adapter).join(",")],
      ...["--max-sessions", String(runnerSessions)],
      ...(allowSwap ? ["--allow-swap"] : []),
    ],
    { cwd: worker, env: runnerEnvironment(), stdio: ["ignore", log, log] },
  );
  closeSync(log);
  runners().processes.set(engine, child);
  let failure: Error | null = null;
  child.once("error", (error) => {
    failure = error;
  });
  child.once("exit", (code, signal) => {
    if (runners().processes.get(engine) === child) runners().processes.delete(engine);
    logger().info({ engine, code, signal }, "An engine's runner ended.");
  });
  const deadline = Date.now() + startSeconds * 1000;
  while (Date.now() < deadline) {
    if (failure !== null || child.exitCode !== null || child.signalCode !== null) break;
    if (await answers(socket)) {
      logger().info({ engine, pid: child.pid }, "An engine's runner was started.");
      return socket;
    }
    await delay(100);
  }
  child.kill("SIGKILL");
  throw new AppError("WORKER_LOST", `The runner of the engine ${engine} did not start.`, {
    hint: `Its log says why: ${logFile}`,
    cause: failure,
  });
}

/** Nothing secret: Jinja's env_var() reads whatever the runner was started with. */
function runnerEnvironment(): NodeJS.ProcessEnv {
  const names = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_ENV",
  ] as const;
  const kept = Object.fromEntries(
    names.filter((name) => process.env[name] !== undefined).map((name) => [name, process.env[name]]),
  );
  return {
    ...(kept as NodeJS.ProcessEnv),
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONUNBUFFERED: "1",
    DO_NOT_TRACK: "1",
    DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
  };
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

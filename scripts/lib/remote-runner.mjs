import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { plainEnvironment } from "./environment.mjs";
import { untilReady } from "./processes.mjs";
import { SetupError } from "./steps.mjs";

/**
 * Settings of a runner on a machine of its own. Names everything that is missing or wrong at once.
 * @returns {{ natsUrl: string, ca: string, certificate: string, key: string, peer: string, listen: string, host: string, port: number | null, runner: string, engine: string, sessions: number, drainSeconds: number }}
 */
export function runnerSettings(environment = process.env) {
  const problems = [];
  const files = {};
  for (const [field, name] of Object.entries({ ca: "CA", certificate: "CERT", key: "KEY" })) {
    const variable = `MILLRACE_RUNNER_TLS_${name}`;
    files[field] = environment[variable] ?? "";
    if (files[field] === "") problems.push(`${variable} is missing: a file in PEM`);
    else if (!existsSync(files[field])) problems.push(`${variable} names ${files[field]}, which does not exist`);
  }
  const natsUrl = environment.MILLRACE_NATS_URL ?? "";
  if (!/^(nats|tls):\/\//.test(natsUrl)) {
    problems.push("MILLRACE_NATS_URL is missing, or does not start with nats:// or tls://");
  }
  const number = (variable, fallback) => {
    const value = Number(environment[variable] || fallback);
    if (!Number.isInteger(value) || value < 1) problems.push(`${variable} must be a whole number from 1`);
    return value;
  };
  const listen = environment.MILLRACE_RUNNER_LISTEN || "0.0.0.0:7443";
  if (!/:\d+$/.test(listen)) problems.push("MILLRACE_RUNNER_LISTEN must be HOST:PORT");
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(environment.MILLRACE_RUNNER_ADDRESS || hostname()) ?? [];
  const runner = environment.MILLRACE_RUNNER_ID || hostname();
  const engine = environment.MILLRACE_ENGINE || "default";
  for (const [variable, value] of Object.entries({ MILLRACE_RUNNER_ID: runner, MILLRACE_ENGINE: engine })) {
    if (!/^[\w.-]+$/.test(value)) problems.push(`${variable} is ${value}: letters, digits, dots, - and _ only`);
  }
  const sessions = number("MILLRACE_RUNNER_SESSIONS", 200);
  const drainSeconds = number("MILLRACE_RUNNER_DRAIN_SECONDS", 600);
  if (problems.length > 0) {
    throw new SetupError(
      `The runner cannot start, because its settings are not complete:\n  ${problems.join("\n  ")}`,
      "docs/deploy.md describes them.",
    );
  }
  const peer = environment.MILLRACE_RUNNER_TLS_PEER || "millrace-web";
  return {
    ...files,
    ...{ natsUrl, peer, listen, engine, sessions, drainSeconds },
    host: host.replace(/^\[(.*)\]$/, "$1"),
    port: port === undefined ? null : Number(port),
    runner: runner.replaceAll(".", "-"),
  };
}

/** Starts the TLS gateway in front of the runner's socket. Returns the service and the port that it listens on. */
export async function startGateway(paths, supervisor, { python, settings, onLine }) {
  const service = supervisor.start(
    "gateway",
    python,
    [
      ...["-m", "millrace_worker.gateway", "--die-with-parent", "--socket", paths.runnerSocket],
      ...["--listen", settings.listen, "--peer", settings.peer],
      ...["--ca", settings.ca, "--cert", settings.certificate, "--key", settings.key],
    ],
    {
      cwd: paths.worker,
      env: plainEnvironment(process.env, { PYTHONPATH: paths.worker, PYTHONDONTWRITEBYTECODE: "1" }),
      logFile: join(paths.logs, "gateway.log"),
      onLine,
    },
  );
  await untilReady(service, () => readyLine(service) !== undefined, { seconds: 30, what: "The gateway" });
  return { service, port: JSON.parse(readyLine(service)).port };
}

function readyLine(service) {
  return service.tail.find((line) => line.includes('"event": "ready"'));
}

/** Connects to NATS and stays connected; waits for it when it is not there yet. tls:// shows the runner's own certificate. */
export async function connectNats({ natsUrl, ca, certificate, key, runner }) {
  const { connect } = await import("@nats-io/transport-node");
  const url = new URL(natsUrl);
  const text = (file) => readFileSync(file, "utf8");
  return connect({
    servers: url.host,
    name: `millrace runner ${runner}`,
    waitOnFirstConnect: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    pingInterval: 10_000,
    ...(url.username === "" ? {} : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }),
    tls: url.protocol === "tls:" ? { ca: text(ca), cert: text(certificate), key: text(key) } : null,
  });
}

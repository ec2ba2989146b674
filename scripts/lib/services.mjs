import { chmodSync, existsSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { isOn, plainEnvironment, runnerEnvironment, webEnvironment } from "./environment.mjs";
import { privateFolder } from "./paths.mjs";
import { runOrFail, untilReady } from "./processes.mjs";
import { SetupError } from "./steps.mjs";

/** Brings the database to the newest schema (build/migrate.mjs). */
export async function migrate(paths, settings, environment = process.env) {
  await runOrFail(
    process.execPath,
    [join(paths.build, "migrate.mjs"), join(paths.root, "server", "db", "migrations")],
    {
      title: "Migrating the database",
      cwd: paths.root,
      env: webEnvironment(environment, settings),
      explain: (output) => explainDatabase(output),
    },
  );
}

/** Writes the demo's organisations, people and projects (build/seed.mjs); they come over standard input, with their secrets. */
export async function seed(paths, settings, document, environment = process.env) {
  await runOrFail(process.execPath, [join(paths.build, "seed.mjs")], {
    title: "Writing the demo's organisations",
    cwd: paths.root,
    env: webEnvironment(environment, settings),
    input: JSON.stringify(document),
  });
}

/** Starts the Python runner on its Unix socket, with an environment that holds no secret. */
export async function startRunner(
  paths,
  supervisor,
  { python, settings, environment = process.env, args = [], onLine },
) {
  const folder = dirname(paths.runnerSocket);
  privateFolder(folder);
  chmodSync(folder, 0o700);
  rmSync(paths.runnerSocket, { force: true });
  const logFile = join(paths.logs, "runner.log");
  const allowSwap = isOn(environment.MILLRACE_ALLOW_SWAP) ? ["--allow-swap"] : [];
  const most = environment.MILLRACE_RUNNER_SESSIONS;
  const places = most && !args.includes("--max-sessions") ? ["--max-sessions", most] : [];
  const service = supervisor.start(
    "runner",
    python,
    [
      ...["-m", "millrace_worker", "--socket", paths.runnerSocket, "--parses", paths.parses, "--die-with-parent"],
      ...[...allowSwap, ...places, ...args],
    ],
    { cwd: paths.worker, env: runnerEnvironment(environment, settings), logFile, onLine },
  );
  await untilReady(service, () => acceptsConnection(paths.runnerSocket), { seconds: 60, what: "The runner", logFile });
  return service;
}

/** Starts Next.js on the port and waits until it answers. */
export async function startWeb(paths, supervisor, { dev, host, port, settings, environment = process.env, onLine }) {
  const logFile = join(paths.logs, "web.log");
  const service = supervisor.start(
    "web",
    process.execPath,
    [
      join(paths.root, "node_modules", "next", "dist", "bin", "next"),
      dev ? "dev" : "start",
      "--port",
      String(port),
      "--hostname",
      host,
    ],
    {
      cwd: paths.root,
      env: { ...webEnvironment(environment, settings), NODE_ENV: dev ? "development" : "production" },
      logFile,
      onLine,
    },
  );
  const address = host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host;
  await untilReady(service, () => answersHealth(`http://${address}:${port}/api/health`), {
    seconds: 120,
    what: "The web server",
    logFile,
  });
  return service;
}

/** Starts the OpenID providers and the Git server of the demo. */
export async function startDemoServices(paths, supervisor, { input, ports }) {
  const logFile = join(paths.logs, "demo.log");
  const service = supervisor.start(
    "demo services",
    process.execPath,
    [join(paths.root, "scripts", "demo", "main.mjs")],
    {
      cwd: paths.root,
      env: plainEnvironment(),
      input: `${JSON.stringify(input)}\n`,
      logFile,
    },
  );
  await untilReady(service, () => service.tail.includes("demo services are ready"), {
    seconds: 30,
    what: "The demo services",
    logFile,
  });
  return { service, ports };
}

function acceptsConnection(socketPath) {
  if (!existsSync(socketPath)) return false;
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function answersHealth(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000), redirect: "manual" });
    await response.arrayBuffer();
    return response.status < 500;
  } catch (error) {
    if (error.name === "TimeoutError" || error instanceof TypeError) return false;
    throw error;
  }
}

function explainDatabase(output) {
  if (/ECONNREFUSED|ENOTFOUND|ETIMEDOUT|timeout expired|EHOSTUNREACH/.test(output)) {
    return new SetupError(
      "The database that DATABASE_URL names cannot be reached.",
      "Check its host and port, that it runs, and that this machine may connect to it.",
    );
  }
  if (/password authentication failed|28P01|28000/.test(output)) {
    return new SetupError(
      "The database refused the user or password of DATABASE_URL.",
      "Correct DATABASE_URL and run the same command again.",
    );
  }
  if (/3D000|database ".*" does not exist/.test(output)) {
    return new SetupError(
      "The database that DATABASE_URL names does not exist.",
      "Create it (createdb NAME), or correct DATABASE_URL.",
    );
  }
  return null;
}

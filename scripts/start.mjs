/**
 * `npm start`: everything from a fresh clone to a running Millrace, and on later starts only what is stale.
 * `npm run dev` (`--dev`): the same with Next.js serving from source. `MILLRACE_DEMO=off`: the production start.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { ensureBuild } from "./lib/build.mjs";
import { demoPorts, startDemo } from "./lib/demo.mjs";
import { addCommand, listEngines } from "./lib/engines.mjs";
import { install } from "./lib/installation.mjs";
import { holdInstance } from "./lib/instance.mjs";
import { ensureKeys, requireProductionSettings } from "./lib/keys.mjs";
import { openFolder, pathsFrom } from "./lib/paths.mjs";
import { requirePort } from "./lib/ports.mjs";
import { ensureDatabase, startPostgres } from "./lib/postgres.mjs";
import { createSupervisor } from "./lib/processes.mjs";
import { migrate, seed, startRunner, startWeb } from "./lib/services.mjs";
import { createSteps, describeFailure, formatSeconds, SetupError } from "./lib/steps.mjs";

const dev = process.argv.includes("--dev");
const demo = process.env.MILLRACE_DEMO !== "off";
const paths = pathsFrom();
const steps = createSteps();
const restarts = new Map();
const services = {};
let instance = null;
let ending = null;

const supervisor = createSupervisor({ onUnexpectedExit: recover });
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
  process.on(signal, () => end(code));

try {
  await main();
} catch (error) {
  if (!ending) process.stderr.write(describeFailure(error));
  await end(1);
}

async function main() {
  const started = performance.now();
  const port = Number(process.env.PORT || 3000);
  const host = process.env.HOST || (demo ? "127.0.0.1" : "0.0.0.0");
  const address = process.env.NEXTAUTH_URL || `http://localhost:${port}`;
  steps.line(`Millrace${dev ? " (development)" : ""}`);
  if (!demo) requireProductionSettings(process.env);
  else requireLoopback(host);
  openFolder(paths.data);
  instance = holdInstance(join(paths.run, "instance.json"), { address });
  await requirePort(port, {
    variable: "PORT",
    what: "the web server",
    host: host === "localhost" ? "127.0.0.1" : host,
  });
  const { python, basePython } = await install(paths, steps);
  for (const engine of listEngines(paths, basePython).filter(({ ready }) => !ready))
    steps.warn(`The engine ${engine.name} is not finished: ${addCommand(engine)}`);
  await steps.step("Build", (say) => ensureBuild(paths, { next: !dev, say }));

  const settings = {
    MILLRACE_DATA: paths.data,
    MILLRACE_ENGINES: paths.engines,
    MILLRACE_RUNNER_SOCKET: paths.runnerSocket,
    MILLRACE_DEMO: demo ? "on" : "off",
    PORT: String(port),
    NEXTAUTH_URL: address,
  };
  const document = demo ? await prepareDemo({ settings, python, port }) : null;
  await steps.step("Database schema", () => migrate(paths, settings));
  if (document) await steps.step("Demo organisations", () => seed(paths, settings, document));

  const echo = (line) => steps.line(line);
  const serveRunner = async () =>
    record("runner", await startRunner(paths, supervisor, { python, settings, onLine: dev ? echo : undefined }));
  const serveWeb = async () =>
    record(
      "web",
      await startWeb(paths, supervisor, { dev, host, port, settings, onLine: dev || !demo ? echo : undefined }),
    );
  // With MILLRACE_NATS_URL the runners are on other machines (npm run runner).
  if (!process.env.MILLRACE_NATS_URL) {
    await steps.step("Runner", serveRunner);
    restarts.set("runner", { again: serveRunner, times: [] });
  }
  await steps.step("Web server", serveWeb);
  restarts.set("web", { again: serveWeb, times: [] });

  steps.line(`\nReady in ${formatSeconds(performance.now() - started)}: ${address}`);
  if (document) {
    const [first] = document.organisations;
    steps.line(
      `Sign in with the organisation's name, "${first.name}", as ${first.people.map(({ name, role }) => `${name} (${role})`).join(", ")}.`,
    );
  }
  steps.line(`Logs: ${paths.logs}. Ctrl-C stops everything.`);
}

/** Keeps `run/services.json` up to date: which process serves what. */
function record(name, { child }) {
  services[name] = child.pid;
  writeFileSync(join(paths.run, "services.json"), JSON.stringify(services), { mode: 0o600 });
  return { note: `process ${child.pid}` };
}

/** Embedded PostgreSQL, keys and the demo world; completes `settings`. */
async function prepareDemo({ settings, python, port }) {
  const keys = await steps.step("Keys", async () => {
    const made = ensureKeys(paths.keys);
    return { ...made, note: made.created ? `made in ${paths.keys}` : "unchanged" };
  });
  const ports = await demoPorts(paths);
  const postgres = await steps.step("PostgreSQL", (say) =>
    startPostgres(paths, supervisor, { port: ports.postgres, password: keys.databasePassword, say }),
  );
  await ensureDatabase(postgres.url("postgres"), {
    database: "millrace",
    user: "millrace",
    password: keys.databasePassword,
  });
  Object.assign(settings, {
    DATABASE_URL: process.env.DATABASE_URL || postgres.url("millrace", "millrace"),
    MILLRACE_KEY: keys.MILLRACE_KEY,
    NEXTAUTH_SECRET: keys.NEXTAUTH_SECRET,
    MILLRACE_TRUST_LOOPBACK_GIT: "on",
  });
  const baseUrls = [
    ...new Set([settings.NEXTAUTH_URL.replace(/\/$/, ""), `http://localhost:${port}`, `http://127.0.0.1:${port}`]),
  ];
  const document = await startDemo(paths, supervisor, steps, { python, postgres, keys, ports, baseUrls });
  writeFileSync(
    join(paths.run, "demo.json"),
    JSON.stringify({ address: settings.NEXTAUTH_URL, databaseUrl: settings.DATABASE_URL, ports }),
    { mode: 0o600 },
  );
  return document;
}

/** The demo's people have no passwords: it must not be reachable from other machines. */
function requireLoopback(host) {
  if (["127.0.0.1", "::1", "localhost"].includes(host)) return;
  throw new SetupError(
    `The demo signs people in without passwords, so it cannot listen on ${host}.`,
    "Leave HOST out, or use the production start: MILLRACE_DEMO=off npm start",
  );
}

/** The web server and the runner come back when they die; anything else, or dying again and again, ends Millrace. */
async function recover({ name, code, signal, tail }) {
  if (ending) return;
  const entry = restarts.get(name);
  const recent = entry?.times.filter((time) => Date.now() - time < 60_000) ?? [];
  if (!entry || recent.length >= 5) {
    process.stderr.write(
      describeFailure(
        new SetupError(
          `${name} ended unexpectedly (${signal ?? `exit code ${code}`}).\n\n${tail}`,
          `Logs: ${paths.logs}`,
        ),
      ),
    );
    await end(1);
    return;
  }
  entry.times = [...recent, Date.now()];
  steps.warn(
    `${name} ended unexpectedly (${signal ?? `exit code ${code}`}); starting it again. Log: ${join(paths.logs, `${name}.log`)}`,
  );
  try {
    await entry.again();
  } catch (error) {
    if (ending) return;
    process.stderr.write(describeFailure(error));
    await end(1);
  }
}

/** Stops what was started, in reverse order, and exits. The second Ctrl-C does not hurry it: it takes seconds at most. */
function end(code) {
  ending ??= (async () => {
    if (code !== 1) steps.line("\nStopping…");
    await supervisor.stopAll();
    instance?.release();
    process.exit(code === 130 ? 0 : code);
  })();
  return ending;
}

/**
 * `npm run runner`: a runner on a machine without the web tier: the Python runner, the TLS gateway in front of it, and the
 * announcer that finds it work over NATS (docs/deploy.md). SIGTERM drains it; a second one ends it at once. `--prepare` installs
 * what it needs and starts nothing: for the image.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createAnnouncer } from "./lib/announcer.mjs";
import { install } from "./lib/installation.mjs";
import { pathsFrom } from "./lib/paths.mjs";
import { createSupervisor } from "./lib/processes.mjs";
import { connectNats, runnerSettings, startGateway } from "./lib/remote-runner.mjs";
import { readRunnerStatus } from "./lib/runner-status.mjs";
import { startRunner } from "./lib/services.mjs";
import { createSteps, describeFailure, SetupError } from "./lib/steps.mjs";

const paths = pathsFrom();
const steps = createSteps();
let announcer = null;
let runner = null;
let settings = null;
let draining = false;
let ending = null;

const supervisor = createSupervisor({
  onUnexpectedExit: ({ name, code, signal, tail }) => {
    const what = `${name} ended unexpectedly (${signal ?? `exit code ${code}`}).\n\n${tail}`;
    process.stderr.write(describeFailure(new SetupError(what, "Whatever keeps this service running starts it again.")));
    end(1);
  },
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => (draining ? end(0) : drain()));

try {
  await main();
} catch (error) {
  if (!ending) process.stderr.write(describeFailure(error));
  await end(1);
}

async function main() {
  if (process.argv.includes("--prepare")) {
    await install(paths, steps);
    return;
  }
  settings = runnerSettings();
  const { python } = await install(paths, steps);
  const onLine = (line) => steps.line(line);
  await steps.step("Runner", async () => {
    const args = ["--max-sessions", String(settings.sessions)];
    const started = { MILLRACE_DATA: paths.data, MILLRACE_RUNNER_SOCKET: paths.runnerSocket };
    runner = await startRunner(paths, supervisor, { python, settings: started, args, onLine });
    const { dbtVersion } = await readRunnerStatus(paths.runnerSocket, { milliseconds: 60_000 });
    return { note: `dbt ${dbtVersion}, process ${runner.child.pid}` };
  });
  const gateway = await steps.step("Gateway", async () => {
    const { port } = await startGateway(paths, supervisor, { python, settings, onLine });
    return { port, note: `port ${port}` };
  });
  const address = { host: settings.host, port: settings.port ?? gateway.port };
  await steps.step("NATS", async (say) => {
    say("connecting");
    const connection = await connectNats(settings);
    announcer = createAnnouncer(connection, {
      ...address,
      ...{ engine: settings.engine, runner: settings.runner },
      readStatus: () => readRunnerStatus(paths.runnerSocket),
      say: (text) => steps.line(`${settings.runner} ${text}`),
    });
    await announcer.ready;
  });
  steps.line(`Ready: ${settings.runner} serves at ${address.host}:${address.port}.`);
}

/** No new sessions; ends with the last one, or when time is up: then the rest open elsewhere. */
async function drain() {
  draining = true;
  if (!announcer || !runner || ending) return end(0);
  const deadline = Date.now() + settings.drainSeconds * 1000;
  try {
    await announcer.drain();
    runner.child.kill("SIGUSR1");
    steps.line(`Draining: sessions may go on for ${settings.drainSeconds} seconds.`);
    while (!ending && Date.now() < deadline) {
      const { sessions } = await readRunnerStatus(paths.runnerSocket);
      if (sessions === 0) break;
      await sleep(250);
    }
  } catch (error) {
    process.stderr.write(describeFailure(error));
  }
  return end(0);
}

/** The runner first, so that the gateway can hand on its last words. */
function end(code) {
  ending ??= (async () => {
    await announcer?.close();
    if (runner && !runner.exited) {
      runner.expected = true;
      runner.child.kill("SIGTERM"); // itself alone: it tells its sessions before it ends them
      await Promise.race([runner.done, sleep(5_000)]);
    }
    await supervisor.stopAll();
    process.exit(code);
  })();
  return ending;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { and, count, eq } from "drizzle-orm";
import type { z } from "zod";
import { audit } from "../audit";
import {
  type addEngineInput,
  type ConnectionForm,
  defaultEngine,
  type EngineForms,
  type EngineProgress,
} from "../contract/engines";
import { type Actor, AppError, config, logger, processSingleton, requirePermission, toAppError } from "../core";
import { database, schema } from "../db";
import { installedEngines } from "./catalogue";
import { formsOf } from "./forms";
import { presentations } from "./presentation";
import { stopRunner } from "./runners";

/** Versions that the console offers; the command line takes exact ones too. */
export const offeredDbtVersions = ["1.11", "1.10"] as const;

interface Job {
  readonly kind: "adding" | "removing";
  readonly events: EngineProgress[];
  readonly wake: Set<() => void>;
}
const jobs = () => processSingleton("engine-jobs", () => new Map<string, Job>());

/** What is being done with an engine; one that has said its last word is over, although it is still being written down. */
function liveJob(name: string): Job | undefined {
  const job = jobs().get(name);
  const last = job?.events.at(-1);
  return last === undefined || last.type === "progress" ? job : undefined;
}

function forget(name: string, job: Job): void {
  if (jobs().get(name) === job) jobs().delete(name);
}

/** Engines as this organisation sees them; the runner's state is asked for elsewhere. @throws FORBIDDEN */
export async function listEngines(actor: Actor) {
  requirePermission(actor, "project.manage");
  const rows = await database()
    .select({ engine: schema.environments.engine, environments: count() })
    .from(schema.environments)
    .where(eq(schema.environments.organisationId, actor.organisationId))
    .groupBy(schema.environments.engine);
  const uses = new Map(rows.map(({ engine, environments }) => [engine, environments]));
  const installed = installedEngines();
  const begun = [...jobs().keys()].filter(
    (name) => liveJob(name) !== undefined && !installed.some((engine) => engine.name === name),
  );
  return [
    ...installed.map((engine) => ({
      name: engine.name,
      isDefault: engine.name === defaultEngine,
      state: liveJob(engine.name)?.kind ?? (engine.ready ? ("ready" as const) : ("unfinished" as const)),
      dbtVersion: engine.dbtVersion,
      dbt: engine.dbt,
      packages: [...engine.packages],
      adapters: engine.adapters.map(({ adapter, version }) => ({ adapter, version, label: labelOf(adapter) })),
      environments: uses.get(engine.name) ?? 0,
    })),
    ...begun.map((name) => ({
      ...{ name, isDefault: false, state: "adding" as const, dbtVersion: null, dbt: null },
      ...{ packages: [], adapters: [], environments: 0 },
    })),
  ];
}

/** Adapters that the console may install, one package each. */
export function offeredPackages(): { package: string; label: string }[] {
  const offered = new Map(
    presentations
      .filter(({ id, adapter }) => id === undefined && !["duckdb", "postgres"].includes(adapter))
      .map((one) => [one.package, one.label]),
  );
  for (const name of config().enginePackages) if (!offered.has(name)) offered.set(name, name);
  return [...offered].map(([name, label]) => ({ package: name, label }));
}

/** The connection forms of every finished engine. @throws FORBIDDEN */
export function connectionForms(actor: Actor): EngineForms[] {
  requirePermission(actor, "project.manage");
  return installedEngines()
    .filter(({ ready }) => ready)
    .map(({ name, dbtVersion, adapters }) => ({
      engine: name,
      dbtVersion,
      forms: adapters.flatMap((description): ConnectionForm[] => formsOf(description)),
    }));
}

/**
 * Adds an engine and says how far it is; whoever asks for one that is being added joins. It goes on when nobody listens any more.
 * @throws FORBIDDEN, INVALID_INPUT for a package that is not offered
 */
export async function* addEngine(
  actor: Actor,
  input: z.output<typeof addEngineInput>,
  signal: AbortSignal,
): AsyncGenerator<EngineProgress> {
  requirePermission(actor, "project.manage");
  if (!offeredPackages().some((one) => one.package === input.package)) {
    throw new AppError("INVALID_INPUT", `${input.package} is not one of the adapters that can be added here.`, {
      hint: "The operator adds others with “npm run engine -- add”, or offers them with MILLRACE_ENGINE_PACKAGES.",
    });
  }
  const name = input.name ?? `${input.package.slice("dbt-".length)}${input.dbt === null ? "" : `-${input.dbt}`}`;
  let job = liveJob(name);
  if (job?.kind === "removing") throw new AppError("CONFLICT", `The engine ${name} is being removed.`);
  if (!job) {
    const own: Job = { kind: "adding", events: [], wake: new Set() };
    job = own;
    jobs().set(name, own);
    const args = ["add", input.package, "--name", name, ...(input.dbt === null ? [] : ["--dbt", input.dbt])];
    runScript(args, own)
      .then(async () => {
        forget(name, own);
        const last = own.events.at(-1);
        await audit(actor, "engine.added", name, {
          package: input.package,
          dbt: input.dbt,
          outcome: last?.type === "done" ? "added" : last?.type === "failed" ? last.error.message : "failed",
        });
      })
      .catch((error: unknown) => {
        forget(name, own);
        logger().error(
          { err: error, engine: name },
          "An engine that was added could not be written to the audit trail.",
        );
      });
  }
  yield* eventsOf(job, signal);
}

/** Removes an engine that no environment uses. @throws FORBIDDEN, NOT_FOUND, CONFLICT */
export async function removeEngine(actor: Actor, name: string): Promise<void> {
  requirePermission(actor, "project.manage");
  const engine = installedEngines().find((one) => one.name === name);
  if (!engine) throw new AppError("NOT_FOUND", `There is no engine named ${name}.`);
  if (name === defaultEngine) throw new AppError("CONFLICT", "The default engine cannot be removed.");
  if (liveJob(name) !== undefined)
    throw new AppError("CONFLICT", `The engine ${name} is being changed.`, { hint: "Wait for it to finish." });
  const { environments } = schema;
  const [own] = await database()
    .select({ found: count() })
    .from(environments)
    .where(and(eq(environments.engine, name), eq(environments.organisationId, actor.organisationId)));
  // Engines are the installation's: another organisation's environments count too, but are not told of.
  const [all] = await database().select({ found: count() }).from(environments).where(eq(environments.engine, name));
  if ((all?.found ?? 0) > 0) {
    const ours = own?.found ?? 0;
    throw new AppError(
      "CONFLICT",
      ours > 0
        ? `${ours === 1 ? "An environment uses" : `${ours} environments use`} the engine ${name}.`
        : `The engine ${name} is in use.`,
      {
        hint: ours > 0 ? "Give them another engine, or remove them, first." : "Ask the operator of Millrace.",
      },
    );
  }
  const job: Job = { kind: "removing", events: [], wake: new Set() };
  jobs().set(name, job);
  try {
    await stopRunner(name);
    await runScript(["remove", name], job);
  } finally {
    forget(name, job);
  }
  const last = job.events.at(-1);
  if (last?.type === "failed") throw AppError.fromBody(last.error);
  await audit(actor, "engine.removed", name, { packages: engine.packages, dbt: engine.dbtVersion });
}

/** Runs scripts/engine.mjs and keeps what it says. Never throws: the last event is `done` or `failed`. */
async function runScript(args: readonly string[], job: Job): Promise<void> {
  const say = (event: EngineProgress) => {
    job.events.push(event);
    for (const wake of job.wake) wake();
  };
  const stderr: string[] = [];
  try {
    const { dataFolder, enginesFolder } = config();
    const child = spawn(process.execPath, [join(process.cwd(), "scripts", "engine.mjs"), ...args, "--json"], {
      cwd: process.cwd(),
      env: { ...installerEnvironment(), MILLRACE_DATA: dataFolder, MILLRACE_ENGINES: enginesFolder },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk.toString("utf8")));
    const exited = once(child, "exit");
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line) as {
        type: string;
        text?: string;
        name?: string;
        message?: string;
        hint?: string | null;
      };
      if (event.type === "progress") say({ type: "progress", text: event.text ?? "" });
      else if (event.type === "done") say({ type: "done", name: event.name ?? "" });
      else
        say({
          type: "failed",
          error: new AppError("CONFLICT", event.message ?? "It failed.", {
            ...(event.hint ? { hint: event.hint } : {}),
          }).toBody(),
        });
    }
    const [code] = (await exited) as [number | null];
    if (job.events.at(-1)?.type === "done" || job.events.at(-1)?.type === "failed") return;
    logger().error({ code, stderr: stderr.join("").slice(-2000) }, "The engine script ended without a word.");
    say({
      type: "failed",
      error: new AppError("INTERNAL", "The installation ended unexpectedly.", {
        hint: "Add the engine again: what is finished is kept.",
      }).toBody(),
    });
  } catch (error) {
    logger().error({ err: error }, "The engine script could not be run.");
    say({ type: "failed", error: toAppError(error).toBody() });
  }
}

async function* eventsOf(job: Job, signal: AbortSignal): AsyncGenerator<EngineProgress> {
  for (let next = 0; !signal.aborted; ) {
    const event = job.events[next];
    if (event) {
      next += 1;
      yield event;
      if (event.type !== "progress") return;
      continue;
    }
    await new Promise<void>((resolve) => {
      const wake = () => {
        job.wake.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      job.wake.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}

/** What pip needs to reach the network the way this machine does; nothing of Millrace's own. */
function installerEnvironment(): NodeJS.ProcessEnv {
  const wanted =
    /^(PATH|HOME|LANG|LC_ALL|LC_CTYPE|TZ|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR|NODE_ENV|MILLRACE_BASE_PYTHON|https?_proxy|no_proxy|all_proxy|pip_.*|requests_ca_bundle|curl_ca_bundle|xdg_.*)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => wanted.test(name))) as NodeJS.ProcessEnv;
}

function labelOf(adapter: string): string {
  return presentations.find((one) => one.adapter === adapter && one.id === undefined)?.label ?? adapter;
}

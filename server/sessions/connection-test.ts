import { randomBytes, randomUUID } from "node:crypto";
import { lookup } from "node:dns/promises";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import { audit } from "../audit";
import type { ConnectionTest } from "../contract/engines";
import type { ErrorBody } from "../contract/errors";
import type { testEnvironmentInput } from "../contract/projects";
import { frameKinds, rowsTailSchema } from "../contract/rows";
import { protocolVersion } from "../contract/worker";
import { type Actor, AppError, config, requirePermission, toAppError } from "../core";
import { endpointsOf, explainConnectionFailure } from "../engines";
import { connectionToTest } from "../projects";
import type { RunnerEndpoint } from "./endpoint";
import { FrameReader } from "./frames";
import { silenceSeconds } from "./limits";
import { onRunner, profileSettings, warehouseFiles } from "./place";
import { QueryConnection } from "./query-connection";
import { sessionService } from "./service";
import { WorkerConnection } from "./worker-connection";

const readyMilliseconds = 120_000;
const querySeconds = 45;
const maxFrameBytes = 16 * 1024 * 1024;
const lastWordMilliseconds = 2_000;
const mostNames = 6;
/** Drivers that try again for minutes by themselves: a test wants their first error. What the environment sets counts. */
const impatient: Readonly<Record<string, Record<string, string | number>>> = {
  bigquery: { job_retries: 0, job_retry_deadline_seconds: 15, job_creation_timeout_seconds: 15 },
  databricks: { connection_parameters: '{"_retry_stop_after_attempts_count": 2, "_retry_delay_max": 5}' },
  fabric: { retries: 0, login_timeout: 20 },
  sqlserver: { retries: 0, login_timeout: 20 },
};
const running = new Map<string, number>();
const testsPerOrganisation = 2;

/**
 * Tries a connection the way a preview would: a session of its own on the environment's engine, and in it a query process that
 * connects and runs `select 1`. No row of the warehouse is read. Failures of the connection are the answer, not thrown.
 * @throws FORBIDDEN, NOT_FOUND, INVALID_INPUT (settings), LIMIT_REACHED, WORKER_LOST (runner), SANDBOX_UNAVAILABLE
 */
export async function testConnection(
  actor: Actor,
  input: z.output<typeof testEnvironmentInput>,
  signal?: AbortSignal,
): Promise<ConnectionTest> {
  requirePermission(actor, "project.manage");
  const { projectName, settings, secrets } = await connectionToTest(actor, input);
  const already = running.get(actor.organisationId) ?? 0;
  if (already >= testsPerOrganisation) {
    throw new AppError("LIMIT_REACHED", "Other connections of your organisation are being tested.", {
      hint: "Try again when they are done.",
    });
  }
  running.set(actor.organisationId, already + 1);
  const started = performance.now();
  try {
    const result = await tryOut(actor, { input, settings, secrets, signal });
    await audit(actor, "environment.tested", `${projectName} / ${input.name}`, {
      adapter: input.adapter,
      engine: input.engine,
      outcome: result.failure?.kind ?? "ok",
    });
    return { ...result, milliseconds: Math.round(performance.now() - started) };
  } finally {
    running.set(actor.organisationId, (running.get(actor.organisationId) ?? 1) - 1);
  }
}

interface Attempt {
  readonly input: z.output<typeof testEnvironmentInput>;
  readonly settings: Record<string, string | number | boolean>;
  readonly secrets: Record<string, string>;
  readonly signal: AbortSignal | undefined;
}

async function tryOut(actor: Actor, attempt: Attempt): Promise<Omit<ConnectionTest, "milliseconds">> {
  const { input, settings, secrets, signal } = attempt;
  const egress = endpointsOf(input.adapter, settings);
  const endpoint = await sessionService().placement.place({
    projectId: "connection-test",
    engine: input.engine,
    avoid: new Set(),
  });
  const session = randomBytes(32).toString("base64url");
  const folder = onRunner(scratchProject(actor.organisationId));
  const limits = await sessionService().limits.read(actor.organisationId);
  let told: (error: ErrorBody | null) => void = () => undefined;
  const ended = new Promise<ErrorBody | null>((resolve) => {
    told = resolve;
  });
  const connection = new WorkerConnection({
    endpoint,
    onEvent: (event) => {
      if (event.type === "queryEnded") told(event.error);
    },
    onLost: (error) => told(error.toBody()),
    opening: {
      hello: {
        type: "hello",
        protocol: protocolVersion,
        kind: "session",
        session,
        organisation: actor.organisationId,
        project: "connection-test",
        user: actor.userId,
        projectRoot: folder,
        shareRoot: folder,
        workspaceRoot: folder,
        commit: null,
        environment: {
          adapter: input.adapter,
          target: input.target,
          schema: input.schema,
          threads: 1,
          settings: { ...impatient[input.adapter], ...profileSettings(settings) },
        },
        vars: {},
        limits: {
          sessionMemoryMb: limits.sessionMemoryMb,
          sessionCpuSeconds: limits.sessionCpuSeconds,
          queryMemoryMb: limits.queryMemoryMb,
          queryCpuSeconds: querySeconds,
          silenceSeconds,
        },
        readableFiles: warehouseFiles({ adapter: input.adapter, settings }),
        egress,
      },
      template: { type: "template", committed: [] },
      credentials: { type: "credentials", secrets, environmentVariables: {} },
    },
  });
  const cancel = () => connection.close(new AppError("CANCELLED", "The test was cancelled."));
  signal?.addEventListener("abort", cancel, { once: true });
  const late = setTimeout(
    () => connection.close(new AppError("TIMEOUT", "The test did not begin in time.")),
    readyMilliseconds,
  );
  const [first] = egress;
  const host = first ? `${first.host}:${first.port}` : null;
  const failed = async (error: { code: string; message: string; hint: string | null }, dbtVersion: string | null) => ({
    ...{ ok: false, dbtVersion },
    failure: explainConnectionFailure(error, host, await unknownName(egress)),
  });
  try {
    const ready = await connection.ready;
    clearTimeout(late);
    if (ready.error !== null) return await failed(ready.error, ready.dbtVersion);
    const error = await query({ endpoint, session, ended, signal });
    if (error === null) return { ok: true, dbtVersion: ready.dbtVersion, failure: null };
    return await failed(error, ready.dbtVersion);
  } catch (error) {
    const failure = toAppError(error);
    if (failure.code === "DBT_ERROR" || failure.code === "WAREHOUSE_ERROR") return await failed(failure.toBody(), null);
    throw failure;
  } finally {
    clearTimeout(late);
    signal?.removeEventListener("abort", cancel);
    connection.close(new AppError("CANCELLED", "The test is over."));
  }
}

interface Asked {
  readonly endpoint: RunnerEndpoint;
  readonly session: string;
  /** Why the session says that the query's process ended, when it was not by itself. */
  readonly ended: Promise<ErrorBody | null>;
  readonly signal: AbortSignal | undefined;
}

/** A name of the connection that this machine cannot find. Runners elsewhere may know others, so nothing is said of theirs. */
async function unknownName(egress: readonly { host: string }[]): Promise<string | null> {
  if (config().remoteRunners !== null) return null;
  for (const { host } of egress.slice(0, mostNames)) {
    const found = await lookup(host).catch((error: NodeJS.ErrnoException) => error.code);
    if (found === "ENOTFOUND" || found === "EAI_AGAIN") return host;
  }
  return null;
}

/** Connects and runs one statement that reads no table. Returns why it failed, or null. */
async function query({ endpoint, session, ended, signal }: Asked) {
  const connection = new QueryConnection({
    endpoint,
    session,
    query: {
      type: "query",
      queryId: randomUUID(),
      path: null,
      sql: "select 1 as connected",
      text: null,
      what: null,
      limits: { rows: 1, bytes: 1024 * 1024, seconds: querySeconds },
    },
  });
  const stop = () => connection.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  const reader = new FrameReader(maxFrameBytes);
  let last: unknown = null;
  try {
    for await (const chunk of connection.stream as unknown as AsyncIterable<Uint8Array>) {
      for (const frame of reader.push(Buffer.from(chunk))) {
        if (frame.kind === frameKinds.json) last = JSON.parse(frame.payload.toString("utf8"));
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    connection.destroy();
  }
  if (signal?.aborted) throw new AppError("CANCELLED", "The test was cancelled.");
  const tail = rowsTailSchema.safeParse(last);
  if (!tail.success) {
    const { error } = await connection.closed;
    if (error) throw error;
    // A driver that never gives up is ended with its process, and the session says why.
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), lastWordMilliseconds).unref());
    const reason = await Promise.race([ended, late]);
    if (reason === null)
      throw new AppError("WORKER_LOST", "The process that tried the connection ended without a word.");
    if (reason.code === "TIMEOUT")
      return { ...reason, message: `No answer within ${querySeconds} seconds: timed out.` };
    throw AppError.fromBody(reason);
  }
  if (tail.data.error !== null) return tail.data.error;
  if (tail.data.limit === "seconds")
    return new AppError("TIMEOUT", `No answer within ${querySeconds} seconds: timed out.`).toBody();
  return null;
}

/** An empty dbt project: what is tested is the connection, not anybody's code. */
function scratchProject(organisationId: string): string {
  const folder = join(config().dataFolder, "workspaces", organisationId, "connection-test");
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  writeFileSync(join(folder, "dbt_project.yml"), 'name: connection_test\nversion: "1.0"\nprofile: connection_test\n');
  return folder;
}

import { readFile } from "node:fs/promises";
import type { LiveSession as LiveSessionView } from "../contract/admin";
import type { QueryRun } from "../contract/dbt";
import { type Actor, AppError, requirePermission } from "../core";
import { runnerSocket } from "../engines";
import { countPlaces } from "./line-store";
import type { LiveSession } from "./live-session";
import type { PreviewRun } from "./preview-run";
import { readRunnerStatus } from "./runner-status";
import { sessionService } from "./service";

/** The dbt sessions of the actor's organisation that have a worker now, most recently used first. */
export async function liveSessions(actor: Actor): Promise<LiveSessionView[]> {
  requirePermission(actor, "session.manage");
  const service = sessionService();
  const sessions = service.registry
    .all()
    .filter((session) => session.running && session.identity.organisationId === actor.organisationId);
  sessions.sort((first, second) => second.lastUsedAt - first.lastUsedAt);
  return Promise.all(
    sessions.map(async (session) => {
      const { userId, userName, projectName, environmentName, adapter } = session.identity;
      return {
        id: session.id,
        userId,
        userName,
        projectName,
        environmentName,
        adapter,
        state: session.status.state,
        startedAt: session.startedAt.toISOString(),
        lastUsedAt: new Date(session.lastUsedAt).toISOString(),
        memoryKb: await anonymousMemoryKb(session),
        runningQueries: service.runsOf(session).map(describeRun),
      };
    }),
  );
}

/**
 * Ends a person's dbt session and its previews at once. Their unsaved text stays, and they may open it again.
 * @throws FORBIDDEN, NOT_FOUND
 */
export async function endSession(actor: Actor, id: string): Promise<void> {
  requirePermission(actor, "session.manage");
  const service = sessionService();
  const session = service.registry
    .all()
    .find((candidate) => candidate.id === id && candidate.identity.organisationId === actor.organisationId);
  if (session === undefined) throw new AppError("NOT_FOUND", "This dbt session does not exist any more.");
  service.endByAdministrator(session, actor);
}

/** How many of the organisation's sessions have a place now, over all web processes. */
export async function runningSessionCount(organisationId: string): Promise<number> {
  return (await countPlaces(organisationId)).running;
}

/** Whether the runner answers, and with which dbt. Never throws. */
export async function runnerHealth(): Promise<{
  reachable: boolean;
  dbtVersion: string | null;
  message: string | null;
}> {
  try {
    const { dbtVersion, missing } = await sessionService().placement.state();
    const message = missing.length > 0 ? `The host lacks what the sandbox needs: ${missing.join(", ")}.` : null;
    return { reachable: true, dbtVersion, message };
  } catch (error) {
    const message = error instanceof AppError ? error.message : "The dbt runner did not answer as expected.";
    return { reachable: false, dbtVersion: null, message };
  }
}

/** How an engine's runner is: whether it answers, and how many sessions it has, of every organisation. */
export async function engineRunner(
  engine: string,
): Promise<{ state: "running" | "stopped"; sessions: number; dbtVersion: string | null; message: string | null }> {
  try {
    const status = await readRunnerStatus({ kind: "unix", path: runnerSocket(engine) });
    const { missing } = status.sandbox;
    const message = missing.length > 0 ? `The host lacks what the sandbox needs: ${missing.join(", ")}.` : null;
    return { state: "running", sessions: status.sessions, dbtVersion: status.dbtVersion, message };
  } catch (error) {
    if (error instanceof AppError) return { state: "stopped", sessions: 0, dbtVersion: null, message: null };
    throw error;
  }
}

function describeRun(run: PreviewRun): QueryRun {
  const { projectName, environmentName } = run.session.identity;
  return {
    queryId: run.queryId,
    userName: run.actor.userName,
    projectName,
    environmentName,
    subject: run.subject,
    outcome: run.outcome,
    message: run.message,
    rows: run.rows,
    bytes: run.bytes,
    milliseconds: Date.now() - run.startedAt.getTime(),
    startedAt: run.startedAt.toISOString(),
  };
}

/** Anonymous memory of the session's process, shared pages counted in full; null when it runs elsewhere or has ended. */
async function anonymousMemoryKb(session: LiveSession): Promise<number | null> {
  if (session.pid === null || !session.local) return null;
  try {
    const text = await readFile(`/proc/${session.pid}/status`, "utf8");
    const match = /^RssAnon:\s+(\d+) kB/m.exec(text);
    return match?.[1] === undefined ? null : Number(match[1]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

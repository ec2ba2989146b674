import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import { audit } from "../audit";
import type { QueryRun } from "../contract/dbt";
import { type Actor, AppError } from "../core";
import { database, schema, withTransaction } from "../db";
import type { PolicyPlace } from "../policy";
import type { PreviewRun } from "./preview-run";
import type { SessionIdentity } from "./session-identity";

/** Query runs in the app database: who, what, how long, how many. Never a row, never the query's text. */
const { queryRuns, projects, environments, users } = schema;

const uniqueViolation = "23505";

function describes(identity: SessionIdentity, queryId: string) {
  return {
    queryId,
    project: identity.projectName,
    projectId: identity.projectId,
    environment: identity.environmentName,
    environmentId: identity.environmentId,
  };
}

/**
 * Writes down that a preview starts, before a row can flow. Its audit event follows with the counts when it is over, or from
 * `closeAbandonedRuns` when this process does not live to write it.
 * @throws CONFLICT when the id was used before
 */
export async function recordStart(run: PreviewRun): Promise<void> {
  const { identity } = run.session;
  const insert = database().insert(queryRuns).values({
    id: run.queryId,
    organisationId: run.actor.organisationId,
    userId: run.actor.userId,
    projectId: identity.projectId,
    environmentId: identity.environmentId,
    subject: run.subject,
    outcome: "running",
    startedAt: run.startedAt,
  });
  await refuseUsedId(insert);
}

/** Writes down that a preview was refused, and why. */
export async function recordRefusal(
  actor: Actor,
  place: { identity: SessionIdentity; queryId: string; subject: string },
  error: AppError,
): Promise<void> {
  const { identity, queryId, subject } = place;
  await refuseUsedId(
    withTransaction(async (transaction) => {
      await transaction.insert(queryRuns).values({
        id: queryId,
        organisationId: actor.organisationId,
        userId: actor.userId,
        projectId: identity.projectId,
        environmentId: identity.environmentId,
        subject,
        outcome: "refused",
        message: error.message,
      });
      const details = { ...describes(identity, queryId), code: error.code, message: error.message };
      await audit(actor, "preview.refused", subject, details, transaction);
    }),
  );
}

/** Writes the outcome and its audit event, with the counts. */
export async function recordOutcome(run: PreviewRun): Promise<void> {
  const { outcome, message, rows, bytes, milliseconds, writeBytes } = run;
  await withTransaction(async (transaction) => {
    await transaction
      .update(queryRuns)
      .set({ outcome, message, rows, bytes, milliseconds })
      .where(and(eq(queryRuns.id, run.queryId), eq(queryRuns.organisationId, run.actor.organisationId)));
    const cutShort = outcome === "cancelled" || outcome === "ended";
    const counts = { outcome, message, rows, bytes, milliseconds, writeBytes };
    const details = { ...describes(run.session.identity, run.queryId), ...counts };
    await audit(run.actor, cutShort ? "preview.cancelled" : "preview.run", run.subject, details, transaction);
  });
}

/** One of the actor's own runs, or null. */
export async function findRun(actor: Actor, queryId: string): Promise<QueryRun | null> {
  return (await findRunWithPlace(actor, queryId))?.run ?? null;
}

/** One of the actor's own runs with where it ran, or null. */
export async function findRunWithPlace(
  actor: Actor,
  queryId: string,
): Promise<{ run: QueryRun; place: PolicyPlace } | null> {
  const own = and(
    eq(queryRuns.id, queryId),
    eq(queryRuns.organisationId, actor.organisationId),
    eq(queryRuns.userId, actor.userId),
  );
  const [row] = await select().where(own);
  if (row === undefined) return null;
  return { run: toQueryRun(row), place: { projectId: row.projectId, environmentId: row.environmentId } };
}

/** The actor's own runs of one project, newest first. */
export async function listRuns(actor: Actor, projectId: string, limit: number): Promise<QueryRun[]> {
  const own = and(
    eq(queryRuns.organisationId, actor.organisationId),
    eq(queryRuns.userId, actor.userId),
    eq(queryRuns.projectId, projectId),
  );
  const rows = await select().where(own).orderBy(desc(queryRuns.startedAt)).limit(limit);
  return rows.map(toQueryRun);
}

/** Counts since a time, for the administrator's overview. */
export async function countRuns(organisationId: string, since: Date): Promise<{ previews: number; refused: number }> {
  const [counts] = await database()
    .select({
      previews: sql<number>`count(*) filter (where ${queryRuns.outcome} <> 'refused')`.mapWith(Number),
      refused: sql<number>`count(*) filter (where ${queryRuns.outcome} = 'refused')`.mapWith(Number),
    })
    .from(queryRuns)
    .where(and(eq(queryRuns.organisationId, organisationId), gte(queryRuns.startedAt, since)));
  return counts ?? { previews: 0, refused: 0 };
}

/** Runs that a web process left behind when it stopped: their rows can no longer reach anyone. */
export async function closeAbandonedRuns(before: Date): Promise<void> {
  await withTransaction(async (transaction) => {
    const message = "Millrace was restarted while this ran.";
    const abandoned = await transaction
      .update(queryRuns)
      .set({ outcome: "failed", message })
      .where(and(eq(queryRuns.outcome, "running"), lt(queryRuns.startedAt, before)))
      .returning();
    for (const { id: queryId, organisationId, userId, projectId, environmentId, subject } of abandoned) {
      const [user] = await transaction.select({ name: users.name }).from(users).where(eq(users.id, userId));
      const source = { organisationId, userId, userName: user?.name ?? "" };
      const details = { queryId, projectId, environmentId, outcome: "failed", message };
      await audit(source, "preview.run", subject, details, transaction);
    }
  });
}

function select() {
  return database()
    .select({
      queryId: queryRuns.id,
      projectId: queryRuns.projectId,
      environmentId: queryRuns.environmentId,
      userName: users.name,
      projectName: projects.name,
      environmentName: environments.name,
      subject: queryRuns.subject,
      outcome: queryRuns.outcome,
      message: queryRuns.message,
      rows: queryRuns.rows,
      bytes: queryRuns.bytes,
      milliseconds: queryRuns.milliseconds,
      startedAt: queryRuns.startedAt,
    })
    .from(queryRuns)
    .innerJoin(users, eq(users.id, queryRuns.userId))
    .innerJoin(projects, eq(projects.id, queryRuns.projectId))
    .leftJoin(environments, eq(environments.id, queryRuns.environmentId))
    .$dynamic();
}

function toQueryRun(row: Awaited<ReturnType<typeof select>>[number]): QueryRun {
  const { projectId, environmentId, ...run } = row;
  return {
    ...run,
    environmentName: row.environmentName ?? "",
    outcome: row.outcome as QueryRun["outcome"],
    startedAt: row.startedAt.toISOString(),
  };
}

async function refuseUsedId(work: PromiseLike<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (postgresCode(error) === uniqueViolation) {
      throw new AppError("CONFLICT", "This preview was started before.", { cause: error });
    }
    throw error;
  }
}

function postgresCode(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return undefined;
  if ("code" in error) return error.code;
  return "cause" in error ? postgresCode(error.cause) : undefined;
}

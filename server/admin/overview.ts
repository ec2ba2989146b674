import { count, eq, sql } from "drizzle-orm";
import type { Overview } from "../contract/admin";
import { type Actor, requireAnyPermission } from "../core";
import { database, schema } from "../db";
import { countRuns, runnerHealth, runningSessionCount } from "../sessions";

/** The organisation at a glance. Needs any permission of the admin console. "Today" is the server's day in UTC. */
export async function overview(actor: Actor): Promise<Overview> {
  requireAnyPermission(actor, [
    "people.manage",
    "sign-in.manage",
    "policy.manage",
    "session.manage",
    "audit.read",
    "project.manage",
  ]);
  const { memberships, policyRules, projects } = schema;
  const { organisationId } = actor;
  const [people, project, rules, runs, runner, sessionsNow] = await Promise.all([
    database()
      .select({ all: count(), active: sql<number>`count(*) filter (where ${memberships.active})`.mapWith(Number) })
      .from(memberships)
      .where(eq(memberships.organisationId, organisationId)),
    database().select({ all: count() }).from(projects).where(eq(projects.organisationId, organisationId)),
    database()
      .select({
        all: count(),
        off: sql<number>`count(*) filter (where ${policyRules.scope} = 'organisation' and not ${policyRules.preview})`.mapWith(
          Number,
        ),
      })
      .from(policyRules)
      .where(eq(policyRules.organisationId, organisationId)),
    countRuns(organisationId, startOfDay(new Date())),
    runnerHealth(),
    runningSessionCount(organisationId),
  ]);
  return {
    people: people[0]?.all ?? 0,
    activePeople: people[0]?.active ?? 0,
    projects: project[0]?.all ?? 0,
    sessionsNow,
    previewsToday: runs.previews,
    refusedToday: runs.refused,
    previewOn: (rules[0]?.off ?? 0) === 0,
    rules: rules[0]?.all ?? 0,
    runner,
  };
}

function startOfDay(now: Date): Date {
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()));
}

import { and, eq, or } from "drizzle-orm";
import type { EffectivePolicy } from "../contract/policy";
import { type Actor, AppError, isId } from "../core";
import { database, schema } from "../db";
import { evaluatePolicy } from "./evaluate";
import { scopeNames } from "./scope-names";

/** Where a preview would run. Null leaves that scope out (the policy at a glance of the whole organisation). */
export interface PolicyPlace {
  readonly projectId: string | null;
  readonly environmentId: string | null;
}

/**
 * What this person may preview there, by every rule that matches: the organisation's, the project's, the environment's and the
 * role's. The one decision point: everything that can show rows asks here, each time, and nothing caches the answer.
 * @throws NOT_FOUND when the project or environment is not of the actor's organisation
 */
export async function effectivePolicy(actor: Actor, place: PolicyPlace): Promise<EffectivePolicy> {
  const { policyRules, users } = schema;
  await requirePlace(actor, place);
  const matches = [
    and(eq(policyRules.scope, "organisation"), eq(policyRules.scopeId, actor.organisationId)),
    and(eq(policyRules.scope, "role"), eq(policyRules.scopeId, actor.roleId)),
    place.projectId === null
      ? undefined
      : and(eq(policyRules.scope, "project"), eq(policyRules.scopeId, place.projectId)),
    place.environmentId === null
      ? undefined
      : and(eq(policyRules.scope, "environment"), eq(policyRules.scopeId, place.environmentId)),
  ];
  const rules = await database()
    .select({ rule: policyRules, by: users.name })
    .from(policyRules)
    .leftJoin(users, eq(users.id, policyRules.updatedBy))
    .where(and(eq(policyRules.organisationId, actor.organisationId), or(...matches)));
  const names = await scopeNames(actor.organisationId);
  return evaluatePolicy(
    rules.map(({ rule, by }) => ({
      scope: rule.scope,
      preview: rule.preview,
      export: rule.export,
      maxRows: rule.maxRows,
      maxBytes: rule.maxBytes,
      maxSeconds: rule.maxSeconds,
      reason: rule.reason,
      scopeName: names.get(rule.scopeId)?.name ?? "",
      by: by ?? "an administrator",
      at: rule.updatedAt.toISOString(),
    })),
  );
}

async function requirePlace(actor: Actor, place: PolicyPlace): Promise<void> {
  const { environments, projects } = schema;
  const notFound = () => new AppError("NOT_FOUND", "This project or environment does not exist.");
  if ([place.projectId, place.environmentId].some((id) => id !== null && !isId(id))) throw notFound();
  if (place.environmentId !== null) {
    const own = and(eq(environments.id, place.environmentId), eq(environments.organisationId, actor.organisationId));
    const [environment] = await database().select({ projectId: environments.projectId }).from(environments).where(own);
    if (environment === undefined) throw notFound();
    if (place.projectId !== null && environment.projectId !== place.projectId) throw notFound();
  } else if (place.projectId !== null) {
    const own = and(eq(projects.id, place.projectId), eq(projects.organisationId, actor.organisationId));
    const [project] = await database().select({ id: projects.id }).from(projects).where(own);
    if (project === undefined) throw notFound();
  }
}

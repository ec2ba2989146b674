import { and, eq } from "drizzle-orm";
import { audit } from "../audit";
import type { PolicyRule, PolicyScope, StoredPolicyRule } from "../contract/policy";
import { type Actor, AppError, events, isId, requirePermission } from "../core";
import { database, schema, withTransaction } from "../db";
import { scopeNames } from "./scope-names";

type Row = typeof schema.policyRules.$inferSelect;

/** What the audit trail keeps of a rule. */
function recorded(rule: Omit<PolicyRule, "scope" | "scopeId"> | undefined): Record<string, unknown> | null {
  if (rule === undefined) return null;
  return {
    preview: rule.preview,
    export: rule.export,
    maxRows: rule.maxRows,
    maxBytes: rule.maxBytes,
    maxSeconds: rule.maxSeconds,
    reason: rule.reason,
  };
}

function stored(row: Row, scopeName: string, updatedBy: string): StoredPolicyRule {
  const { id, scope, scopeId, preview, maxRows, maxBytes, maxSeconds, reason } = row;
  const limits = { maxRows, maxBytes, maxSeconds };
  return {
    id,
    scope,
    scopeId,
    scopeName,
    preview,
    export: row.export,
    ...limits,
    reason,
    updatedAt: row.updatedAt.toISOString(),
    updatedBy,
  };
}

/** Every rule of the organisation whose project, environment or role still exists. Needs `policy.manage`. */
export async function listPolicyRules(actor: Actor): Promise<StoredPolicyRule[]> {
  requirePermission(actor, "policy.manage");
  const { policyRules, users } = schema;
  const rows = await database()
    .select({ rule: policyRules, by: users.name })
    .from(policyRules)
    .leftJoin(users, eq(users.id, policyRules.updatedBy))
    .where(eq(policyRules.organisationId, actor.organisationId))
    .orderBy(policyRules.scope, policyRules.updatedAt);
  const names = await scopeNames(actor.organisationId);
  return rows.flatMap(({ rule, by }) => {
    const target = names.get(rule.scopeId);
    return target === undefined ? [] : [stored(rule, target.name, by ?? "someone who has left")];
  });
}

export interface PolicyTarget {
  scope: PolicyScope;
  scopeId: string;
  name: string;
}

/** Everything that a rule of this organisation can apply to, for the console's form. Needs `policy.manage`. */
export async function policyTargets(actor: Actor): Promise<PolicyTarget[]> {
  requirePermission(actor, "policy.manage");
  return [...(await scopeNames(actor.organisationId)).values()].map(({ scope, scopeId, name }) => ({
    scope,
    scopeId,
    name,
  }));
}

/**
 * Sets the one rule of a scope, which counts from this moment for running previews too. Needs `policy.manage`.
 * @throws NOT_FOUND when the scope is not of the actor's organisation
 */
export async function setPolicyRule(actor: Actor, rule: PolicyRule): Promise<StoredPolicyRule> {
  requirePermission(actor, "policy.manage");
  const target = (await scopeNames(actor.organisationId)).get(rule.scopeId);
  if (target === undefined || target.scope !== rule.scope) {
    throw new AppError("NOT_FOUND", `This ${rule.scope} does not exist.`);
  }
  const { policyRules } = schema;
  const { scope, scopeId, preview, maxRows, maxBytes, maxSeconds, reason } = rule;
  const values = {
    preview,
    export: rule.export,
    maxRows,
    maxBytes,
    maxSeconds,
    reason,
    updatedAt: new Date(),
    updatedBy: actor.userId,
  };
  const own = and(
    eq(policyRules.organisationId, actor.organisationId),
    eq(policyRules.scope, scope),
    eq(policyRules.scopeId, scopeId),
  );
  const saved = await withTransaction(async (transaction) => {
    const [before] = await transaction.select().from(policyRules).where(own).for("update");
    const [after] = await transaction
      .insert(policyRules)
      .values({ organisationId: actor.organisationId, scope, scopeId, ...values })
      .onConflictDoUpdate({ target: [policyRules.organisationId, policyRules.scope, policyRules.scopeId], set: values })
      .returning();
    if (after === undefined) throw new Error("The rule was not stored.");
    const details = { scope, scopeId, before: recorded(before), after: recorded(after) };
    await audit(actor, "policy.changed", `${scope} ${target.name}`, details, transaction);
    return after;
  });
  events.emit("policyChanged", { organisationId: actor.organisationId });
  return stored(saved, target.name, actor.userName);
}

/** Removes a rule. Needs `policy.manage`. @throws NOT_FOUND */
export async function removePolicyRule(actor: Actor, input: { id: string }): Promise<void> {
  requirePermission(actor, "policy.manage");
  const { policyRules } = schema;
  if (!isId(input.id)) throw new AppError("NOT_FOUND", "This rule does not exist any more.");
  const names = await scopeNames(actor.organisationId);
  await withTransaction(async (transaction) => {
    const [removed] = await transaction
      .delete(policyRules)
      .where(and(eq(policyRules.id, input.id), eq(policyRules.organisationId, actor.organisationId)))
      .returning();
    if (removed === undefined) throw new AppError("NOT_FOUND", "This rule does not exist any more.");
    const name = names.get(removed.scopeId)?.name ?? removed.scopeId;
    const details = { scope: removed.scope, scopeId: removed.scopeId, before: recorded(removed), after: null };
    await audit(actor, "policy.removed", `${removed.scope} ${name}`, details, transaction);
  });
  events.emit("policyChanged", { organisationId: actor.organisationId });
}

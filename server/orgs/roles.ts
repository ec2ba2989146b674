import { and, count, eq } from "drizzle-orm";
import type { z } from "zod";
import { audit } from "../audit";
import { builtInRoles, permissions, type Role, type saveRoleInput } from "../contract/people";
import { type Actor, AppError, events, isId, requireAnyPermission, requireCovers, requirePermission } from "../core";
import { database, schema, type Transaction, withTransaction } from "../db";

type RoleRow = typeof schema.roles.$inferSelect;

export function toRole({ id, name, builtIn, permissions: granted }: RoleRow): Role {
  return { id, name, builtIn, permissions: permissions.filter((permission) => granted.includes(permission)) };
}

/** The organisation's roles, built-in ones first. Needs `people.manage`, `policy.manage` or `sign-in.manage`. */
export async function listRoles(actor: Actor): Promise<Role[]> {
  requireAnyPermission(actor, ["people.manage", "policy.manage", "sign-in.manage"]);
  const { roles } = schema;
  const found = await database()
    .select()
    .from(roles)
    .where(eq(roles.organisationId, actor.organisationId))
    .orderBy(roles.name);
  const order = Object.keys(builtInRoles);
  const rank = (role: Role) => (role.builtIn ? order.indexOf(role.name) : order.length);
  return found.map(toRole).sort((first, second) => rank(first) - rank(second));
}

/** A role of the actor's organisation. @throws NOT_FOUND */
export async function ownRole(transaction: Transaction, actor: Actor, roleId: string): Promise<Role> {
  const { roles } = schema;
  if (!isId(roleId)) throw new AppError("NOT_FOUND", "This role does not exist.");
  const own = and(eq(roles.id, roleId), eq(roles.organisationId, actor.organisationId));
  const [found] = await transaction.select().from(roles).where(own).for("update");
  if (found === undefined) throw new AppError("NOT_FOUND", "This role does not exist.");
  return toRole(found);
}

/**
 * Creates a role (`roleId` null) or changes one of the organisation's own. Needs `people.manage`.
 * @throws NOT_FOUND, CONFLICT (the name is taken), FORBIDDEN (built in, or more than the actor's own role)
 */
export async function saveRole(actor: Actor, input: z.infer<typeof saveRoleInput>): Promise<Role> {
  requirePermission(actor, "people.manage");
  requireCovers(actor, input.permissions);
  const { roles } = schema;
  const { name } = input;
  const granted = [...new Set(input.permissions)];
  const saved = await withTransaction(async (transaction) => {
    const before = input.roleId === null ? null : await ownRole(transaction, actor, input.roleId);
    if (before?.builtIn === true)
      throw new AppError("FORBIDDEN", "A built-in role cannot be changed. Make one of your own.");
    if (before !== null) requireCovers(actor, before.permissions);
    const [taken] = await transaction
      .select({ id: roles.id })
      .from(roles)
      .where(and(eq(roles.organisationId, actor.organisationId), eq(roles.name, name)));
    if (taken !== undefined && taken.id !== input.roleId)
      throw new AppError("CONFLICT", `There is already a role called ${name}.`);
    const own = and(eq(roles.id, before?.id ?? actor.roleId), eq(roles.organisationId, actor.organisationId));
    const [row] =
      before === null
        ? await transaction
            .insert(roles)
            .values({ organisationId: actor.organisationId, name, permissions: granted })
            .returning()
        : await transaction.update(roles).set({ name, permissions: granted }).where(own).returning();
    if (row === undefined) throw new Error("The role was not stored.");
    const after = toRole(row);
    const shown = (role: Role | null) => (role === null ? null : { name: role.name, permissions: role.permissions });
    await audit(actor, "role.saved", name, { before: shown(before), after: shown(after) }, transaction);
    return { role: after, members: await membersOf(transaction, actor, after.id) };
  });
  for (const userId of saved.members)
    events.emit("membershipChanged", { organisationId: actor.organisationId, userId });
  return saved.role;
}

async function membersOf(transaction: Transaction, actor: Actor, roleId: string): Promise<string[]> {
  const { memberships } = schema;
  const rows = await transaction
    .select({ userId: memberships.userId })
    .from(memberships)
    .where(and(eq(memberships.organisationId, actor.organisationId), eq(memberships.roleId, roleId)));
  return rows.map(({ userId }) => userId);
}

/**
 * Removes a role that nobody has, with its preview policy rule. Needs `people.manage`.
 * @throws NOT_FOUND, FORBIDDEN (built in), CONFLICT (people or a sign-in connection still use it)
 */
export async function removeRole(actor: Actor, input: { roleId: string }): Promise<void> {
  requirePermission(actor, "people.manage");
  const { memberships, policyRules, roles, signInConnections } = schema;
  await withTransaction(async (transaction) => {
    const role = await ownRole(transaction, actor, input.roleId);
    if (role.builtIn) throw new AppError("FORBIDDEN", "A built-in role cannot be removed.");
    requireCovers(actor, role.permissions);
    const [people] = await transaction
      .select({ total: count() })
      .from(memberships)
      .where(eq(memberships.roleId, role.id));
    if ((people?.total ?? 0) > 0) {
      throw new AppError("CONFLICT", `${people?.total} people still have this role.`, {
        hint: "Give them another role first.",
      });
    }
    const [connection] = await transaction
      .select({ name: signInConnections.name })
      .from(signInConnections)
      .where(eq(signInConnections.defaultRoleId, role.id));
    if (connection !== undefined) {
      throw new AppError("CONFLICT", `New people who sign in with ${connection.name} get this role.`);
    }
    await transaction
      .delete(policyRules)
      .where(
        and(
          eq(policyRules.organisationId, actor.organisationId),
          eq(policyRules.scope, "role"),
          eq(policyRules.scopeId, role.id),
        ),
      );
    await transaction.delete(roles).where(and(eq(roles.id, role.id), eq(roles.organisationId, actor.organisationId)));
    await audit(
      actor,
      "role.removed",
      role.name,
      { before: { name: role.name, permissions: role.permissions } },
      transaction,
    );
  });
}

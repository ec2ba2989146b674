import { and, eq, max } from "drizzle-orm";
import { audit } from "../audit";
import { administratorsWithout, announceEnded, type EndedSignIn, lockOrganisation, revokeSignInsOf } from "../auth";
import type { Person, Role } from "../contract/people";
import { type Actor, AppError, events, isId, requireCovers, requirePermission } from "../core";
import { database, schema, type Transaction, withTransaction } from "../db";
import { ownRole, toRole } from "./roles";

/** Everyone of the organisation, by name. Needs `people.manage`. */
export async function listPeople(actor: Actor): Promise<Person[]> {
  requirePermission(actor, "people.manage");
  const { memberships, roles, signInSessions, users } = schema;
  const seen = database()
    .select({ userId: signInSessions.userId, at: max(signInSessions.lastSeenAt).as("at") })
    .from(signInSessions)
    .where(eq(signInSessions.organisationId, actor.organisationId))
    .groupBy(signInSessions.userId)
    .as("seen");
  const rows = await database()
    .select({
      userId: users.id,
      name: users.name,
      email: users.email,
      roleId: roles.id,
      roleName: roles.name,
      active: memberships.active,
      lastSeenAt: seen.at,
    })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(roles, eq(roles.id, memberships.roleId))
    .leftJoin(seen, eq(seen.userId, memberships.userId))
    .where(eq(memberships.organisationId, actor.organisationId))
    .orderBy(users.name, users.id);
  return rows.map((row) => ({ ...row, lastSeenAt: row.lastSeenAt?.toISOString() ?? null }));
}

interface Member {
  readonly userId: string;
  readonly name: string;
  readonly active: boolean;
  readonly role: Role;
}

/** A member, with the organisation locked. */
async function lockedMember(transaction: Transaction, actor: Actor, userId: string): Promise<Member> {
  const { memberships, roles, users } = schema;
  if (!isId(userId)) throw new AppError("NOT_FOUND", "This person is not in your organisation.");
  await lockOrganisation(transaction, actor);
  const [found] = await transaction
    .select({ name: users.name, active: memberships.active, role: roles })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(roles, eq(roles.id, memberships.roleId))
    .where(and(eq(memberships.organisationId, actor.organisationId), eq(memberships.userId, userId)));
  if (found === undefined) throw new AppError("NOT_FOUND", "This person is not in your organisation.");
  return { userId, name: found.name, active: found.active, role: toRole(found.role) };
}

const isAdmin = (role: Role) => role.builtIn && role.name === "admin";

/** Another active administrator, who can also sign in. */
async function requireOtherAdmin(transaction: Transaction, actor: Actor, member: Member): Promise<void> {
  if (!isAdmin(member.role) || !member.active) return;
  if ((await administratorsWithout({ userId: member.userId }, transaction, actor)) > 0) return;
  throw new AppError("CONFLICT", `${member.name} is the last active administrator of your organisation.`, {
    hint: "Make someone else an administrator first.",
  });
}

function changed(actor: Actor, userId: string): void {
  events.emit("membershipChanged", { organisationId: actor.organisationId, userId });
}

/**
 * Gives a person another role; it counts from their next request. Needs `people.manage`.
 * @throws NOT_FOUND, FORBIDDEN (more than the actor's own role), CONFLICT (the last administrator)
 */
export async function setRole(actor: Actor, input: { userId: string; roleId: string }): Promise<void> {
  requirePermission(actor, "people.manage");
  await withTransaction(async (transaction) => {
    const member = await lockedMember(transaction, actor, input.userId);
    const role = await ownRole(transaction, actor, input.roleId);
    if (role.id === member.role.id) return;
    requireCovers(actor, member.role.permissions);
    requireCovers(actor, role.permissions);
    if (!isAdmin(role)) await requireOtherAdmin(transaction, actor, member);
    const { memberships } = schema;
    await transaction
      .update(memberships)
      .set({ roleId: role.id })
      .where(and(eq(memberships.organisationId, actor.organisationId), eq(memberships.userId, member.userId)));
    const details = { userId: member.userId, before: member.role.name, after: role.name };
    await audit(actor, "person.role-changed", member.name, details, transaction);
  });
  changed(actor, input.userId);
}

/**
 * Deactivates a person (every sign-in of theirs ends at once, with its streams and dbt sessions), or lets them in again.
 * Needs `people.manage`.
 * @throws NOT_FOUND, FORBIDDEN, CONFLICT (the last administrator, or oneself)
 */
export async function setActive(actor: Actor, input: { userId: string; active: boolean }): Promise<void> {
  requirePermission(actor, "people.manage");
  const { active, userId } = input;
  if (!active && userId === actor.userId) throw new AppError("CONFLICT", "You cannot deactivate yourself.");
  const ended = await withTransaction(async (transaction): Promise<EndedSignIn[]> => {
    const member = await lockedMember(transaction, actor, userId);
    if (member.active === active) return [];
    requireCovers(actor, member.role.permissions);
    if (!active) await requireOtherAdmin(transaction, actor, member);
    const { memberships } = schema;
    await transaction
      .update(memberships)
      .set({ active })
      .where(and(eq(memberships.organisationId, actor.organisationId), eq(memberships.userId, userId)));
    await audit(actor, active ? "person.activated" : "person.deactivated", member.name, { userId }, transaction);
    return active ? [] : revokeSignInsOf({ organisationId: actor.organisationId, userId }, "deactivated", transaction);
  });
  announceEnded(ended, "An administrator has deactivated your account.");
  changed(actor, userId);
}

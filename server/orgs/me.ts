import { and, eq, sql } from "drizzle-orm";
import { type Me, permissions } from "../contract/people";
import { type Actor, AppError, config } from "../core";
import { database, schema } from "../db";

/** Bytes of a person's preferences as JSON. */
const maxPreferenceBytes = 64 * 1024;

/** The signed-in person, as their own page needs it. */
export async function describeMe(actor: Actor): Promise<Me> {
  const { memberships, organisations, roles, users } = schema;
  const [found] = await database()
    .select({
      name: users.name,
      email: users.email,
      preferences: users.preferences,
      roleName: roles.name,
      organisation: { id: organisations.id, slug: organisations.slug, name: organisations.name },
    })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(roles, eq(roles.id, memberships.roleId))
    .innerJoin(organisations, eq(organisations.id, memberships.organisationId))
    .where(and(eq(memberships.organisationId, actor.organisationId), eq(memberships.userId, actor.userId)));
  if (found === undefined) throw new AppError("UNAUTHENTICATED", "You are not a member of this organisation any more.");
  const granted = permissions.filter((permission) => actor.permissions.has(permission));
  return { userId: actor.userId, ...found, permissions: granted, demo: config().demo };
}

/**
 * Merges what is given into the person's preferences, name by name; null removes one.
 * @throws INVALID_INPUT when they become larger than 64 KB
 */
export async function savePreferences(actor: Actor, input: { preferences: Record<string, unknown> }): Promise<void> {
  const { users } = schema;
  const text = JSON.stringify(input.preferences);
  const merged = sql`jsonb_strip_nulls(${users.preferences} || ${text}::jsonb)`;
  const saved = await database()
    .update(users)
    .set({ preferences: merged })
    .where(and(eq(users.id, actor.userId), sql`octet_length((${merged})::text) <= ${maxPreferenceBytes}`))
    .returning({ id: users.id });
  if (saved.length === 0) throw new AppError("INVALID_INPUT", "Your preferences are too large to store.");
}

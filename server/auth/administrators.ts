import { and, count, eq, ne } from "drizzle-orm";
import type { Actor } from "../core";
import { schema, type Transaction } from "../db";

/** Holds the organisation: changes of who gets in happen one after the other, so that the last administrator is known. */
export async function lockOrganisation(transaction: Transaction, actor: Actor): Promise<void> {
  const { organisations } = schema;
  await transaction
    .select({ id: organisations.id })
    .from(organisations)
    .where(eq(organisations.id, actor.organisationId))
    .for("update");
}

/**
 * How many active administrators of the actor's organisation can sign in, without a person or those of a connection: one whose
 * connection is switched off does not count.
 */
export async function administratorsWithout(
  without: { userId: string } | { connectionId: string },
  transaction: Transaction,
  actor: Actor,
): Promise<number> {
  const { memberships, roles, signInConnections, users } = schema;
  const [found] = await transaction
    .select({ total: count() })
    .from(memberships)
    .innerJoin(roles, eq(roles.id, memberships.roleId))
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(signInConnections, eq(signInConnections.id, users.connectionId))
    .where(
      and(
        eq(memberships.organisationId, actor.organisationId),
        eq(memberships.active, true),
        and(eq(roles.builtIn, true), eq(roles.name, "admin")),
        eq(signInConnections.enabled, true),
        "userId" in without ? ne(users.id, without.userId) : ne(signInConnections.id, without.connectionId),
      ),
    );
  return found?.total ?? 0;
}

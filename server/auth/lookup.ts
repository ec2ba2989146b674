import { and, eq, isNotNull, or, sql } from "drizzle-orm";
import type { SignInLookup } from "../contract/people";
import type { DemoPerson } from "../contract/sign-in";
import { AppError, config } from "../core";
import { database, schema } from "../db";
import { lookupLimit } from "./rate-limit";

const nothing: SignInLookup = { organisation: null, connections: [] };

/**
 * The sign-in connections of an organisation, by its slug or name, or by the domain of an e-mail address that it has verified.
 * Tells nothing else: not whether a person exists, nor anything of an organisation without a connection.
 * @throws LIMIT_REACHED
 */
export async function lookUpSignIn(query: string, address: string): Promise<SignInLookup> {
  if (!lookupLimit().allows(address)) {
    throw new AppError("LIMIT_REACHED", "Too many look-ups from your network. Wait a minute and try again.");
  }
  const text = query.trim().toLowerCase();
  const { domains, organisations, signInConnections } = schema;
  const domain = text.includes("@") ? text.slice(text.lastIndexOf("@") + 1) : text;
  const byDomain = database()
    .select({ id: domains.organisationId })
    .from(domains)
    .where(and(eq(domains.domain, domain), isNotNull(domains.verifiedAt)));
  const found = await database()
    .select({ organisation: organisations, id: signInConnections.id, name: signInConnections.name })
    .from(organisations)
    .innerJoin(
      signInConnections,
      and(eq(signInConnections.organisationId, organisations.id), eq(signInConnections.enabled, true)),
    )
    .where(
      or(
        eq(organisations.slug, text),
        eq(sql`lower(${organisations.name})`, text),
        sql`${organisations.id} in ${byDomain}`,
      ),
    )
    .orderBy(organisations.createdAt, signInConnections.createdAt);
  const first = found[0];
  if (first === undefined) return nothing;
  const { id, slug, name } = first.organisation;
  const own = found.filter((row) => row.organisation.id === id);
  return {
    organisation: { slug, name },
    connections: own.map((row) => ({ id: row.id, name: row.name, kind: "oidc" as const })),
  };
}

/** The people of the demo, by organisation. Only on a demo. @throws NOT_FOUND */
export async function demoPeople(): Promise<DemoPerson[]> {
  if (!config().demo) throw new AppError("NOT_FOUND", "This is not a demo.");
  const { memberships, organisations, roles, users } = schema;
  const people = await database()
    .select({
      name: users.name,
      email: users.email,
      role: roles.name,
      organisation: organisations.name,
      connectionId: users.connectionId,
    })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .innerJoin(roles, eq(roles.id, memberships.roleId))
    .innerJoin(organisations, eq(organisations.id, memberships.organisationId))
    .where(eq(memberships.active, true))
    .orderBy(organisations.createdAt, users.createdAt, users.name)
    .limit(50);
  return people;
}

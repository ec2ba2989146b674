import { and, eq, isNotNull } from "drizzle-orm";
import { database, schema, type Transaction, withTransaction } from "../db";
import type { ProviderIdentity } from "./code-exchange";
import type { SignInConnection } from "./connections";
import { SignInFailure } from "./sign-in-failure";

export interface SignedInPerson {
  readonly userId: string;
  readonly userName: string;
  readonly organisationId: string;
}

/** Issuers that serve many companies under one issuer: there only the provider's own word on the company counts. */
const googleIssuer = "https://accounts.google.com";
const entraIssuer = /^https:\/\/login\.microsoftonline\.(?:com|us|cn)\/([0-9a-f-]{36})\/v2\.0$/i;

/**
 * The person behind an identity, in the connection's own organisation. People are known by (connection, issuer, subject); an
 * e-mail address never links accounts. Someone new becomes a member only when their e-mail address is of a domain that the
 * organisation has verified.
 * @throws SignInFailure not-invited | deactivated | invalid-answer
 */
export async function signInPerson(connection: SignInConnection, identity: ProviderIdentity): Promise<SignedInPerson> {
  checkTenant(connection, identity);
  return withTransaction(async (transaction) => {
    const known = await findUser(transaction, connection, identity);
    const userId = known?.id ?? (await createUser(transaction, connection, identity));
    const { memberships, users } = schema;
    const [membership] = await transaction
      .select({ active: memberships.active, name: users.name, email: users.email })
      .from(memberships)
      .innerJoin(users, eq(users.id, memberships.userId))
      .where(and(eq(memberships.organisationId, connection.organisationId), eq(memberships.userId, userId)));
    if (membership === undefined)
      throw new SignInFailure("not-invited", "The person is no member of the organisation.");
    if (!membership.active) throw new SignInFailure("deactivated", "The person is deactivated.");
    const name = identity.name ?? membership.name;
    const email = identity.email ?? membership.email;
    await transaction.update(users).set({ name, email, directoryId: identity.directoryId }).where(eq(users.id, userId));
    return { userId, userName: name, organisationId: connection.organisationId };
  });
}

function checkTenant(connection: SignInConnection, identity: ProviderIdentity): void {
  const tenant = entraIssuer.exec(connection.issuer)?.[1];
  if (tenant !== undefined && identity.tenantId?.toLowerCase() !== tenant.toLowerCase()) {
    throw new SignInFailure("invalid-answer", "The Entra tenant is not the connection's.");
  }
}

async function findUser(
  transaction: Transaction,
  connection: SignInConnection,
  identity: ProviderIdentity,
): Promise<{ id: string } | undefined> {
  const { users } = schema;
  const [found] = await transaction
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        eq(users.connectionId, connection.id),
        eq(users.issuer, identity.issuer),
        eq(users.subject, identity.subject),
      ),
    );
  return found;
}

async function createUser(
  transaction: Transaction,
  connection: SignInConnection,
  identity: ProviderIdentity,
): Promise<string> {
  const { email } = identity;
  if (email === null) throw new SignInFailure("not-invited", "The provider gives no e-mail address.");
  if (!(await domainVerified(connection, identity, email))) {
    throw new SignInFailure("not-invited", "The e-mail address is not of a verified domain.");
  }
  const { memberships, users } = schema;
  const [user] = await transaction
    .insert(users)
    .values({
      connectionId: connection.id,
      issuer: identity.issuer,
      subject: identity.subject,
      directoryId: identity.directoryId,
      email,
      name: identity.name ?? email,
    })
    .onConflictDoNothing()
    .returning({ id: users.id });
  // Two first sign-ins at once: the other one has made the user.
  const id = user?.id ?? (await findUser(transaction, connection, identity))?.id;
  if (id === undefined) throw new Error("The new person could not be stored.");
  const roleId = connection.defaultRoleId ?? (await readerRole(transaction, connection.organisationId));
  await transaction
    .insert(memberships)
    .values({ organisationId: connection.organisationId, userId: id, roleId })
    .onConflictDoNothing();
  return id;
}

async function domainVerified(
  connection: SignInConnection,
  identity: ProviderIdentity,
  email: string,
): Promise<boolean> {
  if (identity.emailVerified === false) return false;
  const domain = email.slice(email.lastIndexOf("@") + 1);
  if (connection.issuer === googleIssuer && (identity.emailVerified !== true || identity.hostedDomain !== domain))
    return false;
  const { domains } = schema;
  const [found] = await database()
    .select({ domain: domains.domain })
    .from(domains)
    .where(
      and(
        eq(domains.domain, domain),
        eq(domains.organisationId, connection.organisationId),
        isNotNull(domains.verifiedAt),
      ),
    );
  return found !== undefined;
}

async function readerRole(transaction: Transaction, organisationId: string): Promise<string> {
  const { roles } = schema;
  const [role] = await transaction
    .select({ id: roles.id })
    .from(roles)
    .where(and(eq(roles.organisationId, organisationId), eq(roles.name, "reader"), eq(roles.builtIn, true)));
  if (role === undefined) throw new Error("The organisation has no reader role.");
  return role.id;
}

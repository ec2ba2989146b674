import { randomBytes } from "node:crypto";
import { and, eq, inArray, isNull, lt, lte, type SQL } from "drizzle-orm";
import { audit } from "../audit";
import { type Permission, permissions } from "../contract/people";
import { type Actor, config, currentRequestId, events, hashToken, newRequestId } from "../core";
import { type Database, database, schema, type Transaction } from "../db";
import type { SignedInPerson } from "./provision";
import { SignInFailure } from "./sign-in-failure";

/** How seldom `last_seen_at` is written. */
const seenMilliseconds = 60_000;

/** A session that has just ended; announce it after the transaction. */
export interface EndedSignIn {
  readonly id: string;
  readonly userId: string;
  readonly organisationId: string;
}

/**
 * Makes the row of a new sign-in and its random id, of which only the hash is stored. It ends absolutely after
 * `signInHours`. The nonce makes the answer of a sign-in count once.
 * @throws SignInFailure expired, when the nonce was used before
 */
export async function createSignInSession(
  person: SignedInPerson,
  proof: { nonce: string; providerSession: string | null },
): Promise<string> {
  const sid = randomBytes(32).toString("base64url");
  const [made] = await database()
    .insert(schema.signInSessions)
    .values({
      organisationId: person.organisationId,
      userId: person.userId,
      sidHash: hashToken(sid),
      nonceHash: hashToken(proof.nonce),
      providerSession: proof.providerSession,
      expiresAt: new Date(Date.now() + config().signInHours * 3_600_000),
    })
    .onConflictDoNothing({ target: schema.signInSessions.nonceHash })
    .returning({ id: schema.signInSessions.id });
  if (made === undefined) throw new SignInFailure("expired", "This sign-in was already used.");
  return sid;
}

/** Who holds this session id now: null when it is unknown, revoked or expired, or the person is deactivated or their connection switched off. */
export async function actorOfSession(sid: string): Promise<Actor | null> {
  const { memberships, roles, signInConnections, signInSessions, users } = schema;
  const [found] = await database()
    .select({ session: signInSessions, userName: users.name, role: roles, active: memberships.active })
    .from(signInSessions)
    .innerJoin(users, eq(users.id, signInSessions.userId))
    .innerJoin(
      memberships,
      and(eq(memberships.userId, signInSessions.userId), eq(memberships.organisationId, signInSessions.organisationId)),
    )
    .innerJoin(roles, eq(roles.id, memberships.roleId))
    .innerJoin(
      signInConnections,
      and(eq(signInConnections.id, users.connectionId), eq(signInConnections.enabled, true)),
    )
    .where(and(eq(signInSessions.sidHash, hashToken(sid)), isNull(signInSessions.revokedAt)));
  if (found === undefined || !found.active || found.session.expiresAt.getTime() <= Date.now()) return null;
  const { session, userName, role } = found;
  if (Date.now() - session.lastSeenAt.getTime() > seenMilliseconds) await touch(session.id);
  return {
    userId: session.userId,
    userName,
    organisationId: session.organisationId,
    roleId: role.id,
    permissions: new Set(role.permissions.filter(isPermission)),
    signInSessionId: session.id,
    requestId: currentRequestId() ?? newRequestId(),
  };
}

function isPermission(name: string): name is Permission {
  return (permissions as readonly string[]).includes(name);
}

async function touch(id: string): Promise<void> {
  const { signInSessions } = schema;
  const before = new Date(Date.now() - seenMilliseconds);
  await database()
    .update(signInSessions)
    .set({ lastSeenAt: new Date() })
    .where(and(eq(signInSessions.id, id), lt(signInSessions.lastSeenAt, before)));
}

async function revoke(condition: SQL | undefined, reason: string, on: Database | Transaction): Promise<EndedSignIn[]> {
  const { signInSessions } = schema;
  return on
    .update(signInSessions)
    .set({ revokedAt: new Date(), revokedReason: reason })
    .where(and(isNull(signInSessions.revokedAt), condition))
    .returning({ id: signInSessions.id, userId: signInSessions.userId, organisationId: signInSessions.organisationId });
}

/** Revokes every sign-in of a person in an organisation. Call `announceEnded` when the transaction has committed. */
export function revokeSignInsOf(
  person: { organisationId: string; userId: string },
  reason: string,
  transaction: Transaction,
): Promise<EndedSignIn[]> {
  const { signInSessions } = schema;
  const own = and(eq(signInSessions.organisationId, person.organisationId), eq(signInSessions.userId, person.userId));
  return revoke(own, reason, transaction);
}

/** Revokes every sign-in that was made with a connection. Call `announceEnded` when the transaction has committed. */
export function revokeSignInsWith(
  connection: { organisationId: string; connectionId: string },
  reason: string,
  transaction: Transaction,
): Promise<EndedSignIn[]> {
  const { signInSessions, users } = schema;
  const people = transaction
    .select({ id: users.id })
    .from(users)
    .where(eq(users.connectionId, connection.connectionId));
  const own = and(eq(signInSessions.organisationId, connection.organisationId), inArray(signInSessions.userId, people));
  return revoke(own, reason, transaction);
}

/** Tells every web process that these sign-ins are over, so that their streams and dbt sessions end. */
export function announceEnded(ended: readonly EndedSignIn[], message: string): void {
  for (const { id, userId, organisationId } of ended) {
    events.emit("signInSessionEnded", { signInSessionId: id, userId, organisationId, message });
  }
}

/** Ends the actor's own sign-in. */
export async function signOut(actor: Actor): Promise<void> {
  const { signInSessions } = schema;
  const own = and(
    eq(signInSessions.id, actor.signInSessionId),
    eq(signInSessions.organisationId, actor.organisationId),
  );
  const ended = await revoke(own, "signed out", database());
  if (ended.length > 0) await audit(actor, "sign-out", actor.userName);
  announceEnded(ended, "You signed out.");
}

/** Ends the sign-in that this session id stands for, if it still lives: a new sign-in in the same browser replaces it. */
export async function replaceSignIn(sid: string): Promise<void> {
  const ended = await revoke(
    eq(schema.signInSessions.sidHash, hashToken(sid)),
    "replaced by a new sign-in",
    database(),
  );
  announceEnded(ended, "Someone signed in again in this browser.");
}

/** Ends what has expired, so that open streams and dbt sessions end with it. Returns how many. */
export async function endExpiredSignIns(): Promise<number> {
  const { signInSessions } = schema;
  const due = database()
    .select({ id: signInSessions.id })
    .from(signInSessions)
    .where(and(isNull(signInSessions.revokedAt), lte(signInSessions.expiresAt, new Date())))
    .limit(500);
  const ended = await revoke(inArray(signInSessions.id, due), "expired", database());
  announceEnded(ended, "Your session has expired. Sign in again to go on.");
  return ended.length;
}

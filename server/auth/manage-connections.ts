import { randomUUID } from "node:crypto";
import { and, count, eq, ne, sql } from "drizzle-orm";
import type { z } from "zod";
import { audit } from "../audit";
import type { SignInConnectionView, SignInSettings, SignInTest, saveSignInConnectionInput } from "../contract/sign-in";
import {
  type Actor,
  AppError,
  isId,
  requireCovers,
  requirePermission,
  seal,
  secretPurposes,
  unsealText,
} from "../core";
import { database, schema, type Transaction, withTransaction } from "../db";
import { administratorsWithout, lockOrganisation } from "./administrators";
import { domainRecord, listDomains } from "./domains";
import { callbackUrl } from "./next-auth-options";
import { announceEnded, revokeSignInsWith } from "./sign-in-sessions";
import { testProvider } from "./test-provider";

type Row = typeof schema.signInConnections.$inferSelect;

const gone = () => new AppError("NOT_FOUND", "This sign-in connection does not exist.");

/** The organisation's sign-in: its connections, without their secrets, and its domains. Needs `sign-in.manage`. */
export async function signInSettings(actor: Actor): Promise<SignInSettings> {
  requirePermission(actor, "sign-in.manage");
  const { roles, signInConnections, users } = schema;
  const rows = await database()
    .select({
      connection: signInConnections,
      role: roles.name,
      people: sql<number>`count(${users.id})::int`,
      own: sql<boolean>`coalesce(bool_or(${users.id} = ${actor.userId}), false)`,
    })
    .from(signInConnections)
    .leftJoin(roles, eq(roles.id, signInConnections.defaultRoleId))
    .leftJoin(users, eq(users.connectionId, signInConnections.id))
    .where(eq(signInConnections.organisationId, actor.organisationId))
    .groupBy(signInConnections.id, roles.id)
    .orderBy(signInConnections.createdAt, signInConnections.id);
  const connections = rows.map(({ connection, role, people, own }): SignInConnectionView => {
    const { id, name, issuer, clientId, scopes, enabled, defaultRoleId } = connection;
    const shown = { id, name, issuer, clientId, scopes, enabled, defaultRoleId, people, own };
    return { ...shown, defaultRoleName: role ?? "reader", redirectUri: callbackUrl(id) };
  });
  return { connections, domains: await listDomains(actor), domainRecord: domainRecord(actor) };
}

/** What the audit trail says of a connection: never its secret. */
function shown({ name, issuer, clientId, scopes, enabled, defaultRoleId }: Row): Record<string, unknown> {
  return { name, issuer, clientId, scopes, enabled, defaultRoleId };
}

/** A connection of the actor's organisation. @throws NOT_FOUND */
async function ownConnection(actor: Actor, id: string, transaction?: Transaction): Promise<Row> {
  if (!isId(id)) throw gone();
  const { signInConnections } = schema;
  const own = and(eq(signInConnections.id, id), eq(signInConnections.organisationId, actor.organisationId));
  const [found] = await (transaction ?? database()).select().from(signInConnections).where(own);
  if (found === undefined) throw gone();
  return found;
}

async function requireGrantable(transaction: Transaction, actor: Actor, roleId: string | null): Promise<void> {
  if (roleId === null) return;
  const { roles } = schema;
  const own = and(eq(roles.id, roleId), eq(roles.organisationId, actor.organisationId));
  const [role] = isId(roleId) ? await transaction.select().from(roles).where(own) : [];
  if (role === undefined) throw new AppError("NOT_FOUND", "This role does not exist.");
  requireCovers(actor, role.permissions as Parameters<typeof requireCovers>[1]);
}

/**
 * Adds a connection (switched off, until the provider knows its redirect address) or changes one. Before anything is stored the
 * provider is asked: its discovery, and whether it knows the client. Needs `sign-in.manage`.
 * @throws NOT_FOUND, CONFLICT (name taken, or another issuer for people who are known by this one), INVALID_INPUT, FORBIDDEN
 * (a role beyond the actor's own), PROVIDER_ERROR
 */
export async function saveConnection(
  actor: Actor,
  input: z.infer<typeof saveSignInConnectionInput>,
): Promise<{ id: string; test: SignInTest }> {
  requirePermission(actor, "sign-in.manage");
  const { name, issuer, clientId, scopes, defaultRoleId } = input;
  const known = input.connectionId === null ? null : await ownConnection(actor, input.connectionId);
  const id = known?.id ?? randomUUID();
  const purpose = secretPurposes.signIn(id);
  const clientSecret = input.clientSecret ?? (known === null ? null : unsealText(known.clientSecret, purpose));
  if (clientSecret === null) throw new AppError("INVALID_INPUT", "A new connection needs the client secret.");
  // The stored secret goes to the issuer that it was given for, and to no other.
  if (known !== null && known.issuer !== issuer && input.clientSecret === null)
    throw new AppError("INVALID_INPUT", "Enter the client secret again: the issuer is another one.");
  const test = await testProvider({ issuer, clientId, clientSecret });
  const values = { name, issuer, clientId, scopes, defaultRoleId };
  const { signInConnections } = schema;
  await withTransaction(async (transaction) => {
    await lockOrganisation(transaction, actor);
    await requireGrantable(transaction, actor, defaultRoleId);
    const own = eq(signInConnections.organisationId, actor.organisationId);
    const [taken] = await transaction
      .select({ id: signInConnections.id })
      .from(signInConnections)
      .where(and(own, eq(signInConnections.name, name), ne(signInConnections.id, id)));
    if (taken !== undefined) throw new AppError("CONFLICT", `There is already a connection called ${name}.`);
    const before = known === null ? null : await ownConnection(actor, id, transaction);
    if (before !== null && before.issuer !== issuer && (await peopleOf(transaction, id)) > 0) {
      throw new AppError("CONFLICT", "People are known by this connection's issuer, so it cannot become another one.", {
        hint: "Add a connection for the new provider, then switch this one off.",
      });
    }
    const sealed = input.clientSecret === null ? {} : { clientSecret: seal(clientSecret, purpose) };
    const [after] =
      before === null
        ? await transaction
            .insert(signInConnections)
            .values({
              ...{ id, organisationId: actor.organisationId, ...values },
              ...{ clientSecret: seal(clientSecret, purpose), enabled: false },
            })
            .returning()
        : await transaction
            .update(signInConnections)
            .set({ ...values, ...sealed })
            .where(and(own, eq(signInConnections.id, id)))
            .returning();
    if (after === undefined) throw new Error("The connection was not stored.");
    await audit(
      actor,
      before === null ? "sign-in.connection-added" : "sign-in.connection-changed",
      name,
      {
        connectionId: id,
        before: before === null ? null : shown(before),
        after: shown(after),
        ...(before === null ? {} : { secretReplaced: input.clientSecret !== null }),
      },
      transaction,
    );
  });
  return { id, test };
}

async function peopleOf(transaction: Transaction, connectionId: string): Promise<number> {
  const { users } = schema;
  const [found] = await transaction.select({ total: count() }).from(users).where(eq(users.connectionId, connectionId));
  return found?.total ?? 0;
}

/** Asks the provider of a stored connection how it is. Needs `sign-in.manage`. @throws NOT_FOUND, INVALID_INPUT, PROVIDER_ERROR */
export async function testConnection(actor: Actor, input: { connectionId: string }): Promise<SignInTest> {
  requirePermission(actor, "sign-in.manage");
  const { id, issuer, clientId, clientSecret } = await ownConnection(actor, input.connectionId);
  return testProvider({ issuer, clientId, clientSecret: unsealText(clientSecret, secretPurposes.signIn(id)) });
}

/**
 * Switches a connection on (when its provider answers as it should) or off: off signs out everyone who came by it, at once.
 * Needs `sign-in.manage`.
 * @throws NOT_FOUND, PROVIDER_ERROR, CONFLICT (the actor's own connection, or the last one by which an administrator gets in)
 */
export async function switchConnection(actor: Actor, input: { connectionId: string; enabled: boolean }): Promise<void> {
  const { connectionId, enabled } = input;
  requirePermission(actor, "sign-in.manage");
  if (enabled) await testConnection(actor, input);
  const ended = await withTransaction(async (transaction) => {
    await lockOrganisation(transaction, actor);
    const before = await ownConnection(actor, connectionId, transaction);
    if (before.enabled === enabled) return [];
    if (!enabled) await requireWayIn(transaction, actor, before);
    const { signInConnections } = schema;
    await transaction
      .update(signInConnections)
      .set({ enabled })
      .where(and(eq(signInConnections.id, before.id), eq(signInConnections.organisationId, actor.organisationId)));
    const details = { connectionId, before: shown(before), after: shown({ ...before, enabled }) };
    await audit(actor, "sign-in.connection-changed", before.name, details, transaction);
    const { organisationId } = actor;
    return enabled ? [] : revokeSignInsWith({ organisationId, connectionId }, "connection switched off", transaction);
  });
  announceEnded(ended, "An administrator has switched off the sign-in that you used.");
}

/** Nobody locks themselves out, nor the organisation: an active administrator must be left who can sign in. */
async function requireWayIn(transaction: Transaction, actor: Actor, connection: Row): Promise<void> {
  const { users } = schema;
  const [own] = await transaction
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, actor.userId), eq(users.connectionId, connection.id)));
  if (own !== undefined) {
    throw new AppError("CONFLICT", `You signed in with ${connection.name} yourself, so you cannot switch it off.`, {
      hint: "Sign in with another connection first, or ask an administrator who uses another one.",
    });
  }
  if ((await administratorsWithout({ connectionId: connection.id }, transaction, actor)) > 0) return;
  throw new AppError("CONFLICT", `No administrator could sign in any more without ${connection.name}.`, {
    hint: "Switch another connection on and let an administrator sign in with it first.",
  });
}

/**
 * Removes a connection that is switched off and that nobody is known by: people, and their workspaces, hang on theirs.
 * Needs `sign-in.manage`. @throws NOT_FOUND, CONFLICT
 */
export async function removeConnection(actor: Actor, input: { connectionId: string }): Promise<void> {
  requirePermission(actor, "sign-in.manage");
  await withTransaction(async (transaction) => {
    await lockOrganisation(transaction, actor);
    const before = await ownConnection(actor, input.connectionId, transaction);
    const people = await peopleOf(transaction, before.id);
    if (people > 0) {
      throw new AppError("CONFLICT", `${people} people are known by ${before.name}, so it cannot be removed.`, {
        hint: "Switch it off instead: then nobody can sign in with it.",
      });
    }
    if (before.enabled) throw new AppError("CONFLICT", `${before.name} is switched on. Switch it off first.`);
    const { signInConnections } = schema;
    await transaction
      .delete(signInConnections)
      .where(and(eq(signInConnections.id, before.id), eq(signInConnections.organisationId, actor.organisationId)));
    const details = { connectionId: before.id, before: shown(before) };
    await audit(actor, "sign-in.connection-removed", before.name, details, transaction);
  });
}

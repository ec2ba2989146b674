import { and, eq } from "drizzle-orm";
import { isId, secretPurposes, unsealText } from "../core";
import { database, schema } from "../db";

/** One OpenID provider of one organisation, with its client secret; never leaves server/auth. */
export interface SignInConnection {
  readonly id: string;
  readonly organisationId: string;
  readonly name: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: string;
  readonly defaultRoleId: string | null;
}

/** The enabled connection of that id, or null. Loaded for each request, so that a change counts at once. */
export async function loadConnection(id: string): Promise<SignInConnection | null> {
  if (!isId(id)) return null;
  const { signInConnections } = schema;
  const [found] = await database()
    .select()
    .from(signInConnections)
    .where(and(eq(signInConnections.id, id), eq(signInConnections.enabled, true)));
  if (found === undefined) return null;
  const { organisationId, name, issuer, clientId, scopes, defaultRoleId } = found;
  const clientSecret = unsealText(found.clientSecret, secretPurposes.signIn(id));
  return { id, organisationId, name, issuer, clientId, clientSecret, scopes, defaultRoleId };
}

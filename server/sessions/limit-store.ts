import { and, eq, inArray } from "drizzle-orm";
import { type SessionLimitName, type SessionLimitValues, sessionLimitNameSchema } from "../contract";
import { type Actor, config } from "../core";
import { type Database, database, schema, type Transaction } from "../db";
import { effectiveLimits } from "./limits";

type SetLimits = Partial<Record<SessionLimitName, number>>;

/** What counts for an organisation now, from the database. */
export async function readLimits(organisationId: string): Promise<SessionLimitValues> {
  return effectiveLimits(await storedLimits(organisationId), config().limitMaxima);
}

/** What the organisation has set itself. */
export async function storedLimits(
  organisationId: string,
  transaction: Transaction | Database = database(),
): Promise<SetLimits> {
  const { sessionLimits } = schema;
  const rows = await transaction
    .select({ name: sessionLimits.name, value: sessionLimits.value })
    .from(sessionLimits)
    .where(eq(sessionLimits.organisationId, organisationId));
  const known = rows.filter(({ name }) => sessionLimitNameSchema.safeParse(name).success);
  return Object.fromEntries(known.map(({ name, value }) => [name, value]));
}

/** Writes settings of the actor's organisation; null removes one. The caller has checked permission and range. */
export async function storeLimits(
  { organisationId, userId }: Actor,
  settings: readonly (readonly [SessionLimitName, number | null])[],
  transaction: Transaction,
): Promise<void> {
  const { sessionLimits } = schema;
  const removed = settings.filter(([, value]) => value === null).map(([name]) => name);
  const ours = eq(sessionLimits.organisationId, organisationId);
  if (removed.length > 0)
    await transaction.delete(sessionLimits).where(and(ours, inArray(sessionLimits.name, removed)));
  for (const [name, value] of settings) {
    if (value === null) continue;
    const values = { value, updatedAt: new Date(), updatedBy: userId };
    await transaction
      .insert(sessionLimits)
      .values({ organisationId, name, ...values })
      .onConflictDoUpdate({ target: [sessionLimits.organisationId, sessionLimits.name], set: values });
  }
}

import type { AuditAction } from "../contract/admin";
import { type Actor, currentRequestId } from "../core";
import { type Database, database, schema, type Transaction } from "../db";

/** Who did it, when it is not (or not yet) an actor: a refused sign-in, or Millrace itself (`userId` null). */
export interface AuditSource {
  readonly organisationId: string;
  readonly userId: string | null;
  readonly userName: string;
}

/**
 * Appends one event to the organisation's audit trail. `details` holds counts, names and before/after: never a row, a query's
 * text or a secret. Pass the transaction of the change it records, so that there is never one without the other.
 */
export async function audit(
  source: Actor | AuditSource,
  action: AuditAction,
  subject: string,
  details: Record<string, unknown> = {},
  transaction: Transaction | Database = database(),
): Promise<void> {
  await transaction.insert(schema.auditEvents).values({
    organisationId: source.organisationId,
    action,
    actorId: source.userId,
    actorName: source.userName,
    subject: subject.slice(0, 1000),
    details,
    requestId: "requestId" in source ? source.requestId : currentRequestId(),
  });
}

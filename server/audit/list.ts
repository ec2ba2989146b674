import { and, desc, eq, gte, ilike, lt, lte, or, type SQL } from "drizzle-orm";
import type { z } from "zod";
import type { AuditAction, AuditEvent, auditFilterInput, auditPageSchema } from "../contract/admin";
import { type Actor, AppError, isId, requirePermission } from "../core";
import { database, schema } from "../db";

export type AuditFilter = z.output<typeof auditFilterInput>;

function like(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}

function conditions(actor: Actor, filter: AuditFilter): (SQL | undefined)[] {
  const { auditEvents } = schema;
  if (filter.cursor !== null && !/^\d{1,18}$/.test(filter.cursor))
    throw new AppError("INVALID_INPUT", "The cursor is not valid.");
  if (filter.actorId !== null && !isId(filter.actorId))
    throw new AppError("INVALID_INPUT", "The person's id is not valid.");
  return [
    eq(auditEvents.organisationId, actor.organisationId),
    filter.action === null ? undefined : eq(auditEvents.action, filter.action),
    filter.actorId === null ? undefined : eq(auditEvents.actorId, filter.actorId),
    filter.from === null ? undefined : gte(auditEvents.at, new Date(filter.from)),
    filter.to === null ? undefined : lte(auditEvents.at, new Date(filter.to)),
    filter.text.trim() === ""
      ? undefined
      : or(
          ilike(auditEvents.actorName, like(filter.text.trim())),
          ilike(auditEvents.subject, like(filter.text.trim())),
        ),
    filter.cursor === null ? undefined : lt(auditEvents.id, BigInt(filter.cursor)),
  ];
}

/** One page of the organisation's trail, newest first. Needs `audit.read`. */
export async function listAudit(actor: Actor, filter: AuditFilter): Promise<z.infer<typeof auditPageSchema>> {
  requirePermission(actor, "audit.read");
  const { auditEvents } = schema;
  const found = await database()
    .select()
    .from(auditEvents)
    .where(and(...conditions(actor, filter)))
    .orderBy(desc(auditEvents.id))
    .limit(filter.limit + 1);
  const page = found.slice(0, filter.limit);
  const events = page.map(
    (event): AuditEvent => ({
      id: event.id.toString(),
      at: event.at.toISOString(),
      action: event.action as AuditAction,
      actorId: event.actorId,
      actorName: event.actorName,
      subject: event.subject,
      details: event.details,
      requestId: event.requestId,
    }),
  );
  return { events, nextCursor: found.length > filter.limit ? (events.at(-1)?.id ?? null) : null };
}

import type { AuditEvent } from "../contract/admin";
import type { Actor } from "../core";
import { type AuditFilter, listAudit } from "./list";

const columns = ["id", "at", "action", "actor id", "actor", "subject", "details", "request id"];

/** A CSV field (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe in front. */
function field(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function line(event: AuditEvent): string {
  const { id, at, action, actorId, actorName, subject, details, requestId } = event;
  return [id, at, action, actorId ?? "", actorName, subject, JSON.stringify(details), requestId ?? ""]
    .map(field)
    .join(",");
}

/** The filtered trail as CSV, newest first, page by page, so that a long trail costs no memory. Needs `audit.read`. */
export async function* auditCsv(actor: Actor, filter: AuditFilter): AsyncGenerator<string> {
  let page = await listAudit(actor, { ...filter, limit: 500 });
  yield `${columns.join(",")}\r\n`;
  for (;;) {
    if (page.events.length > 0) yield `${page.events.map(line).join("\r\n")}\r\n`;
    if (page.nextCursor === null) return;
    page = await listAudit(actor, { ...filter, limit: 500, cursor: page.nextCursor });
  }
}

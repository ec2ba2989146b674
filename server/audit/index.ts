export { type AuditSource, audit } from "./append";
export { auditCsv } from "./csv";
export { type AuditFilter, listAudit } from "./list";

export { audit } from "./append";
export { auditCsv } from "./csv";
export { listAudit } from "./list";

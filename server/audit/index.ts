export { type AuditSource, audit } from "./append";

export { closeDatabase, type Database, database, pingDatabase, type Transaction, withTransaction } from "./client";
export { closeNotifications, listen, notify, onReconnect, startEventBridge } from "./notifications";
export { rotateKeys } from "./rotate-keys";
export * as schema from "./schema";
export { type SeedDocument, type Seeded, seed } from "./seed";

export { closeDatabase, type Database, database, pingDatabase, type Transaction, withTransaction } from "./client";
export { migrate } from "./migrate";
export { closeNotifications, listen, notify, onReconnect, startEventBridge } from "./notifications";
export * as schema from "./schema";

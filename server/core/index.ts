export type { Actor } from "./actor";
export { AppError, toAppError } from "./app-error";
export { type Config, config, isLoopbackHost, loadConfig } from "./config";
export { hashToken, type KeyRing, rewrap, seal, unseal, unsealText } from "./crypto";
export { type EventMap, type EventName, events } from "./events";
export { describeError, logger, scrub } from "./logger";
export { requirePermission } from "./permission";
export { currentRequestId, newRequestId, runWithRequest } from "./request-context";
export { processSingleton } from "./singleton";

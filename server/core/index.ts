export type { Actor } from "./actor";
export { AppError, toAppError } from "./app-error";
export { type Config, config, isLoopbackHost, loadConfig } from "./config";
export { hashToken, type KeyRing, rewrap, seal, secretPurposes, unseal, unsealText } from "./crypto";
export { type EventMap, type EventName, events } from "./events";
export { type GuardedAnswer, guardedFetch } from "./guarded-fetch";
export { isId } from "./ids";
export { describeError, logger, scrub } from "./logger";
export {
  addressKind,
  checkRemoteUrl,
  type GuardRules,
  guardedDispatcher,
  guardedLookup,
  guardRules,
} from "./network-guard";
export { requireAnyPermission, requirePermission } from "./permission";
export { currentRequestId, newRequestId, runWithRequest } from "./request-context";
export { processSingleton } from "./singleton";

export type { Actor } from "./actor";
export { AppError, toAppError } from "./app-error";
export { type Config, config } from "./config";
export { hashToken, rewrap, seal, secretPurposes, unsealText } from "./crypto";
export { type EventMap, type EventName, events } from "./events";
export { type GuardedAnswer, guardedFetch } from "./guarded-fetch";
export { isId } from "./ids";
export { describeError, logger } from "./logger";
export {
  checkRemoteUrl,
  guardedLookup,
} from "./network-guard";
export { requireAnyPermission, requireCovers, requirePermission } from "./permission";
export { currentRequestId, newRequestId, runWithRequest } from "./request-context";
export { isSafeName } from "./safe-name";
export { processSingleton } from "./singleton";
export { workerFile } from "./worker-file";

import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { processSingleton } from "./singleton";

interface RequestContext {
  readonly requestId: string;
}

function storage(): AsyncLocalStorage<RequestContext> {
  return processSingleton("requestContext", () => new AsyncLocalStorage<RequestContext>());
}

/** A short id for one request, shown to people as the reference of an error and written on each of its log lines. */
export function newRequestId(): string {
  return randomBytes(9).toString("base64url");
}

/** Runs `work` so that the log lines and audit events it causes carry `requestId`. */
export function runWithRequest<T>(requestId: string, work: () => T): T {
  return storage().run({ requestId }, work);
}

/** The id of the request being served, or null outside of one. */
export function currentRequestId(): string | null {
  return storage().getStore()?.requestId ?? null;
}

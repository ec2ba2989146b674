import { initTRPC, TRPCError } from "@trpc/server";
import type { TRPC_ERROR_CODE_KEY } from "@trpc/server/rpc";
import { ZodError, z } from "zod";
import type { ErrorBody, ErrorCode } from "../contract/errors";
import { type Actor, AppError, logger, runWithRequest, toAppError } from "../core";
import { noteActivity } from "../sessions";

/** What every procedure knows of its request. */
export interface ApiContext {
  readonly requestId: string;
  /** Who asks, or null when nobody is signed in (or the sign-in was revoked or has expired). */
  readonly actor: Actor | null;
  /** The caller's network address, for rate limits. */
  readonly address: string;
  /** Headers of the answer; for cookies. */
  readonly responseHeaders: Headers;
}

/** One table from Millrace's codes to tRPC's; the exact code travels in the error's `body`. */
const trpcCodes: Record<ErrorCode, TRPC_ERROR_CODE_KEY> = {
  UNAUTHENTICATED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  NOT_FOUND: "NOT_FOUND",
  INVALID_INPUT: "BAD_REQUEST",
  CONFLICT: "CONFLICT",
  POLICY_OFF: "FORBIDDEN",
  LIMIT_REACHED: "TOO_MANY_REQUESTS",
  DBT_ERROR: "UNPROCESSABLE_CONTENT",
  WAREHOUSE_ERROR: "UNPROCESSABLE_CONTENT",
  WAREHOUSE_BUSY: "CONFLICT",
  GIT_ERROR: "BAD_GATEWAY",
  PROVIDER_ERROR: "BAD_GATEWAY",
  WORKER_LOST: "SERVICE_UNAVAILABLE",
  CANCELLED: "CLIENT_CLOSED_REQUEST",
  TIMEOUT: "GATEWAY_TIMEOUT",
  SANDBOX_UNAVAILABLE: "SERVICE_UNAVAILABLE",
  INTERNAL: "INTERNAL_SERVER_ERROR",
};

/** What was thrown in a procedure, as the AppError that the browser is told. */
export function apiError(error: unknown): AppError {
  if (!(error instanceof TRPCError)) return toAppError(error);
  if (error.cause instanceof AppError) return error.cause;
  if (error.cause instanceof ZodError) {
    const issues = error.cause.issues
      .slice(0, 20)
      .map((issue) => ({ path: issue.path.join("."), message: issue.message }));
    return new AppError("INVALID_INPUT", issues[0]?.message ?? "The input is not valid.", { details: { issues } });
  }
  if (error.code === "NOT_FOUND") return new AppError("NOT_FOUND", "There is no such procedure.");
  if (error.code === "INTERNAL_SERVER_ERROR") return toAppError(error.cause ?? error);
  return new AppError("INVALID_INPUT", error.message, { cause: error });
}

/** What the page asks without its person, in answer to an event or by the clock: no sign that they are there. */
interface ApiMeta {
  readonly byItself?: boolean;
}
export const byItself: ApiMeta = { byItself: true };

const t = initTRPC
  .context<ApiContext>()
  .meta<ApiMeta>()
  .create({
    sse: { ping: { enabled: true, intervalMs: 10_000 }, client: { reconnectAfterInactivityMs: 30_000 } },
    errorFormatter({ shape, error, ctx }) {
      const body: ErrorBody = apiError(error).toBody(ctx?.requestId ?? null);
      // The stack and the cause go to the log, never to the browser.
      return {
        message: body.message,
        code: shape.code,
        data: { code: shape.data.code, httpStatus: shape.data.httpStatus, body },
      };
    },
  });

const inRequest = t.middleware(async ({ ctx, path, type, next }) => {
  const started = performance.now();
  return runWithRequest(ctx.requestId, async () => {
    const result = await next();
    const milliseconds = Math.round(performance.now() - started);
    if (result.ok) {
      logger().debug({ path, type, milliseconds, userId: ctx.actor?.userId }, "A procedure answered.");
      return result;
    }
    const error = apiError(result.error);
    const line = { path, type, milliseconds, userId: ctx.actor?.userId, errorCode: error.code, err: error };
    if (error.code === "INTERNAL") logger().error(line, "A procedure failed.");
    else logger().info({ ...line, err: undefined, reason: error.message }, "A procedure refused.");
    throw new TRPCError({ code: trpcCodes[error.code], message: error.message, cause: error });
  });
});

const signedIn = t.middleware(({ ctx, next }) => {
  const { actor } = ctx;
  if (actor === null) {
    throw new AppError("UNAUTHENTICATED", "You are not signed in, or your session has ended.", {
      hint: "Sign in again.",
    });
  }
  return next({ ctx: { ...ctx, actor } });
});

const workspaceInput = z.object({ workspaceId: z.string() });

/** A person who asks for anything of their workspace is there: the idle time of their dbt session starts again. */
const active = t.middleware(async ({ ctx, meta, getRawInput, next }) => {
  const { actor } = ctx;
  if (actor !== null && meta?.byItself !== true) {
    const input = workspaceInput.safeParse(await getRawInput());
    if (input.success) noteActivity(actor, input.data.workspaceId);
  }
  return next();
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;
/** For what a person may ask before they are signed in. */
export const publicProcedure = t.procedure.use(inRequest);
/** For everyone who is signed in; `ctx.actor` is set. The service function checks the permission. */
export const procedure = publicProcedure.use(signedIn).use(active);

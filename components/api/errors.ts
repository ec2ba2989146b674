import { TRPCClientError } from "@trpc/client";
import type { ErrorBody, ErrorCode, SourceRange } from "@/server/contract";

/** The contract's codes; its schemas would be a tenth of the script that is loaded first. */
const codes: Readonly<Record<ErrorCode, true>> = {
  UNAUTHENTICATED: true,
  FORBIDDEN: true,
  NOT_FOUND: true,
  INVALID_INPUT: true,
  CONFLICT: true,
  POLICY_OFF: true,
  LIMIT_REACHED: true,
  DBT_ERROR: true,
  WAREHOUSE_ERROR: true,
  WAREHOUSE_BUSY: true,
  GIT_ERROR: true,
  PROVIDER_ERROR: true,
  WORKER_LOST: true,
  CANCELLED: true,
  TIMEOUT: true,
  SANDBOX_UNAVAILABLE: true,
  INTERNAL: true,
};

const isPlace = (value: unknown) => Number.isInteger(value) && Number(value) >= 1;

function asRange(value: unknown): SourceRange | null {
  if (typeof value !== "object" || value === null) {
    return null;
  }
  const { path, line, column = 1, endLine = null, endColumn = null } = value as Record<string, unknown>;
  const fits =
    typeof path === "string" &&
    [line, column].every(isPlace) &&
    [endLine, endColumn].every((end) => end === null || isPlace(end));
  return fits ? ({ path, line, column, endLine, endColumn } as SourceRange) : null;
}

/** What the server says of a failure (`errorBodySchema` of the contract), or null when `value` is something else. */
export function asErrorBody(value: unknown): ErrorBody | null {
  if (typeof value !== "object" || value === null) {
    return null;
  }
  const { code, message, hint = null, details = {}, reference = null, ...rest } = value as Record<string, unknown>;
  const location = rest.location == null ? null : asRange(rest.location);
  const fits =
    typeof code === "string" &&
    Object.hasOwn(codes, code) &&
    typeof message === "string" &&
    [hint, reference].every((text) => text === null || typeof text === "string") &&
    typeof details === "object" &&
    details !== null &&
    (location === null) === (rest.location == null);
  return fits ? ({ code, message, hint, location, details, reference } as ErrorBody) : null;
}

function fromShape(value: unknown): ErrorBody | null {
  const direct = asErrorBody(value);
  if (direct) {
    return direct;
  }
  if (typeof value !== "object" || value === null) {
    return null;
  }
  for (const key of ["error", "body", "data", "shape"]) {
    if (key in value) {
      const found = fromShape((value as Record<string, unknown>)[key]);
      if (found) {
        return found;
      }
    }
  }
  return null;
}

function body(code: ErrorBody["code"], message: string, hint: string | null): ErrorBody {
  return { code, message, hint, location: null, details: {}, reference: null };
}

/** Turns whatever was thrown (a tRPC error, a failed fetch, a defect) into the one error shape that the screens show. */
export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof TRPCClientError) {
    const found = fromShape(error.data) ?? fromShape(error.shape);
    if (found) {
      return found;
    }
    if (error.cause && error.cause.name === "AbortError") {
      return body("CANCELLED", "Cancelled.", null);
    }
    if (!error.shape) {
      return body(
        "WORKER_LOST",
        "The server cannot be reached.",
        "Check your connection. What you type stays in this browser until it is saved.",
      );
    }
    return body("INTERNAL", error.message, null);
  }
  const found = fromShape(error);
  if (found) {
    return found;
  }
  if (error instanceof TypeError && /fetch|network/i.test(error.message)) {
    return body("WORKER_LOST", "The server cannot be reached.", "Check your connection and try again.");
  }
  return body("INTERNAL", error instanceof Error ? error.message : "Something went wrong.", null);
}

/** The error as one line of text: message, hint and reference. */
export function errorText(error: unknown): string {
  const { message, hint, reference } = toErrorBody(error);
  return [message, hint, reference && `Reference ${reference}.`].filter(Boolean).join(" ");
}

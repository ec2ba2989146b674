import { TRPCClientError } from "@trpc/client";
import { type ErrorBody, errorBodySchema } from "@/server/contract";

function fromShape(value: unknown): ErrorBody | null {
  const direct = errorBodySchema.safeParse(value);
  if (direct.success) {
    return direct.data;
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

import type { ErrorBody, ErrorCode, SourceRange } from "../contract/errors";
import { errorCodes, referencedErrors } from "../contract/errors";

interface AppErrorOptions {
  hint?: string;
  location?: SourceRange;
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** Pages and routes are bundled apart and share what lives in the process: an error of one bundle's class is the other's too. */
const brand = Symbol.for("millrace.AppError");

/** The one error that Millrace throws on purpose. Its message is for the person; `cause` goes to the log only. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | null;
  readonly location: SourceRange | null;
  readonly details: Record<string, unknown>;
  readonly [brand] = true;

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === "object" && value !== null && brand in value;
  }

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.hint = options.hint ?? null;
    this.location = options.location ?? null;
    this.details = options.details ?? {};
  }

  get status(): number {
    return errorCodes[this.code];
  }

  /** What the browser is told; the reference only with what the person cannot mend themselves. */
  toBody(reference: string | null = null): ErrorBody {
    const { code, message, hint, location, details } = this;
    return { code, message, hint, location, details, reference: referencedErrors.has(code) ? reference : null };
  }

  static fromBody(body: ErrorBody): AppError {
    return new AppError(body.code, body.message, {
      hint: body.hint ?? undefined,
      location: body.location ?? undefined,
      details: body.details,
    });
  }
}

/** Anything thrown, as an AppError: unknown errors become INTERNAL with a message that gives nothing away. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  return new AppError("INTERNAL", "Something went wrong in Millrace.", {
    hint: "Try again; if it happens again, give the reference to your administrator.",
    cause: error,
  });
}

import { z } from "zod";

/**
 * Every way Millrace refuses or fails, with the HTTP status it is sent with.
 * Add a code only when a caller must act differently on it; the message is always written for the person who reads it.
 */
export const errorCodes = {
  /** Nobody is signed in, or the session was revoked or has expired. */
  UNAUTHENTICATED: 401,
  /** Signed in, but the role does not allow it. */
  FORBIDDEN: 403,
  /** It does not exist, or belongs to another organisation (never say which). */
  NOT_FOUND: 404,
  /** The input does not satisfy its schema or a business rule. */
  INVALID_INPUT: 400,
  /** It changed underneath (file version, name already taken, diverged branch). */
  CONFLICT: 409,
  /** An administrator's policy switched it off (preview, export). */
  POLICY_OFF: 403,
  /** Too many requests, or a session/queue limit was reached. */
  LIMIT_REACHED: 429,
  /** dbt refused the project, the model or the YAML. */
  DBT_ERROR: 422,
  /** The warehouse refused or failed the query. */
  WAREHOUSE_ERROR: 422,
  /** The warehouse file is held by a writer. */
  WAREHOUSE_BUSY: 423,
  /** The Git remote refused, failed or could not be reached. */
  GIT_ERROR: 502,
  /** The identity provider refused, failed or could not be reached. */
  PROVIDER_ERROR: 502,
  /** A worker process died or the runner cannot be reached. */
  WORKER_LOST: 503,
  /** The person or their browser cancelled it. */
  CANCELLED: 499,
  /** It took longer than its limit. */
  TIMEOUT: 504,
  /** The host lacks what the sandbox needs. */
  SANDBOX_UNAVAILABLE: 503,
  /** A defect of Millrace. The reference id leads to the log line. */
  INTERNAL: 500,
} as const;

export type ErrorCode = keyof typeof errorCodes;
export const errorCodeSchema = z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]);

/** What the person cannot mend: they are given a reference, which leads whoever can to the log line. */
export const referencedErrors: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "GIT_ERROR",
  "PROVIDER_ERROR",
  "WORKER_LOST",
  "TIMEOUT",
  "SANDBOX_UNAVAILABLE",
  "INTERNAL",
]);

/** Where in the person's files an error belongs. Lines and columns are 1-based; path is relative to the dbt project. */
export const sourceRangeSchema = z.object({
  path: z.string(),
  line: z.number().int().min(1),
  column: z.number().int().min(1).default(1),
  endLine: z.number().int().min(1).nullable().default(null),
  endColumn: z.number().int().min(1).nullable().default(null),
});
export type SourceRange = z.infer<typeof sourceRangeSchema>;

/** What a browser, a stream trailer and a worker say about a failure. `details` never holds a row or a secret. */
export const errorBodySchema = z.object({
  code: errorCodeSchema,
  message: z.string(),
  /** What the person can do about it, when that is not plain from the message. */
  hint: z.string().nullable().default(null),
  location: sourceRangeSchema.nullable().default(null),
  details: z.record(z.string(), z.unknown()).default({}),
  /** Leads to the log line; only where somebody has to look there (`referencedErrors`). */
  reference: z.string().nullable().default(null),
});
export type ErrorBody = z.infer<typeof errorBodySchema>;

import pino, { type Logger } from "pino";
import { AppError } from "./app-error";
import { config } from "./config";
import { currentRequestId } from "./request-context";
import { processSingleton } from "./singleton";

/** Names under which a secret might be logged by mistake, at any of the first three levels. */
const secretNames = [
  "password",
  "token",
  "secret",
  "secrets",
  "clientSecret",
  "authorization",
  "cookie",
  "credentials",
  "sid",
  "code_verifier",
  "id_token",
  "access_token",
  "refresh_token",
];
/** Removes user info from addresses, and what looks like a bearer or token value, from a text. */
export function scrub(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1***@")
    .replace(/\b(bearer|basic)\s+[a-z0-9+/._~=-]{8,}/gi, "$1 ***")
    .replace(/\b((?:access_|refresh_|id_)?token|password|client_secret|code|state)=[^\s&"']+/gi, "$1=***");
}

interface LoggedError {
  type: string;
  message: string;
  code?: string;
  stack?: string;
  cause?: LoggedError;
}

/**
 * An error as it is logged: type, message, code, stack and causes. Other properties are dropped, because drivers put data
 * into them (PostgreSQL's `detail`, Drizzle's `params`).
 */
export function describeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: scrub(String(error)) };
  const query = error.name === "DrizzleQueryError" || "params" in error;
  const message = query ? "The database refused a query." : scrub(error.message);
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  const frames = (error.stack ?? "").split("\n").filter((line) => line.trimStart().startsWith("at "));
  const described: LoggedError = { type: error instanceof AppError ? `AppError.${error.code}` : error.name, message };
  if (code !== undefined) described.code = code;
  if (frames.length > 0) described.stack = frames.map(scrub).join("\n");
  if (error.cause !== undefined && error.cause !== null && depth < 4)
    described.cause = describeError(error.cause, depth + 1);
  return described;
}

function redactedPaths(): string[] {
  return secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);
}

/**
 * The structured log: JSON lines on standard output. Every line carries the request id. Never log a row, a query's text, a
 * file's content or a secret; redaction is the second line of defence, not the first.
 */
export function logger(): Logger {
  return processSingleton("logger", () =>
    pino(
      {
        level: config().logLevel,
        base: { service: "millrace" },
        timestamp: pino.stdTimeFunctions.isoTime,
        redact: { paths: redactedPaths(), censor: "[redacted]" },
        formatters: { level: (label) => ({ level: label }) },
        serializers: { err: describeError },
        mixin: () => {
          const requestId = currentRequestId();
          return requestId === null ? {} : { requestId };
        },
      },
      pino.destination({ fd: 1, sync: true }),
    ),
  );
}

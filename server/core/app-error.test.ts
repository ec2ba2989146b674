import { expect, test, vi } from "vitest";
import { type ErrorCode, errorCodes } from "../contract/errors";
import { AppError, toAppError } from "./app-error";

test("an error of another bundle's class is recognised, and nothing else is", async () => {
  vi.resetModules();
  const other: typeof import("./app-error") = await import("./app-error");
  expect(other.AppError).not.toBe(AppError);
  const thrown = new other.AppError("DBT_ERROR", "no such selector");
  expect(toAppError(thrown)).toBe(thrown);
  expect(thrown instanceof AppError).toBe(true);
  expect(new Error("plain") instanceof AppError).toBe(false);
  expect(toAppError({ code: "DBT_ERROR" }).code).toBe("INTERNAL");
});

test("a reference is for what the person cannot mend: not for a refusal", () => {
  const body = (code: ErrorCode) => new AppError(code, "No.").toBody("1a2b").reference;
  const refusals = ["UNAUTHENTICATED", "FORBIDDEN", "NOT_FOUND", "INVALID_INPUT", "CONFLICT", "POLICY_OFF"] as const;
  const ours = ["LIMIT_REACHED", "DBT_ERROR", "WAREHOUSE_ERROR", "WAREHOUSE_BUSY", "CANCELLED"] as const;
  for (const code of [...refusals, ...ours]) expect([code, body(code)]).toEqual([code, null]);
  const failures = [
    "GIT_ERROR",
    "PROVIDER_ERROR",
    "WORKER_LOST",
    "TIMEOUT",
    "SANDBOX_UNAVAILABLE",
    "INTERNAL",
  ] as const;
  for (const code of failures) expect([code, body(code)]).toEqual([code, "1a2b"]);
  expect([...refusals, ...ours, ...failures].sort()).toEqual(Object.keys(errorCodes).sort());
});

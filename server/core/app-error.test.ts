import { expect, test, vi } from "vitest";
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

import { TRPCClientError } from "@trpc/client";
import { expect, test } from "vitest";
import { errorBodySchema } from "@/server/contract";
import { errorText, toErrorBody } from "./errors";

/** An error as a procedure answers it; the server gives a reference with what the person cannot mend. */
function answered(given: { code: string; message: string; hint?: string; reference?: string }): TRPCClientError<never> {
  const body = errorBodySchema.parse(given);
  const shape = { message: body.message, code: -32_600, data: { code: "BAD_REQUEST", httpStatus: 400, body } };
  return TRPCClientError.from({ error: shape } as never);
}

test("a refusal says what to do and nothing of a log; a failure ends with the reference that leads there", () => {
  const refusal = { code: "INVALID_INPUT", message: "Idle time-out: from 1 to 1440 minutes.", hint: "Type a number." };
  expect(errorText(answered(refusal))).toBe("Idle time-out: from 1 to 1440 minutes. Type a number.");
  expect(toErrorBody(answered(refusal))).toMatchObject({ code: "INVALID_INPUT", reference: null });
  const failure = { code: "PROVIDER_ERROR", message: "The provider does not answer.", reference: "1a2b3c" };
  expect(errorText(answered(failure))).toBe("The provider does not answer. Reference 1a2b3c.");
});

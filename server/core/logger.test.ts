import { expect, test } from "vitest";
import { AppError } from "./app-error";
import { describeError, scrub } from "./logger";

test.each([
  ["cloning https://user:ghp_secret@git.example.com/x failed", "cloning https://***@git.example.com/x failed"],
  ["postgres://millrace:hunter2@db/x refused", "postgres://***@db/x refused"],
  ["sent Authorization: Bearer abcdefghijkl", "sent Authorization: Bearer ***"],
  ["GET /callback?code=abc123&state=xyz", "GET /callback?code=***&state=***"],
  ["nothing to hide", "nothing to hide"],
])("%s", (text, scrubbed) => {
  expect(scrub(text)).toBe(scrubbed);
});

test("an error of the database keeps its code and loses the values that drivers put into it", () => {
  const driver = Object.assign(new Error("duplicate key"), {
    code: "23505",
    detail: "Key (email)=(ada@river.example) already exists.",
  });
  const query = Object.assign(new Error("Failed query: insert ... params: hunter2"), {
    params: ["hunter2"],
    cause: driver,
  });
  const logged = JSON.stringify(describeError(new AppError("INTERNAL", "It failed.", { cause: query })));
  expect(logged).not.toMatch(/hunter2|ada@river/);
  expect(describeError(query)).toMatchObject({ message: "The database refused a query.", cause: { code: "23505" } });
});

test("what is thrown and no error is described too", () => {
  expect(describeError("https://a:b@c")).toEqual({ type: "string", message: "https://***@c" });
});

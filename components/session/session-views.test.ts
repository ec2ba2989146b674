import { expect, test } from "vitest";
import { ordinal } from "./ordinal";
import { sessionText } from "./session-views";

test("places are said as people say them", () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 102].map(ordinal)).toEqual([
    ...["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd"],
  ]);
  const line = { place: 3, of: 9, reason: "runner" } as const;
  const none = { dbtVersion: null, adapter: null, models: 0, error: null, progress: null };
  expect(sessionText({ ...none, state: "waiting", line })).toBe("3rd in line");
});

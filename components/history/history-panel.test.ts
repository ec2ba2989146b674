import { expect, test } from "vitest";
import { fileOf } from "./history-panel";

test.each([
  ["models/orders.sql", "models/orders.sql"],
  ["paid in models/marts/orders.sql", "models/marts/orders.sql"],
  ["row count of paid in models/orders.sql", "models/orders.sql"],
  ["profile of amount in models/orders.sql", "models/orders.sql"],
  ["selection", null],
  ["failing rows of test.riverbank.not_null", null],
  ["row count of selection", null],
])("the file of %s", (subject, expected) => {
  expect(fileOf(subject)).toBe(expected);
});

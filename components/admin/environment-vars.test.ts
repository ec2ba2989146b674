import { describe, expect, it } from "vitest";
import { readVars, writeVars } from "./environment-vars";

describe("the field of dbt variables", () => {
  it("takes YAML and JSON", () => {
    expect(readVars("days: 7\nfull: yes\nnames: [a, ~]\nstart: 2026-01-01").values).toEqual({
      days: 7,
      full: true,
      names: ["a", null],
      start: "2026-01-01",
    });
    expect(readVars('{"days": 7, "of": {"a": "b"}}').values).toEqual({ days: 7, of: { a: "b" } });
    expect(readVars("  ").values).toEqual({});
  });

  it.each([
    ["days: [7", /^This is not YAML: /],
    ["- days", /names and values/],
    ["7", /names and values/],
    ["of: {days: .nan}", /value of of\.days/],
    ["of: !!binary aGk=", /value of of /],
  ])("says what is wrong with %s", (text, problem) => {
    expect(readVars(text)).toMatchObject({ values: null, problem: expect.stringMatching(problem) });
  });

  it("shows what was saved as it was meant", () => {
    const vars = { days: 7, start: "2026-01-01", flag: "yes", names: ["a", null], of: { a: true } };
    expect(readVars(writeVars(vars)).values).toEqual(vars);
    expect(writeVars({})).toBe("");
  });
});

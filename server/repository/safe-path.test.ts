import { describe, expect, test } from "vitest";
import { isSafeName } from "../core";
import { assertSafePath } from "./safe-path";

describe("names that a workspace may hold", () => {
  test.each([
    [".git"],
    [".GIT"],
    [".Git"],
    ["git~1"],
    ["GIT~2"],
    [".git "],
    [".git."],
    [".git. ."],
    [".g\u200cit"],
    ["\ufeff.git"],
    [".gi\u200dt"],
    [".git::$INDEX_ALLOCATION"],
    [".git:x"],
    ["．ｇｉｔ"],
    [".."],
    ["."],
    [""],
    ["a\\b"],
    ["a\0b"],
    ["a/b"],
    ["bad\ufffd"],
  ])("%j is refused", (name) => expect(isSafeName(name)).toBe(false));

  test.each([
    ["a.sql"],
    [".gitignore"],
    [".gitattributes"],
    [".github"],
    ["git"],
    ["git-notes.md"],
    ["übersicht.sql"],
    ["模型.sql"],
    ["a b.sql"],
    ["..."],
  ])("%j is allowed", (name) => expect(isSafeName(name)).toBe(name !== "..."));

  test("a path is as safe as its worst part", () => {
    expect(assertSafePath("models/a.sql")).toEqual(["models", "a.sql"]);
    for (const path of [
      "/etc/passwd",
      "models/../../x",
      "models//x",
      "models/.git/config",
      "C:\\x",
      `${"a/".repeat(600)}b`,
    ]) {
      expect(() => assertSafePath(path)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
    }
  });
});

import { expect, test } from "vitest";
import { neighbour, toggled } from "./bookmarks";

const mark = (path: string, line: number) => ({ path, line, text: "" });
const all = [mark("b.sql", 9), mark("a.sql", 3), mark("b.sql", 2)];

test("a second toggle takes the mark away", () => {
  const once = toggled(all, mark("a.sql", 7));
  expect(once.map(({ path, line }) => `${path}:${line}`)).toEqual(["a.sql:3", "a.sql:7", "b.sql:2", "b.sql:9"]);
  expect(toggled(once, mark("a.sql", 7))).toHaveLength(3);
});

test("next and previous go through files in order, round the ends", () => {
  const at = (path: string, line: number, step: 1 | -1) => {
    const found = neighbour(all, { path, line }, step);
    return found && `${found.path}:${found.line}`;
  };
  expect(at("a.sql", 3, 1)).toBe("b.sql:2");
  expect(at("a.sql", 1, 1)).toBe("a.sql:3");
  expect(at("b.sql", 9, 1)).toBe("a.sql:3");
  expect(at("b.sql", 5, -1)).toBe("b.sql:2");
  expect(at("a.sql", 3, -1)).toBe("b.sql:9");
  expect(neighbour([], { path: "a", line: 1 }, 1)).toBeNull();
  expect(neighbour(all, null, 1)).toMatchObject({ path: "a.sql", line: 3 });
});

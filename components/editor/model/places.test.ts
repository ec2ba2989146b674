import { expect, test } from "vitest";
import { Places } from "./places";

test("back and forward over jumps and files; small moves are one place; a new jump forgets what was ahead", () => {
  const opened: string[] = [];
  const places: Places = new Places(
    ({ path, line }) => {
      opened.push(`${path}:${line}`);
      places.note({ path, line, column: 1, selected: 0 });
    },
    () => null,
  );
  const note = (path: string, line: number) => places.note({ path, line, column: 1, selected: 0 });
  note("a.sql", 1);
  note("a.sql", 3);
  note("a.sql", 40);
  note("b.sql", 1);
  expect([places.go(-1), places.go(-1), places.go(-1), places.go(1)]).toEqual([true, true, false, true]);
  expect(opened).toEqual(["a.sql:40", "a.sql:3", "a.sql:40"]);
  note("c.sql", 1);
  expect(places.go(1)).toBe(false);
  expect(places.go(-1)).toBe(true);
  expect(opened.at(-1)).toBe("a.sql:40");
});

test("going back from a file that is still being read leads to where one was, and forward to the file again", () => {
  const opened: string[] = [];
  let shown = "a.sql";
  const places = new Places(
    ({ path, line }) => {
      shown = path;
      opened.push(`${path}:${line}`);
    },
    () => shown,
  );
  places.note({ path: "a.sql", line: 1, column: 1, selected: 0 });
  places.note({ path: "a.sql", line: 40, column: 1, selected: 0 });
  shown = "slow.sql";
  expect(places.go(-1)).toBe(true);
  places.note({ path: "a.sql", line: 40, column: 1, selected: 0 });
  expect(places.go(1)).toBe(true);
  expect(opened).toEqual(["a.sql:40", "slow.sql:1"]);
});

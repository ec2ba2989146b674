import { expect, test } from "vitest";
import { countProblems, type Problem, ProblemStore, problemOf, withFix } from "./problems";

const lint = (line: number, part: Partial<Problem> = {}): Problem => ({
  source: "lint",
  path: "models/a.sql",
  severity: "warning",
  line,
  column: 1,
  endLine: line,
  endColumn: 5,
  message: `rule on line ${line}`,
  hint: null,
  code: "CP01",
  fixes: [],
  ...part,
});
const refused = {
  code: "DBT_ERROR",
  message: "no such ref",
  hint: null,
  location: null,
  details: {},
  reference: null,
} as const;

test("each source replaces only what it said about a file", () => {
  const problems = new ProblemStore();
  problems.set("lint", "models/a.sql", [lint(9), lint(2)]);
  problems.set("compile", "models/a.sql", problemOf("compile", refused, "models/a.sql"));
  problems.set("lint", "models/b.sql", [lint(1, { path: "models/b.sql" })]);
  expect(problems.store.get().map(({ source, path, line }) => `${source} ${path} ${line}`)).toEqual([
    "compile models/a.sql 1",
    "lint models/a.sql 2",
    "lint models/a.sql 9",
    "lint models/b.sql 1",
  ]);
  problems.set("lint", "models/a.sql", null);
  expect(problems.store.get().map(({ source }) => source)).toEqual(["compile", "lint"]);
  expect(countProblems(problems.store.get())).toEqual({ error: 1, warning: 1, info: 0 });
});

test("what is said again tells nobody, and one of two equal problems stays: the one with a fix", () => {
  const problems = new ProblemStore();
  let told = 0;
  problems.store.subscribe(() => {
    told += 1;
  });
  problems.set("diagnostics", "models/a.sql", [lint(2, { source: "diagnostics" })]);
  problems.set("diagnostics", "models/a.sql", [lint(2, { source: "diagnostics" })]);
  expect(told).toBe(1);
  const fixes = [{ title: "Upper case", version: 1, edits: [] }];
  problems.set("lint", "models/a.sql", [lint(2, { fixes })]);
  expect(problems.store.get()).toEqual([lint(2, { fixes })]);
});

test("a fix changes its places, whichever way lines end", () => {
  const edit = (line: number, column: number, endColumn: number, text: string) => {
    return { line, column, endLine: line, endColumn, text };
  };
  const fix = { title: "Fix", version: 1, edits: [edit(1, 1, 7, "select"), edit(2, 1, 5, "from"), edit(2, 7, 7, ";")] };
  expect(withFix("SELECT 1\r\nFROM t", fix)).toBe("select 1\r\nfrom t;");
});

import { beforeEach, expect, test, vi } from "vitest";
import type { ErrorBody, LintProblem, LintResult } from "@/server/contract";
import { BufferStore } from "./buffers";
import { Linter } from "./linter";
import { ProblemStore } from "./problems";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

const path = "models/a.sql";
const problem: LintProblem = {
  ...{ code: "CP01", rule: "capitalisation.keywords", message: "Keywords must be lower case.", severity: "warning" },
  ...{ line: 1, column: 1, endLine: 1, endColumn: 7 },
  edits: [{ line: 1, column: 1, endLine: 1, endColumn: 7, text: "select" }],
};

function setUp(lint: (text: string | null) => Promise<Pick<LintResult, "problems">>) {
  const buffers = new BufferStore();
  const problems = new ProblemStore();
  buffers.open({ path, text: "SELECT 1", version: "v", size: 8, reason: null });
  const asked: (string | null)[] = [];
  const linter = new Linter({
    ...{ buffers, problems, isLinted: (file) => file.endsWith(".sql") },
    async lint({ text, version }) {
      asked.push(text);
      return { version, configured: true, problems: (await lint(text)).problems };
    },
  });
  const stop = linter.start();
  linter.follow(path);
  return { buffers, problems, linter, asked, stop };
}

test("looks at the shown file once the person pauses, and offers what SQLFluff would change", async () => {
  const { buffers, problems, asked } = setUp(async () => ({ problems: [problem] }));
  buffers.edit(path, "SELECT 1,");
  await vi.advanceTimersByTimeAsync(400);
  buffers.edit(path, "SELECT 1, 2");
  await vi.advanceTimersByTimeAsync(700);
  expect(asked).toEqual(["SELECT 1, 2"]);
  const [found] = problems.store.get();
  expect(found).toMatchObject({ source: "lint", code: "CP01", severity: "warning", line: 1, endColumn: 7 });
  expect(found?.fixes[0]).toMatchObject({ version: buffers.get(path)?.version, edits: [{ text: "select" }] });
  buffers.close(path);
  expect(problems.store.get()).toEqual([]);
});

test("an answer about an older text is not shown; the newer text is looked at", async () => {
  const answers: (() => void)[] = [];
  const { buffers, problems, asked } = setUp(async () => {
    await new Promise<void>((resolve) => answers.push(resolve));
    return { problems: [{ ...problem, edits: [] }] };
  });
  await vi.advanceTimersByTimeAsync(700);
  buffers.edit(path, "select 1");
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(problems.store.get()).toEqual([]);
  await vi.advanceTimersByTimeAsync(700);
  expect(asked).toEqual([null, "select 1"]);
});

test("a wrong configuration is a problem; what else keeps SQLFluff from looking is said until it has looked", async () => {
  const base: ErrorBody = {
    code: "DBT_ERROR",
    message: "no dialect",
    hint: null,
    location: null,
    details: {},
    reference: null,
  };
  let answer: ErrorBody | null = null;
  const { problems, linter, asked } = setUp(async () => {
    if (answer) throw answer;
    return { problems: [] };
  });
  const look = async (next: ErrorBody | null) => {
    answer = next;
    linter.refresh();
    await vi.advanceTimersByTimeAsync(700);
    return problems.store.get().map(({ severity, message, hint }) => `${severity}: ${message} ${hint ?? ""}`.trim());
  };
  const away: ErrorBody = { ...base, code: "WORKER_LOST", message: "The session is away.", hint: "It starts again." };
  expect(await look(away)).toEqual(["info: SQLFluff did not look at this file: The session is away. It starts again."]);
  const long: ErrorBody = { ...base, code: "LIMIT_REACHED", message: "The lint used more than its 60 seconds." };
  expect(await look(long)).toEqual([
    "info: SQLFluff did not look at this file: The lint used more than its 60 seconds.",
  ]);
  expect(await look(base)).toEqual(["warning: no dialect"]);
  expect(await look({ ...base, code: "CANCELLED" })).toEqual(["warning: no dialect"]);
  expect(await look(null)).toEqual([]);
  expect(asked).toHaveLength(5);
});

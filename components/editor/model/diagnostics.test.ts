import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Diagnostics } from "@/server/contract";
import { BufferStore } from "./buffers";
import { DiagnosticsFollower, problemOfDiagnostic } from "./diagnostics";
import { ProblemStore } from "./problems";

const path = "models/a.sql";

function problem(message: string): Diagnostics["files"][number]["problems"][number] {
  return {
    severity: "error",
    code: "missing-ref",
    message,
    line: 1,
    column: 22,
    endLine: 1,
    endColumn: 28,
    suggestions: ["orders"],
  };
}

function follow() {
  const buffers = new BufferStore();
  const problems = new ProblemStore();
  const asked: { path: string; text: string | null; version: number }[][] = [];
  const answers: ((found: Diagnostics) => void)[] = [];
  const follower = new DiagnosticsFollower({
    buffers,
    problems,
    ask: (files) => {
      asked.push(files);
      return new Promise((resolve) => answers.push(resolve));
    },
  });
  const answer = async (...messages: string[]) => {
    answers.shift()?.({ graphVersion: 1, pending: false, files: [{ path, problems: messages.map(problem) }] });
    await vi.advanceTimersByTimeAsync(0);
  };
  const messages = () => problems.store.get().map(({ message }) => message);
  buffers.open({ path, text: "select 1", version: "v1" } as never);
  return { follower, buffers, problems, asked, answer, messages };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("an opened file is looked at, then each pause in typing, with its unsaved text", async () => {
  const { follower, buffers, asked, answer, problems } = follow();
  const stop = follower.start();
  await vi.advanceTimersByTimeAsync(500);
  expect(asked).toEqual([[expect.objectContaining({ path, text: null })]]);
  await answer();
  buffers.edit(path, "select 2");
  buffers.edit(path, "select 23");
  await vi.advanceTimersByTimeAsync(500);
  expect(asked[1]).toEqual([expect.objectContaining({ path, text: "select 23" })]);
  await answer("There is no model ordrs. Did you mean orders?");
  const version = buffers.get(path)?.version;
  expect(problems.store.get()[0]).toMatchObject({
    source: "diagnostics",
    fixes: [{ title: "Replace by orders", version, preferred: true, edits: [{ column: 22, text: "orders" }] }],
  });
  stop();
});

test("an answer about an older text is not shown, and the newer text is asked about after it", async () => {
  const { follower, buffers, asked, answer, messages } = follow();
  const stop = follower.start();
  await vi.advanceTimersByTimeAsync(500);
  buffers.edit(path, "select 2");
  await vi.advanceTimersByTimeAsync(500);
  expect(asked).toHaveLength(1);
  await answer("old");
  expect(messages()).toEqual([]);
  expect(asked).toHaveLength(2);
  await answer("new");
  expect(messages()).toEqual(["new"]);
  stop();
});

test("a file that closes takes its problems along; a session that fails keeps them until it is back", async () => {
  const { follower, buffers, asked, answer, messages } = follow();
  const stop = follower.start();
  await vi.advanceTimersByTimeAsync(500);
  await answer("wrong");
  follower.refresh();
  await vi.advanceTimersByTimeAsync(500);
  expect(asked).toHaveLength(2);
  expect(messages()).toEqual(["wrong"]);
  buffers.close(path);
  expect(messages()).toEqual([]);
  await answer("late");
  expect(messages()).toEqual([]);
  stop();
});

test("what rests on the warehouse says when that was read", () => {
  const readAt = "2026-11-22T06:17:00Z";
  const time = new Date(readAt).toLocaleTimeString(undefined, { timeStyle: "short" });
  expect(problemOfDiagnostic(path, { ...problem("gone"), readAt }, 1).hint).toBe(`The warehouse was read at ${time}.`);
  expect(problemOfDiagnostic(path, problem("gone"), 1).hint).toBeNull();
});

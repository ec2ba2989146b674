import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CompileResult } from "@/server/contract";
import { Compiler } from "./compiler";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function answer(version: number, sql: string | null, error: CompileResult["error"] = null): CompileResult {
  return {
    uniqueId: null,
    version,
    sql,
    lastGoodSql: null,
    error,
    introspective: false,
    stale: false,
    dependsOn: [],
    milliseconds: 5,
  };
}

function setUp() {
  const texts = new Map([
    ["a.sql", "1"],
    ["b.sql", "b"],
  ]);
  const requests: {
    path: string;
    text: string | null;
    version: number;
    resolve: (result: CompileResult) => void;
    reject: (error: unknown) => void;
  }[] = [];
  const compiler = new Compiler({
    unsavedText: (path) => texts.get(path),
    compile: (input) => new Promise((resolve, reject) => requests.push({ ...input, resolve, reject })),
  });
  compiler.start();
  const type = (path: string, text: string) => {
    texts.set(path, text);
    compiler.textChanged(path);
  };
  return { compiler, requests, type };
}

test("typing quickly sends one request, with the text after the pause", async () => {
  const { compiler, requests, type } = setUp();
  compiler.follow("a.sql");
  await vi.advanceTimersByTimeAsync(0);
  requests[0]?.resolve(answer(1, "one"));
  await vi.advanceTimersByTimeAsync(0);
  for (const text of ["12", "123", "1234"]) {
    type("a.sql", text);
    await vi.advanceTimersByTimeAsync(20);
  }
  await vi.advanceTimersByTimeAsync(200);
  expect(requests.map((request) => request.text)).toEqual(["1", "1234"]);
});

test("while one request is under way the newest text waits and follows", async () => {
  const { compiler, requests, type } = setUp();
  compiler.follow("a.sql");
  await vi.advanceTimersByTimeAsync(0);
  type("a.sql", "2");
  await vi.advanceTimersByTimeAsync(200);
  type("a.sql", "3");
  await vi.advanceTimersByTimeAsync(200);
  expect(requests).toHaveLength(1);
  requests[0]?.resolve(answer(1, "one"));
  await vi.advanceTimersByTimeAsync(0);
  expect(requests.map((request) => request.text)).toEqual(["1", "3"]);
});

test("an answer that comes after a newer one is dropped", async () => {
  const { compiler, requests } = setUp();
  compiler.follow("a.sql");
  await vi.advanceTimersByTimeAsync(0);
  const late = requests[0];
  late?.resolve(answer(1, "first"));
  await vi.advanceTimersByTimeAsync(0);
  compiler.graphChanged();
  await vi.advanceTimersByTimeAsync(200);
  requests[1]?.resolve(answer(2, "second"));
  await vi.advanceTimersByTimeAsync(0);
  expect(compiler.get("a.sql").sql).toBe("second");
  compiler.stop();
  compiler.graphChanged();
  await vi.advanceTimersByTimeAsync(200);
  expect(requests).toHaveLength(2);
});

test("a broken file keeps its last good SQL beside the error, and recovers", async () => {
  const { compiler, requests, type } = setUp();
  const error = {
    code: "DBT_ERROR" as const,
    message: "unexpected '}'",
    hint: null,
    location: null,
    details: {},
    reference: null,
  };
  compiler.follow("a.sql");
  await vi.advanceTimersByTimeAsync(0);
  requests[0]?.resolve(answer(1, "good"));
  await vi.advanceTimersByTimeAsync(0);
  type("a.sql", "{{ }");
  await vi.advanceTimersByTimeAsync(200);
  requests[1]?.resolve(answer(2, null, error));
  await vi.advanceTimersByTimeAsync(0);
  expect(compiler.get("a.sql")).toMatchObject({ sql: null, lastGoodSql: "good", error });
  type("a.sql", "fixed");
  await vi.advanceTimersByTimeAsync(200);
  requests[2]?.resolve(answer(3, "better"));
  await vi.advanceTimersByTimeAsync(0);
  expect(compiler.get("a.sql")).toMatchObject({ sql: "better", lastGoodSql: "better", error: null });
});

test("a request that fails says so, and the next edit asks again", async () => {
  const { compiler, requests, type } = setUp();
  compiler.follow("a.sql");
  await vi.advanceTimersByTimeAsync(0);
  requests[0]?.reject(new TypeError("fetch failed"));
  await vi.advanceTimersByTimeAsync(0);
  expect(compiler.get("a.sql").error?.code).toBe("WORKER_LOST");
  type("a.sql", "2");
  await vi.advanceTimersByTimeAsync(200);
  expect(requests).toHaveLength(2);
});

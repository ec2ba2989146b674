import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ResultAnswer, ResultRequest } from "./result-messages";
import type { PreviewRequest } from "./result-run";
import { ResultStore } from "./result-store";

/** A worker that notes what it is asked, and answers when the test says so. */
class FakeWorker {
  static all: FakeWorker[] = [];
  readonly asked: ResultRequest[] = [];
  terminated = false;
  onmessage: ((event: { data: ResultAnswer }) => void) | null = null;
  onerror = null;
  constructor() {
    FakeWorker.all.push(this);
  }
  postMessage(request: ResultRequest): void {
    this.asked.push(request);
  }
  terminate(): void {
    this.terminated = true;
  }
  say(answer: ResultAnswer): void {
    this.onmessage?.({ data: answer });
  }
  types(): string[] {
    return this.asked.map(({ type }) => type);
  }
}

const request = (subject: string) =>
  ({
    workspaceId: "w",
    environmentId: "e",
    path: null,
    text: null,
    sql: "select 1",
    what: null,
    rows: 500,
    subject,
  }) satisfies PreviewRequest;
const cancelled: string[] = [];
let store: ResultStore;
const worker = (index: number) => FakeWorker.all[index] as FakeWorker;
function finish(index: number, rows = 1): void {
  worker(index).say({ type: "columns", columns: [{ name: "id", type: "BIGINT", kind: "number" }], sql: "select 1" });
  worker(index).say({ type: "progress", rows, viewRows: rows, bytes: 10, firstRowMilliseconds: 1 });
  const milliseconds = { compile: 0, connect: 0, execute: 0, total: 0 };
  worker(index).say({
    type: "tail",
    tail: { type: "tail", outcome: "complete", limit: null, rows, bytes: 10, milliseconds, error: null },
  });
}

beforeEach(() => {
  FakeWorker.all = [];
  cancelled.length = 0;
  vi.stubGlobal("Worker", FakeWorker);
  vi.stubGlobal("document", new EventTarget());
  vi.stubGlobal("requestAnimationFrame", (paint: () => void) => setTimeout(paint));
  store = new ResultStore({
    outcome: async () => null,
    cancel: async (queryId) => void cancelled.push(queryId),
  });
});
afterEach(() => vi.unstubAllGlobals());

test("a new run ends the last one and takes its place", () => {
  store.run(request("one"));
  const first = store.getSnapshot();
  expect(first).toMatchObject({ status: "running", reference: null });
  store.run(request("two"));
  expect(cancelled).toEqual([first.queryId]);
  expect(worker(0).terminated).toBe(true);
  worker(0).say({ type: "progress", rows: 9, viewRows: 9, bytes: 1, firstRowMilliseconds: 1 });
  expect(store.getSnapshot()).toMatchObject({ rows: 0, request: { subject: "two" } });
  expect(store.getSnapshot().generation).toBeGreaterThan(first.generation);
  expect(store.requestOf(first.queryId ?? "")).toMatchObject({ subject: "one" });
});

test("a pinned result outlives the next run, lends its rows to it, and ends when it is unpinned", async () => {
  store.run(request("before"));
  finish(0, 3);
  store.pin();
  expect(store.getSnapshot().reference).toMatchObject({ shown: true, run: { rows: 3 } });
  store.run(request("after"));
  finish(1, 4);
  expect(worker(0).terminated).toBe(false);
  expect(store.getSnapshot()).toMatchObject({
    rows: 4,
    reference: { shown: false, run: { rows: 3, request: { subject: "before" } } },
  });
  const compared = store.compare({ keys: null, withSame: false, again: false });
  expect(worker(0).types()).toEqual(["start", "release", "lend"]);
  const asked = worker(1).asked.at(-1);
  expect(asked).toMatchObject({ type: "compare", keys: null, withSame: false, port: expect.any(MessagePort) });
  worker(1).say({ type: "failed", id: (asked as { id: number }).id, message: "Too many rows." });
  await expect(compared).rejects.toThrow("Too many rows.");
  void store.compare({ keys: ["id"], withSame: true, again: true });
  expect(worker(0).types()).toEqual(["start", "release", "lend"]);
  expect(worker(1).asked.at(-1)).toMatchObject({ port: null, keys: ["id"] });
  store.unpin();
  expect(worker(0).terminated).toBe(true);
  expect(worker(1).types().at(-1)).toBe("release");
  expect(store.getSnapshot().reference).toBeNull();
});

test("a result fetched to compare with replaces the pinned one, and clearing ends all", () => {
  store.run(request("shown"));
  finish(0);
  store.pin();
  store.fetchReference(request("as built"));
  expect(worker(0).terminated).toBe(false);
  expect(store.getSnapshot()).toMatchObject({
    request: { subject: "shown" },
    reference: { shown: false, run: { status: "running", request: { subject: "as built" } } },
  });
  finish(1, 7);
  expect(store.getSnapshot().reference?.run.rows).toBe(7);
  store.clear();
  expect([worker(0).terminated, worker(1).terminated]).toEqual([true, true]);
  expect(store.getSnapshot()).toMatchObject({ status: "empty", reference: null });
});

test("a running stream hears of each key, and that it was painted", async () => {
  const keys = () => worker(0).asked.flatMap((asked) => (asked.type === "key" ? asked.pressed : []));
  const press = () => document.dispatchEvent(new Event("keydown"));
  store.run(request("one"));
  press();
  press();
  await vi.waitFor(() => expect(keys()).toEqual([true, true, false]));
  finish(0);
  press();
  expect(keys()).toEqual([true, true, false]);
});

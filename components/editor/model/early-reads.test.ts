import { expect, test, vi } from "vitest";
import type { FileContent } from "@/server/contract";
import { EarlyReads } from "./early-reads";

const content = (path: string): FileContent => ({ path, text: "select 1", version: "1", size: 8, reason: null });

test("an early answer counts once", async () => {
  const asked: string[] = [];
  const reads = new EarlyReads(async (path) => {
    asked.push(path);
    return content(path);
  });
  reads.begin(["a.sql", "b.sql"]);
  expect(asked).toEqual(["a.sql", "b.sql"]);
  expect(await reads.read("a.sql")).toEqual(content("a.sql"));
  expect(asked).toHaveLength(2);
  await reads.read("a.sql");
  expect(asked).toEqual(["a.sql", "b.sql", "a.sql"]);
  reads.end();
  await reads.read("b.sql");
  expect(asked).toHaveLength(4);
});

test("who reads is told what went wrong", async () => {
  const reads = new EarlyReads(() => Promise.reject(new Error("gone")));
  reads.begin(["a.sql"]);
  await expect(reads.read("a.sql")).rejects.toThrow("gone");
});

test("a file that is expected is read once, and again when it is opened much later", async () => {
  vi.useFakeTimers();
  try {
    let asked = 0;
    const reads = new EarlyReads(async (path) => {
      asked += 1;
      return content(path);
    });
    reads.expect("a.sql");
    reads.expect("a.sql");
    await reads.read("a.sql");
    expect(asked).toBe(1);
    reads.expect("a.sql");
    await vi.advanceTimersByTimeAsync(60_000);
    await reads.read("a.sql");
    expect(asked).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});

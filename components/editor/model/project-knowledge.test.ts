import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ProjectIndex } from "@/server/contract";
import { ProjectKnowledge } from "./project-knowledge";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const index = (version: number): ProjectIndex => ({
  ...{ projectName: "shop", adapter: "duckdb", vars: [], modelPaths: [], version, nodes: [], macros: [], docs: [] },
});

test("names are known before the whole index, once", async () => {
  const seen: number[] = [];
  const knowledge: ProjectKnowledge = new ProjectKnowledge(
    async (early) => {
      early?.(index(1));
      seen.push(knowledge.soFar.index.version);
      return index(2);
    },
    () => seen.push(knowledge.lookup.get().index.version),
    () => undefined,
  );
  await knowledge.refresh(null);
  expect(seen).toEqual([1, 2]);
  expect(knowledge.names.get()).toBeNull();
  await knowledge.refresh(null);
  expect(seen).toEqual([1, 2, 2, 2]);
});

test("newer indexes are fetched in a pause, and now and then while they go on", async () => {
  let newest = 0;
  const fetched: number[] = [];
  const knowledge = new ProjectKnowledge(
    async () => {
      fetched.push(newest);
      return index(newest);
    },
    () => undefined,
    () => undefined,
  );
  await knowledge.refresh(null);
  for (let key = 1; key <= 40; key += 1) {
    newest += 1;
    void knowledge.refresh(newest);
    await vi.advanceTimersByTimeAsync(100);
  }
  await vi.advanceTimersByTimeAsync(1000);
  expect(fetched.length).toBeLessThan(6);
  expect(knowledge.lookup.get().index.version).toBe(newest);
  const before = fetched.length;
  void knowledge.refresh(newest);
  await vi.advanceTimersByTimeAsync(1000);
  expect(fetched).toHaveLength(before);
});

test("while somebody types a newer index waits, but not for ever", async () => {
  const fetched: number[] = [];
  const knowledge = new ProjectKnowledge(
    async () => {
      fetched.push(fetched.length);
      return index(fetched.length);
    },
    () => undefined,
    () => undefined,
  );
  await knowledge.refresh(null);
  knowledge.typed();
  await vi.advanceTimersByTimeAsync(1000);
  expect(fetched).toHaveLength(1);
  void knowledge.refresh(7);
  for (let key = 0; key < 20; key += 1) {
    await vi.advanceTimersByTimeAsync(100);
    knowledge.typed();
  }
  expect(fetched).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(600);
  expect(fetched).toHaveLength(2);
  void knowledge.refresh(8);
  for (let key = 0; key < 60; key += 1) {
    await vi.advanceTimersByTimeAsync(100);
    knowledge.typed();
  }
  expect(fetched).toHaveLength(3);
});

test("other columns are told once in a pause of typing", async () => {
  let told = 0;
  const knowledge = new ProjectKnowledge(
    async () => index(1),
    () => undefined,
    () => {
      told += 1;
    },
  );
  for (let key = 0; key < 20; key += 1) {
    if (key % 5 === 0) knowledge.columnsChanged();
    knowledge.typed();
    await vi.advanceTimersByTimeAsync(100);
  }
  expect(told).toBe(0);
  await vi.advanceTimersByTimeAsync(600);
  expect(told).toBe(1);
});

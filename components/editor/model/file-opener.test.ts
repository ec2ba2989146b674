import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FileContent } from "@/server/contract";
import { BufferStore } from "./buffers";
import { FileOpener } from "./file-opener";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const content = (path: string): FileContent => ({ path, text: `-- ${path}`, version: "1", size: 8, reason: null });

/** An opener whose reads end when the test says so, and what it has shown. */
function opener() {
  const buffers = new BufferStore();
  const asked: string[] = [];
  const answers = new Map<string, (given: FileContent | Error) => void>();
  const read = (path: string) =>
    new Promise<FileContent>((resolve, reject) => {
      asked.push(path);
      answers.set(path, (given) => (given instanceof Error ? reject(given) : resolve(given)));
    });
  const files = new FileOpener(buffers, read);
  const shown: string[] = [];
  return {
    buffers,
    files,
    asked,
    shown,
    open: (path: string, passing = false) => files.open(path, { passing, show: () => shown.push(path) }),
    async answer(path: string, given: FileContent | Error = content(path)) {
      answers.get(path)?.(given);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

test("a file is shown with its text, at once when it is open already, and once", async () => {
  const { files, buffers, shown, open, answer } = opener();
  open("a.sql");
  expect(files.awaitedPath).toBe("a.sql");
  expect(shown).toEqual([]);
  await answer("a.sql");
  expect(shown).toEqual(["a.sql"]);
  expect(buffers.get("a.sql")?.text).toBe("-- a.sql");
  expect(files.awaitedPath).toBeNull();
  open("a.sql");
  expect(shown).toEqual(["a.sql", "a.sql"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown).toHaveLength(2);
});

test("a file that takes long is shown as being read, and has its text later", async () => {
  const { files, buffers, shown, open, answer } = opener();
  open("a.sql");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown).toEqual(["a.sql"]);
  expect(files.unopened.get().get("a.sql")).toBe("loading");
  await answer("a.sql");
  expect(buffers.get("a.sql")).not.toBeNull();
  expect(files.unopened.get().has("a.sql")).toBe(false);
  expect(shown).toEqual(["a.sql"]);
});

test("a file that cannot be read is shown with the reason", async () => {
  const { files, shown, open, answer } = opener();
  open("a.sql");
  await answer("a.sql", new Error("The disk is gone."));
  expect(shown).toEqual(["a.sql"]);
  expect(files.unopened.get().get("a.sql")).toMatchObject({ message: expect.any(String) });
  open("image.png");
  await answer("image.png", { ...content("image.png"), text: null, reason: "binary" });
  expect(shown).toEqual(["a.sql", "image.png"]);
  expect(files.unopened.get().get("image.png")).toBe("binary");
});

test("who opens another file meanwhile gets both; what was only to be looked at is passed over", async () => {
  const { shown, open, answer } = opener();
  open("a.sql");
  open("b.sql");
  expect(shown).toEqual(["a.sql"]);
  open("c.sql", true);
  expect(shown).toEqual(["a.sql", "b.sql"]);
  open("d.sql", true);
  await answer("c.sql");
  await answer("d.sql");
  expect(shown).toEqual(["a.sql", "b.sql", "d.sql"]);
});

test("a double click reads once and shows the kept tab", async () => {
  const { files, asked, open, answer, shown } = opener();
  open("a.sql", true);
  open("a.sql", true);
  open("a.sql");
  expect(asked).toEqual(["a.sql"]);
  await answer("a.sql");
  expect(shown).toEqual(["a.sql"]);
  open("b.sql");
  files.stop();
  await answer("b.sql");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(shown).toEqual(["a.sql"]);
});

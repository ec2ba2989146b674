import { expect, test, vi } from "vitest";
import type { SearchEvent, SearchFile, SearchMatch } from "@/server/contract";
import { rowsOf } from "./rows";
import { SearchStore, type SearchTarget } from "./search-store";

const match = (start: number, replacement: string | null = null): SearchMatch => ({
  ...{ start, end: start + 2, line: 1, column: start + 1, endLine: 1, endColumn: start + 3 },
  ...{ before: "", text: "id", after: "", replacement },
});
const file = (path: string, starts: number[], version: string | null = `v ${path}`): SearchFile => ({
  ...{ path, version },
  matches: starts.map((start) => match(start, "key")),
});
const done: SearchEvent = { type: "done", searched: 9, tooLarge: 0, limited: false, milliseconds: 5 };

function searching(events: SearchEvent[], part: Partial<SearchTarget> = {}) {
  const told: { message: string; description?: string | undefined; undo?: (() => void) | undefined }[] = [];
  const target: SearchTarget = {
    async find() {
      return (async function* () {
        yield* events;
      })();
    },
    unsaved: () => [],
    apply: async (files) => ({ changed: files.map(({ path }) => path), refused: [], undo: [] }),
    tell: (message, detail) => told.push({ message, description: detail?.description, undo: detail?.undo }),
    ...part,
  };
  return { search: new SearchStore(target), told };
}

test("what is found is listed by path while it arrives", async () => {
  const { search } = searching([
    { type: "found", files: [file("models/b.sql", [1])] },
    { type: "found", files: [file("a.sql", [3, 9])] },
    done,
  ]);
  search.change({ text: "id" }, 0);
  await search.run();
  const { files, status, closed } = search.store.get();
  expect({ status, rows: rowsOf(files, closed).length }).toEqual({ status: "done", rows: 5 });
  expect(files.map(({ path }) => path)).toEqual(["a.sql", "models/b.sql"]);
  search.toggle("a.sql");
  expect(rowsOf(files, search.store.get().closed)).toHaveLength(3);
});

test("what was taken out of the list is not replaced; unsaved texts are named by what was searched", async () => {
  const apply = vi.fn<SearchTarget["apply"]>(async (files) => ({
    ...{ changed: files.map(({ path }) => path), refused: [] },
    undo: [{ path: "a.sql", version: "v2", text: null, edits: [] }],
  }));
  const found = [file("a.sql", [3, 9]), file("new.sql", [0], null), file("z.sql", [1])];
  const unsaved = [{ path: "new.sql", text: "id" }];
  const { search, told } = searching([{ type: "found", files: found }, done], { apply, unsaved: () => unsaved });
  search.change({ text: "id", replacement: "key" }, 0);
  await search.run();
  search.dismiss("a.sql", match(3));
  search.dismiss("z.sql", null);
  await search.replace();
  expect(apply.mock.calls[0]?.[0]).toEqual([
    { path: "a.sql", version: "v a.sql", text: null, edits: [{ start: 9, end: 11, text: "key" }] },
    { path: "new.sql", version: null, text: "id", edits: [{ start: 0, end: 2, text: "key" }] },
  ]);
  expect(told[0]?.message).toBe("Replaced 2 matches in 2 files.");
  told[0]?.undo?.();
  await vi.waitFor(() => expect(apply).toHaveBeenCalledTimes(2));
  expect(apply.mock.calls[1]?.[0]).toEqual([{ path: "a.sql", version: "v2", text: null, edits: [] }]);
  await vi.waitFor(() => expect(search.store.get()).toMatchObject({ busy: false, undos: [] }));

  // The message goes after a while; the way back stays.
  await search.replace();
  expect(search.store.get().undos).toHaveLength(1);
  await search.undo();
  expect(apply.mock.calls[3]?.[0]).toEqual([{ path: "a.sql", version: "v2", text: null, edits: [] }]);
  expect(search.store.get().undos).toEqual([]);
});

test("a search that a newer one ended says nothing, and one that fails says why", async () => {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let first = true;
  const error = { ...{ code: "LIMIT_REACHED" as const, message: "too slow", hint: null }, location: null, details: {} };
  const { search } = searching([], {
    async find() {
      const late = first;
      first = false;
      return (async function* (): AsyncGenerator<SearchEvent> {
        if (late) await held;
        yield late
          ? { type: "found", files: [file("late.sql", [0])] }
          : { type: "failed", error: { ...error, reference: null } };
      })();
    },
  });
  search.change({ text: "id" }, 0);
  const one = search.run();
  await search.run();
  release();
  await one;
  expect(search.store.get()).toMatchObject({ status: "failed", files: [], error: { message: "too slow" } });
});

test("only what was replaced is counted, and what has changed meanwhile is named", async () => {
  const found = [file("a.sql", [3, 9]), file("b.sql", [1]), file("c.sql", [1])];
  const refuse = (paths: string[]): SearchTarget["apply"] => {
    return async (files) => ({
      changed: files.flatMap(({ path }) => (paths.includes(path) ? [] : path)),
      refused: paths.map((path) => ({ path, message: `${path} has changed meanwhile.` })),
      undo: [],
    });
  };
  const told = async (paths: string[]) => {
    const { search, told } = searching([{ type: "found", files: found }, done], { apply: refuse(paths) });
    search.change({ text: "id", replacement: "key" }, 0);
    await search.run();
    await search.replace();
    return [told[0]?.message, told[0]?.description];
  };
  expect(await told(["a.sql"])).toEqual([
    "Replaced 2 matches in 2 files.",
    "a.sql has changed meanwhile. It was left as it is.",
  ]);
  expect(await told(["a.sql", "b.sql", "c.sql"])).toEqual([
    "Nothing was replaced.",
    "Changed meanwhile, and left as they are: a.sql, b.sql, c.sql.",
  ]);
});

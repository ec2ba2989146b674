import { expect, test } from "vitest";
import { applyTextEdits, type EditedFiles } from "@/server/contract";
import { BufferStore, isDirty } from "./buffers";
import { ProjectEdits } from "./project-edits";

/** A disk with versions, behind the same promises as the file service. */
function world(disk: Record<string, string>) {
  const buffers = new BufferStore();
  const versionOf = (text: string) => `version of ${text}`;
  const open = (path: string, text = disk[path] ?? "") =>
    buffers.open({ path, text, version: versionOf(text), size: text.length, reason: null });
  const edits = new ProjectEdits({
    buffers,
    async editFiles(files) {
      const result: EditedFiles = { edited: [], refused: [] };
      for (const { path, version, edits: wanted } of files) {
        const text = disk[path] ?? "";
        const done = version === versionOf(text) ? applyTextEdits(text, wanted) : null;
        if (done === null) {
          result.refused.push({ path, message: "changed" });
        } else {
          disk[path] = done.text;
          result.edited.push({ path, version: versionOf(done.text), undo: done.undo });
        }
      }
      return result;
    },
    async save(path) {
      const text = buffers.get(path)?.text ?? "";
      disk[path] = text;
      buffers.saved(path, text, versionOf(text));
      return true;
    },
  });
  return { buffers, edits, open, disk, versionOf };
}
const upper = [{ start: 0, end: 1, text: "AA" }];

test("open files change in the editor, closed ones on disk, and one undo leads back", async () => {
  const { buffers, edits, open, disk, versionOf } = world({ "clean.sql": "a1", "dirty.sql": "a2", "closed.sql": "a3" });
  open("clean.sql");
  open("dirty.sql");
  buffers.edit("dirty.sql", "a2 typed");
  const outcome = await edits.apply([
    { path: "clean.sql", version: versionOf("a1"), text: null, edits: upper },
    { path: "dirty.sql", version: null, text: "a2 typed", edits: upper },
    { path: "closed.sql", version: versionOf("a3"), text: null, edits: upper },
  ]);
  expect(outcome).toMatchObject({ changed: ["clean.sql", "dirty.sql", "closed.sql"], refused: [] });
  expect(disk).toEqual({ "clean.sql": "AA1", "dirty.sql": "a2", "closed.sql": "AA3" });
  expect(buffers.dirty().map(({ path, text }) => `${path} ${text}`)).toEqual(["dirty.sql AA2 typed"]);

  buffers.close("clean.sql");
  open("closed.sql", "AA3");
  expect(await edits.apply(outcome.undo)).toMatchObject({ refused: [] });
  expect(disk).toEqual({ "clean.sql": "a1", "dirty.sql": "a2", "closed.sql": "a3" });
  expect(buffers.get("dirty.sql")?.text).toBe("a2 typed");
  const closed = buffers.get("closed.sql");
  expect(closed && isDirty(closed)).toBe(false);
});

test("when the server cannot be asked, nothing is changed in the editor either", async () => {
  const buffers = new BufferStore();
  buffers.open({ path: "open.sql", text: "a1", version: "v", size: 2, reason: null });
  const edits = new ProjectEdits({
    buffers,
    editFiles: () => Promise.reject(new Error("away")),
    save: () => Promise.resolve(true),
  });
  const files = ["open.sql", "closed.sql"].map((path) => ({ path, version: "v", text: null, edits: upper }));
  await expect(edits.apply(files)).rejects.toThrow("away");
  expect(buffers.get("open.sql")?.text).toBe("a1");
});

test("a file that is not what the edits were made for is left alone and named", async () => {
  const { buffers, edits, open, disk, versionOf } = world({ "typed.sql": "a1", "moved.sql": "a2", "gone.sql": "a3" });
  open("typed.sql");
  buffers.edit("typed.sql", "a1 typed since");
  const outcome = await edits.apply([
    { path: "typed.sql", version: versionOf("a1"), text: null, edits: upper },
    { path: "moved.sql", version: "another", text: null, edits: upper },
    { path: "gone.sql", version: null, text: "was unsaved", edits: upper },
  ]);
  expect(outcome.changed).toEqual([]);
  expect(outcome.refused.map(({ path }) => path)).toEqual(["typed.sql", "moved.sql", "gone.sql"]);
  expect(disk).toEqual({ "typed.sql": "a1", "moved.sql": "a2", "gone.sql": "a3" });
});

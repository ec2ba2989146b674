import { expect, test } from "vitest";
import { BufferStore, isDirty } from "./buffers";

function open(text = "select 1", version = "v1") {
  const buffers = new BufferStore();
  const replaced: [string, string][] = [];
  buffers.onReplaced((path, content) => replaced.push([path, content]));
  buffers.open({ path: "models/a.sql", text, version, size: text.length, reason: null });
  return { buffers, replaced, get: () => buffers.get("models/a.sql") };
}

test("a buffer is dirty while its text differs from the saved text, and clean again when it is typed back", () => {
  const { buffers, get } = open();
  buffers.edit("models/a.sql", "select 2");
  expect(get()).toMatchObject({ text: "select 2", savedText: "select 1", baseVersion: "v1" });
  expect(buffers.dirty().map((buffer) => buffer.path)).toEqual(["models/a.sql"]);
  buffers.edit("models/a.sql", "select 1");
  expect(buffers.dirty()).toEqual([]);
});

test("what is typed while a save is under way stays unsaved", () => {
  const { buffers, get } = open();
  buffers.edit("models/a.sql", "select 2");
  buffers.saving("models/a.sql", true);
  buffers.edit("models/a.sql", "select 23");
  buffers.saved("models/a.sql", "select 2", "v2");
  expect(get()).toMatchObject({ text: "select 23", savedText: "select 2", baseVersion: "v2", saving: false });
  expect(buffers.dirty()).toHaveLength(1);
});

test("a clean buffer follows the disk and tells the text editor; a dirty one keeps its text and asks", () => {
  const { buffers, replaced, get } = open();
  buffers.diskChanged("models/a.sql", { version: "v2", text: "select 2" });
  expect(get()).toMatchObject({ text: "select 2", baseVersion: "v2", changedUnderneath: null });
  expect(replaced).toEqual([["models/a.sql", "select 2"]]);

  buffers.edit("models/a.sql", "select mine");
  buffers.diskChanged("models/a.sql", { version: "v3", text: "select theirs" });
  expect(get()).toMatchObject({
    text: "select mine",
    baseVersion: "v2",
    changedUnderneath: { version: "v3", text: "select theirs" },
  });
  expect(replaced).toHaveLength(1);
});

test("the same text on disk settles a dirty buffer without a question", () => {
  const { buffers, get } = open();
  buffers.edit("models/a.sql", "select 2");
  buffers.diskChanged("models/a.sql", { version: "v2", text: "select 2" });
  expect(get()).toMatchObject({ savedText: "select 2", baseVersion: "v2", changedUnderneath: null });
  expect(buffers.dirty()).toEqual([]);
});

test("keep mine saves over the new version; take theirs replaces the text", () => {
  const mine = open();
  mine.buffers.edit("models/a.sql", "mine");
  mine.buffers.diskChanged("models/a.sql", { version: "v2", text: "theirs" });
  mine.buffers.keepMine("models/a.sql");
  expect(mine.get()).toMatchObject({ text: "mine", baseVersion: "v2", savedText: "theirs", changedUnderneath: null });

  const theirs = open();
  theirs.buffers.edit("models/a.sql", "mine");
  theirs.buffers.diskChanged("models/a.sql", { version: "v2", text: "theirs" });
  theirs.buffers.takeTheirs("models/a.sql");
  expect(theirs.get()).toMatchObject({ text: "theirs", baseVersion: "v2", changedUnderneath: null });
  expect(theirs.replaced).toEqual([["models/a.sql", "theirs"]]);
  expect(theirs.buffers.dirty()).toEqual([]);
});

test("a restored draft is dirty; when the file changed meanwhile it asks instead of overwriting", () => {
  const buffers = new BufferStore();
  const disk = { path: "a.sql", text: "select 1", version: "v1", size: 8, reason: null };
  buffers.restore("a.sql", { text: "draft", baseVersion: "v1" }, disk);
  expect(buffers.get("a.sql")).toMatchObject({
    text: "draft",
    savedText: "select 1",
    baseVersion: "v1",
    changedUnderneath: null,
  });

  buffers.restore("a.sql", { text: "draft", baseVersion: "v0" }, disk);
  expect(buffers.get("a.sql")).toMatchObject({
    text: "draft",
    baseVersion: "v0",
    changedUnderneath: { version: "v1", text: "select 1" },
  });

  buffers.restore("b.sql", { text: "draft", baseVersion: "v0" }, null);
  expect(buffers.get("b.sql")).toMatchObject({ text: "draft", changedUnderneath: { version: null, text: null } });
  expect(buffers.dirty().map((buffer) => buffer.path)).toEqual(["a.sql", "b.sql"]);
});

test("a renamed folder takes its buffers along with their unsaved text", () => {
  const { buffers } = open();
  buffers.edit("models/a.sql", "select 2");
  expect(buffers.rename("models", "marts")).toEqual([{ from: "models/a.sql", to: "marts/a.sql" }]);
  const moved = buffers.get("marts/a.sql");
  expect(moved?.text).toBe("select 2");
  expect(moved && isDirty(moved)).toBe(true);
  expect(buffers.get("models/a.sql")).toBeNull();
});

import { expect, test } from "vitest";
import { commandForKey, commands, formatKeys } from "./key-map";
import { rank } from "./rank";

const press = (key: string, code: string, modifiers = "") => ({
  key,
  code,
  ctrlKey: modifiers.includes("c"),
  metaKey: modifiers.includes("m"),
  altKey: modifiers.includes("a"),
  shiftKey: modifiers.includes("s"),
});

test("no two commands share a key", () => {
  const keys = commands.flatMap((command) => [...command.keys] as string[]);
  expect(new Set(keys).size).toBe(keys.length);
});

test.each([
  ["preview", press("Enter", "Enter", "c")],
  ["showCompiled", press("Enter", "Enter", "cs")],
  ["palette", press("P", "KeyP", "cs")],
  ["palette", press("F1", "F1")],
  ["goToFile", press("p", "KeyP", "c")],
  ["split", press("\\", "Backslash", "c")],
  ["blockComment", press("A", "KeyA", "sa")],
] as const)("%s on its key", (command, event) => {
  expect(commandForKey(event, false)).toBe(command);
});

test("on a Mac, ⌘ is Mod, Ctrl is not, and ⌥ letters count by their key", () => {
  expect(commandForKey(press("s", "KeyS", "m"), true)).toBe("save");
  expect(commandForKey(press("s", "KeyS", "c"), true)).toBeNull();
  expect(commandForKey(press("Å", "KeyA", "sa"), true)).toBe("blockComment");
  expect(formatKeys("Mod-Shift-P", true)).toBe("⌘⇧P");
  expect(formatKeys("Mod-Shift-P", false)).toBe("Ctrl-Shift-P");
});

test("back and forward: Alt and arrows, but on a Mac those move by words", () => {
  expect(commandForKey(press("ArrowLeft", "ArrowLeft", "a"), false)).toBe("goBack");
  expect(commandForKey(press("ArrowLeft", "ArrowLeft", "a"), true)).toBeNull();
  expect(commandForKey(press("-", "Minus", "c"), true)).toBe("goBack");
  expect(commandForKey(press("_", "Minus", "cs"), true)).toBe("goForward");
});

test("typing is no command", () => {
  expect(commandForKey(press("a", "KeyA"), false)).toBeNull();
  expect(commandForKey(press("Enter", "Enter"), false)).toBeNull();
});

test("finding ranks the name before the folder, the start before the middle, and loose matches last", () => {
  const files = ["models/orders/base.sql", "models/stg_orders.sql", "models/orders.sql", "models/other_folders.sql"];
  expect(rank(files, "orders", (path) => path, 10)).toEqual([
    "models/orders.sql",
    "models/stg_orders.sql",
    "models/orders/base.sql",
    "models/other_folders.sql",
  ]);
  expect(rank(files, "stgord", (path) => path, 10)).toEqual(["models/stg_orders.sql"]);
});

/**
 * Every command with its keys: the one table that the keyboard, the menus, the palette and the help read.
 * `Mod` is ⌘ on macOS and Ctrl elsewhere. The first key is the one that is shown; browsers keep some for themselves (Ctrl-T,
 * Ctrl-W), so those commands have a second one.
 */
export const commands = [
  { id: "preview", title: "Preview selection or file", group: "Run", keys: ["Mod-Enter"] },
  { id: "showCompiled", title: "Show compiled SQL", group: "Run", keys: ["Mod-Shift-Enter"] },
  { id: "previewCte", title: "Preview the CTE at the cursor", group: "Run", keys: [] },
  { id: "rowCount", title: "Row count of selection or file", group: "Run", keys: [] },
  { id: "profileColumn", title: "Profile the chosen column of the result", group: "Run", keys: [] },
  { id: "distinctValues", title: "Distinct values of the chosen column of the result", group: "Run", keys: [] },
  { id: "runTest", title: "Run the test at the cursor, or the tests of the model", group: "Run", keys: [] },
  { id: "failingRows", title: "Show failing rows of the test at the cursor", group: "Run", keys: [] },
  { id: "previewBuilt", title: "Preview the built table of the file", group: "Run", keys: [] },
  { id: "deferOff", title: "Defer: off", group: "Run", keys: [] },
  { id: "deferProduction", title: "Defer: production, for what is not built", group: "Run", keys: [] },
  { id: "deferFavorState", title: "Defer: favor state, production for everything else", group: "Run", keys: [] },
  { id: "cancelPreview", title: "Cancel the running preview", group: "Run", keys: [] },
  { id: "save", title: "Save", group: "File", keys: ["Mod-S"] },
  { id: "saveAll", title: "Save all", group: "File", keys: ["Mod-Alt-S"] },
  { id: "newFile", title: "New file…", group: "File", keys: [] },
  { id: "goToFile", title: "Go to file", group: "Go", keys: ["Mod-P"] },
  { id: "palette", title: "Command palette", group: "Go", keys: ["Mod-Shift-P", "F1"] },
  { id: "goToSymbol", title: "Go to model, source, macro or column", group: "Go", keys: ["Mod-Shift-O", "Mod-T"] },
  { id: "goToDefinition", title: "Go to definition", group: "Go", keys: ["F12"] },
  { id: "peekDefinition", title: "Peek definition", group: "Go", keys: ["Alt-F12"] },
  { id: "findReferences", title: "Find references", group: "Go", keys: ["Shift-F12"] },
  { id: "goBack", title: "Go back", group: "Go", keys: ["Alt-ArrowLeft", "Ctrl-Minus"] },
  { id: "goForward", title: "Go forward", group: "Go", keys: ["Alt-ArrowRight", "Ctrl-Shift-Minus"] },
  { id: "jumpToTag", title: "Go to matching bracket or Jinja tag", group: "Go", keys: ["Mod-Shift-\\"] },
  { id: "nextProblem", title: "Go to next problem", group: "Go", keys: ["F8"] },
  { id: "find", title: "Find in file", group: "Edit", keys: ["Mod-F"] },
  { id: "replace", title: "Replace in file", group: "Edit", keys: [] },
  { id: "blockComment", title: "Toggle block comment", group: "Edit", keys: ["Shift-Alt-A"] },
  { id: "format", title: "Format file or selection", group: "Edit", keys: ["Shift-Alt-F"] },
  { id: "quickFix", title: "Quick fix", group: "Edit", keys: ["Mod-."] },
  { id: "lineComment", title: "Toggle line comment", group: "Edit", keys: ["Mod-/"] },
  { id: "rename", title: "Rename model, source, macro, column or CTE…", group: "Refactor", keys: ["F2"] },
  { id: "extractCte", title: "Extract selection to a CTE…", group: "Refactor", keys: [] },
  { id: "extractModel", title: "Extract selection to a model…", group: "Refactor", keys: [] },
  { id: "useRefs", title: "Replace table names by ref and source…", group: "Refactor", keys: [] },
  { id: "inlineModel", title: "Inline ephemeral model…", group: "Refactor", keys: [] },
  { id: "stagingModel", title: "Create staging model from source…", group: "Refactor", keys: [] },
  { id: "sqlToModel", title: "Turn SQL into a model…", group: "Refactor", keys: [] },
  { id: "undoRefactoring", title: "Undo the last refactoring", group: "Refactor", keys: [] },
  { id: "closeTab", title: "Close tab", group: "Tabs", keys: ["Alt-W"] },
  { id: "closeOtherTabs", title: "Close other tabs", group: "Tabs", keys: [] },
  { id: "reopenTab", title: "Reopen closed tab", group: "Tabs", keys: ["Alt-Shift-W"] },
  { id: "nextTab", title: "Next tab", group: "Tabs", keys: ["Alt-PageDown"] },
  { id: "previousTab", title: "Previous tab", group: "Tabs", keys: ["Alt-PageUp"] },
  { id: "split", title: "Split editor", group: "View", keys: ["Mod-\\"] },
  { id: "toggleSideBar", title: "Toggle side bar", group: "View", keys: ["Mod-B"] },
  { id: "toggleBottomPanel", title: "Toggle bottom panel", group: "View", keys: ["Mod-J"] },
  { id: "toggleSidePane", title: "Toggle compiled pane", group: "View", keys: ["Mod-Alt-B"] },
  { id: "editDocumentation", title: "Edit documentation and tests", group: "View", keys: ["Mod-Alt-D"] },
  { id: "showCoverage", title: "Documentation coverage", group: "View", keys: [] },
  { id: "showOutline", title: "Show outline of the file", group: "View", keys: ["Mod-Alt-O"] },
  { id: "showFiles", title: "Show files", group: "View", keys: ["Mod-Shift-E"] },
  { id: "showSearch", title: "Search in project", group: "Edit", keys: ["Mod-Shift-F"] },
  { id: "replaceInProject", title: "Replace in project", group: "Edit", keys: ["Mod-Shift-H"] },
  { id: "showDataExplorer", title: "Show data explorer", group: "View", keys: ["Mod-Shift-D"] },
  { id: "showVersionControl", title: "Show version control", group: "View", keys: ["Mod-Shift-G"] },
  { id: "showProblems", title: "Show problems", group: "View", keys: ["Mod-Shift-M"] },
  { id: "showLineage", title: "Show lineage", group: "View", keys: ["Mod-Alt-L"] },
  { id: "toggleWordWrap", title: "Toggle word wrap", group: "View", keys: ["Alt-Z"] },
  { id: "toggleTheme", title: "Switch between dark and light", group: "View", keys: [] },
  { id: "preferences", title: "Preferences…", group: "Help", keys: ["Mod-,"] },
  { id: "keyboardHelp", title: "Keyboard shortcuts", group: "Help", keys: ["Mod-Alt-K"] },
  { id: "restartSession", title: "Restart dbt session", group: "Run", keys: [] },
  { id: "recentFiles", title: "Recently closed and open files", group: "Go", keys: ["Mod-E"] },
  { id: "toggleBookmark", title: "Set or remove bookmark", group: "Go", keys: ["Mod-F2"] },
  { id: "nextBookmark", title: "Go to next bookmark", group: "Go", keys: ["Shift-F2"] },
  { id: "previousBookmark", title: "Go to previous bookmark", group: "Go", keys: ["Mod-Shift-F2"] },
  { id: "showBookmarks", title: "Show bookmarks", group: "Go", keys: [] },
  { id: "newScratchpad", title: "New scratchpad", group: "File", keys: ["Mod-Alt-N"] },
  { id: "openScratchpad", title: "Open scratchpad…", group: "File", keys: [] },
  { id: "addCursorAbove", title: "Add cursor above", group: "Several cursors", keys: ["Mod-Alt-ArrowUp"] },
  { id: "addCursorBelow", title: "Add cursor below", group: "Several cursors", keys: ["Mod-Alt-ArrowDown"] },
  { id: "selectNextOccurrence", title: "Add next occurrence", group: "Several cursors", keys: ["Mod-D"] },
  { id: "selectAllOccurrences", title: "Select all occurrences", group: "Several cursors", keys: ["Mod-Shift-L"] },
  { id: "toggleFileView", title: "Switch between text, table and preview", group: "View", keys: ["Mod-Alt-V"] },
  { id: "compareFiles", title: "Compare the open file with…", group: "View", keys: [] },
  { id: "zenMode", title: "Zen mode: the editor alone", group: "View", keys: ["Mod-Alt-Z"] },
  { id: "toggleMinimap", title: "Toggle minimap", group: "View", keys: [] },
  { id: "toggleKeyMap", title: "Switch between VS Code and Vim keys", group: "View", keys: [] },
  { id: "showResults", title: "Show results", group: "View", keys: [] },
  { id: "showHistory", title: "Show history of previews", group: "View", keys: [] },
  { id: "pinResult", title: "Pin the result to compare with", group: "Run", keys: [] },
  { id: "onboarding", title: "First steps", group: "Help", keys: [] },
] as const satisfies readonly { id: string; title: string; group: string; keys: readonly string[] }[];

export type CommandId = (typeof commands)[number]["id"];
export type CommandHandlers = Record<CommandId, () => void>;

/** Commands that the text editor handles itself when it has the focus; the window leaves their keys alone. */
export const editorCommands: ReadonlySet<CommandId> = new Set<CommandId>([
  "goToDefinition",
  "peekDefinition",
  "findReferences",
  "jumpToTag",
  "nextProblem",
  "find",
  "replace",
  "blockComment",
  "lineComment",
  "quickFix",
  "addCursorAbove",
  "addCursorBelow",
  "selectNextOccurrence",
  "selectAllOccurrences",
]);

/** True on Apple keyboards, where Mod is ⌘. */
export function isApple(): boolean {
  return typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);
}

interface PressedKey {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** A key press in the notation of the table, e.g. `Mod-Shift-P`. */
export function describeKey(event: PressedKey, apple: boolean): string {
  const parts: string[] = [];
  if (apple ? event.metaKey : event.ctrlKey) {
    parts.push("Mod");
  }
  if (apple && event.ctrlKey) {
    parts.push("Ctrl");
  }
  if (event.shiftKey) {
    parts.push("Shift");
  }
  if (event.altKey) {
    parts.push("Alt");
  }
  // With Alt or Shift the character depends on the layout (⌥B is ∫ on a Mac), so letters and symbols come from the physical key.
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1];
  const symbol = (
    { Backslash: "\\", Backquote: "`", Comma: ",", Slash: "/", Minus: "Minus" } as Record<string, string>
  )[event.code];
  const typed = event.key === "-" ? "Minus" : event.key.toUpperCase();
  const plain = event.key.length === 1 && !event.altKey ? typed : null;
  parts.push((event.altKey || event.shiftKey ? (letter ?? symbol) : (plain ?? letter ?? symbol)) ?? plain ?? event.key);
  return parts.join("-");
}

function canonical(keys: string): string {
  const parts = keys.split("-");
  const key = parts.pop() ?? "";
  return [...["Mod", "Ctrl", "Shift", "Alt"].filter((modifier) => parts.includes(modifier)), key].join("-");
}

const byKeys: ReadonlyMap<string, CommandId> = new Map(
  commands.flatMap((command) => command.keys.map((keys): [string, CommandId] => [canonical(keys), command.id])),
);

/** On a Mac these keys move the cursor by words. */
function isWordMove(keys: string, apple: boolean): boolean {
  return apple && keys.startsWith("Alt-Arrow");
}

/** The command that a key press means, or null. */
export function commandForKey(event: PressedKey, apple: boolean): CommandId | null {
  const keys = describeKey(event, apple);
  return isWordMove(keys, apple) ? null : (byKeys.get(keys) ?? null);
}

const arrows: Record<string, string> = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

/** Keys as people read them: `⌘⇧P` on a Mac, `Ctrl-Shift-P` elsewhere. */
export function formatKeys(keys: string, apple: boolean): string {
  const parts = keys.split("-");
  if (!apple) {
    return parts.map((part) => (part === "Mod" ? "Ctrl" : (arrows[part] ?? part))).join("-");
  }
  const signs: Record<string, string> = { Mod: "⌘", Shift: "⇧", Alt: "⌥", Ctrl: "⌃", Enter: "⏎", ...arrows };
  return parts.map((part) => signs[part] ?? part).join("");
}

/** The shown keys of a command, or undefined when it has none. */
export function keysOf(id: CommandId): string | undefined {
  const known: readonly string[] = commands.find((command) => command.id === id)?.keys ?? [];
  const keys = known.find((candidate) => !isWordMove(candidate, isApple()));
  return keys === undefined ? undefined : formatKeys(keys, isApple());
}

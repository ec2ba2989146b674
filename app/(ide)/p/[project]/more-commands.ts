import type { EditorController } from "@/components/editor";
import type { ResultStore } from "@/components/results";
import type { PaletteEntry } from "@/components/shell";

/** What can be done with the shown result, as entries of the palette; `show` shows the results first. */
export function resultCommands(results: ResultStore, show: () => void): PaletteEntry[] {
  const { view, wish } = results.chosen;
  const entries: [id: string, title: string, act: () => void][] = [
    ["table", "show as a table", () => view.set("table")],
    ["chart", "show as a chart", () => view.set("chart")],
    ["pivot", "show as a pivot table", () => view.set("pivot")],
    ["compare", "compare with the pinned result", () => view.set("compare")],
    ["built", "compare with the built table", () => wish.set("compareBuilt")],
    ["unpin", "unpin", () => results.unpin()],
    ["csv", "export as CSV", () => wish.set("csv")],
    ["json", "export as JSON", () => wish.set("json")],
    ["parquet", "export as Parquet", () => wish.set("parquet")],
  ];
  return entries.map(([id, title, act]) => ({
    id: `results ${id}`,
    title: `Results: ${title}`,
    onSelect: () => {
      show();
      act();
    },
  }));
}

/** The text editor's own actions that are commands of the key map already, or of no use here. */
const left = new Set([
  ...["revealDefinition", "peekDefinition", "goToReferences", "marker.nextInFiles", "startFindReplaceAction"],
  ...["blockComment", "commentLine", "quickFix", "rename", "formatDocument", "formatSelection", "selectHighlights"],
  ...["insertCursorAbove", "insertCursorBelow", "addSelectionToNextFindMatch", "quickCommand", "quickOutline"],
  ...["inspectTokens", "toggleHighContrast", "clipboardPasteAction"],
]);

/** What else the text editor can do with the open file: folding, sorting of lines, upper and lower case and the like. */
export function editorCommands(controller: EditorController): PaletteEntry[] {
  const { port } = controller;
  return (port?.actions() ?? [])
    .filter(({ id }) => !/^(millrace|actions)\./.test(id) && !left.has(id.replace("editor.action.", "")))
    .map(({ id, label }) => ({ id: `editor ${id}`, title: `Editor: ${label}`, onSelect: () => port?.run(id) }));
}

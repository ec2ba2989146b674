import type { editor } from "monaco-editor/editor";
import { useEffect } from "react";
import { useStore } from "@/components/shell";
import type { EditorController } from "../model/controller";

/** Shows a file's bookmarks beside its lines, and keeps them on their lines while the text changes. */
export function useBookmarks(
  controller: EditorController,
  shown: { instance: editor.IStandaloneCodeEditor | null; model: editor.ITextModel | null; path: string },
): void {
  const { instance, model, path } = shown;
  const { bookmarks } = controller;
  const all = useStore(bookmarks.store);
  useEffect(() => {
    if (!instance || !model || model.isDisposed()) {
      return;
    }
    const lines = all.filter((mark) => mark.path === path && mark.line <= model.getLineCount());
    const collection = instance.createDecorationsCollection(
      lines.map(({ line }) => ({
        range: { startLineNumber: line, startColumn: 1, endLineNumber: line, endColumn: 1 },
        options: {
          linesDecorationsClassName: "bookmarked-line",
          linesDecorationsTooltip: "Bookmark",
          overviewRuler: { color: "#3d8fd1", position: 1 },
          // The mark stays with the line that it was put on, whatever is typed at its start.
          stickiness: 1,
        },
      })),
    );
    const listener = model.onDidChangeContent(() => {
      const places = collection.getRanges().map(({ startLineNumber: line }) => ({
        line,
        text: model.getLineContent(line).trim().slice(0, 200),
      }));
      bookmarks.place(path, places);
    });
    return () => {
      listener.dispose();
      if (!model.isDisposed()) {
        collection.clear();
      }
    };
  }, [instance, model, path, all, bookmarks]);
}

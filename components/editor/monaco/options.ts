import type { editor } from "monaco-editor/editor";

/** Options that are not a matter of taste. */
export const fixedOptions: editor.IStandaloneEditorConstructionOptions = {
  automaticLayout: true,
  scrollBeyondLastLine: false,
  renderLineHighlight: "all",
  smoothScrolling: false,
  padding: { top: 8, bottom: 8 },
  stickyScroll: { enabled: true, maxLineCount: 3 },
  bracketPairColorization: { enabled: true },
  guides: { indentation: true, bracketPairs: false },
  quickSuggestions: { other: true, comments: false, strings: true },
  // Enter after a name that is written to its end begins a new line.
  acceptSuggestionOnEnter: "smart",
  suggest: { showWords: false, preview: false, showStatusBar: false },
  wordBasedSuggestions: "off",
  fixedOverflowWidgets: true,
  overviewRulerBorder: false,
  hideCursorInOverviewRuler: true,
  unicodeHighlight: { ambiguousCharacters: false },
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10 },
  accessibilitySupport: "auto",
};

/** For the element around a text editor: it has Monaco's colours. Menus stand there, in a shadow root beside the editor itself. */
export const aroundEditor = "monaco-component";

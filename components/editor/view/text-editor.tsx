"use client";
import type { editor } from "monaco-editor/editor";
import { useEffect, useRef } from "react";
import { preferences, useAppearance, useStore } from "@/components/shell";
import type { EditorController, Place } from "../model/controller";
import { tabKey } from "../model/tabs";
import type { ModelRegistry } from "../monaco/models";
import { preparedMonaco } from "../monaco/setup";
import { themeNames } from "../monaco/themes";

/** Settings that every text editor of the page shares, as the person prefers them. */
export function useEditorOptions(): editor.IEditorOptions & editor.IGlobalEditorOptions {
  const { fontSize, tabSize, wordWrap, minimap } = useStore(preferences());
  return {
    fontSize,
    lineHeight: Math.round(fontSize * 1.55),
    tabSize,
    wordWrap: wordWrap ? "on" : "off",
    minimap: { enabled: minimap },
  };
}

/** Options that are not a matter of taste. */
export const fixedOptions: editor.IStandaloneEditorConstructionOptions = {
  automaticLayout: true,
  fontFamily: "var(--mono)",
  scrollBeyondLastLine: false,
  renderLineHighlight: "all",
  smoothScrolling: false,
  padding: { top: 8, bottom: 8 },
  stickyScroll: { enabled: true, maxLineCount: 3 },
  bracketPairColorization: { enabled: true },
  guides: { indentation: true, bracketPairs: false },
  quickSuggestions: { other: true, comments: false, strings: true },
  suggest: { showWords: false, preview: false, showStatusBar: false },
  wordBasedSuggestions: "off",
  fixedOverflowWidgets: true,
  overviewRulerBorder: false,
  unicodeHighlight: { ambiguousCharacters: false },
  scrollbar: { verticalScrollbarSize: 10, horizontalScrollbarSize: 10 },
  accessibilitySupport: "auto",
};

/** Keeps Monaco's one theme in step with the page's. */
export function useMonacoTheme(): void {
  const { dark } = useAppearance();
  useEffect(() => {
    preparedMonaco().editor.setTheme(dark ? themeNames.dark : themeNames.light);
  }, [dark]);
}

export interface TextEditorProps {
  controller: EditorController;
  registry: ModelRegistry;
  groupId: number;
  path: string;
  active: boolean;
  readOnly: boolean;
  onFocus: () => void;
}

/** Monaco over the buffer of `path`. One instance per group lives on while tabs change; only its model changes. */
export function TextEditor({ controller, registry, groupId, path, active, readOnly, onFocus }: TextEditorProps) {
  const holder = useRef<HTMLDivElement>(null);
  const instance = useRef<editor.IStandaloneCodeEditor | null>(null);
  const shown = useRef<string | null>(null);
  const focused = useRef(onFocus);
  const options = useEditorOptions();
  useMonacoTheme();
  useEffect(() => {
    focused.current = onFocus;
  });

  useEffect(() => {
    if (!holder.current) {
      return;
    }
    const created = preparedMonaco().editor.create(holder.current, { ...fixedOptions, model: null });
    instance.current = created;
    const report = () => {
      const selection = created.getSelection();
      const model = created.getModel();
      if (selection && model && shown.current !== null) {
        controller.cursor.set({
          path: shown.current,
          line: selection.positionLineNumber,
          column: selection.positionColumn,
          selected: selection.isEmpty() ? 0 : model.getValueInRange(selection).length,
        });
      }
    };
    const keepView = () => {
      if (shown.current !== null) {
        controller.viewStates.set(
          `${groupId}|${tabKey({ kind: "file", path: shown.current })}`,
          created.saveViewState(),
        );
      }
    };
    created.onDidChangeCursorSelection(() => {
      report();
      keepView();
    });
    created.onDidScrollChange(keepView);
    created.onDidFocusEditorText(() => {
      focused.current();
      report();
    });
    return () => {
      keepView();
      controller.remember();
      created.dispose();
      instance.current = null;
      shown.current = null;
    };
  }, [controller, groupId]);

  useEffect(() => {
    const current = instance.current;
    const model = registry.of(path);
    if (!current || !model) {
      return;
    }
    shown.current = null;
    current.setModel(model);
    const view = controller.viewStates.get(`${groupId}|${tabKey({ kind: "file", path })}`);
    if (view) {
      current.restoreViewState(view as editor.ICodeEditorViewState);
    }
    shown.current = path;
    const place = active ? controller.takePlace(path) : null;
    if (place) {
      go(current, place);
    }
    if (active) {
      current.focus();
      const position = current.getPosition();
      controller.cursor.set({ path, line: position?.lineNumber ?? 1, column: position?.column ?? 1, selected: 0 });
    }
  }, [controller, registry, groupId, path, active]);

  useEffect(() => {
    instance.current?.updateOptions({ ...options, readOnly, ariaLabel: `Editor: ${path}` });
  });

  useEffect(() => {
    if (!active) {
      return;
    }
    controller.port = {
      focus: () => instance.current?.focus(),
      reveal(wanted, place) {
        if (instance.current && shown.current === wanted) {
          controller.takePlace(wanted);
          go(instance.current, place);
        }
      },
      selectedText() {
        const selection = instance.current?.getSelection();
        const model = instance.current?.getModel();
        return selection && model && !selection.isEmpty() ? model.getValueInRange(selection) : null;
      },
      run(action) {
        instance.current?.focus();
        void instance.current?.getAction(action)?.run();
      },
    };
  }, [controller, active]);

  return <div ref={holder} className="h-full w-full" />;
}

function go(target: editor.IStandaloneCodeEditor, place: Place): void {
  const position = { lineNumber: place.line, column: place.column ?? 1 };
  target.setPosition(position);
  target.revealPositionInCenterIfOutsideViewport(position);
  target.focus();
}

"use client";
import { Editor } from "@monaco-editor/react";
import type { editor } from "monaco-editor/editor";
import { useEffect, useMemo, useRef, useState } from "react";
import { preferences, useAfterPaint, useAppearance, useStore } from "@/components/shell";
import { isDirty } from "../model/buffers";
import type { EditorController } from "../model/controller";
import type { Place, TextEditorPort } from "../model/editor-port";
import { closeTabs, tabKey } from "../model/tabs";
import type { ModelRegistry } from "../monaco/models";
import { aroundEditor, fixedOptions } from "../monaco/options";
import { themeNames } from "../monaco/themes";
import { useBookmarks } from "./use-bookmarks";
import { useVim } from "./use-vim";

/** Settings that every text editor of the page shares, as the person prefers them. */
export function useEditorOptions(): editor.IEditorOptions & editor.IGlobalEditorOptions {
  const { fontFamily, fontSize, tabSize, wordWrap, minimap } = useStore(preferences());
  return {
    fontFamily: fontFamily === "" ? "var(--mono)" : `${JSON.stringify(fontFamily)}, var(--mono)`,
    fontSize,
    lineHeight: Math.round(fontSize * 1.55),
    tabSize,
    wordWrap: wordWrap ? "on" : "off",
    minimap: { enabled: minimap },
  };
}

/** Monaco's theme, in step with the page's. */
export function useMonacoTheme(): string {
  const { dark } = useAppearance();
  return dark ? themeNames.dark : themeNames.light;
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

/** Names an editor for screen readers. Monaco goes through every setting that it is given, so this one is given alone, and later. */
export function useEditorName(instance: editor.IStandaloneCodeEditor | null, name: string): void {
  const ariaLabel = useAfterPaint(name);
  useEffect(() => instance?.updateOptions({ ariaLabel }), [instance, ariaLabel]);
}

/**
 * Monaco over the buffer of `path`. One instance per group lives on while tabs change; only its model changes. Models belong to
 * the registry: the editor finds them by their address and leaves them when it goes.
 */
export function TextEditor({ controller, registry, groupId, path, active, readOnly, onFocus }: TextEditorProps) {
  const [instance, setInstance] = useState<editor.IStandaloneCodeEditor | null>(null);
  const shown = useRef<string | null>(null);
  const focused = useRef(onFocus);
  const preferred = useEditorOptions();
  const theme = useMonacoTheme();
  const model = registry.of(path);
  useEffect(() => {
    focused.current = onFocus;
  });

  useEffect(() => {
    if (!instance) {
      return;
    }
    const report = () => {
      const selection = instance.getSelection();
      const current = instance.getModel();
      if (selection && current && shown.current !== null) {
        controller.cursor.set({
          path: shown.current,
          line: selection.positionLineNumber,
          column: selection.positionColumn,
          selected: selection.isEmpty() ? 0 : current.getValueInRange(selection).length,
        });
      }
    };
    const keepView = () => {
      if (shown.current !== null) {
        controller.viewStates.set(
          `${groupId}|${tabKey({ kind: "file", path: shown.current })}`,
          instance.saveViewState(),
        );
      }
    };
    const listeners = [
      instance.onDidChangeCursorSelection(() => {
        report();
        keepView();
      }),
      instance.onDidScrollChange(keepView),
      instance.onDidFocusEditorText(() => {
        focused.current();
        report();
      }),
    ];
    return () => {
      keepView();
      controller.remember();
      shown.current = null;
      for (const listener of listeners) {
        listener.dispose();
      }
    };
  }, [instance, controller, groupId]);

  useEffect(() => {
    // Who clicks through files is at the next one before this one's text has been put in the editor: it may be gone by now.
    if (!instance || !model || model.isDisposed()) {
      return;
    }
    shown.current = null;
    if (instance.getModel() !== model) {
      instance.setModel(model);
    }
    const view = controller.viewStates.get(`${groupId}|${tabKey({ kind: "file", path })}`);
    if (view) {
      instance.restoreViewState(view as editor.ICodeEditorViewState);
    }
    shown.current = path;
    const place = active ? controller.takePlace(path) : null;
    if (place) {
      go(instance, place);
    }
    if (active) {
      if (!controller.takeQuiet(path)) {
        instance.focus();
      }
      const position = instance.getPosition();
      controller.cursor.set({ path, line: position?.lineNumber ?? 1, column: position?.column ?? 1, selected: 0 });
    }
  }, [instance, model, controller, groupId, path, active]);

  const { fontFamily, fontSize, lineHeight, tabSize, wordWrap, minimap } = preferred;
  const minimapOn = minimap?.enabled ?? false;
  const options = useMemo(
    () => ({
      ...fixedOptions,
      fontFamily: fontFamily ?? "var(--mono)",
      fontSize,
      lineHeight,
      tabSize,
      wordWrap,
      minimap: { enabled: minimapOn },
      readOnly,
    }),
    [fontFamily, fontSize, lineHeight, tabSize, wordWrap, minimapOn, readOnly],
  );
  useEditorName(instance, `Editor: ${path}`);

  useEffect(() => {
    if (!active) {
      return;
    }
    const port: TextEditorPort = {
      focus: () => instance?.focus(),
      reveal(wanted, place) {
        if (instance && shown.current === wanted) {
          controller.takePlace(wanted);
          go(instance, place);
        }
      },
      selectedText() {
        const selection = instance?.getSelection();
        const model = instance?.getModel();
        return selection && model && !selection.isEmpty() ? model.getValueInRange(selection) : null;
      },
      selectedLines() {
        const selection = instance?.getSelection();
        if (!selection || selection.isEmpty()) {
          return null;
        }
        const last = selection.endColumn === 1 ? selection.endLineNumber - 1 : selection.endLineNumber;
        return { first: selection.startLineNumber, last: Math.max(selection.startLineNumber, last) };
      },
      insert(text) {
        const selection = instance?.getSelection();
        if (!instance || !selection || instance.getRawOptions().readOnly) {
          return false;
        }
        instance.pushUndoStop();
        instance.executeEdits("insert", [{ range: selection, text, forceMoveMarkers: true }]);
        instance.pushUndoStop();
        instance.focus();
        return true;
      },
      run(action) {
        instance?.focus();
        instance?.trigger("command", action, null);
      },
      actions: () =>
        (instance?.getSupportedActions() ?? [])
          .filter((action) => action.isSupported())
          .map(({ id, label }) => ({ id, label })),
    };
    controller.port = port;
    return () => {
      if (controller.port === port) {
        controller.port = null;
      }
    };
  }, [instance, controller, active]);

  useBookmarks(controller, { instance, model, path });
  const { keyMap } = useStore(preferences());
  const vim = keyMap === "vim";
  const vimLine = useRef<HTMLDivElement>(null);
  useVim(instance, vimLine, {
    on: vim,
    file: {
      save: async () => shown.current === null || controller.saveAsked(shown.current),
      close: () => closeShown(controller, groupId),
    },
  });
  return (
    <div className="flex h-full flex-col">
      <div className="min-h-0 flex-1 [&_.monaco-hover_:is(th,td):not(:last-child)]:pr-4">
        <Editor
          className={aroundEditor}
          path={model?.uri.toString() ?? ""}
          theme={theme}
          options={options}
          loading={null}
          saveViewState={false}
          keepCurrentModel
          onMount={setInstance}
        />
      </div>
      {vim && (
        <div
          ref={vimLine}
          data-testid="vim-line"
          className="flex h-6 shrink-0 items-center gap-3 border-t border-line bg-panel px-3 font-mono text-xs text-muted [&_input]:outline-none"
        />
      )}
    </div>
  );
}

/** Closes the shown tab of a group, as Vim's `:q` does; false when its file has unsaved changes. */
function closeShown(controller: EditorController, groupId: number): boolean {
  const group = controller.tabs.get().groups.find((candidate) => candidate.id === groupId);
  const tab = group?.tabs.find((candidate) => tabKey(candidate) === group.active);
  const buffer = tab ? controller.buffers.get(tab.path) : null;
  if (buffer && isDirty(buffer)) {
    return false;
  }
  if (tab) {
    controller.tabs.update((state) =>
      closeTabs(state, (candidate, id) => id === groupId && tabKey(candidate) === tabKey(tab)),
    );
  }
  return true;
}

function go(target: editor.IStandaloneCodeEditor, place: Place): void {
  const position = { lineNumber: place.line, column: place.column ?? 1 };
  target.setPosition(position);
  target.revealPositionInCenterIfOutsideViewport(position);
  target.focus();
}

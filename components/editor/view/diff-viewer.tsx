"use client";
import { DiffEditor, Editor } from "@monaco-editor/react";
import type { editor } from "monaco-editor/editor";
import { useEffect, useMemo, useRef, useState } from "react";
import { classNames } from "@/components/ui";
import { languageOf } from "../language/language-of";
import { difference, rangeBetween } from "../monaco/models";
import { aroundEditor, fixedOptions } from "../monaco/options";
import { useEditorName, useEditorOptions, useMonacoTheme } from "./text-editor";

export interface DiffViewerProps {
  path: string;
  /** Left side. */
  before: string;
  /** Right side. */
  after: string;
  /** In a narrow place both sides are shown in one column. */
  inline?: boolean;
  label: string;
}

/** Two texts, compared; read only. */
export function DiffViewer({ path, before, after, inline = false, label }: DiffViewerProps) {
  const { fontSize } = useEditorOptions();
  const theme = useMonacoTheme();
  const instance = useRef<editor.IStandaloneDiffEditor | null>(null);
  const options = useMemo(
    () => ({
      ...fixedOptions,
      fontSize,
      readOnly: true,
      originalEditable: false,
      renderSideBySide: !inline,
      useInlineViewWhenSpaceIsLimited: true,
      hideUnchangedRegions: { enabled: true },
      stickyScroll: { enabled: false },
      lineNumbersMinChars: 3,
      originalAriaLabel: `${label}, before`,
      modifiedAriaLabel: `${label}, after`,
    }),
    [fontSize, inline, label],
  );
  // Monaco reports it as an error when texts go while an editor still shows them, so they are taken out first, and here.
  useEffect(
    () => () => {
      const texts = instance.current?.getModel();
      instance.current?.setModel(null);
      texts?.original.dispose();
      texts?.modified.dispose();
    },
    [],
  );
  return (
    <DiffEditor
      className={aroundEditor}
      original={before}
      modified={after}
      language={languageOf(path)}
      theme={theme}
      options={options}
      loading={null}
      keepCurrentOriginalModel
      keepCurrentModifiedModel
      onMount={(created) => {
        instance.current = created;
      }}
    />
  );
}

/** One text in an editor that cannot be edited; it follows `text` without losing the scroll position. */
export function CodeViewer({
  text,
  language,
  label,
  dimmed = false,
}: {
  text: string;
  language: string;
  label: string;
  dimmed?: boolean;
}) {
  const { fontSize, lineHeight, tabSize, wordWrap } = useEditorOptions();
  const theme = useMonacoTheme();
  const [instance, setInstance] = useState<editor.IStandaloneCodeEditor | null>(null);
  useEditorName(instance, label);
  const options = useMemo(
    () => ({
      ...fixedOptions,
      fontSize,
      lineHeight,
      tabSize,
      wordWrap,
      minimap: { enabled: false },
      readOnly: true,
      domReadOnly: true,
      lineNumbersMinChars: 3,
      renderLineHighlight: "none" as const,
      stickyScroll: { enabled: false },
      overviewRulerLanes: 0,
    }),
    [fontSize, lineHeight, tabSize, wordWrap],
  );
  // Monaco takes its time to come: what it shows then is the text of that moment.
  useEffect(() => {
    if (instance) {
      showText(instance, text);
    }
  }, [instance, text]);
  return (
    <Editor
      className={classNames(
        aroundEditor,
        dimmed && "grayscale [&_.line-numbers]:text-faint! [&_.view-line_span]:text-faint!",
      )}
      defaultValue={text}
      language={language}
      theme={theme}
      options={options}
      loading={null}
      saveViewState={false}
      onMount={setInstance}
    />
  );
}

/** Changes only what is different: a long text would be read, coloured and drawn anew with each key press in its source. */
function showText(instance: editor.IStandaloneCodeEditor, text: string): void {
  const model = instance.getModel();
  const shown = model?.getValue();
  if (!model || shown === undefined || shown === text) {
    return;
  }
  const top = instance.getScrollTop();
  const { start, end, insert } = difference(shown, text);
  model.applyEdits([{ range: rangeBetween(model, start, end), text: insert }]);
  instance.setScrollTop(top);
}

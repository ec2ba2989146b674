"use client";
import type { editor } from "monaco-editor/editor";
import { useEffect, useRef } from "react";
import { languageOf } from "../language/language-of";
import { preparedMonaco } from "../monaco/setup";
import { fixedOptions, useEditorOptions, useMonacoTheme } from "./text-editor";

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
  const holder = useRef<HTMLDivElement>(null);
  const models = useRef<{ original: editor.ITextModel; modified: editor.ITextModel } | null>(null);
  const instance = useRef<editor.IStandaloneDiffEditor | null>(null);
  const options = useEditorOptions();
  const language = languageOf(path);
  useMonacoTheme();

  useEffect(() => {
    if (!holder.current) {
      return;
    }
    const monaco = preparedMonaco();
    const created = monaco.editor.createDiffEditor(holder.current, {
      ...fixedOptions,
      readOnly: true,
      originalEditable: false,
      renderSideBySide: !inline,
      useInlineViewWhenSpaceIsLimited: true,
      hideUnchangedRegions: { enabled: true },
      stickyScroll: { enabled: false },
      lineNumbersMinChars: 3,
    });
    const original = monaco.editor.createModel("", language);
    const modified = monaco.editor.createModel("", language);
    created.setModel({ original, modified });
    models.current = { original, modified };
    instance.current = created;
    return () => {
      created.dispose();
      original.dispose();
      modified.dispose();
      models.current = null;
      instance.current = null;
    };
  }, [inline, language]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new editor (another language or layout) needs the texts again.
  useEffect(() => {
    if (models.current && models.current.original.getValue() !== before) {
      models.current.original.setValue(before);
    }
    if (models.current && models.current.modified.getValue() !== after) {
      models.current.modified.setValue(after);
    }
  }, [before, after, inline, language]);

  useEffect(() => {
    instance.current?.updateOptions({ fontSize: options.fontSize ?? 13 });
    instance.current?.getOriginalEditor().updateOptions({ ariaLabel: `${label}, before` });
    instance.current?.getModifiedEditor().updateOptions({ ariaLabel: `${label}, after` });
  });

  return <div ref={holder} className="h-full w-full" />;
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
  const holder = useRef<HTMLDivElement>(null);
  const instance = useRef<editor.IStandaloneCodeEditor | null>(null);
  const options = useEditorOptions();
  useMonacoTheme();
  useEffect(() => {
    if (!holder.current) {
      return;
    }
    const monaco = preparedMonaco();
    const model = monaco.editor.createModel("", language);
    const created = monaco.editor.create(holder.current, {
      ...fixedOptions,
      model,
      readOnly: true,
      domReadOnly: true,
      lineNumbersMinChars: 3,
      renderLineHighlight: "none",
      stickyScroll: { enabled: false },
    });
    instance.current = created;
    return () => {
      created.dispose();
      model.dispose();
      instance.current = null;
    };
  }, [language]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new editor (another language) needs the text again.
  useEffect(() => {
    const model = instance.current?.getModel();
    if (instance.current && model && model.getValue() !== text) {
      const top = instance.current.getScrollTop();
      model.setValue(text);
      instance.current.setScrollTop(top);
    }
  }, [text, language]);
  useEffect(() => {
    instance.current?.updateOptions({ ...options, minimap: { enabled: false }, ariaLabel: label });
  });
  return <div ref={holder} className={dimmed ? "h-full w-full opacity-50 grayscale" : "h-full w-full"} />;
}

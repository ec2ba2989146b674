import type { editor, IRange } from "monaco-editor/editor";
import { languageOf } from "../language/language-of";
import type { BufferStore } from "../model/buffers";
import type { Monaco } from "./setup";

/** Shared by all models of this page, so that a path in two workspaces is two models. */
export function uriOf(monaco: Monaco, workspaceId: string, path: string) {
  return monaco.Uri.from({ scheme: "millrace", authority: workspaceId.toLowerCase(), path: `/${path}` });
}

/** Monaco's model of each open buffer: typing goes from the model to the buffer, everything else from the buffer to the model. */
export class ModelRegistry {
  private readonly models = new Map<string, editor.ITextModel>();
  private readonly peeked = new Set<editor.ITextModel>();
  private replacing = false;
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly monaco: Monaco,
    private readonly workspaceId: string,
    private readonly buffers: BufferStore,
  ) {
    this.stops.push(
      buffers.onReplaced((path, text) => this.replace(path, text)),
      buffers.store.subscribe(() => this.dropClosed()),
    );
  }

  /** The model of an open buffer, or null when there is no such buffer. */
  of(path: string): editor.ITextModel | null {
    const buffer = this.buffers.get(path);
    if (!buffer) {
      return null;
    }
    const known = this.models.get(path);
    if (known && !known.isDisposed()) {
      return known;
    }
    const uri = uriOf(this.monaco, this.workspaceId, path);
    this.monaco.editor.getModel(uri)?.dispose();
    const model = this.monaco.editor.createModel(buffer.text, languageOf(path), uri);
    model.updateOptions({ insertSpaces: true, trimAutoWhitespace: true });
    this.keepUp(path, model);
    this.models.set(path, model);
    return model;
  }

  /** A model to look at a file that is not open. Typing into it opens the file with what was typed. */
  peek(path: string, file: { text: string; version: string | null }): editor.ITextModel {
    const open = this.of(path);
    if (open) {
      return open;
    }
    const uri = uriOf(this.monaco, this.workspaceId, path);
    const known = this.monaco.editor.getModel(uri);
    if (known && known.getValue(undefined, true) === file.text) {
      return known;
    }
    known?.dispose();
    const model = this.monaco.editor.createModel(file.text, languageOf(path), uri);
    this.peeked.add(model);
    model.onWillDispose(() => this.peeked.delete(model));
    const listener = model.onDidChangeContent(() => {
      const { text, version } = file;
      if (version !== null && !this.buffers.get(path)) {
        this.buffers.open({ path, text, version, size: text.length, reason: null });
        this.models.set(path, model);
        listener.dispose();
        this.keepUp(path, model);
        this.buffers.edit(path, model.getValue(undefined, true));
      }
    });
    return model;
  }

  private keepUp(path: string, model: editor.ITextModel): void {
    model.onDidChangeContent(() => {
      if (!this.replacing) {
        this.buffers.edit(path, model.getValue(undefined, true));
      }
    });
  }

  dispose(): void {
    for (const model of [...this.peeked]) {
      model.dispose();
    }
    for (const stop of this.stops) {
      stop();
    }
    for (const model of this.models.values()) {
      model.dispose();
    }
    this.models.clear();
  }

  private replace(path: string, text: string): void {
    const model = this.models.get(path);
    if (!model || model.isDisposed() || model.getValue(undefined, true) === text) {
      return;
    }
    this.replacing = true;
    try {
      const { start, end, insert } = difference(model.getValue(), text);
      const range = rangeBetween(model, start, end);
      // An edit, not setValue: undo and the cursor survive.
      model.pushStackElement();
      model.pushEditOperations([], [{ range, text: insert }], () => null);
      model.pushStackElement();
    } finally {
      this.replacing = false;
    }
  }

  private dropClosed(): void {
    const open = this.buffers.store.get();
    for (const [path, model] of this.models) {
      if (!open.has(path)) {
        this.models.delete(path);
        model.dispose();
      }
    }
  }
}

/** The range between two offsets of a model, as a plain object: it needs no Monaco that has come already. */
export function rangeBetween(model: editor.ITextModel, start: number, end: number): IRange {
  const [from, to] = [model.getPositionAt(start), model.getPositionAt(end)];
  return {
    startLineNumber: from.lineNumber,
    startColumn: from.column,
    endLineNumber: to.lineNumber,
    endColumn: to.column,
  };
}

/** The one stretch in which two texts differ: what lies between `start` and `end` of `before` becomes `insert`. */
export function difference(before: string, after: string): { start: number; end: number; insert: string } {
  const shortest = Math.min(before.length, after.length);
  let start = 0;
  while (start < shortest && before.charCodeAt(start) === after.charCodeAt(start)) {
    start += 1;
  }
  let tail = 0;
  while (
    tail < shortest - start &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  ) {
    tail += 1;
  }
  return { start, end: before.length - tail, insert: after.slice(start, after.length - tail) };
}

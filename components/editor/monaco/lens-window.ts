import type { editor, IDisposable } from "monaco-editor/editor";
import type { Monaco } from "./setup";

/** Texts with fewer lenses show all of them. */
const few = 40;
/** Lenses are given so many lines beyond those that are shown, and asked for again when fewer are left. */
const ahead = 100;
const left = 30;

/** Lines, both included. */
export interface LineSpan {
  readonly first: number;
  readonly last: number;
}

/** The lines to give lenses for, around those that are shown; null when all are given. */
export function lensSpan(shown: LineSpan, lenses: number): LineSpan | null {
  return lenses <= few ? null : { first: shown.first - ahead, last: shown.last + ahead };
}

/** Whether what is shown has come near the end of the lines that lenses were given for. */
export function hasLeft(given: LineSpan, shown: LineSpan, lines: number): boolean {
  return (
    (given.first > 1 && shown.first - left < given.first) || (given.last < lines && shown.last + left > given.last)
  );
}

/**
 * Of a text with many lenses those near the lines that are shown. Monaco lays out every lens anew with each key press, so that
 * hundreds of them out of sight would cost more than all else.
 */
export class LensWindow {
  private readonly given = new WeakMap<editor.ITextModel, LineSpan>();
  private readonly stops: IDisposable[];

  /** `ask` has Monaco ask for the lenses again. */
  constructor(
    private readonly monaco: Monaco,
    private readonly ask: () => void,
  ) {
    this.stops = [monaco.editor.onDidCreateEditor((made) => this.watch(made))];
    for (const one of monaco.editor.getEditors()) this.watch(one);
  }

  /** Those of a text's lenses that are given to Monaco now. */
  near<Lens extends { readonly line: number }>(model: editor.ITextModel, lenses: readonly Lens[]): readonly Lens[] {
    const shown = this.shownOf(model);
    const span = shown && lensSpan(shown, new Set(lenses.map(({ line }) => line)).size);
    if (!span) {
      this.given.delete(model);
      return lenses;
    }
    this.given.set(model, span);
    return lenses.filter(({ line }) => span.first <= line && line <= span.last);
  }

  dispose(): void {
    for (const stop of this.stops.splice(0)) stop.dispose();
  }

  private watch(made: editor.ICodeEditor): void {
    const look = () => {
      const model = made.getModel();
      const given = model && this.given.get(model);
      const shown = given && this.shownOf(model);
      if (shown && hasLeft(given, shown, model.getLineCount())) {
        this.given.delete(model);
        this.ask();
      }
    };
    const stops = [made.onDidScrollChange(look), made.onDidLayoutChange(look)];
    this.stops.push(...stops);
    made.onDidDispose(() => {
      for (const stop of stops) {
        stop.dispose();
        this.stops.splice(this.stops.indexOf(stop), 1);
      }
    });
  }

  /** The lines of a text that its editors show, and those between them; null when none shows it. */
  private shownOf(model: editor.ITextModel): LineSpan | null {
    const ranges = this.monaco.editor
      .getEditors()
      .flatMap((one) => (one.getModel() === model ? one.getVisibleRanges() : []));
    return ranges.length === 0
      ? null
      : {
          first: Math.min(...ranges.map(({ startLineNumber }) => startLineNumber)),
          last: Math.max(...ranges.map(({ endLineNumber }) => endLineNumber)),
        };
  }
}

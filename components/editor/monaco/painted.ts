import type { editor } from "monaco-editor/editor";
import { afterPaint } from "@/components/shell";

/** A page that is not shown paints nothing: then it is not waited for, in milliseconds. */
const patience = 100;

/**
 * Knows whether the page has painted what was typed last. What a key makes others do in the editor (reading a long model for completions,
 * laying out their list) is done when the key itself is on the screen.
 */
export class PaintedText {
  private readonly frames = new WeakMap<editor.ITextModel, Promise<void>>();

  /** Begins to follow a text. */
  follow(model: editor.ITextModel): void {
    model.onDidChangeContent(() => {
      if (!this.frames.has(model)) {
        this.frames.set(
          model,
          nextFrame().finally(() => this.frames.delete(model)),
        );
      }
    });
  }

  /** Whether the newest text is on the screen. */
  isShown(model: editor.ITextModel): boolean {
    return !this.frames.has(model);
  }

  /** Settles when the newest text is on the screen. */
  async shown(model: editor.ITextModel): Promise<void> {
    await this.frames.get(model);
  }
}

/** The texts of this page. */
export const paintedText = new PaintedText();

/** Settles after the next frame was handed to the screen. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, patience);
    afterPaint(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

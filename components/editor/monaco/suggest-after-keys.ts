import { SuggestWidget } from "monaco-editor/editor/contrib/suggest/browser/suggestWidget";
import { paintedText } from "./painted";

/**
 * Has the list of suggestions change when the key that changes it is on the screen. Monaco fills, lays out and paints it with the key,
 * which takes longer than all else that a key needs. The next key finds it changed in any case, as keys choose from it.
 */
export function suggestAfterKeys(): void {
  const { showSuggestions, hideWidget } = SuggestWidget.prototype;
  const waiting = new Map<SuggestWidget, (() => void)[]>();

  function later(widget: SuggestWidget, step: () => void): void {
    const model = widget.editor.getModel();
    const before = waiting.get(widget);
    if (before !== undefined) {
      before.push(step);
    } else if (model === null || paintedText.isShown(model)) {
      step();
    } else {
      waiting.set(widget, [step]);
      void paintedText.shown(model).then(() => change(widget));
    }
  }

  function change(widget: SuggestWidget): void {
    const steps = waiting.get(widget) ?? [];
    waiting.delete(widget);
    // An editor that has gone meanwhile has no text, and one with another text has closed its list.
    if (widget.editor.getModel() !== null) {
      for (const step of steps) step();
    }
  }

  SuggestWidget.prototype.showSuggestions = function (...suggestions) {
    later(this, () => showSuggestions.apply(this, suggestions));
  };
  SuggestWidget.prototype.hideWidget = function () {
    later(this, () => hideWidget.call(this));
  };
  document.addEventListener("keydown", () => [...waiting.keys()].forEach(change), { capture: true });
}

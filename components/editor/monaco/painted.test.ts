import type { editor } from "monaco-editor/editor";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { PaintedText } from "./painted";

let frames: (() => void)[] = [];
beforeEach(() => {
  frames = [];
  vi.useFakeTimers();
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => frames.push(frame));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A text of which only changes are heard. */
function textToChange() {
  const heard: (() => void)[] = [];
  const model = { onDidChangeContent: (listener: () => void) => heard.push(listener) } as unknown as editor.ITextModel;
  const change = () => {
    for (const listener of heard) listener();
  };
  return { model, change };
}

test("a text is shown after the frame that follows its change, and one that nobody paints after a moment", async () => {
  const painted = new PaintedText();
  const { model, change } = textToChange();
  painted.follow(model);
  expect(painted.isShown(model)).toBe(true);
  await painted.shown(model);
  change();
  change();
  expect(frames).toHaveLength(1);
  expect(painted.isShown(model)).toBe(false);
  const order: string[] = [];
  void painted.shown(model).then(() => order.push("shown"));
  frames[0]?.();
  order.push("frame");
  await vi.advanceTimersByTimeAsync(1);
  expect(order).toEqual(["frame", "shown"]);
  expect(painted.isShown(model)).toBe(true);
  change();
  await vi.advanceTimersByTimeAsync(50);
  expect(painted.isShown(model)).toBe(false);
  await vi.advanceTimersByTimeAsync(100);
  expect(painted.isShown(model)).toBe(true);
});

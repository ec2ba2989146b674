"use client";
import { useEffect, useState } from "react";

/**
 * Calls `then` after the next frame is on its way to the screen: a frame is painted in the task that its callbacks run in. Returns the
 * way to give that up.
 */
export function afterPaint(then: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const frame = requestAnimationFrame(() => {
    timer = setTimeout(then);
  });
  return () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
  };
}

/** A value a frame late: what is beside that which a person asked for follows when that is on the screen, and does not hold it up. */
export function useAfterPaint<Value>(value: Value): Value {
  const [shown, setShown] = useState(value);
  useEffect(() => afterPaint(() => setShown(value)), [value]);
  return shown;
}

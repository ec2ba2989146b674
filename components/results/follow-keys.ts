import { afterPaint } from "@/components/shell";

/** Tells of each key that is pressed on the page, and then of the moment after it was painted. Returns the way to stop. */
export function followKeys(hear: (pressed: boolean) => void): () => void {
  let waiting = 0;
  const onKey = () => {
    hear(true);
    waiting += 1;
    afterPaint(() => {
      waiting -= 1;
      if (waiting === 0) hear(false);
    });
  };
  document.addEventListener("keydown", onKey, { capture: true, passive: true });
  return () => document.removeEventListener("keydown", onKey, { capture: true });
}

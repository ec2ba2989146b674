/** Tells of each key that is pressed on the page, and then of the moment after it was painted. Returns the way to stop. */
export function followKeys(hear: (pressed: boolean) => void): () => void {
  let waiting = 0;
  const onKey = () => {
    hear(true);
    waiting += 1;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        waiting -= 1;
        if (waiting === 0) hear(false);
      };
      port2.postMessage(null);
    });
  };
  document.addEventListener("keydown", onKey, { capture: true, passive: true });
  return () => document.removeEventListener("keydown", onKey, { capture: true });
}

/** Calls `then` after the next frame is on its way to the screen: a frame is painted in the task that its callbacks run in. */
export function afterPaint(then: () => void): void {
  requestAnimationFrame(() => setTimeout(then));
}

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Pause } from "./pause";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("work waits for a pause, and is done once", () => {
  const work = vi.fn();
  const pause = new Pause(work, 100, 1000);
  for (let key = 0; key < 5; key += 1) {
    pause.await();
    vi.advanceTimersByTime(60);
  }
  expect(work).not.toHaveBeenCalled();
  expect(pause.waiting).toBe(true);
  vi.advanceTimersByTime(100);
  expect(work).toHaveBeenCalledTimes(1);
  expect(pause.waiting).toBe(false);
  vi.advanceTimersByTime(5000);
  expect(work).toHaveBeenCalledTimes(1);
});

test("calls without a pause do not put work off for ever", () => {
  const work = vi.fn();
  const pause = new Pause(work, 100, 300);
  for (let key = 0; key < 20; key += 1) {
    pause.await();
    vi.advanceTimersByTime(60);
  }
  expect(work.mock.calls.length).toBeGreaterThanOrEqual(3);
  expect(work.mock.calls.length).toBeLessThanOrEqual(4);
});

test("work can be wanted for the next moment, and be forgotten", () => {
  const work = vi.fn();
  const pause = new Pause(work, 100, 300);
  pause.await();
  pause.await(0);
  vi.advanceTimersByTime(0);
  expect(work).toHaveBeenCalledTimes(1);
  pause.await();
  pause.stop();
  vi.advanceTimersByTime(1000);
  expect(work).toHaveBeenCalledTimes(1);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Gate } from "./gate";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test("what waits goes on when the gate opens, or after its time", async () => {
  const gate = new Gate();
  const passed: string[] = [];
  const pass = (name: string) => gate.passed().then(() => passed.push(name));
  await pass("free");
  gate.close(50);
  const first = pass("opened");
  await vi.advanceTimersByTimeAsync(20);
  expect(passed).toEqual(["free"]);
  gate.open();
  await first;
  gate.close(50);
  const second = pass("timed out");
  await vi.advanceTimersByTimeAsync(30);
  gate.close(50);
  await vi.advanceTimersByTimeAsync(30);
  expect(passed).toEqual(["free", "opened"]);
  await vi.advanceTimersByTimeAsync(30);
  await second;
  expect(passed).toEqual(["free", "opened", "timed out"]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Gate } from "./gate";

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

const times = { longest: 60, typing: 300, trickle: 40 };

function setUp() {
  const gate = new Gate(times);
  const passed: string[] = [];
  return { gate, passed, pass: (name: string) => gate.passed().then(() => void passed.push(name)) };
}

test("a read waits for the key to be painted, and for a while after the last read", async () => {
  const { gate, passed, pass } = setUp();
  await pass("free");
  gate.close();
  void pass("first");
  await vi.advanceTimersByTimeAsync(20);
  gate.painted();
  await vi.advanceTimersByTimeAsync(10);
  expect(passed).toEqual(["free"]);
  await vi.advanceTimersByTimeAsync(15);
  expect(passed).toEqual(["free", "first"]);
  void pass("second");
  await vi.advanceTimersByTimeAsync(30);
  gate.close();
  await vi.advanceTimersByTimeAsync(50);
  expect(passed).toEqual(["free", "first"]);
  gate.painted();
  await vi.advanceTimersByTimeAsync(0);
  expect(passed).toEqual(["free", "first", "second"]);
});

test("a key that nobody sees painted holds back for a moment only, and typing ends with the keys", async () => {
  const { gate, passed, pass } = setUp();
  gate.close();
  void pass("timed out");
  await vi.advanceTimersByTimeAsync(50);
  expect(passed).toEqual([]);
  await vi.advanceTimersByTimeAsync(15);
  expect(passed).toEqual(["timed out"]);
  expect(gate.typing).toBe(true);
  await vi.advanceTimersByTimeAsync(300);
  expect(gate.typing).toBe(false);
  await pass("free");
  expect(passed).toEqual(["timed out", "free"]);
});

test("an opened gate holds nothing back", async () => {
  const { gate, passed, pass } = setUp();
  gate.close();
  void pass("waiting");
  gate.open();
  await vi.advanceTimersByTimeAsync(0);
  await pass("free");
  expect(passed).toEqual(["waiting", "free"]);
});

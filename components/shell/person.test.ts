import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { adoptPerson, keepArrangement, noteArranged, personStorage } from "./person";

class MemoryStorage {
  [key: string]: unknown;
  getItem(key: string): string | null {
    return Object.hasOwn(this, key) ? String(this[key]) : null;
  }
  setItem(key: string, value: string): void {
    this[key] = value;
  }
  removeItem(key: string): void {
    delete this[key];
  }
}
let storage: MemoryStorage;

beforeEach(() => {
  storage = new MemoryStorage();
  vi.stubGlobal("window", {
    localStorage: storage,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  });
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("another person's arrangement is forgotten, other things in the browser stay", () => {
  adoptPerson("ann", null);
  storage.setItem("react-resizable-panels:millrace:layout:down", "ann's");
  storage.setItem("millrace:environment:p", "dev");
  adoptPerson("ann", null);
  expect(storage.getItem("react-resizable-panels:millrace:layout:down")).toBe("ann's");
  adoptPerson("bob", { "millrace:preferences": '{"tabSize":2}', "millrace:environment:p": "stolen", other: "x" });
  expect(storage.getItem("react-resizable-panels:millrace:layout:down")).toBeNull();
  expect(storage.getItem("millrace:preferences")).toBe('{"tabSize":2}');
  expect(storage.getItem("millrace:environment:p")).toBe("dev");
  expect(storage.getItem("other")).toBeNull();
});

test("changes are given together after a pause, and what waits when it stops", () => {
  const saved: Record<string, string>[] = [];
  const stop = keepArrangement((arrangement) => saved.push(arrangement));
  personStorage.setItem("react-resizable-panels:millrace:layout:down", "1");
  personStorage.setItem("react-resizable-panels:millrace:layout:down", "2");
  noteArranged("millrace:environment:p");
  expect(saved).toEqual([]);
  vi.advanceTimersByTime(2000);
  expect(saved).toEqual([{ "react-resizable-panels:millrace:layout:down": "2" }]);
  personStorage.setItem("react-resizable-panels:millrace:layout:down", "2");
  vi.advanceTimersByTime(2000);
  expect(saved).toHaveLength(1);
  personStorage.setItem("react-resizable-panels:millrace:layout:across", "3");
  stop();
  expect(saved.at(-1)).toEqual({
    "react-resizable-panels:millrace:layout:down": "2",
    "react-resizable-panels:millrace:layout:across": "3",
  });
});

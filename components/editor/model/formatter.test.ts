import { beforeEach, expect, test, vi } from "vitest";
import type { FormatResult } from "@/server/contract";
import { BufferStore } from "./buffers";
import { Formatter } from "./formatter";

beforeEach(() => {
  vi.useFakeTimers();
  return () => vi.useRealTimers();
});

const path = "models/a.sql";

function setUp(format: (text: string) => Promise<string>) {
  const buffers = new BufferStore();
  buffers.open({ path, text: "SELECT 1\n\nFROM a", version: "v", size: 16, reason: null });
  const told: string[] = [];
  const formatter = new Formatter({
    buffers,
    async format({ text, version }): Promise<FormatResult> {
      return { version, formatter: "sqlfmt", text: await format(text ?? "SELECT 1\n\nFROM a") };
    },
    tell: { info: (message) => told.push(message), error: (title, detail) => told.push(`${title}: ${detail}`) },
  });
  return { buffers, formatter, told, textNow: () => buffers.get(path)?.text };
}
const lower = async (text: string) => text.toLowerCase();

test("the whole file, or of a selection what the formatter changes in its lines", async () => {
  const { formatter, told, textNow, buffers } = setUp(lower);
  expect(await formatter.format(path, { lines: { first: 3, last: 3 } })).toBe(true);
  expect(textNow()).toBe("SELECT 1\n\nfrom a");
  await formatter.format(path, { lines: { first: 3, last: 3 } });
  await formatter.format(path);
  expect(textNow()).toBe("select 1\n\nfrom a");
  await formatter.format(path);
  await formatter.format(path, { saving: true });
  buffers.open({ path: "models/a.yml", text: "A: 1", version: "v", size: 4, reason: null });
  expect(await formatter.format("models/a.yml")).toBe(false);
  expect(told).toEqual([
    "sqlfmt has nothing to change in these lines.",
    "sqlfmt has nothing to change.",
    "Only SQL files are formatted.",
  ]);
});

test("text that the formatter refuses, or that changed while it worked, stays; the person is told", async () => {
  const broken = setUp(() => Promise.reject(new Error("Closing bracket is missing.")));
  expect(await broken.formatter.format(path)).toBe(false);
  expect(await broken.formatter.format(path, { saving: true })).toBe(false);
  expect(broken.told).toEqual([
    "a.sql was not formatted: Closing bracket is missing.",
    "a.sql is saved as it was. Closing bracket is missing.",
  ]);
  const typed = setUp(async (text) => {
    typed.buffers.edit(path, "SELECT 2");
    return text.toLowerCase();
  });
  expect(await typed.formatter.format(path)).toBe(false);
  expect([typed.textNow(), ...typed.told]).toEqual([
    "SELECT 2",
    "The text changed meanwhile, so it was not formatted.",
  ]);
});

test("a file that is being saved is safe although the formatter takes long, and is formatted when it is done", async () => {
  const { buffers, formatter, told, textNow } = setUp(async (text) => {
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    return text.toLowerCase();
  });
  const saved: (string | undefined)[] = [];
  const onLate = () => {
    saved.push(textNow());
    buffers.saved(path, textNow() ?? "", "w");
  };
  const formatted = formatter.format(path, { saving: true, onLate });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(saved).toEqual(["SELECT 1\n\nFROM a"]);
  await vi.advanceTimersByTimeAsync(20_000);
  expect([await formatted, textNow(), ...told]).toEqual([true, "select 1\n\nfrom a"]);
  expect(saved).toHaveLength(1);
});

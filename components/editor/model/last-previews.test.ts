import { expect, test } from "vitest";
import type { QueryRun } from "@/server/contract";
import { LastPreviews } from "./last-previews";

const now = Date.parse("2026-01-01T12:00:00Z");
const run = (subject: string, startedAt: string, changed: Partial<QueryRun> = {}): QueryRun => ({
  ...{ queryId: subject + startedAt, userName: "Dev", projectName: "Shop", environmentName: "dev", subject, startedAt },
  ...{ outcome: "complete", message: null, rows: 1500, bytes: 10, milliseconds: 38, ...changed },
});

test("the latest preview of a node, of its file or its relation, in words; asked once in some seconds", async () => {
  let clock = now;
  let asked = 0;
  const previews = new LastPreviews(
    async () => {
      asked += 1;
      return [
        run("relation of model.shop.orders", "2026-01-01T11:57:00Z"),
        run("models/orders.sql", "2026-01-01T11:00:00Z", { outcome: "failed", rows: null, milliseconds: null }),
        run("models/late.sql", "2025-12-30T11:00:00Z", { outcome: "cancelled", rows: 1 }),
        run("orders in models/other.sql", "2026-01-01T11:59:50Z"),
      ];
    },
    () => clock,
  );
  const of = (name: string) => previews.of({ uniqueId: `model.shop.${name}`, path: `models/${name}.sql` });
  expect(of("orders")).toBeNull();
  await Promise.all([previews.prepare(), previews.prepare()]);
  await previews.prepare();
  expect([of("orders"), of("late"), of("other"), asked]).toEqual([
    { status: "complete, 1,500 rows in 38 ms", at: "3 minutes ago" },
    { status: "cancelled, 1 row in 38 ms", at: "2 days ago" },
    null,
    1,
  ]);
  clock += 60_000;
  await previews.prepare();
  expect([of("orders")?.at, asked]).toEqual(["4 minutes ago", 2]);
});

test("a history that cannot be read leaves what was known, and is asked for again", async () => {
  let fails = false;
  let clock = now;
  const previews = new LastPreviews(
    async () => {
      if (fails) throw new Error("away");
      return [run("models/orders.sql", "2026-01-01T12:00:00Z", { outcome: "limited" })];
    },
    () => clock,
  );
  await previews.prepare();
  fails = true;
  clock += 10_000;
  await previews.prepare();
  expect(previews.of({ uniqueId: "model.shop.orders", path: "models/orders.sql" })).toEqual({
    status: "cut by a limit, 1,500 rows in 38 ms",
    at: "just now",
  });
});

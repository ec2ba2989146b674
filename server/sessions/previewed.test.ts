import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import type { PreviewInput } from "../contract/dbt";
import type { PreviewWhat } from "../contract/previews";
import { database, schema } from "../db";
import { removePolicyRule, setPolicyRule } from "../policy";
import { useDbtWorld } from "../testing/dbt-world";
import { readRows } from "../testing/rows";
import { previewOutcome, startPreview } from "./previews";

const world = useDbtWorld();

/** The numbers of a row that came as 64-bit integers. */
function small(row: Record<string, unknown>): Record<string, number> {
  const numbers = Object.entries(row).filter(([, value]) => typeof value === "bigint");
  return Object.fromEntries(numbers.map(([name, value]) => [name, Number(value)]));
}

describe("previews of anything, over a real runner", () => {
  let place: { workspaceId: string; environmentId: string };
  const model = "models/numbers.sql";

  beforeAll(async () => {
    const workspace = await world.workspaceOf(world.developer);
    place = { workspaceId: workspace.id, environmentId: world.duckdb };
    writeFileSync(
      join(workspace.root, "models/schema.yml"),
      "sources: [{name: main, tables: [{name: numbers}]}]\nmodels: [{name: doubled, columns: [{name: twice, data_tests: [not_null]}]}]\n",
    );
  });

  const request = (what: PreviewWhat | null, values: Partial<PreviewInput> = {}): PreviewInput => ({
    ...place,
    ...{ path: null, text: null, sql: null, rows: 500, queryId: randomUUID(), what },
    ...values,
  });
  const seen = async (input: PreviewInput) => {
    const { stream } = await startPreview(world.developer, input, new AbortController().signal);
    const { rows: arrived, tail } = await readRows(stream);
    const rows = arrived.map((row) => ({ ...row, ...small(row) }));
    const outcome = await previewOutcome(world.developer, input.queryId);
    const [event] = await database()
      .select()
      .from(schema.auditEvents)
      .where(eq(schema.auditEvents.subject, outcome?.subject ?? ""));
    expect(event).toMatchObject({ action: "preview.run", details: { outcome: tail?.outcome } });
    return { rows, error: tail?.error ?? null, subject: outcome?.subject };
  };
  const statement = { kind: "statement" } as const;
  const text = "with few as (select * from main.numbers where id < 4) select * from few -- all\n";

  test("CTE, count, profile and distinct values of unsaved text, each named in the record", async () => {
    const cte = { kind: "cte", name: "few", occurrence: 0 } as const;
    expect(await seen(request(cte, { path: model, text }))).toMatchObject({
      rows: [{ id: 0 }, { id: 1 }, { id: 2 }, { id: 3 }],
      subject: "few in models/numbers.sql",
    });
    expect(await seen(request({ kind: "count", of: cte }, { path: model, text }))).toMatchObject({
      rows: [{ rows: 4 }],
      subject: "row count of few in models/numbers.sql",
    });
    const profile = await seen(request({ kind: "profile", of: statement, column: "name" }, { path: model, text }));
    expect(profile).toMatchObject({ subject: "profile of name in models/numbers.sql", error: null });
    expect(profile.rows[2]).toEqual({ measure: "distinct", value: null, rows: 4 });
    const whole = await seen(request({ kind: "profiles", of: statement }, { path: model, text }));
    expect(whole).toMatchObject({ subject: "profile of models/numbers.sql", error: null });
    expect(whole.rows[0]).toMatchObject({ column: "id", rows: 4, nulls: 0, distinct: 4, minimum: "0", maximum: "3" });
    const what = { kind: "distinct", of: statement, column: "parity" } as const;
    expect(await seen(request(what, { sql: "select id % 2 as parity from main.numbers" }))).toMatchObject({
      rows: [
        { parity: 0, rows: 500 },
        { parity: 1, rows: 500 },
      ],
      subject: "distinct values of parity in selection",
    });
  });

  test("a source's rows, and a test of a model that has not been built", async () => {
    const source = await seen(request({ kind: "relation", uniqueId: "source.orders.main.numbers" }, { rows: 2 }));
    expect(source).toMatchObject({ rows: [{ id: 0 }, { id: 1 }], subject: "relation of source.orders.main.numbers" });
    const count = { kind: "count", of: { kind: "relation", uniqueId: "model.orders.doubled" } } as const;
    expect((await seen(request(count))).error).toMatchObject({
      message: 'doubled has not been built in this target: there is no "warehouse"."main"."doubled".',
      hint: "Run it, or use Defer to read it from production.",
    });
  });

  test("PostgreSQL measures values that it cannot compare", async () => {
    const sql = "select ('{\"n\": ' || g % 3 || '}')::json as doc from generate_series(1, 30) g";
    const what = { kind: "profile", of: statement, column: "doc" } as const;
    const { rows, error } = await seen(request(what, { sql, environmentId: world.postgres }));
    expect(error).toBeNull();
    expect(rows.slice(0, 3).map(({ measure, rows: count }) => [measure, count])).toEqual([
      ["rows", 30],
      ["nulls", 0],
      ["distinct", 3],
    ]);
  });

  test("the policy and the limits count for all of them, and nothing is nothing", async () => {
    const base = { scope: "organisation", scopeId: world.admin.organisationId, export: true } as const;
    const limits = { maxRows: null, maxBytes: null, maxSeconds: null, reason: "" };
    const { id } = await setPolicyRule(world.admin, { ...base, ...limits, preview: false });
    const input = request({ kind: "count", of: { kind: "relation", uniqueId: "source.orders.main.numbers" } });
    try {
      await expect(startPreview(world.developer, input, new AbortController().signal)).rejects.toMatchObject({
        code: "POLICY_OFF",
      });
    } finally {
      await removePolicyRule(world.admin, { id });
    }
    await expect(previewOutcome(world.developer, input.queryId)).resolves.toMatchObject({
      outcome: "refused",
      subject: "row count of relation of source.orders.main.numbers",
    });
    await expect(
      startPreview(world.developer, request({ kind: "count", of: statement }), new AbortController().signal),
    ).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { eq } from "drizzle-orm";
import { afterAll, describe, expect, inject, test } from "vitest";
import type { ConnectionTest } from "../contract/engines";
import { database, schema } from "../db";
import { useDbtWorld } from "../testing/dbt-world";
import { testConnection } from "./connection-test";
import { sessionService } from "./service";

process.env.MILLRACE_WAREHOUSE_DIRS = tmpdir();
const world = useDbtWorld();
afterAll(() => sessionService().close());

interface Attempt {
  adapter?: string;
  environmentId?: string | null;
  settings: Record<string, string | number | boolean>;
  secrets?: Record<string, string>;
}

function attempt({ adapter = "postgres", environmentId = null, settings, secrets = {} }: Attempt, actor = world.admin) {
  return testConnection(actor, {
    ...{ projectId: world.projectId, environmentId, name: "new", target: "dev", schema: "public" },
    ...{ engine: "default", adapter, settings, secrets, threads: 1, vars: {}, isDefault: false },
  });
}

/** Kind and words of a failure. */
async function failure(input: Attempt): Promise<NonNullable<ConnectionTest["failure"]>> {
  const result = await attempt(input);
  if (result.failure === null) throw new Error("The connection works.");
  expect(result.ok).toBe(false);
  return result.failure;
}

function server(): { settings: Record<string, string | number>; password: string } {
  const url = new URL(inject("postgresUrl"));
  return {
    settings: {
      ...{ host: url.hostname, port: Number(url.port), dbname: "postgres", user: url.username },
      sslmode: "disable",
    },
    password: decodeURIComponent(url.password),
  };
}

describe("DuckDB", () => {
  test("a file that is there works, and the test is audited without a secret", async () => {
    const result = await attempt({ adapter: "duckdb", settings: { path: world.warehouseFile } });
    expect(result).toEqual({
      ok: true,
      milliseconds: expect.any(Number),
      dbtVersion: expect.stringMatching(/^1\./),
      failure: null,
    });
    const events = await database()
      .select()
      .from(schema.auditEvents)
      .where(eq(schema.auditEvents.action, "environment.tested"));
    expect(events.at(-1)?.details).toEqual({ adapter: "duckdb", engine: "default", outcome: "ok" });
  });
  test("a file that is not there is named", async () => {
    const found = await failure({ adapter: "duckdb", settings: { path: `${world.warehouseFile}.none` } });
    expect(found.kind).toBe("file");
    expect(found.driver).toContain("warehouse.duckdb.none");
  });
});

describe("PostgreSQL", () => {
  test("the right connection works; a stored password counts for the same server only", async () => {
    const { settings, password } = server();
    expect((await attempt({ settings, secrets: { password } })).ok).toBe(true);
    expect((await attempt({ settings, environmentId: world.postgres })).ok).toBe(true);
    const host = settings.host === "localhost" ? "127.0.0.1" : "localhost";
    const elsewhere = await failure({ settings: { ...settings, host }, environmentId: world.postgres });
    expect(elsewhere.driver).toContain("password");
  });
  test("a wrong password", async () => {
    const found = await failure({ settings: server().settings, secrets: { password: "certainly-wrong" } });
    expect(found.kind).toBe("authentication");
    expect(JSON.stringify(found)).not.toContain("certainly-wrong");
  });
  test("a database that does not exist", async () => {
    const { settings, password } = server();
    const found = await failure({ settings: { ...settings, dbname: "nope" }, secrets: { password } });
    expect([found.kind, found.driver]).toEqual(["database", expect.stringContaining("nope")]);
  });
  test("nothing listens there", async () => {
    const free = createServer();
    const port = await new Promise<number>((resolve) =>
      free.listen(0, "127.0.0.1", () => resolve((free.address() as { port: number }).port)),
    );
    await new Promise((resolve) => free.close(resolve));
    const found = await failure({ settings: { ...server().settings, port }, secrets: { password: "x" } });
    expect([found.kind, found.message]).toEqual(["refused", `Nothing answers at 127.0.0.1:${port}.`]);
  });
  test("a name that is not known", async () => {
    const settings = { ...server().settings, host: "warehouse.invalid" };
    expect((await failure({ settings, secrets: { password: "x" } })).kind).toBe("dns");
  });
  test("TLS where the server has none", async () => {
    const { settings, password } = server();
    const found = await failure({ settings: { ...settings, sslmode: "require" }, secrets: { password } });
    expect(found.kind).toBe("tls");
  });
});

test("who may not manage projects may not test, and another organisation's project does not exist", async () => {
  const input = { adapter: "duckdb", settings: { path: world.warehouseFile } };
  await expect(attempt(input, world.developer)).rejects.toMatchObject({ code: "FORBIDDEN" });
  const stranger = { ...world.stranger, permissions: world.admin.permissions };
  await expect(attempt(input, stranger)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("settings that no adapter knows are refused before anything is started", async () => {
  const settings = { ...server().settings, options: "-c statement_timeout=0" };
  await expect(attempt({ settings })).rejects.toMatchObject({ code: "INVALID_INPUT" });
  await expect(attempt({ adapter: "snowflake", settings: { account: "a" } })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: "The engine default has no adapter snowflake.",
  });
});

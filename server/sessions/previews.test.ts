import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { PreviewInput } from "../contract/dbt";
import { type Actor, events, logger } from "../core";
import { database, schema } from "../db";
import { removePolicyRule, setPolicyRule } from "../policy";
import { useDbtWorld } from "../testing/dbt-world";
import { isAlive, queryProcesses, waitsInKernel } from "../testing/processes";
import { readRows } from "../testing/rows";
import { enginePython } from "../testing/runner";
import { defaultSessionLimits } from "./limits";
import { cancelPreview, previewHistory, previewOutcome, previewPolicy, recordExport, startPreview } from "./previews";
import { sessionFor, sessionService } from "./service";

process.env.MILLRACE_LOG_LEVEL = "trace";
const endless = "select sum(a.range * b.range) as s from range(10000000) a, range(10000000) b";
const world = useDbtWorld();

describe("previews over a real runner", () => {
  let place: { workspaceId: string; environmentId: string };

  beforeAll(async () => {
    const workspace = await world.workspaceOf(world.developer);
    place = { workspaceId: workspace.id, environmentId: world.duckdb };
  });

  afterEach(async () => {
    for (const run of sessionService().runs.values()) run.end("cancelled", "The test is over.");
    await vi.waitFor(() => expect(sessionService().runs.size).toBe(0), { timeout: 5000 });
  });

  const request = (values: Partial<PreviewInput> = {}): PreviewInput => ({
    ...place,
    path: null,
    text: null,
    sql: null,
    what: null,
    rows: 500,
    queryId: randomUUID(),
    ...values,
  });
  const start = (
    values: Partial<PreviewInput>,
    actor: Actor = world.developer,
    signal = new AbortController().signal,
  ) => startPreview(actor, request(values), signal);
  const rule = (values: Record<string, unknown>) => {
    const base = { scope: "organisation" as const, scopeId: world.admin.organisationId, preview: true, export: true };
    return setPolicyRule(world.admin, {
      ...base,
      maxRows: null,
      maxBytes: null,
      maxSeconds: null,
      reason: "",
      ...values,
    });
  };
  const running = async (values: Partial<PreviewInput> = {}) => {
    const input = request({ sql: endless, ...values });
    const started = await startPreview(world.developer, input, new AbortController().signal);
    await vi.waitFor(() => expect(queryProcesses(started.run.session.pid)).toHaveLength(1), { timeout: 5000 });
    return { ...started, queryId: input.queryId };
  };

  test("a file's rows arrive, its unsaved text counts, and what is kept of it is metadata", async () => {
    const input = request({
      path: "models/numbers.sql",
      text: "select id, name from main.numbers where id < 3 order by id\n",
    });
    const { stream } = await startPreview(world.developer, input, new AbortController().signal);
    const { head, tail, rows } = await readRows(stream);
    expect(rows.map((row) => row.name)).toEqual(["canary-0", "canary-1", "canary-2"]);
    expect(head?.columns.map(({ name }) => name)).toEqual(["id", "name"]);
    expect(tail).toMatchObject({ outcome: "complete", rows: 3, error: null });
    const outcome = await previewOutcome(world.developer, input.queryId);
    expect(outcome).toMatchObject({ outcome: "complete", rows: 3, subject: "models/numbers.sql", message: null });
    const [line] = await auditOf(input.queryId);
    expect(line).toMatchObject({
      action: "preview.run",
      subject: "models/numbers.sql",
      details: { rows: 3, outcome: "complete", writeBytes: 0 },
    });
    expect(JSON.stringify([outcome, line, await previewHistory(world.developer, place.workspaceId)])).not.toContain(
      "canary-",
    );
  });

  test("what the person sees is what runs, also when an older text comes to the session meanwhile", async () => {
    const input = request({ path: "models/numbers.sql", text: "select 2 as newer" });
    const session = await sessionFor(world.developer, place);
    const open = vi.spyOn(session, "openQuery").mockImplementationOnce(async (query) => {
      await session.overlay([{ path: "models/numbers.sql", text: "select 1 as older", deleted: false, version: 0 }]);
      return session.openQuery(query);
    });
    try {
      const { stream } = await startPreview(world.developer, input, new AbortController().signal);
      const { head } = await readRows(stream);
      expect(head?.columns.map(({ name }) => name)).toEqual(["newer"]);
    } finally {
      open.mockRestore();
    }
  });

  test("the rows asked for and the policy's limit: the smaller one counts", async () => {
    const asked = await readRows(
      (await start({ path: "models/numbers.sql", text: "select * from main.numbers", rows: 7 })).stream,
    );
    expect(asked.tail).toMatchObject({ outcome: "limited", limit: "rows", rows: 7 });
    const { id } = await rule({ maxRows: 5 });
    try {
      const limited = await readRows((await start({ sql: "select * from main.numbers" })).stream);
      expect(limited.tail).toMatchObject({ outcome: "limited", limit: "rows", rows: 5 });
    } finally {
      await removePolicyRule(world.admin, { id });
    }
  });

  test("a query that fails says so with the database's own words, which may quote rows and are not recorded", async () => {
    const input = request({ sql: "select nothing from main.numbers" });
    const { stream } = await startPreview(world.developer, input, new AbortController().signal);
    const { tail } = await readRows(stream);
    expect(tail).toMatchObject({ outcome: "failed", error: { code: "WAREHOUSE_ERROR" } });
    expect(tail?.error?.message).toContain('"nothing" not found');
    await expect(previewOutcome(world.developer, input.queryId)).resolves.toMatchObject({
      outcome: "failed",
      message: "The warehouse refused or failed the query.",
    });
  });

  test("the variables of an environment are dbt's", async () => {
    const { environments } = schema;
    await database()
      .update(environments)
      .set({ vars: { days: 7, "names of": ["a", "b'c", null] } })
      .where(eq(environments.id, world.postgres));
    events.emit("environmentChanged", {
      organisationId: world.developer.organisationId,
      environmentId: world.postgres,
    });
    const { stream } = await start({
      environmentId: world.postgres,
      sql: `select {{ var('days') + 1 }} as days, '{{ var('names of') | length }}' as names`,
    });
    expect((await readRows(stream)).rows).toEqual([{ days: 8, names: "3" }]);
  });

  test("PostgreSQL streams too", async () => {
    const { stream } = await start({
      environmentId: world.postgres,
      sql: "select g as id, 'x' || g as name from generate_series(1, 1200) g",
      rows: 2000,
    });
    const { tail, rows } = await readRows(stream);
    expect(tail).toMatchObject({ outcome: "complete", rows: 1200 });
    expect(rows.at(-1)).toEqual({ id: 1200, name: "x1200" });
  });

  test("cancelled by its person, and by a browser that goes away", async () => {
    const { run, queryId } = await running();
    expect(cancelPreview(world.stranger, queryId)).toEqual({ found: false });
    expect(cancelPreview(world.developer, queryId)).toEqual({ found: true });
    await run.finished;
    await expect(previewOutcome(world.developer, queryId)).resolves.toMatchObject({ outcome: "cancelled" });
    await vi.waitFor(() => expect(queryProcesses(run.session.pid)).toEqual([]), { timeout: 3000 });

    const leaving = new AbortController();
    const input = request({ sql: endless });
    const started = await startPreview(world.developer, input, leaving.signal);
    leaving.abort();
    await started.run.finished;
    await expect(previewOutcome(world.developer, input.queryId)).resolves.toMatchObject({ outcome: "cancelled" });
    expect((await auditOf(input.queryId)).map(({ action }) => action)).toEqual(["preview.cancelled"]);
  });

  test("switched off: the running preview ends within a second and says who decided it; every later one is refused", async () => {
    const { run, stream, queryId } = await running();
    const before = performance.now();
    const { id } = await rule({ preview: false, reason: "Quarter end" });
    try {
      const { tail } = await readRows(stream);
      expect(performance.now() - before).toBeLessThan(1000);
      expect(tail).toBeNull();
      await run.finished;
      const message = "admin of river.example switched preview off for River Foods. Reason: Quarter end";
      await expect(previewOutcome(world.developer, queryId)).resolves.toMatchObject({ outcome: "ended", message });
      await vi.waitFor(() => expect(queryProcesses(run.session.pid)).toEqual([]), { timeout: 1000 });
      const refused = request({ sql: "select 1" });
      await expect(startPreview(world.developer, refused, new AbortController().signal)).rejects.toMatchObject({
        code: "POLICY_OFF",
        message,
      });
      await expect(previewOutcome(world.developer, refused.queryId)).resolves.toMatchObject({
        outcome: "refused",
        message,
      });
      expect((await auditOf(refused.queryId)).map(({ action }) => action)).toEqual(["preview.refused"]);
      await expect(previewPolicy(world.developer, place)).resolves.toMatchObject({ preview: false, export: false });
      await expect(recordExport(world.developer, { queryId, format: "csv" })).rejects.toMatchObject({
        code: "POLICY_OFF",
      });
    } finally {
      await removePolicyRule(world.admin, { id });
    }
    expect((await readRows((await start({ sql: "select 1 as one" })).stream)).rows).toEqual([{ one: 1 }]);
  });

  test("switched off while the preview is being started: no row gets out", async () => {
    const starting = start({ sql: endless });
    const ended = starting.then(
      ({ stream }) => readRows(stream),
      (error: unknown) => error,
    );
    const { id } = await rule({ preview: false });
    try {
      // Refused at the start, or cut without a tail: there is no third way.
      expect(await ended).toSatisfy(
        (value: { code?: string; tail?: unknown }) => value.code === "POLICY_OFF" || value.tail === null,
      );
      await vi.waitFor(() => expect(sessionService().runs.size).toBe(0));
    } finally {
      await removePolicyRule(world.admin, { id });
    }
  });

  test("a reader and another organisation are refused", async () => {
    const readers = await world.workspaceOf(world.reader);
    const input = request({ workspaceId: readers.id, sql: "select 1" });
    await expect(startPreview(world.reader, input, new AbortController().signal)).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    expect((await auditOf(input.queryId)).map(({ action }) => action)).toEqual(["preview.refused"]);
    const theirs = request({ sql: "select 1" });
    for (const actor of [world.stranger, world.reader, world.admin]) {
      await expect(startPreview(actor, theirs, new AbortController().signal)).rejects.toMatchObject({
        code: "NOT_FOUND",
      });
      await expect(previewPolicy(actor, place)).rejects.toMatchObject({ code: "NOT_FOUND" });
      await expect(previewHistory(actor, place.workspaceId)).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
    const own = request({ sql: "select 1" });
    await readRows((await startPreview(world.developer, own, new AbortController().signal)).stream);
    await previewOutcome(world.developer, own.queryId);
    await expect(previewOutcome(world.stranger, own.queryId)).resolves.toBeNull();
    await expect(recordExport(world.stranger, { queryId: own.queryId, format: "csv" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(recordExport(world.reader, { queryId: own.queryId, format: "csv" })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await recordExport(world.developer, { queryId: own.queryId, format: "csv" });
    expect((await auditOf(own.queryId)).map(({ action }) => action)).toEqual(["preview.run", "preview.exported"]);
  });

  test("an id counts once", async () => {
    const input = request({ sql: "select 1" });
    await readRows((await startPreview(world.developer, input, new AbortController().signal)).stream);
    await previewOutcome(world.developer, input.queryId);
    await expect(startPreview(world.developer, input, new AbortController().signal)).rejects.toMatchObject({
      code: "CONFLICT",
    });
  });

  test("one person's previews at a time are limited", async () => {
    const { previewsPerPerson: limit } = defaultSessionLimits;
    for (let started = 0; started < limit; started++) await start({ sql: endless });
    await expect(start({ sql: "select 1" })).rejects.toMatchObject({
      code: "LIMIT_REACHED",
      message: `You have ${limit} previews running, which is as many as you may have.`,
    });
  });

  test("a query process killed by hand is reported, and its session lives on", async () => {
    const { run, stream, queryId } = await running();
    for (const pid of queryProcesses(run.session.pid)) process.kill(pid, "SIGKILL");
    expect((await readRows(stream)).tail).toBeNull();
    await run.finished;
    await expect(previewOutcome(world.developer, queryId)).resolves.toMatchObject({
      outcome: "failed",
      message: expect.stringContaining("SIGKILL"),
    });
    expect(run.session.status.state).toBe("ready");
  });

  test("a session killed by hand is reported and replaced, unsaved text kept", async () => {
    const { run, stream, queryId } = await running({
      path: "models/numbers.sql",
      text: "select 77 as kept\n",
      sql: endless,
    });
    const { session } = run;
    process.kill(Number(session.pid), "SIGKILL");
    await readRows(stream);
    await expect(previewOutcome(world.developer, queryId)).resolves.toMatchObject({ outcome: "failed" });
    expect(session.status).toMatchObject({ state: "lost", error: { code: "WORKER_LOST" } });
    const { rows } = await readRows((await start({ path: "models/numbers.sql" })).stream);
    expect(rows).toEqual([{ kept: 77 }]);
    expect(session.status.state).toBe("ready");
  });

  test("a reader that is slow holds the query back, in bounded memory", async () => {
    const { stream, run } = await start({
      sql: "select range as id, repeat('x', 1000) as filler from range(3000000)",
      rows: 3_000_000,
    });
    const reader = stream.getReader();
    await reader.read();
    const [pid] = queryProcesses(run.session.pid);
    const before = process.memoryUsage.rss();
    await vi.waitFor(() => expect(waitsInKernel(pid)).toBe(true), { timeout: 5000 });
    for (let read = 0; read < 50; read++) await reader.read();
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
    expect(run.outcome).toBe("running");
    await reader.cancel();
    await run.finished;
    expect(run.outcome).toBe("cancelled");
  });

  test("a query that never ends is stopped by its seconds", async () => {
    const { id } = await rule({ maxSeconds: 1 });
    try {
      const { tail } = await readRows((await start({ sql: endless })).stream);
      expect(tail).toMatchObject({ outcome: "limited", limit: "seconds" });
    } finally {
      await removePolicyRule(world.admin, { id });
    }
  });

  test("500 columns", async () => {
    const columns = Array.from({ length: 500 }, (_, index) => `${index} as c${index}`).join(", ");
    const { head, rows } = await readRows((await start({ sql: `select ${columns} from range(10)` })).stream);
    expect(head?.columns).toHaveLength(500);
    expect(rows).toHaveLength(10);
    expect(rows[9]).toMatchObject({ c0: 0, c499: 499 });
  });

  test("a cell of 50 MB", async () => {
    const { tail, rows } = await readRows((await start({ sql: "select repeat('ab', 25000000) as cell" })).stream);
    expect(tail).toMatchObject({ outcome: "complete", rows: 1 });
    expect(String(rows[0]?.cell)).toHaveLength(50_000_000);
  });

  test("a warehouse file that a writer holds is said to be held", async () => {
    const code = "import duckdb,sys\nc=duckdb.connect(sys.argv[1])\nprint('held',flush=True)\nsys.stdin.read()";
    const writer = spawn(enginePython(), ["-c", code, world.warehouseFile], { stdio: ["pipe", "pipe", "inherit"] });
    await once(writer.stdout, "data");
    try {
      const { tail } = await readRows((await start({ sql: "select 1" })).stream);
      expect(tail).toMatchObject({ outcome: "failed", error: { code: "WAREHOUSE_BUSY" } });
    } finally {
      writer.stdin.end();
      await once(writer, "exit");
    }
  });

  test("rows are in no log", async () => {
    const lines: string[] = [];
    const writing = vi.spyOn(fs, "writeSync").mockImplementation((...call: unknown[]) => {
      lines.push(String(call[1]));
      return String(call[1]).length;
    });
    await readRows((await start({ sql: "select * from main.numbers" })).stream);
    await readRows((await start({ sql: "select ('canary-' || id)::integer from main.numbers" })).stream);
    await vi.waitFor(() => expect(sessionService().runs.size).toBe(0));
    await expect(start({ sql: "select 1" }, world.stranger)).rejects.toMatchObject({ code: "NOT_FOUND" });
    logger().info("the end");
    writing.mockRestore();
    expect(lines.join("")).toContain("the end");
    expect(lines.join("")).not.toContain("canary-");
    expect(world.runner.output()).not.toContain("canary-");
  });

  test("signed out: the preview and the dbt session end within a second, and the unsaved text is forgotten", async () => {
    const { run, stream, queryId } = await running();
    const { pid } = run.session;
    const { signInSessionId, userId, organisationId } = world.developer;
    const before = performance.now();
    events.emit("signInSessionEnded", { signInSessionId, userId, organisationId, message: "You signed out." });
    await readRows(stream);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 1000 });
    expect(performance.now() - before).toBeLessThan(1000);
    await expect(previewOutcome(world.developer, queryId)).resolves.toMatchObject({
      outcome: "ended",
      message: "You signed out.",
    });
    expect(sessionService().registry.find({ ...place, userId })).toBeNull();
  });
});

function auditOf(queryId: string) {
  const { auditEvents } = schema;
  return database()
    .select({ action: auditEvents.action, subject: auditEvents.subject, details: auditEvents.details })
    .from(auditEvents)
    .where(eq(auditEvents.organisationId, world.admin.organisationId))
    .orderBy(auditEvents.id)
    .then((lines) => lines.filter(({ details }) => details.queryId === queryId));
}

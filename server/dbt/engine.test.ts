import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { WorkspaceEvent } from "../contract/dbt";
import { type Actor, events } from "../core";
import { removePolicyRule, setPolicyRule } from "../policy";
import { endSession, liveSessions, sessionService, sessionStatus, workspaceEvents } from "../sessions";
import { useDbtWorld } from "../testing/dbt-world";
import { isAlive } from "../testing/processes";
import { applyOverlay, compile, endOwnSession, openSession, projectIndex } from "./engine";

const world = useDbtWorld();

describe("dbt over a real session", () => {
  let place: { workspaceId: string; environmentId: string };
  let root: string;

  beforeAll(async () => {
    const workspace = await world.workspaceOf(world.developer);
    root = workspace.root;
    place = { workspaceId: workspace.id, environmentId: world.duckdb };
  });

  let version = 0;
  const compiled = (
    values: { path?: string; text?: string; sql?: string },
    actor: Actor = world.developer,
    at = place,
  ) => compile(actor, { ...at, path: null, text: null, sql: null, version: version++, ...values });

  test("opens at once, says how it goes on, and is one session however often it is opened", async () => {
    const told: WorkspaceEvent[] = [];
    const stop = new AbortController();
    const listening = (async () => {
      for await (const event of workspaceEvents(world.developer, place, stop.signal)) told.push(event);
    })();
    expect((await openSession(world.developer, place)).state).toBe("starting");
    await vi.waitFor(() => expect(sessionStatus(world.developer, place).state).toBe("ready"), { timeout: 60_000 });
    await openSession(world.developer, place);
    expect(sessionService().sessionsOf(place.workspaceId)).toHaveLength(1);
    await vi.waitFor(() => expect(told.map(({ type }) => type)).toContain("index"));
    events.emit("filesChanged", { workspaceId: place.workspaceId, paths: ["models/numbers.sql"] });
    events.emit("gitChanged", { workspaceId: place.workspaceId });
    events.emit("filesChanged", { workspaceId: "another", paths: ["models/secret.sql"] });
    await vi.waitFor(() => expect(told.map(({ type }) => type)).toContain("git"));
    expect(told.filter(({ type }) => type === "files")).toEqual([{ type: "files", paths: ["models/numbers.sql"] }]);
    stop.abort();
    await listening;
  });

  test("compiles what is on disk, what is typed, and SQL of its own", async () => {
    expect((await compiled({ path: "models/doubled.sql" })).sql).toBe(
      'select id * 2 as twice from "warehouse"."main"."numbers"',
    );
    const typed = await compiled({ path: "models/doubled.sql", text: "select 3 as typed from {{ ref('numbers') }}\n" });
    expect(typed).toMatchObject({
      sql: 'select 3 as typed from "warehouse"."main"."numbers"',
      error: null,
      introspective: false,
    });
    expect((await compiled({ sql: "select count(*) from {{ ref('numbers') }}" })).sql).toBe(
      'select count(*) from "warehouse"."main"."numbers"',
    );
    await applyOverlay(world.developer, place, [
      { path: "models/doubled.sql", text: null, deleted: false, version: version++ },
    ]);
    expect((await compiled({ path: "models/doubled.sql" })).sql).toContain("id * 2");
  });

  test("a broken text is an error at its line, with the last good SQL", async () => {
    const result = await compiled({ path: "models/doubled.sql", text: "select 1\nfrom {{ ref('nowhere') }}\n" });
    expect(result).toMatchObject({ sql: null, error: { code: "DBT_ERROR", location: { path: "models/doubled.sql" } } });
    await applyOverlay(world.developer, place, [
      { path: "models/doubled.sql", text: null, deleted: false, version: version++ },
    ]);
  });

  test("sees a file that changed on disk", async () => {
    const file = join(root, "models/numbers.sql");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, "select 5 as changed_on_disk\n");
    events.emit("filesChanged", { workspaceId: place.workspaceId, paths: ["models/numbers.sql"] });
    expect((await compiled({ path: "models/numbers.sql" })).sql).toContain("changed_on_disk");
    writeFileSync(file, before);
    events.emit("filesChanged", { workspaceId: place.workspaceId, paths: ["models/numbers.sql"] });
  });

  test("an index names the project's models", async () => {
    const { base, changes } = await projectIndex(world.developer, place, { known: null, part: "names" });
    const names = JSON.parse(gunzipSync(Buffer.from(base?.names ?? "", "base64")).toString("utf8")) as {
      nodes: { name: string[] };
    };
    expect(names.nodes.name).toEqual(["asks", "doubled", "numbers"]);
    const known = base?.key ?? null;
    const rest = await projectIndex(world.developer, place, { known, part: "rest" });
    expect(rest).toEqual({ ...rest, changes, base: { key: known, names: null, rest: expect.any(String) } });
    const again = await projectIndex(world.developer, place, { known, part: "all" });
    expect(again.base).toEqual({ key: known, names: null, rest: null });
  });

  test("a compile that wants the warehouse obeys the preview policy", async () => {
    expect(await compiled({ path: "models/asks.sql" })).toMatchObject({
      introspective: true,
      error: null,
      sql: expect.stringContaining("42"),
    });
    const base = { scope: "organisation" as const, scopeId: world.admin.organisationId, preview: false, export: false };
    const { id } = await setPolicyRule(world.admin, {
      ...base,
      maxRows: null,
      maxBytes: null,
      maxSeconds: null,
      reason: "",
    });
    try {
      const refused = await compiled({ path: "models/asks.sql" });
      expect(refused).toMatchObject({
        introspective: true,
        sql: null,
        error: { code: "POLICY_OFF", message: expect.stringContaining("admin of river.example switched preview off") },
      });
      expect((await compiled({ path: "models/doubled.sql" })).sql).toContain("id * 2");
    } finally {
      await removePolicyRule(world.admin, { id });
    }
  });

  test("a reader compiles what is on disk and nothing else; another organisation finds nothing", async () => {
    const readers = await world.workspaceOf(world.reader);
    const own = { workspaceId: readers.id, environmentId: world.duckdb };
    const change = [{ path: "models/doubled.sql", text: "select 9", deleted: false, version: 1 }];
    expect((await compiled({ path: "models/doubled.sql", text: "select 9 as mine" }, world.reader, own)).sql).toContain(
      "id * 2",
    );
    await expect(compiled({ sql: "select 1" }, world.reader, own)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(applyOverlay(world.reader, own, change)).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await compiled({ path: "models/asks.sql" }, world.reader, own)).toMatchObject({
      sql: null,
      error: { code: "POLICY_OFF" },
    });
    for (const actor of [world.stranger, world.reader, world.admin]) {
      const calls = [
        () => openSession(actor, place),
        () => projectIndex(actor, place, { known: null, part: "all" }),
        () => compiled({ path: "models/doubled.sql" }, actor),
        () => endOwnSession(actor, place),
      ];
      for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "NOT_FOUND" });
      const subscription = workspaceEvents(actor, place, new AbortController().signal);
      await expect(subscription.next()).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
    await expect(applyOverlay(world.stranger, place, change)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("an administrator sees the session and ends it; it comes back when it is opened, with its text", async () => {
    await applyOverlay(world.developer, place, [
      { path: "models/doubled.sql", text: "select 8 as kept\n", deleted: false, version: version++ },
    ]);
    await expect(liveSessions(world.developer)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(liveSessions({ ...world.stranger, permissions: world.admin.permissions })).resolves.toEqual([]);
    const listed = (await liveSessions(world.admin)).find(({ userId }) => userId === world.developer.userId);
    expect(listed).toMatchObject({
      state: "ready",
      adapter: "duckdb",
      projectName: "Orders",
      environmentName: "dev",
      runningQueries: [],
    });
    expect(listed?.memoryKb).toBeGreaterThan(1000);
    const [session] = sessionService().sessionsOf(place.workspaceId);
    const pid = session?.pid ?? null;
    const id = String(listed?.id);
    await expect(endSession({ ...world.stranger, permissions: world.admin.permissions }, id)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await endSession(world.admin, id);
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 1000 });
    expect(sessionStatus(world.developer, place)).toMatchObject({
      state: "ended",
      error: { message: "admin of river.example ended this dbt session." },
    });
    await expect(compiled({ path: "models/doubled.sql" })).rejects.toMatchObject({ code: "WORKER_LOST" });
    await openSession(world.developer, place);
    expect((await compiled({ path: "models/doubled.sql" })).sql).toBe("select 8 as kept");
  });

  test("a subscription ends with the sign-in and leaves nothing behind", async () => {
    const subscription = workspaceEvents(world.developer, place, new AbortController().signal);
    expect((await subscription.next()).value).toMatchObject({ type: "session" });
    const rest = (async () => {
      const told: WorkspaceEvent[] = [];
      for await (const event of subscription) told.push(event);
      return told;
    })();
    const { signInSessionId, userId, organisationId } = world.developer;
    events.emit("signInSessionEnded", { signInSessionId, userId, organisationId, message: "You signed out." });
    expect((await rest).at(-1)).toEqual({ type: "signed-out", message: "You signed out." });
  });

  test("a model that Git ignores is its person's: dbt sees it, and it leaves nothing in what others share", async () => {
    const own = await world.workspaceOf(world.admin);
    const at = { ...place, workspaceId: own.id };
    const path = "models/local/mine.sql";
    writeFileSync(join(own.root, ".gitignore"), "local/\n");
    mkdirSync(dirname(join(own.root, path)));
    writeFileSync(join(own.root, path), "select 8 as mine\n");
    const using = { sql: "select mine from {{ ref('mine') }}" };
    expect((await compiled(using, world.admin, at)).sql).toContain("mine");
    await endOwnSession(world.admin, at);
    writeFileSync(join(own.root, path), "select 9 as changed\n");
    expect((await compiled({ path }, world.admin, at)).sql).toBe("select 9 as changed");
    await endOwnSession(world.admin, at);
    rmSync(join(own.root, path));
    expect((await compiled(using, world.admin, at)).error?.message).toContain("mine");
  });
});

import { randomUUID } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { previewInput } from "../contract/dbt";
import type { Permission } from "../contract/people";
import { type Actor, type EventMap, type EventName, events } from "../core";
import { database, notify, schema, startEventBridge } from "../db";
import { applyOverlay } from "../dbt";
import { saveRole, setActive, setRole } from "../orgs";
import { removePolicyRule, setPolicyRule } from "../policy";
import { removeProject, removeWorkspace } from "../projects";
import { useDbtWorld } from "../testing/dbt-world";
import { isAlive, queryProcesses } from "../testing/processes";
import { readRows } from "../testing/rows";
import { endSession, liveSessions } from "./administration";
import { setSessionLimits } from "./limit-settings";
import { previewOutcome, startPreview } from "./previews";
import { sessionFor, sessionService } from "./service";

vi.setConfig({ hookTimeout: 120_000, testTimeout: 60_000 });

const world = useDbtWorld();
const endless = "select sum(a.range * b.range) as s from range(10000000) a, range(10000000) b";
/** The promise: whoever may not go on is ended within a second, here and in every other web process. */
const promised = { timeout: 1_000, interval: 10 };

/** A preview that runs, and its session. */
async function running(actor: Actor) {
  const { id } = await world.workspaceOf(actor);
  const place = { workspaceId: id, environmentId: world.duckdb };
  const queryId = randomUUID();
  const input = previewInput.parse({ ...place, path: null, sql: endless, rows: 10, queryId });
  const { run, stream } = await startPreview(actor, input, new AbortController().signal);
  await vi.waitFor(() => expect(queryProcesses(run.session.pid)).not.toEqual([]), { timeout: 10_000, interval: 20 });
  const pids = [Number(run.session.pid), ...queryProcesses(run.session.pid)];
  return { place, queryId, run, stream, session: run.session, pids };
}

/** What another web process tells the others. */
function told<Name extends EventName>(name: Name, payload: EventMap[Name]): Promise<void> {
  return notify("millrace_events", { origin: "another web process", name, payload });
}

async function expectSessionEnded(
  { pids, session, stream, queryId }: Awaited<ReturnType<typeof running>>,
  actor: Actor,
) {
  await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), promised);
  expect((await readRows(stream)).tail).toBeNull();
  await expect(previewOutcome(actor, queryId)).resolves.toMatchObject({ outcome: "ended" });
  expect(session.status.state).toBe("ended");
  return session.status.error;
}

async function expectPreviewEnded({ pids, session, run, stream }: Awaited<ReturnType<typeof running>>) {
  const [sessionPid, ...queries] = pids;
  await vi.waitFor(() => expect(queries.filter(isAlive)).toEqual([]), promised);
  expect((await readRows(stream)).tail).toBeNull();
  await run.finished;
  expect([run.outcome, session.pid, session.status.state]).toEqual(["ended", sessionPid, "ready"]);
  return run.message;
}

const membership = (actor: Actor) =>
  and(eq(schema.memberships.organisationId, actor.organisationId), eq(schema.memberships.userId, actor.userId));

describe("what ends a dbt session or a preview, within a second", () => {
  let developer: Actor;
  let admin: Actor;

  beforeAll(async () => {
    ({ developer, admin } = world);
    await startEventBridge();
  });
  afterEach(async () => {
    for (const run of sessionService().runs.values()) run.end("cancelled", "The test is over.");
    await vi.waitFor(() => expect(sessionService().runs.size).toBe(0), { timeout: 10_000 });
  });
  afterAll(() => sessionService().close());

  /** A role of the organisation with these permissions, given to the developer for a while. */
  async function withRole(granted: Permission[], work: (roleId: string) => Promise<void>): Promise<void> {
    const role = await saveRole(admin, {
      roleId: null,
      name: `only ${granted.join()} ${randomUUID()}`,
      permissions: granted,
    });
    try {
      await work(role.id);
    } finally {
      await setRole(admin, { userId: developer.userId, roleId: developer.roleId });
    }
  }

  test("the admin console: it stays ended until its person opens it again, with their text", async () => {
    const started = await running(developer);
    const change = { path: "models/numbers.sql", text: "select 5 as kept\n", deleted: false, version: 1 };
    await applyOverlay(developer, started.place, [change]);
    const [listed] = await liveSessions(admin);
    await endSession(admin, listed?.id ?? "");
    const error = await expectSessionEnded(started, developer);
    expect(error?.message).toBe("admin of river.example ended this dbt session.");
    await expect(started.session.request("ping", {}, 5_000)).rejects.toMatchObject({ code: "WORKER_LOST" });
    started.session.start(true);
    const compile = { path: change.path, uniqueId: null, sql: null, version: 2, allowWarehouse: false };
    await expect(started.session.request("compile", compile, 30_000)).resolves.toMatchObject({
      sql: change.text.trim(),
    });
  });

  test.each(["here", "in another web process"])("signed out %s", async (where) => {
    const { signInSessionId, userId, organisationId } = developer;
    const started = await running(developer);
    const payload = { signInSessionId, userId, organisationId, message: "You signed out." };
    if (where === "here") events.emit("signInSessionEnded", payload);
    else await told("signInSessionEnded", payload);
    expect((await expectSessionEnded(started, developer))?.message).toBe("You signed out.");
  });

  test.each(["here", "in another web process"])("deactivated %s", async (where) => {
    const { userId, organisationId } = developer;
    const started = await running(developer);
    if (where === "here") await setActive(admin, { userId, active: false });
    else {
      await database().update(schema.memberships).set({ active: false }).where(membership(developer));
      await told("membershipChanged", { organisationId, userId });
    }
    try {
      expect((await expectSessionEnded(started, developer))?.message).toContain("deactivated your account");
    } finally {
      await setActive(admin, { userId, active: true });
    }
  });

  test.each(["here", "in another web process"])(
    "a role that allows no previews, given %s, ends the preview alone",
    async (where) => {
      const { userId, organisationId } = developer;
      const started = await running(developer);
      await withRole(["project.read", "file.write"], async (roleId) => {
        if (where === "here") await setRole(admin, { userId, roleId });
        else {
          await database().update(schema.memberships).set({ roleId }).where(membership(developer));
          await told("membershipChanged", { organisationId, userId });
        }
        expect(await expectPreviewEnded(started)).toBe("Your role no longer allows previews.");
      });
    },
  );

  test("a role that loses the right to open projects ends the session", async () => {
    const started = await running(developer);
    await withRole([], async (roleId) => {
      await setRole(admin, { userId: developer.userId, roleId });
      expect((await expectSessionEnded(started, developer))?.message).toContain(
        "no longer allows you to open projects",
      );
    });
  });

  test("permissions that are taken from a role count for those who have it", async () => {
    await withRole(["project.read", "file.write", "preview.run"], async (roleId) => {
      await setRole(admin, { userId: developer.userId, roleId });
      const started = await running(developer);
      await saveRole(admin, { roleId, name: `less ${roleId}`, permissions: ["project.read"] });
      expect(await expectPreviewEnded(started)).toBe("Your role no longer allows previews.");
    });
  });

  test.each(["here", "in another web process"])("preview switched off %s ends the preview alone", async (where) => {
    const { organisationId } = admin;
    const started = await running(developer);
    const rule = { scope: "project", scopeId: world.projectId, preview: false, export: true } as const;
    const limits = { maxRows: null, maxBytes: null, maxSeconds: null, reason: "Quarter end" };
    if (where === "here") await setPolicyRule(admin, { ...rule, ...limits });
    else {
      await database()
        .insert(schema.policyRules)
        .values({ organisationId, ...rule, ...limits });
      await told("policyChanged", { organisationId });
    }
    expect(await expectPreviewEnded(started)).toContain("Quarter end");
    const [stored] = await database().select({ id: schema.policyRules.id }).from(schema.policyRules);
    await removePolicyRule(admin, { id: stored?.id ?? "" });
  });

  test("an environment that changes in another web process: the next request starts afresh", async () => {
    const started = await running(developer);
    await told("environmentChanged", { organisationId: admin.organisationId, environmentId: world.duckdb });
    expect((await expectSessionEnded(started, developer))?.message).toBe("An administrator changed this environment.");
    await expect(started.session.request("ping", {}, 30_000)).resolves.toEqual({});
  });

  test("limits of memory that change: the preview ends, and the session that a page has open starts again with them", async () => {
    const started = await running(developer);
    const stop = sessionService().registry.subscribe(started.session.identity, () => undefined);
    await setSessionLimits(admin, { queryMemoryMb: 512 });
    await vi.waitFor(() => expect(started.pids.filter(isAlive)).toEqual([]), promised);
    await started.session.connection();
    stop();
    expect(started.session.pid).not.toBe(started.pids[0]);
    const memory = previewInput.parse({
      ...started.place,
      path: null,
      sql: "select count(*) from (select range as id, range::varchar || repeat('x', 500) as v from range(5000000)) group by v",
      rows: 10,
      queryId: randomUUID(),
    });
    const { stream } = await startPreview(developer, memory, new AbortController().signal);
    const { tail } = await readRows(stream);
    expect(tail?.error).toMatchObject({
      code: "LIMIT_REACHED",
      message: "The query needs more than the 512 MB of memory that a preview may take, and was ended.",
      hint: expect.stringContaining("“Memory of one preview” under Session limits in the admin console"),
    });
    expect(started.session.status.state).toBe("ready");
    await setSessionLimits(admin, { queryMemoryMb: null });
  });

  test("a preview that takes too much processor time ends with the limit and its setting, and its session goes on", async () => {
    await setSessionLimits(admin, { queryCpuSeconds: 1 });
    const { id } = await world.workspaceOf(developer);
    const place = { workspaceId: id, environmentId: world.duckdb };
    const queryId = randomUUID();
    const input = previewInput.parse({ ...place, path: null, sql: endless, rows: 10, queryId });
    const { stream, run } = await startPreview(developer, input, new AbortController().signal);
    expect((await readRows(stream)).tail).toBeNull();
    await expect(previewOutcome(developer, queryId)).resolves.toMatchObject({
      outcome: "failed",
      message: expect.stringMatching(
        /^The query used more than its 1 seconds of processor time .*“Processor time of one preview” under Session limits/,
      ),
    });
    expect(run.session.status.state).toBe("ready");
    await setSessionLimits(admin, { queryCpuSeconds: null });
  });

  test.each(["here", "in another web process"])("a workspace that is removed %s", async (where) => {
    const actor = where === "here" ? admin : developer;
    const started = await running(actor);
    const { workspaceId } = started.place;
    if (where === "here") await removeWorkspace(actor, { workspaceId });
    else await told("workspaceRemoved", { organisationId: actor.organisationId, workspaceId });
    expect((await expectSessionEnded(started, actor))?.message).toBe("The workspace of this dbt session was removed.");
    expect(sessionService().sessionsOf(workspaceId)).toEqual([]);
    if (where === "here") await expect(sessionFor(actor, started.place)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test.each(["in another web process", "here"])("a project that is removed %s", async (where) => {
    const started = await running(developer);
    const { organisationId } = admin;
    if (where === "here") await removeProject(admin, { projectId: world.projectId });
    else await told("projectRemoved", { organisationId, projectId: world.projectId });
    await vi.waitFor(() => expect(started.pids.filter(isAlive)).toEqual([]), promised);
    expect(started.session.status.error?.message).toBe("The project was removed by an administrator.");
    await started.run.finished;
    expect(started.run.outcome).toBe("ended");
  });
});

import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { OverlayChange, SessionStatus } from "../contract/dbt";
import type { SessionLimitValues } from "../contract/session-limits";
import { AppError } from "../core";
import { database, schema } from "../db";
import { useTestDatabase } from "../testing";
import { encodeJsonFrame, FrameReader } from "./frames";
import { defaultSessionLimits } from "./limits";
import type { PreparedOpening } from "./live-session";
import { onThisMachine } from "./placement-choice";
import { SessionRegistry } from "./registry";
import type { SessionIdentity } from "./session-identity";

/** The other end of the protocol: takes an opening, says that it is ready, and answers each request with an empty overlay. */
class Peer {
  readonly connections: { socket: Socket; messages: Record<string, unknown>[] }[] = [];
  /** It takes nobody. */
  full = false;
  readonly #server: Server;

  constructor(readonly path: string) {
    this.#server = createServer((socket) => {
      const connection = { socket, messages: [] as Record<string, unknown>[] };
      this.connections.push(connection);
      const reader = new FrameReader(1_000_000);
      socket.on("error", () => socket.destroy());
      socket.on("data", (chunk: Buffer) => {
        for (const { payload } of reader.push(chunk))
          this.#answer(socket, connection.messages, JSON.parse(payload.toString("utf8")));
      });
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.path, resolve));
  }

  close(): void {
    for (const { socket } of this.connections) socket.destroy();
    this.#server.close();
  }

  overlaysOf(index: number): unknown[] {
    return (this.connections[index]?.messages ?? [])
      .filter(({ method }) => method === "overlay")
      .map(({ params }) => (params as { changes: OverlayChange[] }).changes.map(({ path, text }) => [path, text]));
  }

  #answer(socket: Socket, messages: Record<string, unknown>[], message: Record<string, unknown>): void {
    messages.push(message);
    if (message.type === "credentials" && this.full) {
      const error = { code: "LIMIT_REACHED", message: "Full.", hint: null, location: null, reference: null };
      socket.end(encodeJsonFrame({ type: "fatal", error: { ...error, details: { limit: "runner" } } }));
    } else if (message.type === "credentials") {
      const ready = {
        type: "ready",
        pid: 1,
        dbtVersion: "1.11",
        adapter: "duckdb",
        models: 3,
        graphVersion: 1,
        fromTemplate: true,
      };
      socket.write(encodeJsonFrame({ ...ready, error: null }));
    } else if (message.type === "request") {
      const result = message.method === "overlay" ? { graphVersion: 2, pending: false } : {};
      socket.write(encodeJsonFrame({ type: "response", id: message.id, result, error: null }));
    }
  }
}

/** The same id for the same name. */
function id(name: string): string {
  return createHash("md5")
    .update(name)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const identity: SessionIdentity = {
  organisationId: id("organisation"),
  userId: id("person"),
  userName: "Person",
  workspaceId: "workspace",
  projectId: "project",
  projectName: "Project",
  environmentId: "environment",
  environmentName: "dev",
  adapter: "duckdb",
};
const change = (path: string, text: string | null): OverlayChange => ({ path, text, deleted: false, version: 1 });

useTestDatabase();

describe("SessionRegistry", () => {
  let folder: string;
  let peer: Peer;
  let registry: SessionRegistry;
  const gone = vi.fn();
  let limits: SessionLimitValues;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-registry-"));
    peer = new Peer(join(folder, "runner.sock"));
    await peer.listen();
    gone.mockReset();
    limits = {
      ...defaultSessionLimits,
      sessionsPerPerson: 2,
      sessionsPerOrganisation: 3,
      idleMinutes: 1,
      lifetimeHours: 2,
    };
    registry = new SessionRegistry(
      {
        placement: onThisMachine(peer.path),
        limits: { known: () => limits, read: async () => limits },
        overlayCharacters: 100,
        onQueryEnded: vi.fn(),
        onStarted: vi.fn(),
        onEnded: vi.fn(),
        onWorkerGone: (session, error) => gone(session.id, error.message),
      },
      () => false,
    );
  });

  afterEach(async () => {
    await registry.close();
    peer.close();
    await rm(folder, { recursive: true, force: true });
    expect(await database().$count(schema.sessionPlaces)).toBe(0);
  });

  const use = (change: Partial<SessionIdentity> = {}, signIn = "sign-in") =>
    registry.use({ ...identity, ...change }, signIn, { engine: "default", prepare: async () => opening() });

  test("is one session for all tabs of a person, told its secrets in the credentials frame alone", async () => {
    const session = use();
    expect(use({}, "second sign-in")).toBe(session);
    await session.connection();
    expect(session.status).toEqual({
      state: "ready",
      dbtVersion: "1.11",
      adapter: "duckdb",
      models: 3,
      error: null,
      progress: null,
      line: null,
    });
    const [hello, template, credentials] = peer.connections[0]?.messages ?? [];
    expect(JSON.stringify([hello, template])).not.toContain("s3cret");
    expect(credentials).toEqual({ type: "credentials", secrets: { password: "s3cret" }, environmentVariables: {} });
  });

  test("replaces a lost worker at the next request and replays the latest unsaved text", async () => {
    const session = use();
    await session.connection();
    const statuses: string[] = [];
    registry.subscribe(identity, (news) => {
      if (news.type === "session") statuses.push(news.status.state);
    });
    await session.overlay([change("models/a.sql", "select 1"), change("models/b.sql", "select 2")]);
    await session.overlay([change("models/a.sql", "select 11"), change("models/b.sql", null)]);
    peer.connections[0]?.socket.destroy();
    await vi.waitFor(() => expect(session.status.state).toBe("lost"));
    expect(session.status.error?.code).toBe("WORKER_LOST");
    expect(gone).toHaveBeenCalledWith(session.id, "The dbt session's process ended unexpectedly.");
    await session.request("ping", {}, 1000);
    expect(peer.overlaysOf(1)).toEqual([[["models/a.sql", "select 11"]]]);
    expect(statuses).toEqual(["lost", "starting", "ready"]);
  });

  test("lets an idle session go and brings it back with its text", async () => {
    const session = use();
    await session.overlay([change("models/a.sql", "select 1")]);
    await session.connection();
    registry.endOverdue(Date.now() + 59_000);
    expect(session.running).toBe(true);
    registry.endOverdue(Date.now() + 61_000);
    expect(session.running).toBe(false);
    expect(session.status).toMatchObject({
      state: "ended",
      error: { message: "The dbt session was idle for a minute and was let go." },
    });
    await session.request("ping", {}, 1000);
    expect(peer.overlaysOf(1)).toEqual([[["models/a.sql", "select 1"]]]);
  });

  test("does not bring back by itself what an administrator ended, until it is opened again", async () => {
    const session = use();
    await session.connection();
    registry.endWhere(() => true, "reopen", new AppError("WORKER_LOST", "Ada ended this dbt session."));
    await expect(session.request("ping", {}, 1000)).rejects.toMatchObject({
      code: "WORKER_LOST",
      message: "Ada ended this dbt session.",
    });
    expect(peer.connections).toHaveLength(1);
    session.start(true);
    await expect(session.request("ping", {}, 1000)).resolves.toEqual({});
  });

  test("forgets the unsaved text of a session that is over for good", async () => {
    const session = use();
    await session.overlay([change("models/a.sql", "select 1")]);
    await session.connection();
    registry.endWhere(() => true, "forget", new AppError("UNAUTHENTICATED", "You signed out."));
    expect(registry.all()).toEqual([]);
    const next = use();
    await next.connection();
    expect(peer.overlaysOf(1)).toEqual([]);
  });

  test("an end during the start stops the start", async () => {
    let release: () => void = () => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const prepare = async () => {
      await wait;
      return opening();
    };
    const session = registry.use(identity, "sign-in", { engine: "default", prepare });
    const waiting = session.connection();
    registry.endWhere(() => true, "forget", new AppError("UNAUTHENTICATED", "You signed out."));
    release();
    await expect(waiting).rejects.toThrow("You signed out.");
    expect(peer.connections).toEqual([]);
  });

  test("only what the person does counts as use, and ends nothing", async () => {
    const session = use();
    await session.connection();
    session.lastUsedAt = Date.now() - 50_000;
    registry.use(identity, "sign-in", { engine: "default", prepare: async () => opening(), touch: false });
    registry.touch("another", identity.workspaceId);
    registry.touch(identity.userId, "another");
    registry.endOverdue(Date.now() + 11_000);
    expect(session.running).toBe(false);
    await session.request("ping", {}, 1000);
    session.lastUsedAt = Date.now() - 50_000;
    registry.touch(identity.userId, identity.workspaceId);
    registry.endOverdue(Date.now() + 11_000);
    expect(session.running).toBe(true);
  });

  test("the unsaved texts of a page go some time after the page, and those of others stay", async () => {
    const [desk, laptop] = [randomUUID(), randomUUID()];
    const session = use();
    await session.connection();
    const leave = registry.subscribe(identity, vi.fn(), desk);
    registry.subscribe(identity, vi.fn(), laptop);
    await session.overlay([change("models/a.sql", "select 1"), change("models/b.sql", "select 2")], desk);
    await session.overlay([change("models/c.sql", "select 3")], laptop);
    await session.overlay([change("models/d.sql", "select 4")]);
    // Both have the same text unsaved: it is the one's that told it last.
    await session.overlayUnknown([change("models/b.sql", "select 2")], laptop);
    const told = peer.overlaysOf(0).length;
    registry.forgetAbsent(0);
    registry.forgetAbsent(60_000);
    expect(peer.overlaysOf(0)).toHaveLength(told);
    leave();
    registry.forgetAbsent(100_000);
    registry.forgetAbsent(114_000);
    const back = registry.subscribe(identity, vi.fn(), desk);
    registry.forgetAbsent(116_000);
    back();
    registry.forgetAbsent(120_000);
    registry.forgetAbsent(134_000);
    expect(peer.overlaysOf(0)).toHaveLength(told);
    registry.forgetAbsent(135_000);
    await session.request("ping", {}, 1000);
    expect(peer.overlaysOf(0).slice(told)).toEqual([[["models/a.sql", null]]]);

    registry.endWhere((one) => one === session, "revive", new AppError("WORKER_LOST", "Away."));
    await session.request("ping", {}, 1000);
    expect(peer.overlaysOf(1)).toEqual([
      [
        ["models/b.sql", "select 2"],
        ["models/c.sql", "select 3"],
        ["models/d.sql", "select 4"],
      ],
    ]);
  });

  test("ends a session that has lived as long as it may, however much it is used, and brings it back with its text", async () => {
    const session = use();
    await session.overlay([change("models/a.sql", "select 1")]);
    await session.connection();
    session.lastUsedAt = Date.now() + 2 * 3_600_000;
    registry.endOverdue(Date.now() + 2 * 3_600_000 - 1000);
    expect(session.running).toBe(true);
    registry.endOverdue(Date.now() + 2 * 3_600_000 + 1000);
    expect(session.status.error?.message).toBe("The dbt session has run for 2 hours, which is as long as it may.");
    await session.request("ping", {}, 1000);
    expect(peer.overlaysOf(1)).toEqual([[["models/a.sql", "select 1"]]]);
  });

  test("a limit that an administrator changes counts for sessions that run", async () => {
    const session = use();
    await session.connection();
    limits = { ...limits, idleMinutes: 3 };
    registry.endOverdue(Date.now() + 61_000);
    expect(session.running).toBe(true);
    limits = { ...limits, idleMinutes: 1 };
    registry.endOverdue(Date.now() + 61_000);
    expect(session.running).toBe(false);
  });

  test("what sessions were started with has changed: they start again by themselves where a page has them open", async () => {
    const open = use();
    const closed = use({ environmentId: "closed" });
    const elsewhere = use({ organisationId: id("elsewhere"), userId: id("stranger") });
    await Promise.all([open, closed, elsewhere].map((session) => session.connection()));
    registry.subscribe(identity, vi.fn());
    registry.restart(identity.organisationId, new AppError("WORKER_LOST", "Ada changed the limits."));
    expect([open.running, closed.running, elsewhere.running]).toEqual([true, false, true]);
    await open.connection();
    expect(open.status.state).toBe("ready");
    expect(closed.status.error?.message).toBe("Ada changed the limits.");
    expect(peer.connections).toHaveLength(4);
  });

  test("makes room by letting the person's oldest session go; beyond the organisation's limit people wait in line", async () => {
    const first = use({ environmentId: "1" });
    await first.connection();
    await use({ environmentId: "2" }).connection();
    await use({ environmentId: "3" }).connection();
    expect(first.running).toBe(false);
    await use({ userId: id("other") }).connection();
    const third = use({ userId: id("third") });
    const heard: SessionStatus[] = [];
    registry.subscribe({ ...identity, userId: id("third") }, (news) => {
      if (news.type === "session") heard.push(news.status);
    });
    const refused = third.request("ping", {}, 1000);
    await expect(refused).rejects.toMatchObject({
      code: "LIMIT_REACHED",
      message: "Your dbt session waits in line: 1 of 1.",
    });
    expect(await third.overlay([change("models/a.sql", "select 3")])).toEqual({ graphVersion: 0, pending: true });
    const fourth = use({ userId: id("fourth") });
    fourth.start();
    await vi.waitFor(() =>
      expect(fourth.status).toMatchObject({ state: "waiting", line: { place: 2, of: 2, reason: "organisation" } }),
    );
    await use({ userId: id("stranger"), organisationId: id("elsewhere") }).connection();
    registry.endWhere(
      ({ identity: { userId } }) => userId === id("other"),
      "forget",
      new AppError("CANCELLED", "Gone."),
    );
    await third.connection();
    await third.request("ping", {}, 1000);
    const index = peer.connections.findIndex((_, one) => peer.overlaysOf(one).length > 0);
    expect(peer.overlaysOf(index)).toEqual([[["models/a.sql", "select 3"]]]);
    expect(heard.map(({ state, line }) => [state, line?.place, line?.of])).toEqual([
      ["starting", undefined, undefined],
      ["waiting", 1, 1],
      ["waiting", 1, 2],
      ["starting", undefined, undefined],
      ["ready", undefined, undefined],
    ]);
    await vi.waitFor(() => expect(fourth.status.line).toEqual({ place: 1, of: 1, reason: "organisation" }));
  });

  test("whoever leaves the line starts when they open the session again, and nobody waits for a page that has closed", async () => {
    limits = { ...limits, sessionsPerOrganisation: 1 };
    await use({ userId: id("other") }).connection();
    const session = use();
    session.start();
    await vi.waitFor(() => expect(session.waiting).toBe(true));
    registry.endWhere((one) => one === session, "reopen", new AppError("CANCELLED", "You left the line."));
    await session.overlay([change("models/a.sql", "select 1")]);
    expect(session.status).toMatchObject({ state: "ended", line: null, error: { message: "You left the line." } });
    session.start(true);
    await vi.waitFor(() => expect(session.status.line).toEqual({ place: 1, of: 1, reason: "organisation" }));
    registry.endOverdue(Date.now() + 61_000);
    expect(session.status.state).toBe("ended");
  });

  test("a session that nobody has open makes room for who waits", async () => {
    limits = { ...limits, sessionsPerOrganisation: 2 };
    const [left, open] = [use({ userId: id("left") }), use({ userId: id("open") })];
    await Promise.all([left.connection(), open.connection()]);
    registry.subscribe({ ...identity, userId: id("open") }, vi.fn());
    for (const session of [left, open]) session.lastUsedAt = Date.now() - 61_000;
    await use().connection();
    expect([left.running, open.running]).toEqual([false, true]);
    const another = use({ userId: id("another") });
    another.start();
    await vi.waitFor(() => expect(another.waiting).toBe(true));
  });

  test("a runner that is full is asked again by one at a time, in their turn", async () => {
    peer.full = true;
    const [first, second] = [
      use({ userId: id("first") }),
      use({ userId: id("second"), organisationId: id("elsewhere") }),
    ];
    first.start();
    await vi.waitFor(() => expect(first.status.line).toEqual({ place: 1, of: 1, reason: "runner" }));
    second.start();
    await vi.waitFor(() => expect(second.status.line).toEqual({ place: 2, of: 2, reason: "runner" }));
    const asked = peer.connections.length;
    peer.full = false;
    await vi.waitFor(() => expect([first, second].map(({ status }) => status.state)).toEqual(["ready", "ready"]), 5000);
    expect(peer.connections).toHaveLength(asked + 2);
  });

  test("keeps a bounded amount of unsaved text", async () => {
    await expect(use().overlay([change("models/a.sql", "x".repeat(101))])).rejects.toMatchObject({
      code: "LIMIT_REACHED",
    });
  });

  test("says so when the runner cannot be reached", async () => {
    peer.close();
    await rm(peer.path, { force: true });
    const session = use();
    await expect(session.request("ping", {}, 1000)).rejects.toMatchObject({
      code: "WORKER_LOST",
      message: "The dbt runner cannot be reached.",
    });
    expect(session.status.state).toBe("lost");
  });
});

function opening(): PreparedOpening {
  return {
    hello: {
      type: "hello",
      protocol: 1,
      kind: "session",
      organisation: "organisation",
      project: "project",
      user: "person",
      projectRoot: "/project",
      shareRoot: "/",
      workspaceRoot: "/project",
      commit: "abc",
      environment: { adapter: "duckdb", target: "dev", schema: "main", threads: 1, settings: {} },
      vars: {},
      limits: { sessionMemoryMb: 1, sessionCpuSeconds: 1, queryMemoryMb: 1, queryCpuSeconds: 1, silenceSeconds: 60 },
      readableFiles: [],
      egress: [],
    },
    template: { type: "template", committed: [] },
    credentials: { type: "credentials", secrets: { password: "s3cret" }, environmentVariables: {} },
  };
}

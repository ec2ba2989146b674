import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { OverlayChange } from "../contract/dbt";
import { AppError } from "../core";
import { encodeJsonFrame, FrameReader } from "./frames";
import { defaultSessionLimits } from "./limits";
import type { PreparedOpening, SessionIdentity } from "./live-session";
import { onThisMachine } from "./placement-choice";
import { SessionRegistry } from "./registry";

/** The other end of the protocol: takes an opening, says that it is ready, and answers each request with an empty overlay. */
class Peer {
  readonly connections: { socket: Socket; messages: Record<string, unknown>[] }[] = [];
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
    if (message.type === "credentials") {
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

const identity: SessionIdentity = {
  organisationId: "organisation",
  userId: "person",
  userName: "Person",
  workspaceId: "workspace",
  projectId: "project",
  projectName: "Project",
  environmentId: "environment",
  environmentName: "dev",
  adapter: "duckdb",
};
const change = (path: string, text: string | null): OverlayChange => ({ path, text, deleted: false, version: 1 });

describe("SessionRegistry", () => {
  let folder: string;
  let peer: Peer;
  let registry: SessionRegistry;
  const gone = vi.fn();

  beforeEach(async () => {
    vi.stubEnv("MILLRACE_LOG_LEVEL", "silent");
    vi.stubEnv("DATABASE_URL", "postgres://unused");
    vi.stubEnv("NEXTAUTH_URL", "http://localhost");
    vi.stubEnv("NEXTAUTH_SECRET", "x".repeat(32));
    vi.stubEnv("MILLRACE_KEY", Buffer.alloc(32).toString("base64"));
    folder = await mkdtemp(join(tmpdir(), "millrace-registry-"));
    peer = new Peer(join(folder, "runner.sock"));
    await peer.listen();
    gone.mockReset();
    registry = new SessionRegistry(
      {
        placement: onThisMachine(peer.path),
        limits: {
          ...defaultSessionLimits,
          sessionsPerPerson: 2,
          sessionsPerOrganisation: 3,
          idleSeconds: 60,
          overlayCharacters: 100,
        },
        onQueryEnded: vi.fn(),
        onStarted: vi.fn(),
        onEnded: vi.fn(),
        onWorkerGone: (session, error) => gone(session.id, error.message),
      },
      () => false,
    );
  });

  afterEach(async () => {
    registry.close();
    peer.close();
    await rm(folder, { recursive: true, force: true });
  });

  const use = (change: Partial<SessionIdentity> = {}, signIn = "sign-in") =>
    registry.use({ ...identity, ...change }, signIn, async () => opening());

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
    registry.endIdle(Date.now() + 59_000);
    expect(session.running).toBe(true);
    registry.endIdle(Date.now() + 61_000);
    expect(session.running).toBe(false);
    expect(session.status).toMatchObject({
      state: "ended",
      error: { message: "The dbt session was idle for 1 minutes and was let go." },
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
    const session = registry.use(identity, "sign-in", async () => {
      await wait;
      return opening();
    });
    const waiting = session.connection();
    registry.endWhere(() => true, "forget", new AppError("UNAUTHENTICATED", "You signed out."));
    release();
    await expect(waiting).rejects.toThrow("You signed out.");
    expect(peer.connections).toEqual([]);
  });

  test("makes room by letting the person's oldest session go, and refuses beyond the organisation's limit", async () => {
    const first = use({ environmentId: "1" });
    await first.connection();
    await use({ environmentId: "2" }).connection();
    await use({ environmentId: "3" }).connection();
    expect(first.running).toBe(false);
    await use({ userId: "other" }).connection();
    expect(() => use({ userId: "third" })).toThrow(/as many as it may have/);
    expect(() => use({ userId: "third", organisationId: "elsewhere" })).not.toThrow();
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
      limits: { sessionMemoryMb: 1, queryMemoryMb: 1, queryCpuSeconds: 1, idleSeconds: 60 },
      readableFiles: [],
      egress: [],
    },
    template: { type: "template", committed: [] },
    credentials: { type: "credentials", secrets: { password: "s3cret" }, environmentVariables: {} },
  };
}

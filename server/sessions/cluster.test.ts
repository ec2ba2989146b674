import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Actor } from "../core";
import { compile } from "../dbt";
import { type CertificateFiles, makeAuthority } from "../testing/certificates";
import { drainSeconds, type RemoteRunner, startCluster, type TestCluster } from "../testing/cluster";
import { useDbtWorld } from "../testing/dbt-world";
import { readRows } from "../testing/rows";
import { runnerHealth } from "./administration";
import { TlsIdentity } from "./endpoint";
import { previewOutcome, startPreview } from "./previews";
import { readRunnerStatus } from "./runner-status";
import { sessionFor, sessionService } from "./service";

vi.setConfig({ hookTimeout: 120_000, testTimeout: 90_000 });

let cluster: TestCluster;
let folder: string;
const runners = new Map<string, RemoteRunner>();
const world = useDbtWorld(async (given) => {
  folder = given;
  cluster = await startCluster(given);
  const started = ["one", "two"].map(async (name) => runners.set(name, await cluster.start(name)));
  await Promise.all(started).catch(async (error: unknown) => {
    await cluster.stop();
    throw error;
  });
  return { socketPath: "", output: () => "", stop: () => cluster.stop() };
});

/** A place is free a moment after the session that had it ended. */
const patience = { timeout: 20_000, interval: 100 };
const endless = "select sum(a.range * b.range) as s from range(10000000) a, range(10000000) b";

describe("runners of other machines", () => {
  const places = new Map<string, { workspaceId: string; environmentId: string }>();

  beforeAll(async () => {
    for (const actor of [world.developer, world.admin, world.reader]) {
      const { id } = await world.workspaceOf(actor);
      places.set(actor.userId, { workspaceId: id, environmentId: world.duckdb });
    }
  });

  afterEach(async () => {
    for (const run of sessionService().runs.values()) run.end("cancelled", "The test is over.");
    await vi.waitFor(() => expect(sessionService().runs.size).toBe(0), { timeout: 10_000 });
  });

  afterAll(async () => {
    sessionService().close();
  });

  const place = (actor: Actor) => places.get(actor.userId) as { workspaceId: string; environmentId: string };
  let version = 0;
  const compiled = (actor: Actor, values: { path?: string; text?: string; sql?: string }) =>
    compile(actor, { ...place(actor), path: null, text: null, sql: null, version: version++, ...values });
  const preview = (actor: Actor, sql: string, rows = 100_000) => {
    const input = { ...place(actor), path: null, text: null, sql, what: null, rows, queryId: randomUUID() };
    return startPreview(actor, input, new AbortController().signal);
  };
  const runnerOf = async (actor: Actor): Promise<RemoteRunner> => {
    const { runner } = await sessionFor(actor, place(actor));
    return runners.get(runner ?? "") as RemoteRunner;
  };
  const letGo = async (...actors: Actor[]) => {
    const { AppError } = await import("../core");
    for (const { userId } of actors)
      sessionService().registry.endWhere(
        ({ identity }) => identity.userId === userId,
        "forget",
        new AppError("WORKER_LOST", "The test is over."),
      );
  };

  test("compiles and previews over TLS, the queries on the runner of their session, and the web tier is healthy", async () => {
    const text = "select id, name from main.numbers order by id\n";
    expect((await compiled(world.developer, { path: "models/numbers.sql", text })).sql?.trim()).toBe(text.trim());
    const { tail, rows } = await readRows(
      (await preview(world.developer, "select * from {{ ref('numbers') }}")).stream,
    );
    expect(tail).toMatchObject({ outcome: "complete", rows: 1000 });
    expect(rows[999]).toMatchObject({ name: "canary-999" });
    const at = await runnerOf(world.developer);
    expect(at.output()).toMatch(/"event": "session"/);
    expect((await sessionFor(world.developer, place(world.developer))).local).toBe(false);
    await expect(runnerHealth()).resolves.toMatchObject({ reachable: true, message: null });
  });

  test("a big preview arrives whole, and a reader that is slow holds the query back in bounded memory", async () => {
    const sql = "select range as id, repeat('x', 1000) as filler from range(60000)";
    const { stream, run } = await preview(world.developer, sql);
    const reader = stream.getReader();
    await reader.read();
    const before = process.memoryUsage.rss();
    await new Promise((resolve) => setImmediate(resolve));
    let bytes = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes += value.length;
    }
    expect(bytes).toBeGreaterThan(60_000_000);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20);
    await run.finished;
    expect(run.outcome).toBe("complete");
  });

  test("a gateway, which rows pass through, can neither write a file nor dump its memory", () => {
    for (const { output } of runners.values()) {
      const pid = /"part": "gateway", "event": "ready", "pid": (\d+)/.exec(output())?.[1];
      const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
      expect(limits).toMatch(/Max file size +0 +0 /);
      expect(limits).toMatch(/Max core file size +0 +0 /);
      expect(readFileSync(`/proc/${pid}/status`, "utf8")).toMatch(/NoNewPrivs:\t1/);
    }
  });

  test("cancelling ends the query on the other machine", async () => {
    const { stream, run } = await preview(world.developer, endless);
    await stream.cancel();
    await run.finished;
    await expect(previewOutcome(world.developer, run.queryId)).resolves.toMatchObject({ outcome: "cancelled" });
    expect(run.session.status.state).toBe("ready");
  });

  test.each(["first", "second"])(
    "a runner killed while its person types and previews, %s: all goes on elsewhere",
    async () => {
      const text = `select ${version} as typed -- not saved\n`;
      await compiled(world.developer, { path: "models/numbers.sql", text });
      const killed = await runnerOf(world.developer);
      const { stream, run } = await preview(world.developer, endless);
      const typing = compiled(world.developer, { path: "models/doubled.sql" }).then(
        () => "answered",
        (error: { code: string }) => error.code,
      );
      await killed.kill();
      expect((await readRows(stream)).tail).toBeNull();
      expect(["answered", "WORKER_LOST"]).toContain(await typing);
      await run.finished;
      await expect(previewOutcome(world.developer, run.queryId)).resolves.toMatchObject({ outcome: "failed" });
      const session = await sessionFor(world.developer, place(world.developer));
      // Lost, or open elsewhere already: the compile may have been asked a moment after the loss.
      await vi.waitFor(() => expect(session.runner).not.toBe(killed.name), { timeout: 10_000 });
      const again = await compiled(world.developer, { path: "models/numbers.sql" });
      expect(again.sql?.trim()).toBe(text.trim());
      expect((await runnerOf(world.developer)).name).not.toBe(killed.name);
      runners.set(killed.name, await cluster.start(killed.name));
    },
  );

  test("a full runner leaves the group: the next person goes elsewhere, the one after waits in line until there is room", async () => {
    await compiled(world.developer, { path: "models/numbers.sql" });
    const first = await runnerOf(world.developer);
    await compiled(world.admin, { path: "models/numbers.sql" });
    const second = await runnerOf(world.admin);
    expect(new Set([first.name, second.name])).toEqual(new Set(["one", "two"]));
    for (const { output } of [first, second]) expect(output()).toContain("is full, and takes no new sessions");
    await expect(compiled(world.reader, { path: "models/numbers.sql" })).rejects.toMatchObject({
      code: "LIMIT_REACHED",
      message: "Your dbt session waits in line: 1 of 1.",
    });
    const waiting = await sessionFor(world.reader, place(world.reader));
    expect(waiting.status).toMatchObject({ state: "waiting", line: { place: 1, of: 1, reason: "runner" } });
    await letGo(world.admin);
    await vi.waitFor(() => expect(waiting.status.state).toBe("ready"), patience);
    expect((await runnerOf(world.reader)).name).toBe(second.name);
    await letGo(world.reader);
  });

  test("a draining runner takes nobody new, lets its sessions go on until the deadline, and they open elsewhere", async () => {
    const text = "select 'kept through a drain' as typed\n";
    await compiled(world.developer, { path: "models/numbers.sql", text });
    const leaving = await runnerOf(world.developer);
    const started = Date.now();
    const drained = leaving.drain();
    await vi.waitFor(() => expect(leaving.output()).toContain("Draining"), { timeout: 5_000 });
    await vi.waitFor(() => compiled(world.admin, { path: "models/numbers.sql" }), patience);
    expect((await runnerOf(world.admin)).name).not.toBe(leaving.name);
    expect((await compiled(world.developer, { path: "models/numbers.sql" })).sql?.trim()).toBe(text.trim());
    expect((await runnerOf(world.developer)).name).toBe(leaving.name);
    await letGo(world.admin);
    await drained;
    expect(Date.now() - started).toBeGreaterThan(drainSeconds * 1000);
    const session = await sessionFor(world.developer, place(world.developer));
    expect(session.status).toMatchObject({
      state: "lost",
      error: { message: "The dbt runner of this session was shut down." },
    });
    const again = await vi.waitFor(() => compiled(world.developer, { path: "models/numbers.sql" }), patience);
    expect(again.sql?.trim()).toBe(text.trim());
    expect((await runnerOf(world.developer)).name).not.toBe(leaving.name);
    runners.set(leaving.name, await cluster.start(leaving.name));
  });

  describe("certificates", () => {
    const port = () => (runners.get("one") as RemoteRunner).port;

    /** What a client hears: its data when it is let in, else how it was refused. */
    async function knock(files: Partial<CertificateFiles> & { ca?: string }): Promise<string> {
      const identity = new TlsIdentity({
        ca: files.ca ?? cluster.authority.file,
        certificate: files.certificate ?? "",
        key: files.key ?? "",
        runnerName: "millrace-runner",
      });
      const endpoint = { kind: "tls", host: "127.0.0.1", port: port(), runner: "one", identity } as const;
      return readRunnerStatus(endpoint).then(
        ({ type }) => type,
        (error: Error) => error.message,
      );
    }
    const refused = "Millrace and the dbt runner do not accept each other's certificate.";
    const hourAgo = new Date(Date.now() - 3_600_000);

    test("the web tier's own is let in", async () => {
      expect(await knock(cluster.authority.issue("good", "millrace-web"))).toBe("status");
    });

    test("another name, another authority, an expired one or none is not", async () => {
      const stranger = makeAuthority(join(folder, "stranger"));
      expect(await knock(cluster.authority.issue("other", "somebody-else"))).not.toBe("status");
      expect(await knock(cluster.authority.issue("runner-as-web", "millrace-runner"))).not.toBe("status");
      expect(await knock(stranger.issue("stranger", "millrace-web"))).toBe(refused);
      expect(await knock(cluster.authority.issue("old", "millrace-web", hourAgo))).toBe(refused);
      const bare: TLSSocket = connectTls({ host: "127.0.0.1", port: port(), ca: [], rejectUnauthorized: false });
      const [error] = await once(bare, "error");
      expect(error.code).toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
      await vi.waitFor(() =>
        expect(runners.get("one")?.output()).toMatch(/"refused".*the certificate is of somebody-else/),
      );
    });

    test("the web tier does not speak to a runner whose authority is another's or has expired, or that has another name", async () => {
      const own = cluster.authority.issue("web-again", "millrace-web");
      const expired = makeAuthority(join(folder, "expired"), { validUntil: hourAgo });
      const stranger = makeAuthority(join(folder, "stranger-too"));
      expect(await knock({ ...own, ca: stranger.file })).toBe(refused);
      expect(await knock({ ...expired.issue("web", "millrace-web"), ca: expired.file })).toBe(refused);
      const identity = new TlsIdentity({ ca: cluster.authority.file, ...own, runnerName: "another-runner" });
      const endpoint = { kind: "tls", host: "127.0.0.1", port: port(), runner: "one", identity } as const;
      await expect(readRunnerStatus(endpoint)).rejects.toThrow(refused);
    });

    test("a renewed certificate is used without a restart", async () => {
      const own = cluster.authority.issue("renewed", "somebody-else");
      const identity = new TlsIdentity({ ca: cluster.authority.file, ...own, runnerName: "millrace-runner" });
      const endpoint = { kind: "tls", host: "127.0.0.1", port: port(), runner: "one", identity } as const;
      await expect(readRunnerStatus(endpoint)).rejects.toThrow();
      const fresh = cluster.authority.issue("fresh", "millrace-web");
      copyFileSync(fresh.certificate, own.certificate);
      copyFileSync(fresh.key, own.key);
      await expect(readRunnerStatus(endpoint)).resolves.toMatchObject({ type: "status" });
    });
  });

  test("over NATS go addresses and counts alone: no row, no SQL, no path, no secret", async () => {
    const traffic = cluster.traffic();
    const subjects = [...traffic.matchAll(/<<- \[PUB (\S+)/g)].map(([, subject]) => String(subject));
    const payloads = [...traffic.matchAll(/<<- MSG_PAYLOAD: \["(.*)"\]/g)].map(([, text]) => String(text));
    expect(subjects.filter((subject) => subject.startsWith("millrace.runner.place.default")).length).toBeGreaterThan(4);
    for (const subject of subjects)
      expect(subject).toMatch(/^(millrace\.runner\.(place|state)\.default(\.(one|two))?|_INBOX\.\S+)$/);
    const kinds = payloads
      .filter((text) => text !== "")
      .map((text) => Object.keys(JSON.parse(text.replaceAll('\\"', '"'))).join());
    expect(new Set(kinds)).toEqual(new Set(["type,runner,host,port", "dbtVersion,missing"]));
    for (const secret of ["canary-", "select", "models/", "workspaces"]) expect(traffic).not.toContain(secret);
  });

  test("without any runner, and without NATS, the person is told which", async () => {
    await letGo(world.developer, world.admin, world.reader);
    for (const runner of runners.values()) await runner.kill();
    await vi.waitFor(
      async () =>
        expect(compiled(world.developer, { path: "models/numbers.sql" })).rejects.toMatchObject({
          code: "WORKER_LOST",
          message: "No dbt runner answers.",
        }),
      { timeout: 10_000 },
    );
    await expect(runnerHealth()).resolves.toMatchObject({ reachable: false, message: "No dbt runner answers." });
    await cluster.stop();
    await expect(compiled(world.developer, { path: "models/numbers.sql" })).rejects.toMatchObject({
      code: "WORKER_LOST",
      message: expect.stringContaining("NATS"),
    });
  });
});

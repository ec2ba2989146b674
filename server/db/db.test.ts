import { randomBytes } from "node:crypto";
import { eq } from "drizzle-orm";
import pg from "pg";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { config, type EventMap, events, seal, secretPurposes, unsealText } from "../core";
import { seedTestOrganisations, testOrganisations, useTestDatabase } from "../testing";
import { database, listen, notify, rotateKeys, type Seeded, schema, seed, startEventBridge } from "./index";

useTestDatabase();
let seeded: Seeded;
let outside: pg.Client;

beforeAll(async () => {
  seeded = await seedTestOrganisations();
  outside = new pg.Client({ connectionString: config().databaseUrl });
  await outside.connect();
});
afterAll(() => outside.end());

test("seeding again changes addresses and secrets, and keeps ids, people and roles", async () => {
  const count = async () =>
    Promise.all(
      [schema.users, schema.memberships, schema.roles, schema.environments].map((table) => database().$count(table)),
    );
  const before = await count();
  const again = await seed(testOrganisations({ issuer: "http://127.0.0.1:2/river", clientSecret: "another" }));
  expect(again).toEqual(seeded);
  expect(await count()).toEqual(before);
  const issuers = new Set(
    (await database().select({ issuer: schema.users.issuer }).from(schema.users)).map(({ issuer }) => issuer),
  );
  expect([...issuers].sort()).toEqual(["http://127.0.0.1:2/hill", "http://127.0.0.1:2/river"]);
});

test("a first installation needs no people: the connection says what those who sign in become, until someone changes it", async () => {
  const connection = { name: "Own", issuer: "https://id.example.com", clientId: "m", clientSecret: "s" };
  const first = { slug: "first", name: "First", domains: ["first.example"] };
  const write = (newPeople: "admin" | "reader") =>
    seed({ organisations: [{ ...first, connection: { ...connection, newPeople } }] });
  const { connections, organisations } = await write("admin");
  const { roles, signInConnections } = schema;
  const roleOf = async () => {
    const [found] = await database()
      .select({ name: roles.name, organisationId: roles.organisationId })
      .from(signInConnections)
      .leftJoin(roles, eq(roles.id, signInConnections.defaultRoleId))
      .where(eq(signInConnections.id, connections.first ?? ""));
    return found;
  };
  expect(await roleOf()).toEqual({ name: "admin", organisationId: organisations.first });
  await database().update(signInConnections).set({ defaultRoleId: null });
  await write("admin");
  expect(await roleOf()).toEqual({ name: null, organisationId: null });
  await database().delete(schema.organisations).where(eq(schema.organisations.slug, "first"));
});

test("no secret is stored in the clear", async () => {
  const { rows } = await outside.query<{ all: string }>(
    "select string_agg(t::text, ' ') as all from (select encode(client_secret, 'escape') as t from sign_in_connections union all select encode(secrets, 'escape') from environments union all select settings::text from environments) x",
  );
  expect(rows[0]?.all).not.toMatch(/client secret|warehouse password|another/);
});

test("after a rotation the secrets open with the new master key alone", async () => {
  const next = randomBytes(32);
  const old = config();
  const { rotated } = await withConfig({ ...old, masterKey: next, previousMasterKeys: [old.masterKey] }, rotateKeys);
  expect(rotated).toBe(4);
  const environments = await database()
    .select({ id: schema.environments.id, secrets: schema.environments.secrets })
    .from(schema.environments);
  const sealed = environments.find(({ secrets }) => secrets !== null);
  if (sealed?.secrets == null) throw new Error("The environment has no secret.");
  const text = unsealText(sealed.secrets, secretPurposes.environment(sealed.id), { current: next, previous: [] });
  expect(JSON.parse(text)).toEqual({ password: "a warehouse password" });
  const again = await withConfig({ ...old, masterKey: next, previousMasterKeys: [] }, rotateKeys);
  expect(again).toEqual({ rotated: 0, current: 4 });
});

/** Runs `work` with another configuration of the process. */
async function withConfig<T>(changed: ReturnType<typeof config>, work: () => Promise<T>): Promise<T> {
  const store = globalThis as unknown as Record<symbol, unknown>;
  const key = Symbol.for("millrace.config");
  const before = store[key];
  store[key] = changed;
  try {
    return await work();
  } finally {
    store[key] = before;
  }
}

test("a notification reaches a listener, and a stop ends it", async () => {
  const heard: unknown[] = [];
  const stop = await listen("test_channel", (payload) => heard.push(payload));
  await notify("test_channel", { value: 1 });
  await vi.waitFor(() => expect(heard).toEqual([{ value: 1 }]));
  stop();
  await expect(notify("test_channel", { text: "x".repeat(9000) })).rejects.toThrow(/too large/);
});

test("events cross between processes, once and not back", async () => {
  await startEventBridge();
  const heard: [EventMap["policyChanged"], { remote: boolean }][] = [];
  const stop = events.on("policyChanged", (payload, origin) => heard.push([payload, origin]));
  const theirs = JSON.stringify({
    origin: "another process",
    name: "policyChanged",
    payload: { organisationId: "theirs" },
  });
  await outside.query("listen millrace_events");
  const sent: string[] = [];
  outside.on("notification", (message) => sent.push(message.payload ?? ""));
  events.emit("policyChanged", { organisationId: "ours" });
  await outside.query("select pg_notify('millrace_events', $1)", [theirs]);
  await vi.waitFor(() => expect(heard).toHaveLength(2));
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  stop();
  expect(heard).toEqual([
    [{ organisationId: "ours" }, { remote: false }],
    [{ organisationId: "theirs" }, { remote: true }],
  ]);
});

test("a lost listening connection comes back and still hears", async () => {
  const heard: unknown[] = [];
  await listen("after_loss", (payload) => heard.push(payload));
  await outside.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'millrace listen' and datname = current_database()",
  );
  await vi.waitFor(
    async () => {
      await notify("after_loss", 1);
      expect(heard).not.toEqual([]);
    },
    { timeout: 5000, interval: 100 },
  );
});

test("a secret sealed for one connection does not open for another", () => {
  const sealed = seal("x", secretPurposes.signIn("one"));
  expect(() => unsealText(sealed, secretPurposes.signIn("two"))).toThrow();
});

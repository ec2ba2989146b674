import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { listAudit } from "../audit";
import { auditFilterInput } from "../contract/admin";
import { saveSignInConnectionInput } from "../contract/sign-in";
import { type Actor, type EventMap, events, secretPurposes, unsealText } from "../core";
import { database, schema } from "../db";
import { listRoles, setRole } from "../orgs";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import {
  addDomain,
  currentActor,
  lookUpSignIn,
  removeConnection,
  removeDomain,
  saveConnection,
  signInSettings,
  switchConnection,
  testConnection,
} from "./index";
import { TestBrowser } from "./testing/browser";
import { startLyingProvider } from "./testing/lying-provider";
import { type RunningProvider, startRealProvider } from "./testing/real-provider";

const secret = "the client secret of the provider";
const people = {
  "admin-subject": { email: "admin@river.example", name: "Ada" },
  newcomer: { email: "new@river.example", name: "Nora" },
};
let first: RunningProvider;
let second: RunningProvider;
let lying: Awaited<ReturnType<typeof startLyingProvider>>;
let firstId: string;
let admin: Actor;
let neighbour: Actor;
/** Redirect addresses that the second provider allows: of connections that are made while it runs. */
const redirectUris = ["http://localhost:3000/api/auth/callback/none"];

useTestDatabase();
beforeAll(async () => {
  const callback = (id: string) => [`http://localhost:3000/api/auth/callback/${id}`];
  const seeded = await seedTestOrganisations({ clientSecret: secret });
  firstId = seeded.connections.river ?? "";
  first = await startRealProvider({ clientSecret: secret, redirectUris: callback(firstId), people });
  second = await startRealProvider({ clientSecret: secret, redirectUris, people });
  lying = await startLyingProvider();
  const { signInConnections, users } = schema;
  await database().update(signInConnections).set({ issuer: first.issuer }).where(eq(signInConnections.id, firstId));
  await database().update(users).set({ issuer: first.issuer }).where(eq(users.connectionId, firstId));
});
afterAll(() => Promise.all([first, second, lying].map((provider) => provider.close())));
beforeEach(async () => {
  admin = await actorOf("admin@river.example");
  neighbour = await actorOf("admin@hill.example");
});

const input = (changes: object = {}) =>
  saveSignInConnectionInput.parse({
    ...{ connectionId: null, name: "Second", issuer: second.issuer, clientId: "millrace", clientSecret: secret },
    ...{ defaultRoleId: null, ...changes },
  });
const trail = async () => (await listAudit(admin, auditFilterInput.parse({ text: "" }))).events;
const connection = async (id: string) => (await signInSettings(admin)).connections.find((one) => one.id === id);
const roleId = async (name: string) => (await listRoles(admin)).find((role) => role.name === name)?.id ?? "";
const storedSecret = async (id: string) => {
  const { signInConnections } = schema;
  const [row] = await database().select().from(signInConnections).where(eq(signInConnections.id, id));
  return unsealText(row?.clientSecret ?? Buffer.alloc(0), secretPurposes.signIn(id));
};

/** A second connection, removed again by the test's end. */
async function withSecond(work: (id: string) => Promise<void>, changes: object = {}): Promise<void> {
  const { id } = await saveConnection(admin, input(changes));
  try {
    await work(id);
  } finally {
    await database().delete(schema.signInConnections).where(eq(schema.signInConnections.id, id));
  }
}

test("settings show the organisation's own connections and domains, and no secret", async () => {
  const settings = await signInSettings(admin);
  expect(settings).toEqual({
    connections: [
      {
        ...{ id: firstId, name: "River sign-in", issuer: first.issuer, clientId: "millrace", enabled: true },
        ...{ scopes: "openid email profile", defaultRoleId: null, defaultRoleName: "reader", people: 4, own: true },
        redirectUri: `http://localhost:3000/api/auth/callback/${firstId}`,
      },
    ],
    domains: [{ domain: "river.example", verifiedAt: expect.any(String) }],
    domainRecord: `millrace-domain=${admin.organisationId}`,
  });
});

describe("a new connection", () => {
  test("is off until it is switched on; then people sign in with it, in the role and with the scopes it names", async () => {
    const analyst = await roleId("analyst");
    await withSecond(
      async (id) => {
        expect(await connection(id)).toMatchObject({ enabled: false, people: 0, defaultRoleName: "analyst" });
        const offered = async () => (await lookUpSignIn("river", "192.0.2.1")).connections.map(({ name }) => name);
        expect(await offered()).toEqual(["River sign-in"]);
        await switchConnection(admin, { connectionId: id, enabled: true });
        expect(await offered()).toEqual(["River sign-in", "Second"]);
        const start = await new TestBrowser().begin(id, { hint: "new@river.example" });
        const asked = new URL(start).searchParams;
        expect({ scope: asked.get("scope"), redirect: asked.get("redirect_uri") }).toEqual({
          scope: "openid email profile groups",
          redirect: `http://localhost:3000/api/auth/callback/${id}`,
        });
      },
      { scopes: "openid email profile groups", defaultRoleId: analyst },
    );
  });

  test("is in the trail with what it became, and no event ever holds its secret", async () => {
    await withSecond(async (id) => {
      await saveConnection(admin, input({ connectionId: id, name: "Renamed", clientSecret: null }));
      await switchConnection(admin, { connectionId: id, enabled: true });
      await switchConnection(admin, { connectionId: id, enabled: false });
      await removeConnection(admin, { connectionId: id });
      const events_ = (await trail()).filter(({ details }) => details.connectionId === id).reverse();
      const base = { issuer: second.issuer, clientId: "millrace", scopes: "openid email profile", defaultRoleId: null };
      const added = { ...base, name: "Second", enabled: false };
      const renamed = { ...added, name: "Renamed" };
      const on = { ...renamed, enabled: true };
      expect(events_.map(({ action, actorName, details }) => ({ action, actorName, details }))).toEqual(
        [
          { action: "sign-in.connection-added", details: { before: null, after: added } },
          { action: "sign-in.connection-changed", details: { before: added, after: renamed, secretReplaced: false } },
          { action: "sign-in.connection-changed", details: { before: renamed, after: on } },
          { action: "sign-in.connection-changed", details: { before: on, after: renamed } },
          { action: "sign-in.connection-removed", details: { before: renamed } },
        ].map(({ action, details }) => ({
          ...{ action, actorName: admin.userName, details: { connectionId: id, ...details } },
        })),
      );
      expect(JSON.stringify(await trail())).not.toContain(secret);
    });
  });

  test("keeps its secret when it is changed without one, and gets the new one with one", async () => {
    await withSecond(async (id) => {
      await saveConnection(admin, input({ connectionId: id, clientSecret: null }));
      expect(await storedSecret(id)).toBe(secret);
      const other = { connectionId: id, issuer: lying.issuer };
      lying.lies = { tokenStatus: 400, tokenBody: { error: "invalid_grant" } };
      const refused = saveConnection(admin, input({ ...other, clientSecret: null }));
      await expect(refused).rejects.toMatchObject({
        message: expect.stringContaining("Enter the client secret again"),
      });
      expect(lying.requests).not.toContain("/token");
      await saveConnection(admin, input({ ...other, clientSecret: "another" }));
      expect(await storedSecret(id)).toBe("another");
    });
  });
});

describe("is not stored when", () => {
  const providerError = (message: RegExp) => ({ code: "PROVIDER_ERROR", message: expect.stringMatching(message) });
  test.each<[string, () => Partial<typeof lying.lies>, object, object]>([
    [
      "the provider calls itself otherwise",
      () => ({ issuerInDiscovery: "https://other.example" }),
      {},
      providerError(/calls itself/),
    ],
    ["there is no discovery document", () => ({ discoveryStatus: 404 }), {}, providerError(/404/)],
    ["the provider fails", () => ({ discoveryStatus: 503 }), {}, providerError(/503/)],
    [
      "the provider does not know the client",
      () => ({ tokenStatus: 401, tokenBody: { error: "invalid_client" } }),
      {},
      providerError(/invalid_client/),
    ],
    ["nobody answers there", () => ({}), { issuer: "http://127.0.0.1:1" }, providerError(/could not be asked/)],
    ["it is an internal address", () => ({}), { issuer: "https://169.254.169.254" }, { code: "INVALID_INPUT" }],
    ["it is no address", () => ({}), { issuer: "our provider" }, { code: "INVALID_INPUT" }],
    ["it has no secret", () => ({}), { clientSecret: null }, { code: "INVALID_INPUT" }],
    ["the name is taken", () => ({}), { name: "River sign-in" }, { code: "CONFLICT" }],
  ])("%s", async (_, lies, changes, error) => {
    lying.lies = { tokenStatus: 400, tokenBody: { error: "invalid_grant" }, ...lies() };
    const before = await signInSettings(admin);
    await expect(saveConnection(admin, input({ issuer: lying.issuer, ...changes }))).rejects.toMatchObject(error);
    expect(await signInSettings(admin)).toEqual(before);
  });

  test("the real provider does not accept the secret", async () => {
    const saved = saveConnection(admin, input({ clientSecret: "wrong" }));
    await expect(saved).rejects.toMatchObject({
      code: "PROVIDER_ERROR",
      hint: expect.stringContaining("client secret"),
    });
  });

  test("its people would get more than the administrator has", async () => {
    const some = { ...admin, permissions: new Set(["sign-in.manage", "project.read"] as const) };
    const saved = saveConnection(some, input({ defaultRoleId: await roleId("admin") }));
    await expect(saved).rejects.toMatchObject({ code: "FORBIDDEN" });
    const foreign = saveConnection(admin, input({ defaultRoleId: neighbour.roleId }));
    await expect(foreign).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test.each(["email", "openid\nadmin", "openid  email", ""])("its scopes are %j", (scopes) => {
    expect(() => input({ scopes })).toThrow();
  });
});

test("a test of a connection says where people are sent and whether the client is known", async () => {
  expect(await testConnection(admin, { connectionId: firstId })).toEqual({
    issuer: first.issuer,
    authorizationEndpoint: `${first.issuer}/auth`,
    tokenEndpoint: `${first.issuer}/token`,
    client: "accepted",
  });
});

describe("nobody is locked out", () => {
  test("by switching off or removing the only connection", async () => {
    const off = switchConnection(admin, { connectionId: firstId, enabled: false });
    await expect(off).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("yourself") });
    const removed = removeConnection(admin, { connectionId: firstId });
    await expect(removed).rejects.toMatchObject({ code: "CONFLICT" });
    expect(await connection(firstId)).toMatchObject({ enabled: true });
  });

  test("by giving the people of a connection another issuer", async () => {
    const moved = saveConnection(admin, input({ connectionId: firstId, name: "River sign-in" }));
    await expect(moved).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("issuer") });
  });

  test("by switching off the connection of the last administrator who can sign in, or demoting that one", async () => {
    await withSecond(async (id) => {
      await switchConnection(admin, { connectionId: id, enabled: true });
      // Someone of the second connection, who may manage sign-in and is no administrator.
      const developer = await actorOf("developer@river.example");
      const { users } = schema;
      const move = (userId: string, connectionId: string) =>
        database().update(users).set({ connectionId }).where(eq(users.id, userId));
      await move(developer.userId, id);
      const manager: Actor = { ...developer, permissions: admin.permissions };
      const off = (connectionId: string) => switchConnection(manager, { connectionId, enabled: false });
      await expect(off(firstId)).rejects.toMatchObject({
        code: "CONFLICT",
        message: "No administrator could sign in any more without River sign-in.",
      });

      // An administrator whose connection is off does not count as the other one.
      await setRole(admin, { userId: developer.userId, roleId: await roleId("admin") });
      await switchConnection(admin, { connectionId: id, enabled: false });
      const demoted = setRole(admin, { userId: admin.userId, roleId: await roleId("reader") });
      await expect(demoted).rejects.toMatchObject({ code: "CONFLICT" });
      await setRole(admin, { userId: developer.userId, roleId: developer.roleId });
      await move(developer.userId, firstId);
    });
  });

  test("two administrators cannot switch each other's connection off at the same moment", async () => {
    await withSecond(async (id) => {
      await switchConnection(admin, { connectionId: id, enabled: true });
      const developer = await actorOf("developer@river.example");
      const { users } = schema;
      await setRole(admin, { userId: developer.userId, roleId: await roleId("admin") });
      await database().update(users).set({ connectionId: id }).where(eq(users.id, developer.userId));
      const other: Actor = { ...developer, permissions: admin.permissions };
      const both = await Promise.allSettled([
        switchConnection(admin, { connectionId: id, enabled: false }),
        switchConnection(other, { connectionId: firstId, enabled: false }),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      await database().update(schema.signInConnections).set({ enabled: true });
      await database().update(users).set({ connectionId: firstId }).where(eq(users.id, developer.userId));
      await setRole(admin, { userId: developer.userId, roleId: developer.roleId });
    });
  });
});

test("switching a connection off signs its people out at once, wherever they are", async () => {
  const browser = new TestBrowser();
  await browser.signIn(firstId, "admin@river.example");
  expect(await currentActor(browser.request("/"))).not.toBeNull();
  await withSecond(async (id) => {
    await switchConnection(admin, { connectionId: id, enabled: true });
    const developer = await actorOf("developer@river.example");
    const { users } = schema;
    await setRole(admin, { userId: developer.userId, roleId: await roleId("admin") });
    await database().update(users).set({ connectionId: id }).where(eq(users.id, developer.userId));
    const other = { ...developer, permissions: admin.permissions };
    const ended: EventMap["signInSessionEnded"][] = [];
    const stop = events.on("signInSessionEnded", (event) => ended.push(event));
    await switchConnection(other, { connectionId: firstId, enabled: false });
    stop();
    expect(await currentActor(browser.request("/"))).toBeNull();
    expect(ended.map(({ userId }) => userId)).toContain(admin.userId);
    expect(ended.map(({ userId }) => userId)).not.toContain(developer.userId);
    // On again: nobody's old sign-in comes back.
    await switchConnection(other, { connectionId: firstId, enabled: true });
    expect(await currentActor(browser.request("/"))).toBeNull();
    await database().update(users).set({ connectionId: firstId }).where(eq(users.id, developer.userId));
    await setRole(await actorOf("admin@river.example"), { userId: developer.userId, roleId: developer.roleId });
  });
});

describe("a domain", () => {
  const record = () => `millrace-domain=${admin.organisationId}`;
  const answering = (records: string[][]) => () => Promise.resolve(records);
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error("DNS"), { code }));

  test("counts when its DNS holds the organisation's record, in one piece or several", async () => {
    await addDomain(
      admin,
      { domain: "river.test" },
      answering([["v=spf1 -all"], [record().slice(0, 20), record().slice(20)]]),
    );
    expect((await signInSettings(admin)).domains.map(({ domain }) => domain)).toEqual(["river.example", "river.test"]);
    await removeDomain(admin, { domain: "river.test" });
    expect((await signInSettings(admin)).domains.map(({ domain }) => domain)).toEqual(["river.example"]);
    const said = (await trail()).filter(({ subject }) => subject === "river.test").map(({ action }) => action);
    expect(said).toEqual(["domain.removed", "domain.added"]);
  });

  test.each([
    ["no record", answering([]), "CONFLICT"],
    [
      "another organisation's record",
      answering([["millrace-domain=00000000-0000-4000-8000-000000000000"]]),
      "CONFLICT",
    ],
    ["no such name", failing("ENOTFOUND"), "CONFLICT"],
    ["no answer", failing("ETIMEOUT"), "TIMEOUT"],
  ])("does not with %s", async (_, read, code) => {
    await expect(addDomain(admin, { domain: "river.test" }, read)).rejects.toMatchObject({ code });
    expect((await signInSettings(admin)).domains).toHaveLength(1);
  });

  test("of another organisation is neither taken nor removed", async () => {
    const taken = addDomain(admin, { domain: "hill.example" }, answering([[record()]]));
    await expect(taken).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(removeDomain(admin, { domain: "hill.example" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await signInSettings(neighbour)).domains).toHaveLength(1);
  });
});

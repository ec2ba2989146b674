import { and, eq } from "drizzle-orm";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { listAudit } from "../audit";
import { auditFilterInput } from "../contract/admin";
import { type EventMap, events, seal, secretPurposes } from "../core";
import { database, schema } from "../db";
import { setActive } from "../orgs";
import { actorOf, seedTestOrganisations, useTestDatabase } from "../testing";
import { discover } from "./discovery";
import { currentActor, endExpiredSignIns, signOut } from "./index";
import { SignInFailure } from "./sign-in-failure";
import { signInError, TestBrowser } from "./testing/browser";
import { startLyingProvider } from "./testing/lying-provider";
import { type RunningProvider, startRealProvider } from "./testing/real-provider";

const clientSecret = "a client secret";
const people = {
  "admin-subject": { email: "admin@river.example", name: "Ada" },
  newcomer: { email: "new@river.example", name: "Nora New" },
  stranger: { email: "stranger@elsewhere.example", name: "Stan Stranger" },
  pretender: { email: "boss@river.example", name: "Pretender", emailVerified: false },
  thief: { email: "admin@hill.example", name: "A thief" },
};
let provider: RunningProvider;
let lying: Awaited<ReturnType<typeof startLyingProvider>>;
let connectionId: string;
let lyingConnectionId: string;

useTestDatabase(async () => {
  const seeded = await seedTestOrganisations();
  connectionId = seeded.connections.river ?? "";
  const redirectUris = [`http://localhost:3000/api/auth/callback/${connectionId}`];
  provider = await startRealProvider({ clientSecret, redirectUris, people });
  await moveTo(provider.issuer);
  lying = await startLyingProvider();
  lyingConnectionId = crypto.randomUUID();
  await database()
    .insert(schema.signInConnections)
    .values({
      id: lyingConnectionId,
      organisationId: seeded.organisations.river ?? "",
      name: "Lying",
      issuer: lying.issuer,
      clientId: "millrace",
      clientSecret: seal(clientSecret, secretPurposes.signIn(lyingConnectionId)),
    });
});
afterAll(async () => {
  await provider.close();
  await lying.close();
});

/** Points the first connection, and the people who are known by it, at an issuer. */
async function moveTo(issuer: string): Promise<void> {
  const { signInConnections, users } = schema;
  await database().update(signInConnections).set({ issuer }).where(eq(signInConnections.id, connectionId));
  await database().update(users).set({ issuer }).where(eq(users.connectionId, connectionId));
}

async function setSecret(secret: string): Promise<void> {
  const sealed = seal(secret, secretPurposes.signIn(connectionId));
  await database()
    .update(schema.signInConnections)
    .set({ clientSecret: sealed })
    .where(eq(schema.signInConnections.id, connectionId));
}

describe("a sign-in through a real provider", () => {
  test("ends where the person wanted to go, as that person, with a cookie that scripts cannot read", async () => {
    const browser = new TestBrowser();
    expect(await browser.signIn(connectionId, "admin@river.example")).toBe("http://localhost:3000/p/orders");
    const actor = await currentActor(browser.request("/"));
    expect({ name: actor?.userName, permissions: actor?.permissions.size }).toEqual({ name: "Ada", permissions: 11 });
    const [user] = await database()
      .select()
      .from(schema.users)
      .where(eq(schema.users.id, actor?.userId ?? ""));
    expect(user).toMatchObject({ subject: "admin-subject", issuer: provider.issuer, email: "admin@river.example" });
  });

  test("makes a member of someone of a verified domain, as a reader of the connection's own organisation", async () => {
    const browser = new TestBrowser();
    await browser.signIn(connectionId, "new@river.example");
    const actor = await currentActor(browser.request("/"));
    expect([...(actor?.permissions ?? [])]).toEqual(["project.read"]);
    const owner = await actorOf("admin@river.example");
    expect(actor?.organisationId).toBe(owner.organisationId);
    const memberships = await database()
      .select()
      .from(schema.memberships)
      .where(eq(schema.memberships.userId, actor?.userId ?? ""));
    expect(memberships).toHaveLength(1);
  });

  test.each([
    ["stranger@elsewhere.example", "a domain that is not the organisation's"],
    ["boss@river.example", "an e-mail address that the provider has not verified"],
    ["admin@hill.example", "a person of another organisation by e-mail address alone"],
  ])("refuses %s: %s", async (email) => {
    const browser = new TestBrowser();
    const before = await database().$count(schema.users);
    expect(signInError(await browser.signIn(connectionId, email))).toBe("not-invited");
    expect(await currentActor(browser.request("/"))).toBeNull();
    expect(await database().$count(schema.users)).toBe(before);
  });

  test("says access denied when the person or the provider refuses", async () => {
    expect(signInError(await new TestBrowser().signIn(connectionId, "cancel"))).toBe("access-denied");
  });

  test("asks with PKCE, state and nonce, and lets nobody add to the request but a login hint", async () => {
    const browser = new TestBrowser();
    const csrf = (await (await browser.auth("/api/auth/csrf")).json()) as { csrfToken: string };
    const response = await browser.auth(
      `/api/auth/signin/${connectionId}?login_hint=a%40b&scope=admin&redirect_uri=https://evil.example&prompt=none`,
      {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ csrfToken: csrf.csrfToken, callbackUrl: "https://evil.example/", json: "true" }),
      },
    );
    const asked = new URL(((await response.json()) as { url: string }).url);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      client_id: "millrace",
      scope: "openid email profile",
      response_type: "code",
      redirect_uri: `http://localhost:3000/api/auth/callback/${connectionId}`,
      login_hint: "a@b",
      code_challenge: expect.any(String),
      code_challenge_method: "S256",
      state: expect.any(String),
      nonce: expect.any(String),
    });
    for (const name of ["pkce", "state", "nonce"]) expect(browser.cookies.has(`millrace.${name}`)).toBe(true);
  });

  test("never ends on another site", async () => {
    const browser = new TestBrowser();
    const start = await browser.begin(connectionId, {
      hint: "admin@river.example",
      callbackUrl: "https://evil.example/",
    });
    expect(await browser.arrive(await browser.atProvider(start))).toMatch(/^http:\/\/localhost:3000(\/|$)/);
  });

  test("is not begun by a form of another site (no CSRF token)", async () => {
    const start = await new TestBrowser().begin(connectionId, { csrfToken: "guessed" });
    expect(signInError(start)).toBe("expired");
  });
});

describe("an answer counts once, in the browser that asked", () => {
  test("a replayed answer is refused, also with the cookies of its first use", async () => {
    const browser = new TestBrowser();
    const back = await browser.atProvider(await browser.begin(connectionId, { hint: "admin@river.example" }));
    const cookies = new Map(browser.cookies);
    expect(signInError(await browser.arrive(back))).toBeNull();
    expect(signInError(await browser.arrive(back))).toBe("expired");
    const thief = new TestBrowser();
    for (const [name, value] of cookies) thief.cookies.set(name, value);
    expect(signInError(await thief.arrive(back))).toBe("expired");
    expect(await currentActor(thief.request("/"))).toBeNull();
  });

  test("even a provider that accepts a code twice does not sign in twice", async () => {
    const browser = new TestBrowser();
    const asked = new URL(await browser.begin(lyingConnectionId));
    lying.nonce = asked.searchParams.get("nonce") ?? "";
    const back = `/api/auth/callback/${lyingConnectionId}?code=x&state=${asked.searchParams.get("state")}`;
    const cookies = new Map(browser.cookies);
    expect(signInError(await browser.arrive(back))).toBeNull();
    const thief = new TestBrowser();
    for (const [name, value] of cookies) thief.cookies.set(name, value);
    expect(signInError(await thief.arrive(back))).toBe("expired");
  });

  test("an answer in another browser is refused (login CSRF)", async () => {
    const attacker = new TestBrowser();
    const back = await attacker.atProvider(await attacker.begin(connectionId, { hint: "admin@river.example" }));
    const victim = new TestBrowser();
    expect(signInError(await victim.arrive(back))).toBe("expired");
    await victim.begin(connectionId);
    expect(signInError(await victim.arrive(back))).toBe("expired");
  });

  test("an answer of one connection is refused at another (mix-up)", async () => {
    const browser = new TestBrowser();
    const back = await browser.atProvider(await browser.begin(connectionId, { hint: "admin@river.example" }));
    expect(signInError(await browser.arrive(back.replace(connectionId, lyingConnectionId)))).toBe("expired");
  });
});

describe("an answer that cannot be trusted is refused", () => {
  const now = () => Math.floor(Date.now() / 1000);
  afterEach(() => {
    lying.lies = {};
  });

  async function answered(query: Record<string, string> = {}): Promise<string | null> {
    const browser = new TestBrowser();
    const asked = new URL(await browser.begin(lyingConnectionId));
    lying.nonce = asked.searchParams.get("nonce") ?? "";
    const state = asked.searchParams.get("state") ?? "";
    const end = await browser.arrive(
      `/api/auth/callback/${lyingConnectionId}?${new URLSearchParams({ code: "x", state, ...query })}`,
    );
    return signInError(end);
  }

  test("and an honest one is not", async () => {
    expect(await answered()).toBeNull();
  });
  test.each<[string, () => (typeof lying)["lies"]]>([
    ["another issuer", () => ({ claims: { iss: "https://evil.example" } })],
    ["another audience", () => ({ claims: { aud: "another client" } })],
    ["several audiences without us as the party", () => ({ claims: { aud: ["millrace", "other"] } })],
    ["another authorised party", () => ({ claims: { azp: "other" } })],
    ["another nonce", () => ({ claims: { nonce: "another" } })],
    ["no nonce", () => ({ claims: { nonce: undefined } })],
    ["no subject", () => ({ claims: { sub: "" } })],
    ["an expired token", () => ({ claims: { iat: now() - 600, exp: now() - 300 } })],
    ["an old token that has not expired", () => ({ claims: { iat: now() - 3600, exp: now() + 3600 } })],
    ["a key that is not the provider's", () => ({ key: "another" })],
    ["no signature", () => ({ key: "none" })],
    ["a signature with a shared secret", () => ({ key: "client secret" })],
    ["no ID token", () => ({ tokenBody: { access_token: "x" } })],
    ["no JSON", () => ({ tokenBody: "<html>" })],
  ])("%s", async (_name, lies) => {
    lying.lies = lies();
    expect(await answered()).toBe("invalid-answer");
  });
  test("an answer that says it is of another issuer (RFC 9207)", async () => {
    expect(await answered({ iss: "https://evil.example" })).toBe("invalid-answer");
  });
  test("another state", async () => {
    expect(await answered({ state: "another" })).toBe("expired");
  });
});

describe("a provider that is down or set up wrongly", () => {
  test("wrong client secret", async () => {
    await setSecret("wrong");
    expect(signInError(await new TestBrowser().signIn(connectionId, "admin@river.example"))).toBe("wrong-client");
    await setSecret(clientSecret);
  });

  test("down: the reason and a reference that is in the trail", async () => {
    const gone = await startLyingProvider();
    await gone.close();
    await moveTo(gone.issuer);
    const end = await new TestBrowser().begin(connectionId);
    await moveTo(provider.issuer);
    expect(signInError(end)).toBe("provider-unreachable");
    const reference = new URL(end, "http://localhost").searchParams.get("reference");
    const page = await listAudit(
      await actorOf("admin@river.example"),
      auditFilterInput.parse({ action: "sign-in.refused", limit: 1 }),
    );
    expect(page.events[0]).toMatchObject({ requestId: reference, details: { reason: "provider-unreachable" } });
  });

  test("an unknown or disabled connection", async () => {
    expect(signInError(await new TestBrowser().begin(crypto.randomUUID()))).toBe("unknown-connection");
    expect(signInError(await new TestBrowser().begin("no-id"))).toBe("unknown-connection");
  });

  describe("discovery", () => {
    const code = async (issuer: string) => {
      try {
        await discover(issuer);
        return "accepted";
      } catch (error) {
        return error instanceof SignInFailure ? error.code : String(error);
      }
    };
    let server: Awaited<ReturnType<typeof startLyingProvider>>;
    beforeEach(async () => {
      server = await startLyingProvider();
    });
    afterEach(() => server.close());

    test.each<[string, (typeof lying)["lies"], string]>([
      ["of another issuer", { issuerInDiscovery: "http://127.0.0.1:9/" }, "provider-misconfigured"],
      ["of the same issuer with a slash more", { issuerInDiscovery: "+/" }, "provider-misconfigured"],
      ["that is no JSON", { discoveryBody: "<html>" }, "provider-misconfigured"],
      ["without endpoints", { discoveryBody: "{}" }, "provider-misconfigured"],
      ["that is missing", { discoveryStatus: 404 }, "provider-misconfigured"],
      ["that redirects", { discoveryStatus: 302 }, "provider-misconfigured"],
      ["with an error", { discoveryStatus: 503 }, "provider-unreachable"],
      ["without end", { discoveryBody: " ".repeat(600_000) }, "provider-unreachable"],
    ])("%s", async (_name, lies, expected) => {
      const { issuerInDiscovery } = lies;
      server.lies = issuerInDiscovery === "+/" ? { issuerInDiscovery: `${server.issuer}/` } : lies;
      expect(await code(server.issuer)).toBe(expected);
    });

    test("is asked once in ten minutes, and again after a failure", async () => {
      server.lies = { discoveryStatus: 503 };
      await code(server.issuer);
      server.lies = {};
      await Promise.all([code(server.issuer), code(server.issuer)]);
      expect(await code(server.issuer)).toBe("accepted");
      expect(server.requests).toHaveLength(2);
    });

    test.each(["https://169.254.169.254", "http://login.example.com", "https://10.0.0.1/tenant"])(
      "of %s is never asked",
      async (issuer) => {
        expect(await code(issuer)).toBe("provider-misconfigured");
      },
    );
  });
});

describe("the session", () => {
  let browser: TestBrowser;
  let heard: EventMap["signInSessionEnded"][];
  let stop: () => void;
  beforeEach(async () => {
    browser = new TestBrowser();
    await browser.signIn(connectionId, "admin@river.example");
    heard = [];
    stop = events.on("signInSessionEnded", (event) => heard.push(event));
  });
  afterEach(() => stop());

  test("is a new one at each sign-in, and replaces the browser's old one", async () => {
    const first = await currentActor(browser.request("/"));
    const old = browser.request("/");
    await browser.signIn(connectionId, "admin@river.example");
    const second = await currentActor(browser.request("/"));
    expect(second?.userId).toBe(first?.userId);
    expect(second?.signInSessionId).not.toBe(first?.signInSessionId);
    expect(await currentActor(old)).toBeNull();
  });

  test("ends at once with a sign-out, for a copy of the cookie too", async () => {
    const copy = browser.request("/");
    const actor = await currentActor(browser.request("/"));
    if (actor === null) throw new Error("Nobody is signed in.");
    await signOut(actor);
    expect(await currentActor(copy)).toBeNull();
    expect(heard).toEqual([
      {
        signInSessionId: actor.signInSessionId,
        userId: actor.userId,
        organisationId: actor.organisationId,
        message: "You signed out.",
      },
    ]);
    const page = await listAudit(await actorOf("admin@river.example"), auditFilterInput.parse({ limit: 1 }));
    expect(page.events[0]).toMatchObject({ action: "sign-out", actorName: "Ada" });
  });

  test("ends with next-auth's own sign-out form, and not without its CSRF token", async () => {
    const form = (csrfToken: string) => ({
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ csrfToken, callbackUrl: "/signin" }),
    });
    const copy = browser.request("/");
    const forged = new TestBrowser();
    for (const [name, value] of browser.cookies) forged.cookies.set(name, value);
    await forged.auth("/api/auth/signout", form("guessed"));
    expect(await currentActor(copy)).not.toBeNull();
    const csrf = (await (await browser.auth("/api/auth/csrf")).json()) as { csrfToken: string };
    await browser.auth("/api/auth/signout", form(csrf.csrfToken));
    expect(await currentActor(copy)).toBeNull();
  });

  test("ends when the person is deactivated", async () => {
    const member = new TestBrowser();
    await member.signIn(connectionId, "new@river.example");
    const actor = await currentActor(member.request("/"));
    const admin = await actorOf("admin@river.example");
    await setActive(admin, { userId: actor?.userId ?? "", active: false });
    expect(await currentActor(member.request("/"))).toBeNull();
    expect(signInError(await member.signIn(connectionId, "new@river.example"))).toBe("deactivated");
    await setActive(admin, { userId: actor?.userId ?? "", active: true });
  });

  test("ends absolutely when its time is over: refused at once, and its streams are told", async () => {
    const actor = await currentActor(browser.request("/"));
    const { signInSessions } = schema;
    const own = and(eq(signInSessions.id, actor?.signInSessionId ?? ""));
    await database()
      .update(signInSessions)
      .set({ expiresAt: new Date(Date.now() - 1) })
      .where(own);
    expect(await currentActor(browser.request("/"))).toBeNull();
    expect(await endExpiredSignIns()).toBe(1);
    expect(heard.map(({ signInSessionId }) => signInSessionId)).toEqual([actor?.signInSessionId]);
    expect(await endExpiredSignIns()).toBe(0);
  });

  test("is nobody's with a cookie that was made up, changed or is of another key", async () => {
    const token = browser.cookies.get("millrace.session") ?? "";
    const forged = ["", "x", `${token.slice(0, -2)}xx`, token.replace(/^[^.]+/, "eyJhbGciOiJub25lIn0"), "%E0%A4%A"];
    for (const value of forged) {
      const request = new Request("http://localhost:3000/", { headers: { cookie: `millrace.session=${value}` } });
      expect(await currentActor(request)).toBeNull();
    }
  });

  test("is stored as a hash: nothing in the database opens it", async () => {
    const rows = JSON.stringify(await database().select().from(schema.signInSessions));
    expect(rows).not.toContain(browser.cookies.get("millrace.session"));
  });
});

test("next-auth's other actions are not served", async () => {
  const browser = new TestBrowser();
  for (const path of ["session", "providers", "_log", "verify-request", "callback"]) {
    const status = (await browser.auth(`/api/auth/${path}`)).status;
    expect([path, status === 404 || status === 302]).toEqual([path, true]);
  }
  expect((await browser.auth("/api/auth/_log", { method: "POST", body: "{}" })).status).toBe(404);
});

test("outside localhost the cookies are __Host- and secure", async () => {
  const store = globalThis as unknown as Record<symbol, { baseUrl: string }>;
  const key = Symbol.for("millrace.config");
  const before = store[key];
  if (before === undefined) throw new Error("There is no configuration yet.");
  store[key] = { ...before, baseUrl: "https://millrace.example.com" };
  vi.stubEnv("NEXTAUTH_URL", "https://millrace.example.com");
  const response = await new TestBrowser().auth("/api/auth/csrf");
  store[key] = before;
  vi.unstubAllEnvs();
  const [cookie = ""] = response.headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-millrace\.csrf=.*; Path=\/; .*HttpOnly; Secure; SameSite=Lax$/);
});

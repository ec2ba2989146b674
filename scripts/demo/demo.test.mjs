import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { run } from "../lib/processes.mjs";
import { demoOrganisations } from "./definition.mjs";
import { startGitServer } from "./git-server.mjs";
import { startOidcProvider } from "./oidc-provider.mjs";
import { ensureRepository } from "./repository.mjs";

const folder = mkdtempSync(join(tmpdir(), "millrace-demo-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("OpenID provider", () => {
  const clientSecret = "a-client_secret";
  const callback = "http://localhost:3000/api/auth/callback/1b7a1c1e-0000-4000-8000-000000000000";
  const keysFile = join(folder, "provider-keys.json");
  const options = {
    keysFile,
    baseUrls: ["http://localhost:3000"],
    clientId: "millrace",
    clientSecret,
    organisations: demoOrganisations,
  };
  let provider;
  let browser;
  beforeAll(async () => {
    provider = await startOidcProvider(options);
  });
  afterAll(() => provider.close());
  beforeEach(() => {
    browser = createBrowser();
  });

  const metadata = async (slug) => (await fetch(`${provider.issuer(slug)}/.well-known/openid-configuration`)).json();
  const verifier = randomBytes(32).toString("base64url");
  const request = (changes = {}) =>
    new URLSearchParams({
      ...{
        client_id: "millrace",
        response_type: "code",
        scope: "openid email profile",
        redirect_uri: callback,
        state: "a state",
        nonce: "a nonce",
      },
      ...{ code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256" },
      ...changes,
    });
  const tokens = async (slug, code) => {
    const response = await fetch((await metadata(slug)).token_endpoint, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`millrace:${clientSecret}`)}` },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code,
        redirect_uri: callback,
        code_verifier: verifier,
      }),
    });
    return response.json();
  };

  it("signs in the person that was picked, and signs what it says of them", async () => {
    const { issuer, authorization_endpoint, jwks_uri } = await metadata("riverbank");
    const page = await browser.open(`${authorization_endpoint}?${request()}`);
    expect(page.text).toContain("ana@river.example");
    expect(page.text).not.toContain("hilde@hillside.example");
    const answer = await browser.open(page.url, { method: "POST", body: new URLSearchParams({ subject: "ana" }) });
    const landed = new URL(answer.url);
    expect([landed.origin + landed.pathname, landed.searchParams.get("state"), landed.searchParams.get("iss")]).toEqual(
      [callback, "a state", issuer],
    );

    const { id_token } = await tokens("riverbank", landed.searchParams.get("code"));
    const { payload } = await jwtVerify(id_token, createRemoteJWKSet(new URL(jwks_uri)), {
      issuer,
      audience: "millrace",
      algorithms: ["RS256"],
    });
    expect(payload).toMatchObject({
      sub: "ana",
      email: "ana@river.example",
      email_verified: true,
      name: "Ana Lima",
      nonce: "a nonce",
    });
    expect(await tokens("riverbank", landed.searchParams.get("code"))).toMatchObject({ error: "invalid_grant" });
  });

  it("signs in at once whom login_hint names, also when Millrace asks for a choice of account", async () => {
    const { authorization_endpoint } = await metadata("hillside");
    const answer = await browser.open(
      `${authorization_endpoint}?${request({ login_hint: "hilde@hillside.example", prompt: "select_account" })}`,
    );
    expect(new URL(answer.url).searchParams.get("code")).toBeTruthy();
  });

  it("asks again at the next sign-in in the same browser", async () => {
    const { authorization_endpoint } = await metadata("riverbank");
    const first = await browser.open(`${authorization_endpoint}?${request({ login_hint: "dev@river.example" })}`);
    expect(new URL(first.url).searchParams.get("code")).toBeTruthy();
    const second = await browser.open(`${authorization_endpoint}?${request()}`);
    expect(second.text).toContain("Sign in as:");
  });

  it("tells Millrace of a cancelled sign-in", async () => {
    const { authorization_endpoint } = await metadata("riverbank");
    const page = await browser.open(`${authorization_endpoint}?${request()}`);
    const answer = await browser.open(page.url, { method: "POST", body: new URLSearchParams({ cancel: "1" }) });
    expect(new URL(answer.url).searchParams.get("error")).toBe("access_denied");
  });

  it("refuses a request without PKCE and a callback that is not Millrace's", async () => {
    const { authorization_endpoint } = await metadata("riverbank");
    const plain = request();
    plain.delete("code_challenge");
    plain.delete("code_challenge_method");
    const refused = await browser.open(`${authorization_endpoint}?${plain}`);
    expect(new URL(refused.url).searchParams.get("error")).toBe("invalid_request");
    const elsewhere = await browser.open(
      `${authorization_endpoint}?${request({ redirect_uri: "http://localhost:3001/api/auth/callback/x" })}`,
    );
    expect([elsewhere.status, elsewhere.text]).toEqual([400, expect.stringContaining("redirect_uri did not match")]);
  });

  it("keeps its signing key over a restart", async () => {
    const keys = async (from) => (await fetch(`${from.issuer("riverbank")}/jwks`)).json();
    const before = await keys(provider);
    const again = await startOidcProvider(options);
    expect(await keys(again)).toEqual(before);
    await again.close();
  });
});

describe("Git server", () => {
  const token = "a-token";
  let server;
  beforeAll(async () => {
    const sample = join(folder, "sample");
    mkdirSync(join(sample, "target"), { recursive: true });
    writeFileSync(join(sample, "dbt_project.yml"), "name: sample\n");
    writeFileSync(join(sample, "target", "manifest.json"), "{}");
    await ensureRepository(join(folder, "repositories", "sample.git"), sample);
    server = await startGitServer({ root: join(folder, "repositories"), token });
  });
  afterAll(() => server.close());
  afterEach(() => rmSync(join(folder, "clone"), { recursive: true, force: true }));

  const url = (secret) => server.url("sample").replace("http://", `http://anyone:${secret}@`);
  const git = (args, cwd = folder) =>
    run("git", args, {
      cwd,
      env: {
        ...{ PATH: process.env.PATH ?? "", HOME: folder, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_NOSYSTEM: "1" },
        ...{
          GIT_AUTHOR_NAME: "Test",
          GIT_AUTHOR_EMAIL: "t@example.com",
          GIT_COMMITTER_NAME: "Test",
          GIT_COMMITTER_EMAIL: "t@example.com",
        },
      },
    });

  it("gives the sample project, without what dbt generated, to who has the token", async () => {
    expect((await git(["clone", "--quiet", url(token), "clone"])).code).toBe(0);
    expect(existsSync(join(folder, "clone", "dbt_project.yml"))).toBe(true);
    expect(existsSync(join(folder, "clone", "target"))).toBe(false);
  });

  it("refuses reading and pushing with a wrong token or none", async () => {
    const read = await git(["clone", "--quiet", url("wrong"), "clone"]);
    expect([read.code, read.stderr]).toEqual([128, expect.stringContaining("Authentication failed")]);
    expect((await fetch(`${server.url("sample")}/info/refs?service=git-receive-pack`)).status).toBe(401);
    expect((await fetch(`${server.url("sample")}/HEAD`)).status).toBe(401);
  });

  it("takes a push, and keeps it when the demo is prepared again", async () => {
    const clone = join(folder, "clone");
    await git(["clone", "--quiet", url(token), "clone"]);
    writeFileSync(join(clone, "README.md"), "pushed\n");
    await git(["add", "README.md"], clone);
    await git(["commit", "--quiet", "-m", "Say what it is"], clone);
    expect((await git(["push", "--quiet", "origin", "main"], clone)).code).toBe(0);
    expect(await ensureRepository(join(folder, "repositories", "sample.git"), join(folder, "sample"))).toEqual({
      note: "unchanged",
    });
    const log = await git([
      "--git-dir",
      join(folder, "repositories", "sample.git"),
      "log",
      "-1",
      "--format=%s",
      "main",
    ]);
    expect(log.stdout.trim()).toBe("Say what it is");
  });

  it("serves repositories only", async () => {
    const headers = { authorization: `Basic ${btoa(`x:${token}`)}` };
    const statuses = await Promise.all(
      ["/", "/sample", "/../sample.git/HEAD", "/missing.git/info/refs?service=git-upload-pack"].map(
        async (path) => (await fetch(new URL(path, server.url("sample")), { headers })).status,
      ),
    );
    expect(statuses).toEqual([404, 404, expect.any(Number), 404]);
    expect((await fetch(new URL("/%2e%2e%2fprovider-keys.json", server.url("sample")), { headers })).status).toBe(404);
  });
});

/** Enough of a browser: keeps cookies, follows redirects within the provider, and stops where it would leave for Millrace. */
function createBrowser() {
  const cookies = new Map();
  async function open(address, init = {}) {
    const url = new URL(address);
    if (url.hostname === "localhost") return { url: url.href, status: 0, text: "" };
    const own = [...cookies.values()].filter(({ path }) => url.pathname.startsWith(path));
    const cookie = own.map(({ name, value }) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, redirect: "manual", headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? "/";
      if (value === "") cookies.delete(`${name} ${path}`);
      else cookies.set(`${name} ${path}`, { name, value, path });
    }
    const location = response.headers.get("location");
    if (location) return open(new URL(location, url).href);
    return { url: url.href, status: response.status, text: await response.text() };
  }
  return { open };
}

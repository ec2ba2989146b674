import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname } from "node:path";
import { exportJWK, generateKeyPair } from "jose";
import { interactionPolicy, Provider } from "oidc-provider";
import { messagePage, pickerPage } from "./pages.mjs";

const hour = 3600;

/**
 * The OpenID providers of the demo and of the tests: the certified `oidc-provider`, one issuer per organisation at
 * `http://127.0.0.1:PORT/SLUG`, bound to 127.0.0.1. Instead of passwords there is a page on which to pick a person; a
 * `login_hint` with a person's e-mail address signs that person in at once. PKCE is required. Signing keys persist in `keysFile`.
 * @param {{
 *   port?: number, keysFile: string, baseUrls: string[], clientId: string, clientSecret: string,
 *   organisations: { slug: string, name: string, people: { subject: string, email: string, name: string, role: string }[] }[]
 * }} options `baseUrls`: where Millrace is served; only its own callback addresses are accepted
 * @returns {Promise<{ port: number, issuer: (slug: string) => string, close: () => Promise<void> }>}
 */
export async function startOidcProvider({ port = 0, keysFile, baseUrls, clientId, clientSecret, organisations }) {
  const keys = await persistentKeys(keysFile);
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  const handlers = new Map(
    organisations.map((organisation) => [
      organisation.slug,
      createHandler({ organisation, issuer: `${origin}/${organisation.slug}`, keys, baseUrls, clientId, clientSecret }),
    ]),
  );
  server.on("request", (request, response) => {
    const [, slug] = request.url.split(/[/?]/);
    const handler = handlers.get(slug);
    if (handler) return handler(request, response);
    response.writeHead(404, { "Content-Type": "text/plain" }).end("There is no such provider.\n");
  });
  return {
    port: server.address().port,
    issuer: (slug) => `${origin}/${slug}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function createHandler({ organisation, issuer, keys, baseUrls, clientId, clientSecret }) {
  const { slug, people } = organisation;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        grant_types: ["authorization_code"],
        response_types: ["code"],
        redirect_uris: baseUrls.map((base) => `${base}/api/auth/callback/${slug}`),
        post_logout_redirect_uris: baseUrls.flatMap((base) => [base, `${base}/`, `${base}/signin`]),
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    jwks: keys.jwks,
    cookies: {
      keys: keys.cookies,
      names: { session: `_${slug}_session`, interaction: `_${slug}_interaction`, resume: `_${slug}_resume` },
      long: { httpOnly: true, sameSite: "lax", path: `/${slug}` },
    },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true, ...logoutPages() } },
    interactions: { policy: alwaysAsk(), url: (_context, interaction) => `/${slug}/pick/${interaction.uid}` },
    ttl: {
      AccessToken: hour,
      AuthorizationCode: 60,
      Grant: 12 * hour,
      IdToken: hour,
      Interaction: hour,
      Session: 12 * hour,
    },
    findAccount: (_context, subject) => account(people, subject),
    loadExistingGrant,
    renderError: (context, out) => {
      context.type = "html";
      context.body = messagePage(organisation.name, "The sign-in cannot go on", out.error_description ?? out.error);
    },
  });
  acceptOwnCallbacks(provider, baseUrls);

  const callback = provider.callback();
  return async (request, response) => {
    request.originalUrl = request.url;
    request.url = request.url.slice(slug.length + 1) || "/";
    try {
      if (request.url.startsWith("/pick/")) await pick({ provider, organisation, request, response });
      else await callback(request, response);
    } catch (error) {
      if (response.headersSent) return response.destroy(error);
      response.writeHead(400, { "Content-Type": "text/html; charset=utf-8" });
      response.end(messagePage(organisation.name, "This sign-in has ended", "Go back to Millrace and start again."));
    }
  };
}

/** Shows the people, or takes the choice of one. */
async function pick({ provider, organisation, request, response }) {
  const { params } = await provider.interactionDetails(request, response);
  const finish = (result) =>
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  if (request.method === "POST") {
    const form = await readForm(request);
    if (form.get("cancel"))
      return finish({ error: "access_denied", error_description: "The person cancelled the sign-in." });
    const chosen = organisation.people.find(({ subject }) => subject === form.get("subject"));
    if (chosen) return finish(asPerson(chosen));
  }
  const hinted = organisation.people.find(({ email }) => email === params.login_hint);
  if (hinted && request.method === "GET") return finish(asPerson(hinted));
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" });
  response.end(pickerPage(organisation, request.originalUrl));
}

/** Answers the prompts `login` and `select_account` alike. */
function asPerson({ subject }) {
  return { login: { accountId: subject, remember: false }, select_account: {} };
}

/** A provider's own session never chooses the person: each sign-in asks, so that a demo can change people. */
function alwaysAsk() {
  const { Check, Prompt, base } = interactionPolicy;
  const policy = base();
  policy.remove("consent");
  const login = policy.get("login");
  login.checks.add(
    new Check("pick_person", "a person must be picked", "login_required", (context) => !context.oidc.result?.login),
  );
  policy.add(new Prompt({ name: "select_account", requestable: true }));
  return policy;
}

/** Millrace's callback is `/api/auth/callback/CONNECTION`; the connection's id is made by its database. */
function acceptOwnCallbacks(provider, baseUrls) {
  const original = provider.Client.prototype.redirectUriAllowed;
  provider.Client.prototype.redirectUriAllowed = function redirectUriAllowed(uri) {
    const own = baseUrls.some(
      (base) =>
        uri.startsWith(`${base}/api/auth/callback/`) &&
        /^[A-Za-z0-9-]+$/.test(uri.slice(`${base}/api/auth/callback/`.length)),
    );
    return own || original.call(this, uri);
  };
}

/** The one client is Millrace itself: it gets what it asks for without a consent page. */
async function loadExistingGrant(context) {
  const { client, session, provider, params } = context.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope);
  await grant.save();
  return grant;
}

function account(people, subject) {
  const person = people.find((candidate) => candidate.subject === subject);
  if (!person) return undefined;
  return {
    accountId: subject,
    claims: () => ({ sub: subject, email: person.email, email_verified: true, name: person.name }),
  };
}

function logoutPages() {
  return {
    /** Signs out without a question: the person already asked for it in Millrace. */
    logoutSource: (context, form) => {
      const nonce = randomBytes(16).toString("base64");
      context.set("Content-Security-Policy", `default-src 'none'; script-src 'nonce-${nonce}'; form-action *`);
      context.body = `<!doctype html><title>Signing out</title>${form}<script nonce="${nonce}">
        const form = document.forms[0];
        const answer = document.createElement("input");
        Object.assign(answer, { type: "hidden", name: "logout", value: "yes" });
        form.append(answer);
        form.submit();
      </script>`;
    },
    postLogoutSuccessSource: (context) => {
      context.body = messagePage("Demo provider", "You are signed out", "This window can be closed.");
    },
  };
}

async function readForm(request) {
  let body = "";
  for await (const chunk of request) {
    body += chunk;
    if (body.length > 10_000) throw new Error("The form is too long.");
  }
  return new URLSearchParams(body);
}

async function persistentKeys(file) {
  if (!existsSync(file)) {
    const { privateKey } = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), alg: "RS256", use: "sig", kid: randomBytes(8).toString("hex") };
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ jwks: { keys: [jwk] }, cookies: [randomBytes(32).toString("base64")] }), {
      mode: 0o600,
    });
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

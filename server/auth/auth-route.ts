import { audit } from "../audit";
import type { SignInErrorCode } from "../contract/sign-in";
import { config, currentRequestId, logger, newRequestId, runWithRequest } from "../core";
import { loadConnection, type SignInConnection } from "./connections";
import { parseCookies, removedCheckCookies, sessionCookieName } from "./cookies";
import { sessionIdOfToken } from "./current-actor";
import { discover, parseJson } from "./discovery";
import { callNextAuth } from "./next-auth-bridge";
import { baseOptions, connectionOptions, newAttempt, type SignInAttempt } from "./next-auth-options";
import { clientAddress, signInLimit } from "./rate-limit";
import { SignInFailure } from "./sign-in-failure";
import { actorOfSession, replaceSignIn, signOut } from "./sign-in-sessions";

/**
 * Serves /api/auth/*: only the actions that Millrace uses. `path` is what comes after /api/auth. Every failure ends on
 * /signin with a code and a reference that is on the log line.
 */
export function handleAuthRequest(request: Request, path: readonly string[]): Promise<Response> {
  return runWithRequest(newRequestId(), async () => {
    const response = await route(request, path);
    response.headers.set("cache-control", "no-store");
    return response;
  });
}

async function route(request: Request, path: readonly string[]): Promise<Response> {
  const [action, connectionId] = path;
  const which = `${request.method} ${action}`;
  if (which === "GET csrf") return callNextAuth(request, ["csrf"], baseOptions());
  if (which === "GET signin" || which === "GET error") return redirectTo("/signin");
  if (which === "POST signout") return signOutByForm(request);
  const begins = which === "POST signin";
  const returns = which === "GET callback" || which === "POST callback";
  if (!begins && !returns) return new Response("Not found", { status: 404 });
  if (!signInLimit().allows(clientAddress(request.headers)))
    return fail(request, "failed", new Error("Too many sign-ins from one address."));
  const attempt = newAttempt();
  let connection: SignInConnection | null = null;
  try {
    connection = await loadConnection(connectionId ?? "");
    if (connection === null) throw new SignInFailure("unknown-connection", "There is no such connection.");
    const discovery = await discover(connection.issuer);
    const options = connectionOptions(connection, discovery, attempt);
    const response = await callNextAuth(onlyKnownParameters(request, begins), path, options);
    if (begins)
      return (await failedToBegin(response))
        ? fail(request, "expired", new Error("The form's token is not this browser's."))
        : response;
    return attempt.sid === null
      ? await refused(request, connection, attempt)
      : await succeeded(request, connection, { attempt, response });
  } catch (error) {
    return connection === null
      ? fail(request, codeOf(error), error)
      : refused(request, connection, { ...attempt, failure: error });
  }
}

/** A person's own words to the provider are limited to who they are: nobody adds a scope or another redirect address. */
function onlyKnownParameters(request: Request, begins: boolean): Request {
  if (!begins) return request;
  const url = new URL(request.url);
  const hint = url.searchParams.get("login_hint");
  url.search = hint === null || hint.length > 320 ? "" : new URLSearchParams({ login_hint: hint }).toString();
  return new Request(url, request);
}

/** next-auth sends a begin without a good CSRF token back to its own page, by redirect or by the address in its JSON. */
async function failedToBegin(response: Response): Promise<boolean> {
  const location = response.headers.get("location") ?? answeredAddress(await response.clone().text());
  return location !== null && new URL(location, config().baseUrl).origin === new URL(config().baseUrl).origin;
}

function answeredAddress(body: string): string | null {
  const answer = parseJson(body);
  return typeof answer === "object" && answer !== null && "url" in answer && typeof answer.url === "string"
    ? answer.url
    : null;
}

async function succeeded(
  request: Request,
  connection: SignInConnection,
  outcome: { attempt: SignInAttempt; response: Response },
): Promise<Response> {
  const { person } = outcome.attempt;
  if (person === null) throw new Error("A session without a person.");
  const previous = await sessionIdOfToken(parseCookies(request.headers.get("cookie"))[sessionCookieName()]);
  if (previous !== null) await replaceSignIn(previous);
  await audit({ ...person }, "sign-in", connection.name, { connectionId: connection.id });
  logger().info({ userId: person.userId, connectionId: connection.id }, "A person signed in.");
  return outcome.response;
}

async function refused(request: Request, connection: SignInConnection, attempt: SignInAttempt): Promise<Response> {
  const denied = new URL(request.url).searchParams.get("error");
  const failure =
    attempt.failure ??
    (denied === null ? new SignInFailure("expired", "This browser has no such sign-in.") : deniedBy(denied));
  const code = codeOf(failure);
  const { identity } = attempt;
  const source = {
    organisationId: connection.organisationId,
    userId: attempt.person?.userId ?? null,
    userName: identity?.email ?? identity?.subject ?? "unknown",
  };
  await audit(source, "sign-in.refused", connection.name, { reason: code, connectionId: connection.id });
  return fail(request, code, failure);
}

function deniedBy(error: string): SignInFailure {
  const code = error === "access_denied" || error.endsWith("_required") ? "access-denied" : "invalid-answer";
  return new SignInFailure(code, `The provider answered with the error ${error.slice(0, 100)}.`);
}

function codeOf(error: unknown): SignInErrorCode {
  return error instanceof SignInFailure ? error.code : "failed";
}

async function fail(request: Request, code: SignInErrorCode, error: unknown): Promise<Response> {
  const reference = currentRequestId() ?? newRequestId();
  logger()[code === "failed" ? "error" : "warn"]({ err: error, signIn: code }, "A sign-in did not happen.");
  const address = `/signin?${new URLSearchParams({ error: code, reference })}`;
  const asked = request.method === "POST" && request.headers.get("accept") !== null && !isNavigation(request);
  const response = asked ? Response.json({ url: address }) : redirectTo(address);
  for (const cookie of removedCheckCookies()) response.headers.append("set-cookie", cookie);
  return response;
}

/** A form that the browser submits itself follows a redirect; a script that posts the form reads the address. */
function isNavigation(request: Request): boolean {
  const mode = request.headers.get("sec-fetch-mode");
  return mode === null ? (request.headers.get("accept") ?? "").includes("text/html") : mode === "navigate";
}

function redirectTo(path: string): Response {
  return new Response(null, { status: 302, headers: { location: `${config().baseUrl}${path}` } });
}

/** next-auth checks the CSRF token and removes the cookie; the row is revoked first. */
async function signOutByForm(request: Request): Promise<Response> {
  const sid = await sessionIdOfToken(parseCookies(request.headers.get("cookie"))[sessionCookieName()]);
  const response = await callNextAuth(request, ["signout"], baseOptions());
  const accepted = (response.headers.get("set-cookie") ?? "").includes(`${sessionCookieName()}=;`);
  const actor = sid === null || !accepted ? null : await actorOfSession(sid);
  if (actor !== null) await signOut(actor);
  return response;
}

import { decode } from "next-auth/jwt";
import { type Actor, AppError, config } from "../core";
import { parseCookies, sessionCookieName } from "./cookies";
import { actorOfSession } from "./sign-in-sessions";

/** The random session id in an encrypted session token, or null when the token is not ours or too old. */
export async function sessionIdOfToken(token: string | undefined): Promise<string | null> {
  if (token === undefined || token === "" || token.length > 4096) return null;
  try {
    const claims = await decode({ token, secret: config().authSecret });
    return typeof claims?.sid === "string" ? claims.sid : null;
  } catch (error) {
    // jose throws for what anyone may send: a cookie that is no token, is of another key, or is out of date.
    if (
      error instanceof Error &&
      /^(JWE|JWT|JOSE|ERR_J)/.test("code" in error ? String(error.code).replace("ERR_", "") : error.name)
    )
      return null;
    throw error;
  }
}

/**
 * Who asks, checked against the database now: null when nobody is signed in, or the sign-in was revoked or has expired.
 * @param request the request of a route handler; without it, the request that Next.js is rendering for
 */
export async function currentActor(request?: Request): Promise<Actor | null> {
  const name = sessionCookieName();
  let token: string | undefined;
  if (request === undefined) {
    const { cookies } = await import("next/headers");
    token = (await cookies()).get(name)?.value;
  } else {
    token = parseCookies(request.headers.get("cookie"))[name];
  }
  const sid = await sessionIdOfToken(token);
  return sid === null ? null : actorOfSession(sid);
}

/** `currentActor`, or throws UNAUTHENTICATED. */
export async function requireActor(request?: Request): Promise<Actor> {
  const actor = await currentActor(request);
  if (actor !== null) return actor;
  throw new AppError("UNAUTHENTICATED", "You are not signed in, or your session has ended.", {
    hint: "Sign in again.",
  });
}

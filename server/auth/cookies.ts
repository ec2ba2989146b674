import type { CookiesOptions } from "next-auth";
import { config } from "../core";

/** Cookies of the sign-in. Outside localhost they are `__Host-`: https only, this host only, every path. */
function secure(): boolean {
  return config().baseUrl.startsWith("https:");
}

function named(name: string): string {
  return `${secure() ? "__Host-" : ""}millrace.${name}`;
}

/** Name of the cookie that carries the encrypted session token. */
export function sessionCookieName(): string {
  return named("session");
}

/** Minutes that a person has between leaving for the provider and coming back. */
const checkSeconds = 15 * 60;

/** The cookies of next-auth, by our names. All of them are out of scripts' reach and stay at home on cross-site posts. */
export function authCookies(): Partial<CookiesOptions> {
  const options = { httpOnly: true, sameSite: "lax" as const, path: "/", secure: secure() };
  const check = { ...options, maxAge: checkSeconds };
  return {
    sessionToken: { name: sessionCookieName(), options },
    callbackUrl: { name: named("callback"), options },
    csrfToken: { name: named("csrf"), options },
    pkceCodeVerifier: { name: named("pkce"), options: check },
    state: { name: named("state"), options: check },
    nonce: { name: named("nonce"), options: check },
  };
}

function expired(name: string): string {
  return `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${secure() ? "; Secure" : ""}`;
}

/** Set-Cookie values that remove the session. */
export function removedSessionCookies(): string[] {
  return [expired(sessionCookieName())];
}

/** Set-Cookie values that remove the traces of a sign-in that has ended, well or badly. */
export function removedCheckCookies(): string[] {
  return ["pkce", "state", "nonce"].map((name) => expired(named(name)));
}

/** The cookies of a request, by name. */
export function parseCookies(header: string | null): Record<string, string> {
  const cookies: Record<string, string> = {};
  for (const part of (header ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at < 1) continue;
    const name = part.slice(0, at).trim();
    const raw = part.slice(at + 1).trim();
    cookies[name] ??= /%[0-9a-f]{2}/i.test(raw) ? decodeSafely(raw) : raw;
  }
  return cookies;
}

function decodeSafely(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (error) {
    if (error instanceof URIError) return value;
    throw error;
  }
}

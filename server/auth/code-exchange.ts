import { timingSafeEqual } from "node:crypto";
import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import { processSingleton } from "../core";
import type { SignInConnection } from "./connections";
import { type Discovery, fetchFromProvider, parseJson } from "./discovery";
import { SignInFailure } from "./sign-in-failure";

/** What the provider sent to the callback, and what this browser's cookies say was asked. */
export interface CodeAnswer {
  readonly code: string | undefined;
  readonly state: string | undefined;
  /** RFC 9207: which issuer answers. */
  readonly issuer: string | undefined;
  readonly expected: {
    readonly state: string | undefined;
    readonly nonce: string | undefined;
    readonly codeVerifier: string | undefined;
  };
  readonly redirectUri: string;
}

/** A person as the provider vouches for them. */
export interface ProviderIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  readonly emailVerified: boolean | null;
  readonly name: string | null;
  /** Google Workspace's domain (`hd`). */
  readonly hostedDomain: string | null;
  /** Entra's tenant (`tid`) and directory id (`oid`). */
  readonly tenantId: string | null;
  readonly directoryId: string | null;
  readonly providerSession: string | null;
  readonly nonce: string;
}

const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const clockTolerance = 10;

function same(first: string | undefined, second: string | undefined): boolean {
  if (first === undefined || second === undefined || first.length !== second.length) return false;
  return timingSafeEqual(Buffer.from(first), Buffer.from(second));
}

/**
 * Turns an authorisation code into an identity (OpenID Connect Core 3.1.3): state, issuer of the answer, PKCE, client
 * authentication, then the ID token's signature, issuer, audience, times and nonce. No token is kept.
 * @throws SignInFailure
 */
export async function exchangeCode(
  connection: SignInConnection,
  discovery: Discovery,
  answer: CodeAnswer,
): Promise<ProviderIdentity> {
  const { code, expected } = answer;
  if (!same(answer.state, expected.state))
    throw new SignInFailure("expired", "The state is not the one of this browser.");
  if (answer.issuer !== undefined && answer.issuer !== discovery.issuer) {
    throw new SignInFailure("invalid-answer", `The answer came from ${answer.issuer}, not from ${discovery.issuer}.`);
  }
  if (code === undefined || expected.nonce === undefined || expected.codeVerifier === undefined) {
    throw new SignInFailure("expired", "The answer has no code, or this browser's sign-in is gone.");
  }
  const tokens = await requestTokens(connection, discovery, {
    grant_type: "authorization_code",
    code,
    redirect_uri: answer.redirectUri,
    code_verifier: expected.codeVerifier,
  });
  const claims = await verifyIdToken(tokens.id_token, connection, discovery, expected.nonce);
  const more = text(claims.email) === null ? await userinfo(discovery, tokens.access_token, claims.sub) : {};
  return identity({ ...more, ...claims }, discovery.issuer, expected.nonce);
}

const tokensSchema = z.object({ id_token: z.string(), access_token: z.string().optional() });
const tokenErrorSchema = z.object({ error: z.string(), error_description: z.string().optional() });

/**
 * Asks the token endpoint, showing the client's id and secret.
 * @throws SignInFailure wrong-client, when the provider does not know the client
 */
export async function requestTokens(
  connection: Pick<SignInConnection, "clientId" | "clientSecret">,
  discovery: Discovery,
  fields: Record<string, string>,
): Promise<z.infer<typeof tokensSchema>> {
  const { clientId, clientSecret } = connection;
  const form = new URLSearchParams(fields);
  const headers: Record<string, string> = { "content-type": "application/x-www-form-urlencoded" };
  if (discovery.clientAuthentication === "basic") {
    const pair = [clientId, clientSecret]
      .map((part) => new URLSearchParams({ part }).toString().slice("part=".length))
      .join(":");
    headers.authorization = `Basic ${Buffer.from(pair).toString("base64")}`;
  } else {
    form.set("client_id", clientId);
    form.set("client_secret", clientSecret);
  }
  const answer = await fetchFromProvider(discovery.tokenEndpoint, { method: "POST", headers, body: form.toString() });
  const body = parseJson(answer.text);
  if (answer.status === 200) {
    const parsed = tokensSchema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new SignInFailure("invalid-answer", "The token endpoint's answer has no ID token.");
  }
  if (answer.status >= 500)
    throw new SignInFailure("provider-unreachable", `The token endpoint answered ${answer.status}.`);
  const problem = tokenErrorSchema.safeParse(body).data;
  const message =
    `The token endpoint refused: ${problem?.error ?? answer.status} ${problem?.error_description ?? ""}`.trim();
  if (problem?.error === "invalid_grant") throw new SignInFailure("expired", message);
  if (problem?.error === "invalid_client" || problem?.error === "unauthorized_client" || answer.status === 401) {
    throw new SignInFailure("wrong-client", message);
  }
  throw new SignInFailure("invalid-answer", message);
}

type KeySet = ReturnType<typeof createRemoteJWKSet>;

/** The provider's signing keys, kept and asked for again (at most each 30 s) when a token names one that is not known. */
function keySet(jwksUri: string): KeySet {
  const sets = processSingleton("jwks", () => new Map<string, KeySet>());
  const known = sets.get(jwksUri);
  if (known !== undefined) return known;
  const made = createRemoteJWKSet(new URL(jwksUri), {
    [customFetch]: async (url: string) => {
      const { status, text: body } = await fetchFromProvider(url);
      return new Response(body, { status, headers: { "content-type": "application/json" } });
    },
  });
  sets.set(jwksUri, made);
  return made;
}

async function verifyIdToken(
  idToken: string,
  connection: SignInConnection,
  discovery: Discovery,
  nonce: string,
): Promise<JWTPayload & { sub: string }> {
  const { clientId } = connection;
  let payload: JWTPayload;
  try {
    const verified = await jwtVerify(idToken, keySet(discovery.jwksUri), {
      algorithms,
      issuer: discovery.issuer,
      audience: clientId,
      clockTolerance,
      maxTokenAge: "15 minutes",
      requiredClaims: ["sub", "exp", "iat", "nonce"],
    });
    payload = verified.payload;
  } catch (error) {
    if (error instanceof SignInFailure) throw error;
    throw new SignInFailure("invalid-answer", "The ID token is not valid.", { cause: error });
  }
  const many = Array.isArray(payload.aud) && payload.aud.length > 1;
  if ((many || payload.azp !== undefined) && payload.azp !== clientId) {
    throw new SignInFailure("invalid-answer", "The ID token was issued for another client.");
  }
  if (typeof payload.nonce !== "string" || !same(payload.nonce, nonce)) {
    throw new SignInFailure("invalid-answer", "The ID token answers another sign-in (nonce).");
  }
  if (typeof payload.sub !== "string" || payload.sub === "" || payload.sub.length > 255) {
    throw new SignInFailure("invalid-answer", "The ID token names nobody.");
  }
  return { ...payload, sub: payload.sub };
}

/** Claims of the userinfo endpoint, for providers that keep them out of the ID token; of the same subject or refused. */
async function userinfo(
  discovery: Discovery,
  accessToken: string | undefined,
  subject: string,
): Promise<Record<string, unknown>> {
  if (discovery.userinfoEndpoint === null || accessToken === undefined) return {};
  const answer = await fetchFromProvider(discovery.userinfoEndpoint, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const claims = z.record(z.string(), z.unknown()).safeParse(parseJson(answer.text)).data;
  if (answer.status !== 200 || claims === undefined) return {};
  if (claims.sub !== subject)
    throw new SignInFailure("invalid-answer", "The userinfo endpoint speaks of another person.");
  return claims;
}

function text(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.trim().slice(0, 320) : null;
}

function identity(claims: JWTPayload & { sub: string }, issuer: string, nonce: string): ProviderIdentity {
  const email = text(claims.email) ?? addressLike(text(claims.preferred_username));
  return {
    issuer,
    subject: claims.sub,
    email: email?.toLowerCase() ?? null,
    emailVerified: typeof claims.email_verified === "boolean" ? claims.email_verified : null,
    name: text(claims.name),
    hostedDomain: text(claims.hd)?.toLowerCase() ?? null,
    tenantId: text(claims.tid),
    directoryId: text(claims.oid),
    providerSession: text(claims.sid),
    nonce,
  };
}

function addressLike(value: string | null): string | null {
  return value !== null && /^[^@\s]+@[^@\s]+$/.test(value) ? value : null;
}

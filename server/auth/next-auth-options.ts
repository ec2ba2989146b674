import type { AuthOptions } from "next-auth";
import type { OAuthConfig } from "next-auth/providers/oauth";
import { config, describeError, logger } from "../core";
import { type CodeAnswer, exchangeCode, type ProviderIdentity } from "./code-exchange";
import type { SignInConnection } from "./connections";
import { authCookies } from "./cookies";
import type { Discovery } from "./discovery";
import { type SignedInPerson, signInPerson } from "./provision";
import { createSignInSession } from "./sign-in-sessions";

/** What happened in one request to next-auth; it is made anew for each, so nothing leaks between people. */
export interface SignInAttempt {
  identity: ProviderIdentity | null;
  person: SignedInPerson | null;
  sid: string | null;
  /** Why it failed, when we know better than next-auth does. */
  failure: unknown;
}

export function newAttempt(): SignInAttempt {
  return { identity: null, person: null, sid: null, failure: null };
}

/** Options without a provider: for the actions that need none (csrf, signout). */
export function baseOptions(): AuthOptions {
  return {
    providers: [],
    secret: config().authSecret,
    session: { strategy: "jwt", maxAge: Math.ceil(config().signInHours * 3600) },
    cookies: authCookies(),
    useSecureCookies: config().baseUrl.startsWith("https:"),
    pages: { signIn: "/signin", error: "/signin" },
    logger: {
      error: (code, metadata) =>
        logger().warn({ nextAuth: code, err: causeOf(metadata) }, "next-auth reports an error."),
      warn: (code) => logger().debug({ nextAuth: code }, "next-auth warns."),
      debug: () => undefined,
    },
    callbacks: {
      redirect: ({ url, baseUrl }) => ownAddress(url, baseUrl),
    },
  };
}

function causeOf(metadata: unknown): unknown {
  if (metadata instanceof Error) return metadata;
  if (typeof metadata === "object" && metadata !== null && "error" in metadata) return metadata.error;
  return describeError("no details");
}

/** Only paths of this site: a sign-in never ends elsewhere. */
function ownAddress(url: string, baseUrl: string): string {
  if (!URL.canParse(url, baseUrl)) return baseUrl;
  const target = new URL(url, baseUrl);
  return target.origin === new URL(baseUrl).origin ? target.href : baseUrl;
}

/**
 * Options for one request to one connection. next-auth keeps what it is good at (cookies, state, nonce, PKCE, redirects); the
 * requests to the provider and the checks of its answers are ours, because next-auth's are not guarded against internal
 * addresses and its timeouts and redirects are process-wide.
 */
export function connectionOptions(
  connection: SignInConnection,
  discovery: Discovery,
  attempt: SignInAttempt,
): AuthOptions {
  const base = baseOptions();
  return {
    ...base,
    providers: [provider(connection, discovery, attempt)],
    callbacks: {
      ...base.callbacks,
      async signIn() {
        try {
          if (attempt.identity === null) return false;
          attempt.person = await signInPerson(connection, attempt.identity);
          const { nonce, providerSession } = attempt.identity;
          attempt.sid = await createSignInSession(attempt.person, { nonce, providerSession });
          return true;
        } catch (error) {
          attempt.failure = error;
          return false;
        }
      },
      /** The cookie holds the random session id and nothing else. */
      jwt: () => (attempt.sid === null ? {} : { sid: attempt.sid }),
    },
  };
}

function provider(
  connection: SignInConnection,
  discovery: Discovery,
  attempt: SignInAttempt,
): OAuthConfig<ProviderIdentity> {
  const { id, name, clientId, clientSecret, scopes } = connection;
  return {
    id,
    name,
    type: "oauth",
    clientId,
    clientSecret,
    issuer: discovery.issuer,
    checks: ["pkce", "state", "nonce"],
    idToken: true,
    authorization: {
      url: discovery.authorizationEndpoint,
      params: { scope: scopes, redirect_uri: callbackUrl(id) },
    },
    token: {
      url: discovery.tokenEndpoint,
      async request({ params, checks }) {
        try {
          const answer: CodeAnswer = {
            code: params.code,
            state: params.state,
            issuer: typeof params.iss === "string" ? params.iss : undefined,
            expected: { state: checks.state, nonce: nonceOf(checks), codeVerifier: checks.code_verifier },
            redirectUri: callbackUrl(id),
          };
          attempt.identity = await exchangeCode(connection, discovery, answer);
          return { tokens: {} };
        } catch (error) {
          attempt.failure = error;
          throw error;
        }
      },
    },
    userinfo: {
      request() {
        if (attempt.identity === null) throw new Error("The code was not exchanged.");
        return {
          ...attempt.identity,
          sub: attempt.identity.subject,
          name: attempt.identity.name ?? undefined,
          email: attempt.identity.email ?? undefined,
        };
      },
    },
    profile: (identity) => ({ id: identity.subject, name: identity.name, email: identity.email ?? "" }),
  };
}

/** next-auth's type forgets the nonce that its code passes on. */
function nonceOf(checks: object): string | undefined {
  return "nonce" in checks && typeof checks.nonce === "string" ? checks.nonce : undefined;
}

/** One address per connection, so that an answer of one provider cannot be passed off as another's (mix-up). */
export function callbackUrl(connectionId: string): string {
  return `${config().baseUrl}/api/auth/callback/${connectionId}`;
}

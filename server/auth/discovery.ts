import { z } from "zod";
import { type GuardedAnswer, guardedFetch, processSingleton, toAppError } from "../core";
import { SignInFailure } from "./sign-in-failure";

const documentSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  userinfo_endpoint: z.url().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
});

/** Where a provider's endpoints are, as it says itself. */
export interface Discovery {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
  readonly userinfoEndpoint: string | null;
  /** How the client shows its secret at the token endpoint. */
  readonly clientAuthentication: "basic" | "post";
}

const cacheMilliseconds = 10 * 60 * 1000;

interface Entry {
  readonly until: number;
  readonly discovery: Promise<Discovery>;
}

/**
 * OpenID Connect Discovery 1.0 by ourselves: guarded against internal addresses, the issuer pinned exactly (section 4.3), kept
 * for ten minutes. A failure is not kept.
 * @throws SignInFailure provider-unreachable | provider-misconfigured
 */
export function discover(issuer: string): Promise<Discovery> {
  const cache = processSingleton("discovery", () => new Map<string, Entry>());
  const known = cache.get(issuer);
  if (known !== undefined && known.until > Date.now()) return known.discovery;
  const discovery = readDiscovery(issuer);
  cache.set(issuer, { until: Date.now() + cacheMilliseconds, discovery });
  discovery.catch(() => cache.delete(issuer));
  return discovery;
}

/** `discover`, asking the provider now whatever is kept: an administrator tests what it says today. */
export function discoverAgain(issuer: string): Promise<Discovery> {
  processSingleton("discovery", () => new Map<string, Entry>()).delete(issuer);
  return discover(issuer);
}

async function readDiscovery(issuer: string): Promise<Discovery> {
  const answer = await fetchFromProvider(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (answer.status >= 500) throw new SignInFailure("provider-unreachable", `The provider answered ${answer.status}.`);
  if (answer.status !== 200)
    throw new SignInFailure("provider-misconfigured", `The discovery document answered ${answer.status}.`);
  const parsed = documentSchema.safeParse(parseJson(answer.text));
  if (!parsed.success)
    throw new SignInFailure("provider-misconfigured", "The discovery document is not valid.", { cause: parsed.error });
  const document = parsed.data;
  if (document.issuer !== issuer) {
    throw new SignInFailure("provider-misconfigured", `The provider calls itself ${document.issuer}, not ${issuer}.`);
  }
  const methods = document.token_endpoint_auth_methods_supported;
  return {
    issuer,
    authorizationEndpoint: document.authorization_endpoint,
    tokenEndpoint: document.token_endpoint,
    jwksUri: document.jwks_uri,
    userinfoEndpoint: document.userinfo_endpoint ?? null,
    clientAuthentication: methods === undefined || methods.includes("client_secret_basic") ? "basic" : "post",
  };
}

/** A guarded request to a provider, whose failures say whether it cannot be reached or may not be. */
export async function fetchFromProvider(
  address: string,
  options: Parameters<typeof guardedFetch>[1] = {},
): Promise<GuardedAnswer> {
  try {
    return await guardedFetch(address, options);
  } catch (error) {
    const refused = toAppError(error).code === "INVALID_INPUT";
    throw new SignInFailure(
      refused ? "provider-misconfigured" : "provider-unreachable",
      "The provider could not be asked.",
      {
        cause: error,
      },
    );
  }
}

/** JSON, or null when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

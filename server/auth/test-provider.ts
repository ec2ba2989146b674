import { randomBytes } from "node:crypto";
import type { SignInTest } from "../contract/sign-in";
import { AppError } from "../core";
import { requestTokens } from "./code-exchange";
import type { SignInConnection } from "./connections";
import { discoverAgain } from "./discovery";
import { SignInFailure } from "./sign-in-failure";

/**
 * Asks a provider for its discovery document, and at its token endpoint for what cannot be had: with a code that was never given a
 * provider says whether it knows the client before it says that the code is wrong (RFC 6749, 5.2).
 * @throws INVALID_INPUT (an address that Millrace may not reach), PROVIDER_ERROR
 */
export async function testProvider(
  connection: Pick<SignInConnection, "issuer" | "clientId" | "clientSecret">,
): Promise<SignInTest> {
  try {
    const discovery = await discoverAgain(connection.issuer);
    const { issuer, authorizationEndpoint, tokenEndpoint } = discovery;
    const client = await requestTokens(connection, discovery, {
      grant_type: "authorization_code",
      code: randomBytes(24).toString("base64url"),
      redirect_uri: connection.issuer,
      code_verifier: randomBytes(32).toString("base64url"),
    }).then(() => "unknown" as const, whetherKnown);
    return { issuer, authorizationEndpoint, tokenEndpoint, client };
  } catch (error) {
    throw forAdministrator(error);
  }
}

/** "expired" is what a code that is refused is called: the client was accepted. */
function whetherKnown(error: unknown): SignInTest["client"] {
  if (error instanceof SignInFailure && error.code === "expired") return "accepted";
  if (error instanceof SignInFailure && error.code === "invalid-answer") return "unknown";
  throw error;
}

const hints: Partial<Record<SignInFailure["code"], string>> = {
  "provider-unreachable": "Check the issuer's address, and that this server may reach it. Nothing was changed.",
  "provider-misconfigured":
    "The issuer must be exactly what the provider calls itself, without /.well-known/openid-configuration. Nothing was changed.",
  "wrong-client": "Check the client id and the client secret. Nothing was changed.",
};

/** The provider's failure with its details, which people who sign in do not get to see. */
function forAdministrator(error: unknown): unknown {
  if (!(error instanceof SignInFailure)) return error;
  const { cause, code, message } = error;
  if (cause instanceof AppError) return cause;
  return new AppError("PROVIDER_ERROR", message, { hint: hints[code] ?? "Nothing was changed.", cause: error });
}

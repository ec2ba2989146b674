/**
 * Starts the sign-in at one connection: next-auth makes state, nonce and PKCE, and answers with the provider's address.
 * (next-auth's own browser client looks the provider up in a static list, and connections are loaded per request.)
 * Returns the address to go to; throws with a message for the person.
 */
export async function startSignIn(
  connectionId: string,
  options: { callbackUrl: string; loginHint?: string },
): Promise<string> {
  const csrf = await fetch("/api/auth/csrf", { cache: "no-store" });
  const { csrfToken } = (await csrf.json()) as { csrfToken: string };
  const query = options.loginHint === undefined ? "" : `?${new URLSearchParams({ login_hint: options.loginHint })}`;
  const response = await fetch(`/api/auth/signin/${encodeURIComponent(connectionId)}${query}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ csrfToken, callbackUrl: options.callbackUrl, json: "true" }),
  });
  const answer = (await response.json().catch((error: unknown) => ({ message: String(error) }))) as {
    url?: string;
    message?: string;
  };
  if (answer.url === undefined) throw new Error(answer.message ?? "The sign-in could not be started.");
  return answer.url;
}

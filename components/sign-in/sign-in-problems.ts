/** What each failure of a sign-in means to the person. The codes come back in the address as `?error=`. */
const problems: Record<string, string> = {
  AccessDenied: "Your account is not allowed to sign in here. Ask your administrator to let you in.",
  access_denied: "The sign-in was declined at your identity provider.",
  Callback: "The sign-in expired or was already used. Start again.",
  OAuthCallback: "The sign-in expired, was already used, or was refused by your identity provider. Start again.",
  OAuthCallbackError: "The sign-in expired, was already used, or was refused by your identity provider. Start again.",
  OAuthSignin: "Your organisation's identity provider cannot be reached. Try again in a moment; if it stays so, tell your administrator.",
  PROVIDER_ERROR: "Your organisation's identity provider cannot be reached or answered wrongly. Try again in a moment; if it stays so, tell your administrator.",
  Configuration: "The sign-in connection is set up wrongly. Your administrator can mend it.",
  SessionRequired: "Sign in to go on.",
  expired: "Your session has ended. Sign in again; what you typed is kept in this browser.",
};

/** Plain words for a sign-in error code, or null when there was none. */
export function signInProblem(code: string | undefined, reference: string | undefined): { message: string; reference: string | null } | null {
  if (code === undefined) return null;
  return { message: problems[code] ?? "The sign-in did not work. Start again; if it fails again, tell your administrator.", reference: reference ?? null };
}

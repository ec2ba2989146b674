import { z } from "zod";

/**
 * Why a sign-in did not happen: /signin is shown with `?error=<code>&reference=<request id>`; the reference is on the log line.
 * `title` and `text` are what the person reads.
 */
export const signInErrors = {
  "provider-unreachable": {
    title: "Your company's sign-in does not answer",
    text: "Millrace could not reach your organisation's identity provider. Try again in a moment; if it goes on, tell your administrator.",
  },
  "provider-misconfigured": {
    title: "The sign-in of your organisation is not set up correctly",
    text: "The identity provider's description of itself does not match what your administrator entered here.",
  },
  "wrong-client": {
    title: "The sign-in of your organisation is not set up correctly",
    text: "The identity provider does not accept Millrace's client id or secret. Only your administrator can correct that.",
  },
  "access-denied": {
    title: "The identity provider refused the sign-in",
    text: "You cancelled, or your account may not use Millrace. Your administrator can give you access in the identity provider.",
  },
  expired: {
    title: "This sign-in has expired or was already used",
    text: "A sign-in works once, within 15 minutes, in the browser that began it. Please sign in again.",
  },
  "invalid-answer": {
    title: "The identity provider's answer could not be trusted",
    text: "Millrace refused it, and nobody was signed in. Try again; if it happens again, give the reference to your administrator.",
  },
  "not-invited": {
    title: "Your account is not part of this organisation",
    text: "Your e-mail address is not of a domain that the organisation has verified. Ask its administrator for access.",
  },
  deactivated: {
    title: "Your account has been deactivated",
    text: "An administrator of your organisation has switched it off.",
  },
  "unknown-connection": {
    title: "This sign-in does not exist any more",
    text: "Enter your organisation's name again.",
  },
  failed: {
    title: "The sign-in did not work",
    text: "Something went wrong in Millrace. Try again; if it happens again, give the reference to your administrator.",
  },
} as const;
export type SignInErrorCode = keyof typeof signInErrors;

/**
 * To sign in, the browser posts a form to `/api/auth/signin/<connection id>?login_hint=…` with the fields `csrfToken` (from
 * GET /api/auth/csrf) and `callbackUrl` (a path of Millrace), and follows the redirect. Sign-out is the procedure `me.signOut`.
 *
 * A person of the demo: offered on the sign-in page, with the e-mail address as login hint.
 */
export const demoPersonSchema = z.object({
  name: z.string(),
  email: z.string(),
  /** Names of the role and of the organisation. */
  role: z.string(),
  organisation: z.string(),
  connectionId: z.string(),
});
export type DemoPerson = z.infer<typeof demoPersonSchema>;

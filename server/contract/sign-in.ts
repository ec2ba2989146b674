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

/** A sign-in connection as administrators see it. The client secret goes in and never comes out. */
export const signInConnectionSchema = z.object({
  id: z.string(),
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  scopes: z.string(),
  enabled: z.boolean(),
  /** Role of people who sign in for the first time; null: reader. */
  defaultRoleId: z.string().nullable(),
  defaultRoleName: z.string(),
  /** How many people are known by it. */
  people: z.number(),
  /** The administrator who asks signed in with it. */
  own: z.boolean(),
  /** What the provider must allow as redirect address. */
  redirectUri: z.string(),
});
export type SignInConnectionView = z.infer<typeof signInConnectionSchema>;

export const signInSettingsSchema = z.object({
  connections: z.array(signInConnectionSchema),
  /** E-mail domains that the organisation has proved to own. */
  domains: z.array(z.object({ domain: z.string(), verifiedAt: z.iso.datetime() })),
  /** TXT record that proves a domain to be the organisation's. */
  domainRecord: z.string(),
});
export type SignInSettings = z.infer<typeof signInSettingsSchema>;

/** What a provider said to a test: where it sends people, and whether it knows the client. */
export const signInTestSchema = z.object({
  issuer: z.string(),
  authorizationEndpoint: z.string(),
  tokenEndpoint: z.string(),
  /** "unknown": the provider does not say so before someone signs in. */
  client: z.enum(["accepted", "unknown"]),
});
export type SignInTest = z.infer<typeof signInTestSchema>;

const scopes = z
  .string()
  .trim()
  .max(500)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/, "Scopes are words, separated by one space.")
  .refine((text) => text.split(" ").includes("openid"), "The scopes must include openid.");

export const saveSignInConnectionInput = z.object({
  /** Null: a new one. */
  connectionId: z.string().nullable(),
  name: z.string().trim().min(1).max(100),
  issuer: z.string().trim().max(500),
  clientId: z.string().trim().min(1).max(500),
  /** Null keeps the stored one. */
  clientSecret: z.string().min(1).max(5000).nullable(),
  scopes: scopes.default("openid email profile"),
  defaultRoleId: z.string().nullable(),
});
export const signInConnectionInput = z.object({ connectionId: z.string() });
export const switchSignInConnectionInput = z.object({ connectionId: z.string(), enabled: z.boolean() });

/** A DNS name of at least two labels, in lower case. */
const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
export const domainInput = z.object({
  domain: z
    .string()
    .trim()
    .toLowerCase()
    .max(253)
    .regex(new RegExp(`^${label}(?:\\.${label})+$`), "This is not a domain, such as example.com."),
});

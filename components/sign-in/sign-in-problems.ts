import { signInErrors } from "@/server/contract";

/** What the sign-in page says above its form. */
export interface SignInNotice {
  tone: "danger" | "neutral";
  title: string;
  text: string;
  /** Leads to the log line. */
  reference: string | null;
}

/** Plain words for a code in the address (`?error=`), or null when there was none. */
export function signInProblem(code: string | undefined, reference: string | undefined): SignInNotice | null {
  if (code === undefined) return null;
  const known = Object.entries(signInErrors).find(([name]) => name === code)?.[1] ?? signInErrors.failed;
  return { tone: "danger", title: known.title, text: known.text, reference: reference ?? null };
}

/** What a person reads who has just signed out, or was signed out. */
export function signedOutNotice(reason: string | undefined): SignInNotice | null {
  if (reason === undefined) return null;
  const text =
    reason === "1"
      ? "Your dbt sessions have ended with it."
      : "Your session has ended. Sign in again; what you typed is kept in this browser.";
  return { tone: "neutral", title: "You are signed out", text, reference: null };
}

import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignInForm, signedOutNotice, signInProblem } from "@/components/sign-in";
import { currentActor } from "@/server/auth";
import { config } from "@/server/core";

export const metadata: Metadata = { title: "Sign in" };

/** The sign-in page. `callbackUrl` is taken only when it is a path of this site. */
export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const query = await searchParams;
  const one = (name: string) => (typeof query[name] === "string" ? query[name] : undefined);
  const callbackUrl = localPath(one("callbackUrl"));
  const error = one("error");
  if (error === undefined && (await currentActor()) !== null) redirect(callbackUrl);
  return (
    <main className="flex min-h-full flex-col items-center px-6 pt-[12vh] pb-6">
      <SignInForm
        callbackUrl={callbackUrl}
        demo={config().demo}
        notice={signInProblem(error, one("reference")) ?? signedOutNotice(one("signedOut"))}
      />
    </main>
  );
}

function localPath(value: string | undefined): string {
  if (value === undefined) return "/";
  const base = "http://here.invalid";
  const url = URL.canParse(value, base) ? new URL(value, base) : null;
  if (url === null) return "/";
  const own = new URL(config().baseUrl).origin;
  return (url.origin === base || url.origin === own) && !value.startsWith("//") ? `${url.pathname}${url.search}` : "/";
}

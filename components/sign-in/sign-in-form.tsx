"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { ArrowRight, KeyRound } from "lucide-react";
import { type FormEvent, useState } from "react";
import { errorText, useTRPC, useTRPCClient } from "@/components/api";
import { Mark } from "@/components/shell";
import { Button, classNames, Field, Input, Spinner } from "@/components/ui";
import type { DemoPerson, SignInLookup } from "@/server/contract";
import type { SignInNotice } from "./sign-in-problems";
import { startSignIn } from "./start-sign-in";

export interface SignInFormProps {
  /** Where to go afterwards: a path of this site. */
  callbackUrl: string;
  demo: boolean;
  /** Why the last attempt failed, or that the person is signed out. */
  notice: SignInNotice | null;
}

/** Organisation or work e-mail first; then that organisation's provider (by itself when there is only one). */
export function SignInForm({ callbackUrl, demo, notice }: SignInFormProps) {
  const client = useTRPCClient();
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<SignInLookup | null>(null);
  const leave = useMutation({
    mutationFn: async ({ connectionId, loginHint }: { connectionId: string; loginHint?: string }) => {
      window.location.assign(
        await startSignIn(connectionId, { callbackUrl, ...(loginHint === undefined ? {} : { loginHint }) }),
      );
    },
  });
  const lookup = useMutation({
    mutationFn: (text: string) => client.signIn.lookup.query({ query: text }),
    onSuccess: (result, text) => {
      setFound(result);
      const [only] = result.connections;
      const loginHint = text.includes("@") ? text : undefined;
      if (result.connections.length === 1 && only !== undefined) {
        leave.mutate({ connectionId: only.id, ...(loginHint === undefined ? {} : { loginHint }) });
      }
    },
  });
  const nobody = found !== null && found.connections.length === 0;
  const busy = lookup.isPending || leave.isPending || leave.isSuccess;

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (query.trim() !== "") lookup.mutate(query.trim());
  }

  return (
    <div className="flex w-full max-w-[400px] flex-col gap-5">
      <header className="flex flex-col items-center gap-1 pb-1">
        <Mark className="size-9 text-accent" />
        <h1 className="text-2xl font-semibold tracking-tight">Millrace</h1>
        <p className="text-muted">The dbt IDE in the browser</p>
      </header>
      {notice !== null && (
        <div
          role={notice.tone === "danger" ? "alert" : "status"}
          className={classNames(
            "rounded-[6px] px-3 py-2",
            notice.tone === "danger" ? "bg-danger-soft" : "bg-accent-soft",
          )}
        >
          <p className={classNames("font-semibold", notice.tone === "danger" && "text-danger")}>{notice.title}</p>
          <p>{notice.text}</p>
          {notice.reference !== null && (
            <p className="mt-1 font-mono text-xs text-muted">Reference {notice.reference}</p>
          )}
        </div>
      )}
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field
          label="Organisation name or work e-mail"
          error={
            nobody
              ? "No organisation of that name or e-mail domain signs in here. Check the spelling, or ask your administrator for the organisation's name."
              : lookup.isError
                ? errorText(lookup.error)
                : leave.isError
                  ? leave.error.message
                  : null
          }
        >
          {(control) => (
            <Input
              {...control}
              name="organisation"
              autoComplete="organization"
              autoFocus
              spellCheck={false}
              value={query}
              onChange={(event) => {
                setQuery(event.target.value);
                setFound(null);
              }}
            />
          )}
        </Field>
        {found === null || nobody || found.connections.length === 1 ? (
          <Button variant="primary" type="submit" busy={busy} disabled={query.trim() === ""}>
            Continue <ArrowRight aria-hidden className="size-4" />
          </Button>
        ) : (
          <div className="flex flex-col gap-2">
            <p className="text-muted">Sign in to {found.organisation?.name} with</p>
            {found.connections.map((connection) => (
              <Button key={connection.id} busy={busy} onClick={() => leave.mutate({ connectionId: connection.id })}>
                <KeyRound aria-hidden className="size-4" /> {connection.name}
              </Button>
            ))}
          </div>
        )}
      </form>
      {demo && (
        <DemoPeople busy={busy} onChoose={(connectionId, loginHint) => leave.mutate({ connectionId, loginHint })} />
      )}
    </div>
  );
}

/** On a demo only: the people to sign in as. They still go through the real OpenID provider in the box. */
function DemoPeople({
  busy,
  onChoose,
}: {
  busy: boolean;
  onChoose: (connectionId: string, loginHint: string) => void;
}) {
  const trpc = useTRPC();
  const people = useQuery(trpc.demo.people.queryOptions());
  return (
    <section aria-labelledby="demo-title" className="border-t border-line pt-4">
      <h2 id="demo-title" className="font-semibold">
        This is a demo
      </h2>
      <p className="mb-2 text-muted">
        Its people and data are made up. Sign in as one of them through the demo's own identity provider:
      </p>
      {people.isPending && <Spinner />}
      {people.isError && <p role="alert">{errorText(people.error)}</p>}
      <div className="flex max-h-[44vh] flex-col gap-3 overflow-auto">
        {byOrganisation(people.data ?? []).map(([organisation, members]) => (
          <div key={organisation} className="flex flex-col gap-1.5">
            <h3 className="text-xs font-medium text-muted">{organisation}</h3>
            <ul className="grid grid-cols-2 gap-2">
              {members.map((person) => (
                <li key={person.email}>
                  <button
                    type="button"
                    disabled={busy}
                    onClick={() => onChoose(person.connectionId, person.email)}
                    className="flex w-full items-baseline justify-between gap-2 rounded-[6px] border border-line-strong bg-raised px-3 py-2 text-left hover:bg-hover disabled:opacity-55"
                  >
                    <span className="font-medium">{person.name}</span>
                    <span className="text-xs text-muted">{person.role}</span>
                  </button>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}

function byOrganisation(people: readonly DemoPerson[]): [string, DemoPerson[]][] {
  const groups = new Map<string, DemoPerson[]>();
  for (const person of people) groups.set(person.organisation, [...(groups.get(person.organisation) ?? []), person]);
  return [...groups];
}

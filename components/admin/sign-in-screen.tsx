"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Badge, Button, ConfirmDialog, Field, Input, settled, toast } from "@/components/ui";
import type { SignInConnectionView, SignInSettings, SignInTest } from "@/server/contract";
import { Loaded, ScreenHeader, Table, When } from "./screen";
import { SignInDialog } from "./sign-in-dialog";

/** The organisation's OpenID connections, and the e-mail domains by which new people become members. */
export function SignInScreen() {
  const trpc = useTRPC();
  const settings = useQuery(trpc.admin.signIn.get.queryOptions());
  const [edited, setEdited] = useState<{ connection: SignInConnectionView | null } | null>(null);
  const refresh = useRefresh();
  return (
    <>
      <ScreenHeader
        title="Sign-in"
        actions={
          <Button variant="primary" onClick={() => setEdited({ connection: null })}>
            <Plus aria-hidden className="size-4" /> Add a connection
          </Button>
        }
      >
        People sign in through your own OpenID Connect provider; Millrace has no passwords. A connection is added
        switched off: allow its redirect address at the provider, then switch it on.
      </ScreenHeader>
      <Loaded query={settings}>
        {(loaded) => (
          <>
            <Connections settings={loaded} onChange={(connection) => setEdited({ connection })} />
            <Domains settings={loaded} />
          </>
        )}
      </Loaded>
      {edited !== null && (
        <SignInDialog connection={edited.connection} onClose={() => setEdited(null)} onSaved={refresh} />
      )}
    </>
  );
}

function useRefresh() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return () => queryClient.invalidateQueries({ queryKey: trpc.admin.signIn.pathKey() });
}

/** What a provider said to a test, in one line. */
function testText({ authorizationEndpoint, client }: SignInTest): string {
  const host = new URL(authorizationEndpoint).host;
  return client === "accepted"
    ? `The provider answers and knows the client. People are sent to ${host}.`
    : `The provider answers. People are sent to ${host}. Whether it accepts the client shows when someone signs in.`;
}

function Connections(props: { settings: SignInSettings; onChange: (connection: SignInConnectionView) => void }) {
  const { settings, onChange } = props;
  const trpc = useTRPC();
  const refresh = useRefresh();
  const [switched, setSwitched] = useState<SignInConnectionView | null>(null);
  const [removed, setRemoved] = useState<SignInConnectionView | null>(null);
  const onError = (error: unknown) => void toast.error(errorText(error));
  const test = useMutation(
    trpc.admin.signIn.test.mutationOptions({ onSuccess: (result) => void toast.success(testText(result)), onError }),
  );
  const turn = useMutation(trpc.admin.signIn.switch.mutationOptions({ onSettled: refresh, onError }));
  const remove = useMutation(trpc.admin.signIn.remove.mutationOptions({ onSettled: refresh, onError }));
  return (
    <>
      <Table
        label="Connections"
        rows={settings.connections}
        rowKey={({ id }) => id}
        empty="There is no connection, so nobody can sign in."
        columns={[
          {
            header: "Connection",
            cell: ({ name, issuer, clientId, scopes, redirectUri, own }) => (
              <div className="flex flex-col gap-0.5">
                <span className="flex items-center gap-2 font-medium">
                  {name}
                  {own && <Badge>yours</Badge>}
                </span>
                <dl className="grid grid-cols-[auto_1fr] gap-x-3 text-xs text-muted [&_dd]:break-all">
                  <dt>Issuer</dt>
                  <dd>{issuer}</dd>
                  <dt>Client id</dt>
                  <dd>{clientId}</dd>
                  <dt>Scopes</dt>
                  <dd>{scopes}</dd>
                  <dt>Redirect address</dt>
                  <dd>
                    <code>{redirectUri}</code>
                  </dd>
                </dl>
              </div>
            ),
          },
          { header: "New people are", cell: ({ defaultRoleName }) => defaultRoleName },
          { header: "People", align: "right", cell: ({ people }) => people },
          {
            header: "State",
            cell: ({ enabled }) =>
              enabled ? <Badge tone="success">on</Badge> : <Badge tone="warning">switched off</Badge>,
          },
          {
            header: "Actions",
            cell: (connection) => (
              <span className="flex gap-1">
                <Button
                  size="small"
                  aria-label={`Test ${connection.name}`}
                  busy={test.isPending && test.variables.connectionId === connection.id}
                  onClick={() => test.mutate({ connectionId: connection.id })}
                >
                  Test
                </Button>
                <Button size="small" aria-label={`Change ${connection.name}`} onClick={() => onChange(connection)}>
                  Change
                </Button>
                <Button
                  size="small"
                  aria-label={`${connection.enabled ? "Switch off" : "Switch on"} ${connection.name}`}
                  onClick={() => setSwitched(connection)}
                >
                  {connection.enabled ? "Switch off" : "Switch on"}
                </Button>
                {!connection.enabled && connection.people === 0 && (
                  <Button
                    size="small"
                    variant="ghost"
                    aria-label={`Remove ${connection.name}`}
                    onClick={() => setRemoved(connection)}
                  >
                    Remove
                  </Button>
                )}
              </span>
            ),
          },
        ]}
      />
      <ConfirmDialog
        open={switched !== null}
        onOpenChange={(open) => !open && setSwitched(null)}
        title={`${switched?.enabled ? "Switch off" : "Switch on"} ${switched?.name ?? ""}?`}
        description={
          switched?.enabled
            ? `Nobody can sign in with it any more, and the ${switched.people} people who are known by it are signed out at once. Their saved work stays.`
            : "The provider is asked first. Then the sign-in page offers this connection to everyone of your organisation."
        }
        confirm={switched?.enabled ? "Switch off" : "Test and switch on"}
        variant={switched?.enabled ? "danger" : "primary"}
        onConfirm={() =>
          switched === null
            ? undefined
            : settled(turn.mutateAsync({ connectionId: switched.id, enabled: !switched.enabled }))
        }
      />
      <ConfirmDialog
        open={removed !== null}
        onOpenChange={(open) => !open && setRemoved(null)}
        title={`Remove ${removed?.name ?? ""}?`}
        description="Its settings and its secret are deleted. Nobody is known by it."
        confirm="Remove connection"
        variant="danger"
        onConfirm={() => (removed === null ? undefined : settled(remove.mutateAsync({ connectionId: removed.id })))}
      />
    </>
  );
}

function Domains({ settings }: { settings: SignInSettings }) {
  const trpc = useTRPC();
  const refresh = useRefresh();
  const [domain, setDomain] = useState("");
  const [removed, setRemoved] = useState<string | null>(null);
  const add = useMutation(
    trpc.admin.signIn.addDomain.mutationOptions({
      onSuccess: async () => {
        setDomain("");
        await refresh();
      },
    }),
  );
  const remove = useMutation(
    trpc.admin.signIn.removeDomain.mutationOptions({
      onSettled: refresh,
      onError: (error) => void toast.error(errorText(error)),
    }),
  );
  return (
    <>
      <ScreenHeader title="Domains">
        Who signs in for the first time becomes a member only with an e-mail address of one of these domains. To prove
        that a domain is yours, add the TXT record <code className="break-all text-ink">{settings.domainRecord}</code>{" "}
        to its DNS.
      </ScreenHeader>
      <Table
        label="Domains"
        rows={settings.domains}
        rowKey={(row) => row.domain}
        empty="There is no domain: only people who are known already can sign in."
        columns={[
          { header: "Domain", cell: (row) => <span className="font-medium">{row.domain}</span> },
          { header: "Verified", cell: ({ verifiedAt }) => <When at={verifiedAt} /> },
          {
            header: "Actions",
            cell: (row) => (
              <Button size="small" aria-label={`Remove ${row.domain}`} onClick={() => setRemoved(row.domain)}>
                Remove
              </Button>
            ),
          },
        ]}
      />
      <form
        className="flex items-start gap-2"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          add.mutate({ domain });
        }}
      >
        <Field label="Add a domain" className="w-80" error={add.isError ? errorText(add.error) : null}>
          {(control) => (
            <Input
              {...control}
              placeholder="example.com"
              required
              value={domain}
              onChange={(event) => setDomain(event.target.value)}
            />
          )}
        </Field>
        <Button type="submit" className="mt-6" busy={add.isPending}>
          Check and add
        </Button>
      </form>
      <ConfirmDialog
        open={removed !== null}
        onOpenChange={(open) => !open && setRemoved(null)}
        title={`Remove ${removed ?? ""}?`}
        description="Its people stay members and can sign in; nobody new becomes a member by it, and the sign-in page does not find your organisation by it."
        confirm="Remove domain"
        variant="danger"
        onConfirm={() => (removed === null ? undefined : settled(remove.mutateAsync({ domain: removed })))}
      />
    </>
  );
}

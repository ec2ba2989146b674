"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTRPC } from "@/components/api";
import { Dialog, Field, Select } from "@/components/ui";
import type { SignInConnectionView } from "@/server/contract";
import { FormEnd } from "./form-end";
import { TextField } from "./project-dialog";

/** The choice that stores no role. */
const reader = "reader";

/** A new connection, or changes to one. The server asks the provider before it saves; what was typed stays until it has. */
export function SignInDialog(props: {
  connection: SignInConnectionView | null;
  onClose: () => void;
  onSaved: () => unknown;
}) {
  const { connection, onClose, onSaved } = props;
  const trpc = useTRPC();
  const roles = useQuery(trpc.admin.roles.list.queryOptions(undefined, { retry: false }));
  const [form, setForm] = useState({
    name: connection?.name ?? "",
    issuer: connection?.issuer ?? "",
    clientId: connection?.clientId ?? "",
    clientSecret: "",
    scopes: connection?.scopes ?? "openid email profile",
    defaultRoleId: connection?.defaultRoleId ?? reader,
  });
  const set = (name: keyof typeof form) => (value: string) => setForm({ ...form, [name]: value });
  const save = useMutation(
    trpc.admin.signIn.save.mutationOptions({
      onSuccess: async () => {
        await onSaved();
        onClose();
      },
    }),
  );
  const current =
    connection?.defaultRoleId == null ? [] : [{ value: connection.defaultRoleId, label: connection.defaultRoleName }];
  const choices = roles.data?.map(({ id, name, builtIn }) => ({
    value: builtIn && name === "reader" ? reader : id,
    label: name,
  }));
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={connection === null ? "Add a sign-in connection" : `Change ${connection.name}`}
      description={
        connection?.enabled === true
          ? "It is in use: the change counts from the next sign-in. The provider is asked before anything is saved."
          : "The provider is asked before anything is saved."
      }
    >
      <form
        className="flex flex-col gap-3 pb-2"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          const { clientSecret, defaultRoleId, ...rest } = form;
          save.mutate({
            ...rest,
            connectionId: connection?.id ?? null,
            clientSecret: clientSecret === "" ? null : clientSecret,
            defaultRoleId: defaultRoleId === reader ? null : defaultRoleId,
          });
        }}
      >
        <TextField
          label="Name"
          hint="People see it on the sign-in page."
          value={form.name}
          onChange={set("name")}
          required
        />
        <TextField
          label="Issuer"
          hint="Exactly as the provider calls itself, such as https://login.example.com/tenant."
          value={form.issuer}
          onChange={set("issuer")}
          required
        />
        <div className="grid grid-cols-2 gap-3">
          <TextField label="Client id" value={form.clientId} onChange={set("clientId")} required />
          <TextField
            label="Client secret"
            type="password"
            hint={connection === null ? "Stored sealed, never shown again." : "One is stored. Leave empty to keep it."}
            value={form.clientSecret}
            onChange={set("clientSecret")}
            required={connection === null}
          />
          <TextField label="Scopes" value={form.scopes} onChange={set("scopes")} required />
          <Field label="Role of new people">
            {({ id }) => (
              <Select
                id={id}
                value={form.defaultRoleId}
                options={choices ?? [{ value: reader, label: reader }, ...current]}
                onChange={set("defaultRoleId")}
              />
            )}
          </Field>
        </div>
        <FormEnd
          error={save.error}
          submit={connection === null ? "Check and add" : "Check and save"}
          busy={save.isPending}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}

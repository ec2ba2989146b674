"use client";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { errorText, useTRPCClient } from "@/components/api";
import { Button, Dialog, Field, Select, Switch } from "@/components/ui";
import type { Adapter, Environment, Project } from "@/server/contract";
import { TextField } from "./project-dialog";

interface Setting {
  name: string;
  label: string;
  hint?: string;
  type?: "number";
  initial?: string;
}

/** What each adapter needs, in profiles.yml's own names. */
const adapterFields: Record<Adapter, { label: string; settings: Setting[]; secrets: string[] }> = {
  duckdb: {
    label: "DuckDB",
    settings: [
      {
        name: "path",
        label: "Database file",
        hint: "Absolute path on the server, inside a folder that its configuration allows.",
      },
    ],
    secrets: [],
  },
  postgres: {
    label: "PostgreSQL",
    settings: [
      { name: "host", label: "Host" },
      { name: "port", label: "Port", type: "number", initial: "5432" },
      { name: "dbname", label: "Database" },
      { name: "user", label: "User", hint: "A role that may only read is best for previews." },
      { name: "sslmode", label: "sslmode", hint: "prefer, require, verify-ca or verify-full", initial: "prefer" },
    ],
    secrets: ["password"],
  },
};

/** Adds an environment to a project, or changes one. Secrets are write-only. */
export function EnvironmentDialog(props: {
  project: Project;
  environment: Environment | null;
  onClose: () => void;
  onSaved: () => unknown;
}) {
  const { project, environment, onClose, onSaved } = props;
  const client = useTRPCClient();
  const [adapter, setAdapter] = useState<Adapter>(environment?.adapter ?? "duckdb");
  const [form, setForm] = useState({
    name: environment?.name ?? "",
    target: environment?.target ?? "dev",
    schema: environment?.schema ?? "",
    threads: String(environment?.threads ?? 4),
  });
  const [settings, setSettings] = useState<Record<string, string>>(
    Object.fromEntries(Object.entries(environment?.settings ?? {}).map(([name, value]) => [name, String(value)])),
  );
  const [secrets, setSecrets] = useState<Record<string, string>>({});
  const [isDefault, setDefault] = useState(environment?.isDefault ?? project.environments.length === 0);
  const fields = adapterFields[adapter];
  const save = useMutation({
    mutationFn: () => {
      const entries = fields.settings
        .map(({ name, type, initial }) => [name, settings[name] ?? initial ?? "", type] as const)
        .filter(([, value]) => value !== "")
        .map(([name, value, type]) => [name, type === "number" ? Number(value) : value] as const);
      return client.environments.save.mutate({
        projectId: project.id,
        environmentId: environment?.id ?? null,
        ...form,
        threads: Number(form.threads),
        adapter,
        settings: Object.fromEntries(entries),
        secrets: Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== "")),
        isDefault,
      });
    },
    onSuccess: async () => {
      await onSaved();
      onClose();
    },
  });
  const set = (name: keyof typeof form) => (value: string) => setForm({ ...form, [name]: value });

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={environment === null ? `Add an environment to ${project.name}` : `Change ${environment.name}`}
      description={
        environment === null ? undefined : "Sessions on this environment start afresh with the new settings."
      }
    >
      <form
        className="flex flex-col gap-3 pb-2"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <div className="grid grid-cols-2 gap-3">
          <TextField label="Name" value={form.name} onChange={set("name")} required />
          <Field label="Adapter">
            {({ id }) => (
              <Select
                id={id}
                value={adapter}
                options={Object.entries(adapterFields).map(([value, { label }]) => ({
                  value: value as Adapter,
                  label,
                }))}
                onChange={setAdapter}
              />
            )}
          </Field>
          <TextField
            label="dbt target"
            hint="target.name in dbt"
            value={form.target}
            onChange={set("target")}
            required
          />
          <TextField label="Schema" hint="target.schema in dbt" value={form.schema} onChange={set("schema")} required />
          {fields.settings.map(({ name, label, hint, type, initial }) => (
            <TextField
              key={name}
              label={label}
              {...(hint === undefined ? {} : { hint })}
              {...(type === undefined ? {} : { type })}
              value={settings[name] ?? initial ?? ""}
              onChange={(value) => setSettings({ ...settings, [name]: value })}
            />
          ))}
          {fields.secrets.map((name) => (
            <TextField
              key={name}
              label={name === "password" ? "Password" : name}
              type="password"
              hint={
                environment?.secretNames.includes(name)
                  ? "One is stored. Leave empty to keep it."
                  : "Stored sealed, never shown again."
              }
              value={secrets[name] ?? ""}
              onChange={(value) => setSecrets({ ...secrets, [name]: value })}
            />
          ))}
          <TextField label="Threads" type="number" value={form.threads} onChange={set("threads")} />
        </div>
        <div className="flex items-center gap-2">
          <Switch label="Default environment" checked={isDefault} onCheckedChange={setDefault} />
          <span aria-hidden>Opened by default</span>
        </div>
        {save.isError && (
          <p role="alert" className="text-danger">
            {errorText(save.error)}
          </p>
        )}
        <div className="flex justify-end gap-2 pt-1">
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" busy={save.isPending}>
            Save environment
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

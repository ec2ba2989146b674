"use client";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTRPCClient } from "@/components/api";
import { Dialog, Field, Input } from "@/components/ui";
import type { Project } from "@/server/contract";
import { FormEnd } from "./form-end";

/** Adds a project by its Git address, or changes one. The server reaches the repository before it saves. */
export function ProjectDialog({
  project,
  onClose,
  onSaved,
}: {
  project: Project | null;
  onClose: () => void;
  onSaved: () => unknown;
}) {
  const client = useTRPCClient();
  const [form, setForm] = useState({
    name: project?.name ?? "",
    gitUrl: project?.gitUrl ?? "",
    token: "",
    subfolder: project?.subfolder ?? "",
    defaultBranch: project?.defaultBranch ?? "main",
  });
  const save = useMutation({
    mutationFn: async () => {
      const { token, ...rest } = form;
      if (project === null) await client.projects.create.mutate({ ...rest, token: token === "" ? null : token });
      else await client.projects.update.mutate({ projectId: project.id, ...rest, ...(token === "" ? {} : { token }) });
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
      title={project === null ? "Add a project" : `Change ${project.name}`}
    >
      <form
        className="flex flex-col gap-3 pb-2"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextField label="Name" value={form.name} onChange={set("name")} required />
        <TextField
          label="Git address"
          hint="https, without a user name or token in it."
          value={form.gitUrl}
          onChange={set("gitUrl")}
          required
        />
        <TextField
          label="Access token"
          type="password"
          hint={
            project?.hasToken
              ? "A token is stored. Leave empty to keep it."
              : "Needed for private repositories and to push. Stored sealed, never shown again."
          }
          value={form.token}
          onChange={set("token")}
        />
        <div className="grid grid-cols-2 gap-3">
          <TextField label="Default branch" value={form.defaultBranch} onChange={set("defaultBranch")} required />
          <TextField
            label="Subfolder of the dbt project"
            hint="Empty when dbt_project.yml is at the top."
            value={form.subfolder}
            onChange={set("subfolder")}
          />
        </div>
        <FormEnd
          error={save.error}
          submit={project === null ? "Check and add" : "Check and save"}
          busy={save.isPending}
          onCancel={onClose}
        />
      </form>
    </Dialog>
  );
}

export interface TextFieldProps {
  label: string;
  hint?: string;
  type?: "text" | "password" | "number";
  required?: boolean;
  value: string;
  onChange: (value: string) => void;
}

/** A labelled text field. */
export function TextField({ label, hint, type = "text", required = false, value, onChange }: TextFieldProps) {
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <Input
          {...control}
          type={type}
          autoComplete={type === "password" ? "new-password" : "off"}
          required={required}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

"use client";
import { type Dispatch, type SetStateAction, useState } from "react";
import { Button, Field, Select, Switch, TextArea } from "@/components/ui";
import type { ConnectionField, ConnectionForm } from "@/server/contract";
import { TextField } from "./project-dialog";

/** What was typed: settings and secrets as text, by name. */
export interface ConnectionValues {
  method: string | null;
  settings: Record<string, string>;
  secrets: Record<string, string>;
}

/** The values that a form starts with, from stored settings where there are some. */
export function startValues(
  form: ConnectionForm,
  stored: Readonly<Record<string, string | number | boolean>>,
  secretNames: readonly string[],
): ConnectionValues {
  const given = new Set([...Object.keys(stored), ...secretNames]);
  const score = (id: string) => {
    const own = form.fields.filter(({ methods }) => methods?.includes(id));
    const missing = own.filter(({ name, required }) => required && !given.has(name)).length;
    return own.filter(({ name }) => given.has(name)).length - missing;
  };
  const fitting = form.methods.filter(({ values }) =>
    Object.entries(values).every(([name, value]) => given.size === 0 || stored[name] === value),
  );
  const method = [...fitting].sort((left, right) => score(right.id) - score(left.id))[0] ?? form.methods[0];
  const names = new Set(form.fields.filter(({ secret }) => !secret).map(({ name }) => name));
  return {
    method: method?.id ?? null,
    settings: Object.fromEntries(
      Object.entries(stored)
        .filter(([name]) => names.has(name))
        .map(([name, value]) => [name, String(value)]),
    ),
    secrets: {},
  };
}

/** What is sent: settings of the chosen way to sign in, in their own kinds, and the secrets that were typed. */
export function sentValues(form: ConnectionForm, values: ConnectionValues) {
  const method = form.methods.find(({ id }) => id === values.method);
  const settings: Record<string, string | number | boolean> = { ...method?.values };
  const secrets: Record<string, string> = {};
  for (const field of shownFields(form, values.method)) {
    if (field.secret) {
      const typed = values.secrets[field.name] ?? "";
      if (typed !== "") secrets[field.name] = typed;
      continue;
    }
    const text = (values.settings[field.name] ?? String(field.initial ?? "")).trim();
    if (text === "") continue;
    if (field.kind === "integer" || field.kind === "number") settings[field.name] = Number(text);
    else settings[field.name] = field.kind === "boolean" ? text === "true" : text;
  }
  return { settings, secrets };
}

function shownFields(form: ConnectionForm, method: string | null): ConnectionField[] {
  return form.fields.filter(({ methods }) => methods === null || method === null || methods.includes(method));
}

/** The inputs of a connection form. Fields that few need are behind a button. */
export function ConnectionFields(props: {
  form: ConnectionForm;
  values: ConnectionValues;
  /** Names of the secrets that are stored. */
  stored: readonly string[];
  onChange: Dispatch<SetStateAction<ConnectionValues>>;
}) {
  const { form, values, stored, onChange } = props;
  const fields = shownFields(form, values.method);
  const advanced = fields.filter((field) => field.advanced);
  const [more, setMore] = useState(advanced.some(({ name }) => values.settings[name] !== undefined));
  const common = fields.filter((field) => !field.advanced && field.methods === null);
  const ofMethod = fields.filter((field) => !field.advanced && field.methods !== null);
  const render = (field: ConnectionField) => (
    <ConnectionInput
      key={field.name}
      field={field}
      value={
        field.secret ? (values.secrets[field.name] ?? "") : (values.settings[field.name] ?? String(field.initial ?? ""))
      }
      stored={stored.includes(field.name)}
      onChange={(value) =>
        onChange((before) => {
          const part = field.secret ? "secrets" : "settings";
          return { ...before, [part]: { ...before[part], [field.name]: value } };
        })
      }
    />
  );
  return (
    <>
      {common.map(render)}
      {form.methods.length > 0 && (
        <Field label="Sign in with" className="col-span-2">
          {({ id }) => (
            <Select
              id={id}
              value={values.method}
              options={form.methods.map((method) => ({ value: method.id, label: method.label }))}
              onChange={(method) => onChange((before) => ({ ...before, method }))}
            />
          )}
        </Field>
      )}
      {ofMethod.map(render)}
      {advanced.length > 0 && (
        <div className="col-span-2">
          <Button size="small" aria-expanded={more} onClick={() => setMore(!more)}>
            {more ? "Fewer settings" : `More settings (${advanced.length})`}
          </Button>
        </div>
      )}
      {more && advanced.map(render)}
    </>
  );
}

function ConnectionInput(props: {
  field: ConnectionField;
  value: string;
  stored: boolean;
  onChange: (value: string) => void;
}) {
  const { field, value, stored, onChange } = props;
  const secretHint = stored ? "One is stored. Leave empty to keep it." : "Stored sealed, never shown again.";
  const hint = field.secret ? [field.hint, secretHint].filter(Boolean).join(" ") : field.hint;
  const required = field.required && !(field.secret && stored);
  if (field.kind === "boolean") {
    return (
      <div className="flex items-center gap-2 self-end pb-1.5">
        <Switch label={field.label} checked={value === "true"} onCheckedChange={(checked) => onChange(String(checked))}>
          {field.label}
        </Switch>
      </div>
    );
  }
  if (field.kind === "choice") {
    return (
      <Field label={field.label} hint={hint ?? undefined}>
        {({ id }) => (
          <Select
            id={id}
            value={value === "" ? null : value}
            placeholder="As the adapter chooses"
            options={field.choices.map((choice) => ({ value: choice, label: choice }))}
            onChange={onChange}
          />
        )}
      </Field>
    );
  }
  if (field.kind === "multiline") {
    return (
      <Field label={field.label} hint={hint ?? undefined} className="col-span-2">
        {(control) => (
          <TextArea
            {...control}
            rows={4}
            autoComplete="off"
            spellCheck={false}
            required={required}
            className="font-mono"
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
    );
  }
  const isNumber = field.kind === "integer" || field.kind === "number";
  return (
    <TextField
      label={field.label}
      {...(hint === null ? {} : { hint })}
      type={field.secret ? "password" : isNumber ? "number" : "text"}
      required={required}
      value={value}
      onChange={onChange}
    />
  );
}

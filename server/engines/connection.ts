import type { ConnectionField, ConnectionForm } from "../contract/engines";
import { AppError } from "../core";
import { describedAdapter } from "./catalogue";
import { formsOf } from "./forms";

type Settings = Record<string, string | number | boolean>;

/**
 * The settings of a connection, checked against the form of its adapter: known names, right kinds, nothing required left out.
 * `secretNames` are those that will be stored. @throws INVALID_INPUT, NOT_FOUND (engine), CONFLICT (unfinished engine)
 */
export function checkConnection(input: {
  readonly engine: string;
  readonly adapter: string;
  readonly settings: Settings;
  readonly secretNames: readonly string[];
}): Settings {
  const form = formFor(input.engine, input.adapter, input.settings);
  const checked: Settings = {};
  const fixed = new Map(form.methods.flatMap(({ values }) => Object.entries(values)));
  for (const [name, value] of Object.entries(input.settings)) {
    const field = form.fields.find((one) => one.name === name && !one.secret);
    if (field) checked[name] = checkValue(field, value);
    else if (fixed.has(name)) checked[name] = value;
    else throw refused(`Millrace does not know the setting ${name} for ${input.adapter}.`, name);
  }
  for (const name of input.secretNames) {
    if (!form.fields.some((field) => field.name === name && field.secret))
      throw refused(`Millrace does not know the secret ${name} for ${input.adapter}.`, name);
  }
  const method = methodOf(form, {
    ...input.settings,
    ...Object.fromEntries(input.secretNames.map((name) => [name, ""])),
  });
  for (const field of form.fields) {
    const applies = field.methods === null || method === null || field.methods.includes(method);
    if (
      field.methods === null &&
      field.initial !== null &&
      checked[field.name] === undefined &&
      !field.advanced &&
      !field.secret
    ) {
      checked[field.name] = field.initial;
    }
    const given = field.secret ? input.secretNames.includes(field.name) : checked[field.name] !== undefined;
    if (field.required && applies && !given)
      throw refused(`The setting ${field.name} is missing or not valid.`, field.name);
  }
  return checked;
}

/** The form that fits the settings: an adapter may have several, told apart by what they say. */
function formFor(engine: string, adapter: string, settings: Settings): ConnectionForm {
  const forms = formsOf(describedAdapter(engine, adapter));
  const motherduck = typeof settings.path === "string" && /^(md|motherduck):/.test(settings.path);
  const form = (motherduck ? forms.find(({ id }) => id === "motherduck") : undefined) ?? forms[0];
  if (!form) throw new Error(`The adapter ${adapter} has no form.`);
  return form;
}

/** The way to sign in that settings show: its fixed values are there, and most of its own fields. */
function methodOf(form: ConnectionForm, given: Readonly<Record<string, unknown>>): string | null {
  const fitting = form.methods.filter(({ values }) =>
    Object.entries(values).every(([name, value]) => given[name] === value),
  );
  const score = (id: string) => {
    const own = form.fields.filter(({ methods }) => methods?.includes(id));
    return (
      own.filter(({ name }) => given[name] !== undefined).length -
      own.filter(({ name, required }) => required && given[name] === undefined).length
    );
  };
  return [...fitting].sort((left, right) => score(right.id) - score(left.id))[0]?.id ?? form.methods[0]?.id ?? null;
}

function checkValue(field: ConnectionField, value: string | number | boolean): string | number | boolean {
  const text = String(value).trim();
  const wrong = () => refused(`The setting ${field.name} is missing or not valid.`, field.name);
  if (text === "" || text.length > 20_000 || text.includes("\0")) throw wrong();
  switch (field.kind) {
    case "integer":
      if (!/^-?\d{1,15}$/.test(text)) throw wrong();
      if (/(^|_)port$/.test(field.name) && (Number(text) < 1 || Number(text) > 65_535)) throw wrong();
      return Number(text);
    case "number":
      if (!Number.isFinite(Number(text))) throw wrong();
      return Number(text);
    case "boolean":
      if (!/^(true|false)$/.test(text)) throw wrong();
      return text === "true";
    case "choice":
      if (!field.choices.includes(text)) throw wrong();
      return text;
    case "list":
    case "mapping":
      return checkJson(field, text);
    case "text":
    case "multiline":
      if (/(^|_)host$/.test(field.name) && !/^[A-Za-z0-9.:_\\,-]+$/.test(text))
        throw refused("The host must be a host name or an address.", field.name);
      return text;
  }
}

function checkJson(field: ConnectionField, text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refused(`The setting ${field.name} must be JSON.`, field.name, error);
  }
  const fits =
    field.kind === "list" ? Array.isArray(value) : typeof value === "object" && value !== null && !Array.isArray(value);
  if (!fits)
    throw refused(`The setting ${field.name} must be a JSON ${field.kind === "list" ? "list" : "object"}.`, field.name);
  return text;
}

function refused(message: string, setting: string, cause?: unknown): AppError {
  return new AppError("INVALID_INPUT", message, { details: { setting }, cause });
}

import type { ConnectionField, ConnectionForm } from "../contract/engines";
import type { Description } from "./catalogue";
import { type Presentation, presentations } from "./presentation";

type Field = Description["fields"][number];

/** Hosts beside those that the settings name; Millrace's own setting, which dbt is not told. */
export const furtherHosts = "millrace_hosts";

/** What a profile says elsewhere in the environment's form. */
const elsewhere = new Set(["schema", "threads", "target", "type"]);
const initials: Record<string, string> = { dbname: "Database", ssl: "TLS", pwd: "Password", uid: "User" };

/** The forms of one adapter: those of the table, or a plain one. */
export function formsOf(description: Description): ConnectionForm[] {
  const known = presentations.filter((one) => one.adapter === description.adapter);
  const plain: Presentation = {
    adapter: description.adapter,
    label: description.adapter,
    package: description.package,
    fields: description.fields
      .filter((field) => field.required || /^(host|port|user|password)$/.test(field.name))
      .map(({ name }) => name),
  };
  return (known.length > 0 ? known : [plain]).map((presentation) => formOf(description, presentation));
}

function formOf(description: Description, table: Presentation): ConnectionForm {
  const byName = new Map<string, Field>();
  for (const field of description.fields) {
    for (const name of [field.name, ...field.aliases]) if (!byName.has(name)) byName.set(name, field);
  }
  const methods = (table.methods ?? []).filter((method) => method.fields.every((name) => byName.has(name)));
  const ofMethods = methods.flatMap((method) => [...method.fields, ...(method.optional ?? [])]);
  const shown = [...new Set([...table.fields, ...ofMethods])].filter((name) => byName.has(name));
  const taken = new Set(shown.map((name) => byName.get(name)?.name));
  const fixed = new Set(methods.flatMap((method) => Object.keys(method.values)));
  const rest = table.closed
    ? []
    : description.fields.filter(({ name }) => !taken.has(name) && !fixed.has(name) && !elsewhere.has(name));
  const fields: ConnectionField[] = [
    ...shown.map((name) => {
      const users = methods.filter((method) => [...method.fields, ...(method.optional ?? [])].includes(name));
      const everywhere = users.length === 0 || table.fields.includes(name);
      const needed = !everywhere && users.some((method) => method.fields.includes(name));
      return toField(byName.get(name) as Field, {
        name,
        table,
        needed,
        methods: everywhere ? null : users.map(({ id }) => id),
        advanced: false,
      });
    }),
    ...rest.map((field) => toField(field, { name: field.name, table, needed: false, methods: null, advanced: true })),
    ...(table.closed ? [] : [furtherHostsField]),
  ];
  return {
    id: table.id ?? table.adapter,
    adapter: table.adapter,
    label: table.label,
    hint: table.hint ?? null,
    schemaLabel: table.schemaLabel ?? "Schema",
    methods: methods.map(({ id, label, values }) => ({ id, label, values: { ...values } })),
    fields,
  };
}

const furtherHostsField: ConnectionField = {
  name: furtherHosts,
  label: "Further hosts",
  hint: "host:port, separated by commas: what this connection must reach beside the hosts above. Nothing else can be reached.",
  kind: "text",
  secret: false,
  required: false,
  initial: null,
  choices: [],
  methods: null,
  advanced: true,
};

interface Place {
  readonly name: string;
  readonly table: Presentation;
  readonly needed: boolean;
  readonly methods: string[] | null;
  readonly advanced: boolean;
}

function toField(field: Field, { name, table, needed, methods, advanced }: Place): ConnectionField {
  const words = table.words?.[name] ?? {};
  const choices = words.choices ?? field.choices;
  const kind = words.multiline || (field.secret && field.kind === "mapping") ? "multiline" : (words.kind ?? field.kind);
  const initial = words.initial ?? (advanced ? null : field.default);
  return {
    name,
    label: words.label ?? labelOf(name),
    hint: words.hint ?? (field.kind === "list" || field.kind === "mapping" ? "As JSON." : null),
    kind: choices.length > 0 ? "choice" : kind,
    secret: words.secret ?? field.secret,
    required: words.required ?? (needed || (field.required && !advanced)),
    initial: initial === "" ? null : initial,
    choices: [...choices],
    methods,
    advanced,
  };
}

function labelOf(name: string): string {
  const lower = name.toLowerCase();
  if (initials[lower]) return initials[lower];
  const text = lower.replaceAll("_", " ");
  const words = text.replace(/\b(aws|s3|arn|id|url|uri|ip|http|sql|api|jwt)\b/g, (word) =>
    word === "id" ? "ID" : word === "http" ? "HTTP" : word.toUpperCase(),
  );
  return words.charAt(0).toUpperCase() + words.slice(1);
}

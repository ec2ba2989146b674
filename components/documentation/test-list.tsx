"use client";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { parse, stringify } from "yaml";
import { Button, Dialog, Field, Input, Menu, MenuItem, Select } from "@/components/ui";
import type { IndexMacro, ProjectIndex } from "@/server/contract";
import type { TestEntry } from "./schema-file";

/** A generic test that the project or one of its packages has. */
interface TestKind {
  readonly name: string;
  readonly parameters: IndexMacro["parameters"];
}

/** The generic tests of a project, for a column or for a whole node; dbt's own four first. */
export function testKinds(index: ProjectIndex, forColumn: boolean): TestKind[] {
  const kinds = index.macros.flatMap((macro) => {
    const match = /^test_(.+)$/.exec(macro.name);
    const wantsColumn = macro.arguments.includes("column_name");
    if (!match?.[1] || (wantsColumn && !forColumn)) return [];
    const own = macro.packageName === "dbt" || macro.packageName === index.projectName;
    return [
      {
        name: own ? match[1] : `${macro.packageName}.${match[1]}`,
        parameters: macro.parameters.filter(({ name }) => name !== "model" && name !== "column_name"),
        first: macro.packageName === "dbt",
      },
    ];
  });
  return kinds.sort((left, right) => Number(right.first) - Number(left.first) || left.name.localeCompare(right.name));
}

/** The data tests of a column or node, each with a way to remove it, and a menu of what can be added. */
export function TestList(props: {
  /** Whose tests they are, for labels. */
  label: string;
  tests: readonly TestEntry[];
  kinds: readonly TestKind[];
  onAdd: (test: TestEntry) => void;
  onEdit: (at: number, test: TestEntry) => void;
  onRemove: (at: number) => void;
}) {
  const { label, tests, kinds, onAdd, onEdit, onRemove } = props;
  const [asking, setAsking] = useState<{ kind: TestKind; at: number | null } | null>(null);
  return (
    <ul aria-label={`Tests of ${label}`} className="flex flex-wrap items-center gap-1 pl-1.5">
      {tests.map((test, at) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: the same test may be there twice, and its place is what tells it apart
          key={`${test.name}-${at}`}
          title={shownArguments(test)}
          className="inline-flex max-w-full items-center rounded-[4px] border border-line bg-panel text-xs"
        >
          <button
            type="button"
            aria-label={`Change the test ${test.name} of ${label}`}
            className="min-h-6 min-w-6 truncate rounded-[4px] px-1.5 hover:bg-hover"
            onClick={() => setAsking({ kind: kindOf(test, kinds), at })}
          >
            {test.name}
            <span className="text-muted"> {shownArguments(test)}</span>
          </button>
          <button
            type="button"
            aria-label={`Remove the test ${test.name} of ${label}`}
            className="inline-flex size-6 shrink-0 items-center justify-center rounded-[4px] text-muted hover:bg-hover hover:text-ink"
            onClick={() => onRemove(at)}
          >
            <X aria-hidden className="size-3" />
          </button>
        </li>
      ))}
      <li>
        <Menu
          trigger={
            <Button size="small" variant="ghost" aria-label={`Add a test to ${label}`}>
              <Plus aria-hidden className="size-3.5" /> Test
            </Button>
          }
        >
          {kinds.map((kind) => (
            <MenuItem
              key={kind.name}
              disabled={kind.parameters.length === 0 && tests.some(({ name }) => name === kind.name)}
              onSelect={() =>
                kind.parameters.some((parameter) => parameter.default === null)
                  ? setAsking({ kind, at: null })
                  : onAdd({ name: kind.name, arguments: {}, severity: "", where: "" })
              }
            >
              {kind.name}
              {kind.parameters.some((parameter) => parameter.default === null) && "…"}
            </MenuItem>
          ))}
        </Menu>
      </li>
      {asking && (
        <TestDialog
          kind={asking.kind}
          label={label}
          test={asking.at === null ? null : (tests[asking.at] ?? null)}
          onClose={() => setAsking(null)}
          onDone={(test) => (asking.at === null ? onAdd(test) : onEdit(asking.at, test))}
        />
      )}
    </ul>
  );
}

/** The kind of a test that is there, with arguments that its macro does not name. */
function kindOf(test: TestEntry, kinds: readonly TestKind[]): TestKind {
  const known = kinds.find(({ name }) => name === test.name)?.parameters ?? [];
  const others = Object.keys(test.arguments).filter((key) => !known.some(({ name }) => name === key));
  const parameters = others.map((name) => ({ name, default: "", type: "", description: "" }));
  return { name: test.name, parameters: [...known, ...parameters] };
}

const byProject = "project";
const severities: readonly { value: string; label: string }[] = [
  { value: byProject, label: "as the project says" },
  { value: "warn", label: "warn" },
  { value: "error", label: "error" },
];

/** Asks for the arguments of a test, and how it is run. */
function TestDialog(props: {
  kind: TestKind;
  label: string;
  /** The test that is changed; null for a new one. */
  test: TestEntry | null;
  onClose: () => void;
  onDone: (test: TestEntry) => void;
}) {
  const { kind, label, test, onClose, onDone } = props;
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(() =>
    Object.fromEntries(Object.entries(test?.arguments ?? {}).map(([name, value]) => [name, inOneLine(value)])),
  );
  const [severity, setSeverity] = useState(test?.severity.toLowerCase() ?? "");
  const [where, setWhere] = useState(test?.where ?? "");
  const values = kind.parameters.map((parameter) => ({ parameter, ...argumentOf(texts[parameter.name] ?? "") }));
  const missing = values.some(({ parameter, value }) => parameter.default === null && value === undefined);
  const wrong = values.some(({ error }) => error !== null);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="small"
      title={test === null ? `Add the test ${kind.name}` : `Change the test ${kind.name}`}
      description={test === null ? `To ${label}.` : `Of ${label}.`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={missing || wrong}
            onClick={() => {
              const given = values.filter(({ value }) => value !== undefined);
              onDone({
                name: kind.name,
                arguments: Object.fromEntries(given.map(({ parameter, value }) => [parameter.name, value])),
                severity,
                where: where.trim(),
              });
              onClose();
            }}
          >
            {test === null ? "Add test" : "Change test"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        {values.map(({ parameter, error }) => (
          <Field
            key={parameter.name}
            label={parameter.name}
            error={error}
            hint={parameter.description || argumentHint(parameter)}
          >
            {(control) => (
              <Input
                {...control}
                className="font-mono"
                value={texts[parameter.name] ?? ""}
                placeholder={parameter.default ?? ""}
                onChange={(event) => setTexts({ ...texts, [parameter.name]: event.target.value })}
              />
            )}
          </Field>
        ))}
        <Field label="Severity" hint="What a failure is: an error stops what is built on it.">
          {({ id }) => (
            <Select
              id={id}
              value={severity || byProject}
              options={severities}
              onChange={(value) => setSeverity(value === byProject ? "" : value)}
            />
          )}
        </Field>
        <Field label="Where" hint="Only rows for which this SQL is true are tested.">
          {(control) => (
            <Input
              {...control}
              className="font-mono"
              value={where}
              placeholder="status <> 'deleted'"
              onChange={(event) => setWhere(event.target.value)}
            />
          )}
        </Field>
      </div>
    </Dialog>
  );
}

function argumentHint({ name, default: value }: IndexMacro["parameters"][number]): string {
  const example =
    name === "values" ? "A list such as [paid, open]." : name === "to" ? "For example ref('customers')." : "";
  return value === null ? example : `${example} Left empty: ${value}.`.trim();
}

/** An argument as YAML; empty means that it is left out. */
export function argumentOf(text: string): { value: unknown; error: string | null } {
  if (text.trim() === "") return { value: undefined, error: null };
  try {
    return { value: parse(text), error: null };
  } catch (error) {
    return { value: undefined, error: `This is no YAML value: ${(error as Error).message.split("\n")[0]}` };
  }
}

/** A value as a person writes it into a field: YAML of one line. */
function inOneLine(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0, defaultStringType: "PLAIN" }).trim();
}

function shownArguments({ arguments: values, severity, where }: TestEntry): string {
  const shown = Object.entries(values).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [
    ...shown,
    ...(severity === "" ? [] : [severity.toLowerCase()]),
    ...(where === "" ? [] : [`where ${where}`]),
  ].join(", ");
}

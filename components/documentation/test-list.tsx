"use client";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { parse } from "yaml";
import { Button, Dialog, Field, Input, Menu, MenuItem } from "@/components/ui";
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
  onRemove: (at: number) => void;
}) {
  const { label, tests, kinds, onAdd, onRemove } = props;
  const [asking, setAsking] = useState<TestKind | null>(null);
  return (
    <ul aria-label={`Tests of ${label}`} className="flex flex-wrap items-center gap-1 pl-1.5">
      {tests.map((test, at) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: the same test may be there twice, and its place is what tells it apart
          key={`${test.name}-${at}`}
          title={shownArguments(test)}
          className="inline-flex max-w-full items-center gap-1 rounded-[4px] border border-line bg-panel pl-1.5 text-xs"
        >
          <span className="truncate">
            {test.name}
            {Object.keys(test.arguments).length > 0 && <span className="text-muted"> {shownArguments(test)}</span>}
          </span>
          <button
            type="button"
            aria-label={`Remove the test ${test.name} of ${label}`}
            className="inline-flex size-5 items-center justify-center rounded-[4px] text-muted hover:bg-hover hover:text-ink"
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
                  ? setAsking(kind)
                  : onAdd({ name: kind.name, arguments: {} })
              }
            >
              {kind.name}
              {kind.parameters.some((parameter) => parameter.default === null) && "…"}
            </MenuItem>
          ))}
        </Menu>
      </li>
      {asking && <ArgumentsDialog kind={asking} label={label} onClose={() => setAsking(null)} onAdd={onAdd} />}
    </ul>
  );
}

function ArgumentsDialog(props: {
  kind: TestKind;
  label: string;
  onClose: () => void;
  onAdd: (test: TestEntry) => void;
}) {
  const { kind, label, onClose, onAdd } = props;
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const values = kind.parameters.map((parameter) => ({ parameter, ...argumentOf(texts[parameter.name] ?? "") }));
  const missing = values.some(({ parameter, value }) => parameter.default === null && value === undefined);
  const wrong = values.some(({ error }) => error !== null);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="small"
      title={`Add the test ${kind.name}`}
      description={`To ${label}.`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={missing || wrong}
            onClick={() => {
              const given = values.filter(({ value }) => value !== undefined);
              onAdd({
                name: kind.name,
                arguments: Object.fromEntries(given.map(({ parameter, value }) => [parameter.name, value])),
              });
              onClose();
            }}
          >
            Add test
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

function shownArguments({ arguments: values }: TestEntry): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

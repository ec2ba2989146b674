"use client";
import { CornerDownLeft, RefreshCw, Undo2 } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { parse, stringify } from "yaml";
import { useStore } from "@/components/shell";
import { Button, classNames, Field, Input, Skeleton, Switch } from "@/components/ui";
import type { IndexNode } from "@/server/contract";
import type { WarehouseColumn } from "./column-differences";
import { ColumnList } from "./column-list";
import { DraftInput, DraftTextArea } from "./draft-field";
import type { EditorPort, FilePort } from "./editor-port";
import { EntrySource } from "./entry-source";
import { type Inherited, inheritedDescription, inheritedDescriptions } from "./inherit";
import { InheritLink, useWritten } from "./inherit-link";
import { type EntryChange, type NodeEntry, nothingSaid } from "./schema-file";
import { SyncDialog } from "./sync-dialog";
import { TestList, testKinds } from "./test-list";

export interface DocumentationFormProps {
  controller: EditorPort;
  services: FilePort;
  node: IndexNode;
  /** Reads the columns from the warehouse, which is a preview; null where that is not possible. */
  readColumns: ((node: IndexNode) => Promise<readonly WarehouseColumn[]>) | null;
}

/** Edits what the YAML says of one node. Each field is written when the person leaves it, with a way back. */
export function DocumentationForm({ controller, services, node, readColumns }: DocumentationFormProps) {
  // What the index says of the node changes with each edit; the form stays.
  const [source, setSource] = useState<EntrySource | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the node is told apart by its id
  useEffect(() => {
    const next = new EntrySource(
      controller,
      services,
      node,
      node.resourceType === "source" ? node.path : node.patchPath,
    );
    setSource(next);
    return next.start();
  }, [controller, services, node.uniqueId]);
  if (source === null) {
    return <Skeleton lines={6} label="Reading the YAML" />;
  }
  return <Form {...{ controller, services, node, readColumns, source }} />;
}

function Form(props: DocumentationFormProps & { source: EntrySource }) {
  const { controller, node, readColumns, source } = props;
  const state = useStore(source.state);
  const lookup = useStore(controller.lookup);
  const [syncing, setSyncing] = useState(false);
  const { entry, path } = state;
  const change = (one: EntryChange) => void source.change(one);
  const found = useMemo(() => {
    const wanting = entry.columns.filter((column) => column.description === "").map((column) => column.name);
    const find = (id: string) => lookup.node(id);
    const own = entry.description === "" ? inheritedDescription(node, find) : null;
    return [...(own === null ? [] : [own]), ...inheritedDescriptions(node, wanting, find)];
  }, [entry, node, lookup]);
  const upstream = useWritten(source, found);
  const ofNode = upstream.find(({ column }) => column === null);
  const inherited = upstream.filter(({ column }) => column !== null);
  const inherit = (...taken: Inherited[]) => void source.inherit(taken);
  const described = entry.columns.filter((column) => column.description !== "").length;
  if (state.loading) {
    return <Skeleton lines={6} label="Reading the YAML" />;
  }
  const line = lineOf(state.error);
  return (
    <section aria-label={`Documentation of ${node.name}`} className="@container flex flex-col gap-4">
      {state.error !== null && (
        <div role="alert" className="flex flex-wrap items-center gap-2 rounded-[5px] bg-danger-soft px-3 py-2">
          <span className="min-w-0 flex-1 basis-60 break-words">{state.error}</span>
          {state.unreadable && path !== null && (
            <Button size="small" onClick={() => controller.open(path, { place: line === null ? null : { line } })}>
              {line === null ? "Open the file" : `Go to line ${line}`}
            </Button>
          )}
        </div>
      )}
      <div className="flex items-center gap-2 text-xs text-muted">
        {path === null ? (
          <span className="flex-1">Nothing describes it yet: the first change makes its YAML.</span>
        ) : (
          <button
            type="button"
            className="min-w-0 truncate text-left font-mono text-accent hover:underline"
            onClick={() => controller.open(path)}
          >
            {path}
          </button>
        )}
        <Button
          size="small"
          variant="ghost"
          className="ml-auto"
          disabled={!state.canUndo}
          onClick={() => void source.undo()}
        >
          <Undo2 aria-hidden className="size-3.5" /> Undo change
        </Button>
      </div>
      {/* What was read last stays to be seen; it can be changed again once the file can. */}
      <div
        inert={state.unreadable}
        hidden={state.unreadable && entry === nothingSaid}
        className={classNames("flex flex-col gap-5 [[hidden]]:hidden", state.unreadable && "opacity-55")}
      >
        <div className="flex flex-col gap-3">
          <Field label="Description" hint="Markdown, or {{ doc('block') }}. Written when you leave the field.">
            {(control) => (
              <DraftTextArea
                {...control}
                rows={3}
                value={entry.description}
                onCommit={(text) => change({ kind: "description", column: null, text })}
              />
            )}
          </Field>
          {ofNode && <InheritLink found={ofNode} onInherit={inherit} />}
          <Settings node={node} entry={entry} onChange={change} />
        </div>
        <section className="flex flex-col gap-1.5">
          <h3 className="font-medium">Tests of the {node.resourceType}</h3>
          <TestList
            label={node.name}
            tests={entry.tests}
            kinds={testKinds(lookup.index, false)}
            onAdd={(test) => change({ kind: "add-test", column: null, test })}
            onEdit={(at, test) => change({ kind: "edit-test", column: null, at, test })}
            onRemove={(at) => change({ kind: "remove-test", column: null, at })}
          />
        </section>
        <section className="flex flex-col gap-1.5">
          <div className="flex flex-wrap items-center gap-2">
            <h3 className="flex-1 font-medium whitespace-nowrap">
              Columns{" "}
              <span className="text-xs font-normal text-muted">
                {described} of {entry.columns.length} described
              </span>
            </h3>
            {inherited.length > 0 && (
              <Button size="small" title={inheritHint(inherited)} onClick={() => inherit(...inherited)}>
                <CornerDownLeft aria-hidden className="size-3.5" /> Inherit {inherited.length}{" "}
                {inherited.length === 1 ? "description" : "descriptions"}
              </Button>
            )}
            {readColumns !== null && (
              <Button size="small" onClick={() => setSyncing(true)}>
                <RefreshCw aria-hidden className="size-3.5" /> Synchronise
              </Button>
            )}
          </div>
          <ColumnList
            columns={entry.columns}
            index={lookup.index}
            inherited={inherited}
            onChange={change}
            onInherit={inherit}
          />
        </section>
      </div>
      {syncing && readColumns !== null && (
        <SyncDialog
          node={node}
          columns={entry.columns}
          readColumns={readColumns}
          onApply={(changes) => void source.change(...changes)}
          onClose={() => setSyncing(false)}
        />
      )}
    </section>
  );
}

/** What the button writes. */
function inheritHint(inherited: readonly Inherited[]): string {
  const calls = inherited.filter(({ written, description }) => written !== description).length;
  if (calls === 0) return "Copies the texts from upstream";
  if (calls === inherited.length) return "Writes the calls of doc() that stand upstream";
  return `Writes ${calls} as the call of doc() that stands upstream, the others as a copy of their text`;
}

/** The line that the reader of YAML names. */
function lineOf(error: string | null): number | null {
  const line = /\bat line (\d+)/.exec(error ?? "")?.[1];
  return line === undefined ? null : Number(line);
}

function Settings(props: { node: IndexNode; entry: NodeEntry; onChange: (change: EntryChange) => void }) {
  const { node, entry, onChange } = props;
  const elsewhere = node.tags.filter((tag) => !entry.tags.includes(tag));
  return (
    <>
      <Field
        label="Tags"
        hint={`Separated by commas.${elsewhere.length > 0 ? ` It has others from elsewhere: ${elsewhere.join(", ")}.` : ""}`}
      >
        {(control) => (
          <DraftInput
            {...control}
            value={entry.tags.join(", ")}
            onCommit={(text) =>
              onChange({ kind: "tags", tags: [...new Set(text.split(",").map((tag) => tag.trim()))].filter(Boolean) })
            }
          />
        )}
      </Field>
      <Meta entry={entry} onChange={onChange} />
      {node.resourceType === "model" && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <Switch
            label="Enforce the contract"
            checked={entry.contract}
            onCheckedChange={(enforced) => onChange({ kind: "contract", enforced })}
          >
            Enforce the contract
          </Switch>
          {entry.contract && entry.columns.some((column) => column.type === "") && (
            <span className="text-warning">Some columns have no type: dbt refuses that.</span>
          )}
        </div>
      )}
    </>
  );
}

function Meta({ entry, onChange }: { entry: NodeEntry; onChange: (change: EntryChange) => void }) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  return (
    <fieldset className="flex flex-col gap-1">
      <legend className="mb-1 font-medium">Meta</legend>
      {entry.meta.map((pair) => (
        <div key={pair.key} className="flex items-center gap-2">
          <span className="w-32 shrink-0 truncate font-mono text-xs" title={pair.key}>
            {pair.key}
          </span>
          <DraftInput
            aria-label={`Meta ${pair.key}`}
            className="font-mono text-xs"
            value={
              typeof pair.value === "string" ? pair.value : stringify(pair.value, { collectionStyle: "flow" }).trim()
            }
            onCommit={(text) => onChange({ kind: "meta", key: pair.key, value: metaValue(text) })}
          />
        </div>
      ))}
      <form
        className="flex items-center gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim() === "" || metaValue(value) === undefined) return;
          onChange({ kind: "meta", key: key.trim(), value: metaValue(value) });
          setKey("");
          setValue("");
        }}
      >
        <Input
          aria-label="Key to add"
          placeholder="key"
          className="w-32! font-mono text-xs"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        <Input
          aria-label="Value to add"
          placeholder="value"
          className="font-mono text-xs"
          value={value}
          onChange={(event) => setValue(event.target.value)}
        />
        <Button type="submit" disabled={key.trim() === "" || value.trim() === ""}>
          Add
        </Button>
      </form>
    </fieldset>
  );
}

/** A value as YAML where it is one, else the text itself; undefined for nothing, which removes the key. */
function metaValue(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return parse(text);
  } catch {
    return text;
  }
}

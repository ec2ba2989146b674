"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronRight, NotebookPen, Pencil, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { errorText, useTRPC, useTRPCClient } from "@/components/api";
import { readJson, type Store, scratchpadPath, useStore, writeJson } from "@/components/shell";
import { Button, classNames, Dialog, Field, IconButton, Input, toast } from "@/components/ui";

/** What a person does to a scratchpad, asked for by the list, a command or a key. */
export type ScratchpadDialog = { type: "create"; text: string } | { type: "rename"; name: string };

export interface ScratchpadsProps {
  workspaceId: string;
  activePath: string | null;
  dialogs: Store<ScratchpadDialog | null>;
  onOpen: (path: string) => void;
  onRemoved: (path: string) => void;
}

const memory = "millrace:scratchpads-open";

/** The person's scratchpads of this project, below its files. */
export function Scratchpads({ workspaceId, activePath, dialogs, onOpen, onRemoved }: ScratchpadsProps) {
  const trpc = useTRPC();
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(() => readJson(memory) !== false);
  const pads = useQuery(trpc.scratchpads.list.queryOptions({ workspaceId }));
  const refresh = () => void queryClient.invalidateQueries(trpc.scratchpads.pathFilter());

  async function remove(name: string) {
    try {
      const { text } = await client.scratchpads.read.query({ workspaceId, name });
      await client.scratchpads.remove.mutate({ workspaceId, name });
      onRemoved(scratchpadPath(name));
      refresh();
      toast(`Scratchpad ${name} was deleted.`, {
        duration: 12_000,
        action: { label: "Undo", onClick: () => void bringBack(name, text ?? "") },
      });
    } catch (error) {
      toast.error(`Scratchpad ${name} was not deleted`, { description: errorText(error) });
    }
  }
  async function bringBack(name: string, text: string) {
    try {
      await client.scratchpads.save.mutate({ workspaceId, name, text, baseVersion: null });
      refresh();
    } catch (error) {
      toast.error(`Scratchpad ${name} could not be brought back`, { description: errorText(error) });
    }
  }
  return (
    <section aria-label="Scratchpads" className="shrink-0 border-t border-line">
      <div className="flex h-8 items-center gap-0.5 pr-1.5 pl-1.5">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => {
            setOpen(!open);
            writeJson(memory, !open);
          }}
          className="flex min-w-0 flex-1 items-center gap-1 rounded-[4px] text-left text-xs font-semibold tracking-wide text-muted uppercase hover:text-ink"
        >
          <ChevronRight aria-hidden className={classNames("size-3.5 transition-transform", open && "rotate-90")} />
          Scratchpads
          {pads.data && pads.data.length > 0 && <span className="font-normal text-faint">{pads.data.length}</span>}
        </button>
        <IconButton
          label="New scratchpad"
          icon={<Plus />}
          tooltipSide="top"
          onClick={() => dialogs.set({ type: "create", text: "" })}
        />
      </div>
      {open && (
        <ul className="max-h-40 overflow-auto pb-2">
          {pads.error && <li className="px-3 text-xs text-danger">{errorText(pads.error)}</li>}
          {pads.data?.length === 0 && (
            <li className="px-3 text-xs text-muted">SQL to try things with. It is yours alone, and never in Git.</li>
          )}
          {pads.data?.map(({ name }) => {
            const path = scratchpadPath(name);
            return (
              <li
                key={name}
                className={classNames(
                  "group flex h-6 items-center pr-1.5 hover:bg-hover",
                  path === activePath && "bg-selected hover:bg-selected",
                )}
              >
                <button
                  type="button"
                  onClick={() => onOpen(path)}
                  className="flex h-full min-w-0 flex-1 items-center gap-1.5 pl-5 text-left"
                >
                  <NotebookPen aria-hidden className="size-3.5 shrink-0 text-faint" />
                  <span className="truncate">{name}</span>
                </button>
                <span className="flex opacity-0 group-focus-within:opacity-100 group-hover:opacity-100">
                  <IconButton
                    label={`Rename scratchpad ${name}`}
                    icon={<Pencil />}
                    onClick={() => dialogs.set({ type: "rename", name })}
                  />
                  <IconButton label={`Delete scratchpad ${name}`} icon={<Trash2 />} onClick={() => void remove(name)} />
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

/** Asks for a scratchpad's name. */
export function ScratchpadDialogs({
  workspaceId,
  dialogs,
  onOpen,
  onRenamed,
}: {
  workspaceId: string;
  dialogs: Store<ScratchpadDialog | null>;
  onOpen: (path: string) => void;
  onRenamed: (from: string, to: string) => void;
}) {
  const dialog = useStore(dialogs);
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const pads = useQuery(trpc.scratchpads.list.queryOptions({ workspaceId }, { enabled: dialog !== null }));
  const done = () => {
    dialogs.set(null);
    void queryClient.invalidateQueries(trpc.scratchpads.pathFilter());
  };
  const save = useMutation(
    trpc.scratchpads.save.mutationOptions({
      onSuccess: (_saved, { name }) => {
        done();
        onOpen(scratchpadPath(name.trim()));
      },
    }),
  );
  const rename = useMutation(
    trpc.scratchpads.rename.mutationOptions({
      onSuccess: (_nothing, { name, newName }) => {
        done();
        onRenamed(scratchpadPath(name), scratchpadPath(newName.trim()));
      },
    }),
  );
  if (dialog === null) {
    return null;
  }
  const names = new Set(pads.data?.map(({ name }) => name) ?? []);
  const creating = dialog.type === "create";
  const running = creating ? save : rename;
  return (
    <NameDialog
      key={creating ? "" : dialog.name}
      title={creating ? "New scratchpad" : `Rename scratchpad ${dialog.name}`}
      action={creating ? "Create" : "Rename"}
      initial={creating ? freeName(names) : dialog.name}
      taken={new Set([...names].filter((name) => creating || name !== dialog.name))}
      busy={running.isPending}
      error={running.error ? errorText(running.error) : null}
      onClose={() => dialogs.set(null)}
      onSubmit={(name) =>
        creating
          ? save.mutate({ workspaceId, name, text: dialog.text, baseVersion: null })
          : rename.mutate({ workspaceId, name: dialog.name, newName: name })
      }
    />
  );
}

function freeName(taken: ReadonlySet<string>): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? "scratch" : `scratch ${number}`;
    if (!taken.has(name)) return name;
  }
}

function NameDialog(props: {
  title: string;
  action: string;
  initial: string;
  taken: ReadonlySet<string>;
  busy: boolean;
  error: string | null;
  onSubmit: (name: string) => void;
  onClose: () => void;
}) {
  const [name, setName] = useState(props.initial);
  const trimmed = name.trim();
  const problem = props.taken.has(trimmed)
    ? "There is a scratchpad with this name."
    : /^\.|[/\\]/.test(trimmed)
      ? "A name has no slashes and does not begin with a dot."
      : null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && props.onClose()}
      title={props.title}
      size="small"
      footer={
        <>
          <Button onClick={props.onClose}>Cancel</Button>
          <Button
            variant="primary"
            type="submit"
            form="scratchpad-name"
            busy={props.busy}
            disabled={trimmed === "" || problem !== null}
          >
            {props.action}
          </Button>
        </>
      }
    >
      <form
        id="scratchpad-name"
        onSubmit={(event) => {
          event.preventDefault();
          if (trimmed !== "" && problem === null) props.onSubmit(trimmed);
        }}
      >
        <Field label="Name" error={problem ?? props.error}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              maxLength={100}
              value={name}
              onFocus={(event) => event.target.select()}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}

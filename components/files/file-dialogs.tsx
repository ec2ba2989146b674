"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { errorText, toErrorBody, useTRPC, useTRPCClient } from "@/components/api";
import { type Store, useStore } from "@/components/shell";
import { Button, ConfirmDialog, Dialog, Field, Input, toast } from "@/components/ui";
import { joinPath, nameProblem, parentOf } from "./tree";

export type FileDialog =
  | { type: "create"; kind: "file" | "folder"; folder: string }
  | { type: "rename"; path: string; kind: "file" | "folder" }
  | { type: "remove"; path: string; kind: "file" | "folder" };

export interface FileDialogsProps {
  workspaceId: string;
  store: Store<FileDialog | null>;
  /** Everything that exists, to refuse taken names before the server does. */
  taken: ReadonlySet<string>;
  onCreated: (path: string) => void;
  onRenamed: (from: string, to: string) => void;
  onRemoved: (path: string) => void;
}

/** Asks for names and for consent; does it on the server; tells the rest of the screen. */
export function FileDialogs(props: FileDialogsProps) {
  const dialog = useStore(props.store);
  switch (dialog?.type) {
    case "create":
      return <CreateDialog key={`${dialog.kind} ${dialog.folder}`} {...props} dialog={dialog} />;
    case "rename":
      return <RenameDialog key={dialog.path} {...props} dialog={dialog} />;
    case "remove":
      return <RemoveDialog key={dialog.path} {...props} dialog={dialog} />;
    default:
      return null;
  }
}

function useRefreshTree(workspaceId: string) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  return () => {
    void queryClient.invalidateQueries(trpc.files.tree.queryFilter({ workspaceId }));
    void queryClient.invalidateQueries(trpc.git.status.queryFilter({ workspaceId }));
  };
}

function NameDialog({
  title,
  hint,
  action,
  initial,
  selectStem,
  taken,
  error,
  busy,
  onSubmit,
  onClose,
}: {
  title: string;
  hint: string;
  action: string;
  initial: string;
  selectStem: boolean;
  taken: ReadonlySet<string>;
  error: string | null;
  busy: boolean;
  onSubmit: (path: string) => void;
  onClose: () => void;
}) {
  const [path, setPath] = useState(initial);
  const [tried, setTried] = useState(false);
  const form = useId();
  const problem = nameProblem(path, taken);
  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!problem) {
      onSubmit(path);
    }
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="small"
      title={title}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form={form} busy={busy}>
            {action}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit}>
        <Field
          label="Path"
          hint={hint}
          error={error ?? (tried || (path !== initial && path !== "" && problem !== "Write a name.") ? problem : null)}
        >
          {(control) => (
            <Input
              {...control}
              autoFocus
              spellCheck={false}
              value={path}
              onChange={(event) => setPath(event.target.value)}
              onFocus={(event) => {
                const start = event.target.value.lastIndexOf("/") + 1;
                const dot = event.target.value.lastIndexOf(".");
                event.target.setSelectionRange(start, selectStem && dot > start ? dot : event.target.value.length);
              }}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}

function CreateDialog({
  workspaceId,
  store,
  taken,
  onCreated,
  dialog,
}: FileDialogsProps & { dialog: Extract<FileDialog, { type: "create" }> }) {
  const trpc = useTRPC();
  const refresh = useRefreshTree(workspaceId);
  const create = useMutation(
    trpc.files.create.mutationOptions({
      onSuccess: (_result, input) => {
        refresh();
        store.set(null);
        if (input.kind === "file") {
          onCreated(input.path);
        }
      },
    }),
  );
  return (
    <NameDialog
      title={dialog.kind === "file" ? "New file" : "New folder"}
      hint="Folders on the way are made too, e.g. models/marts/orders.sql."
      action="Create"
      initial={dialog.folder === "" ? "" : `${dialog.folder}/`}
      selectStem={false}
      taken={taken}
      busy={create.isPending}
      error={create.error ? errorText(create.error) : null}
      onSubmit={(path) => create.mutate({ workspaceId, path, kind: dialog.kind, text: "" })}
      onClose={() => store.set(null)}
    />
  );
}

function RenameDialog({
  workspaceId,
  store,
  taken,
  onRenamed,
  dialog,
}: FileDialogsProps & { dialog: Extract<FileDialog, { type: "rename" }> }) {
  const trpc = useTRPC();
  const refresh = useRefreshTree(workspaceId);
  const rename = useMutation(
    trpc.files.rename.mutationOptions({
      onSuccess: (_result, input) => {
        refresh();
        store.set(null);
        onRenamed(input.path, input.newPath);
      },
    }),
  );
  const others = new Set([...taken].filter((path) => path !== dialog.path));
  return (
    <NameDialog
      title={`Rename or move ${dialog.path.split("/").at(-1)}`}
      hint="Change the folder to move it. References in other files are not changed."
      action="Rename"
      initial={dialog.path}
      selectStem={dialog.kind === "file"}
      taken={others}
      busy={rename.isPending}
      error={rename.error ? errorText(rename.error) : null}
      onSubmit={(newPath) =>
        newPath === dialog.path ? store.set(null) : rename.mutate({ workspaceId, path: dialog.path, newPath })
      }
      onClose={() => store.set(null)}
    />
  );
}

function RemoveDialog({
  workspaceId,
  store,
  taken,
  onRemoved,
  dialog,
}: FileDialogsProps & { dialog: Extract<FileDialog, { type: "remove" }> }) {
  const client = useTRPCClient();
  const refresh = useRefreshTree(workspaceId);
  const { path, kind } = dialog;
  const name = path.split("/").at(-1) ?? path;
  const inside = [...taken].filter((other) => other.startsWith(`${path}/`)).length;

  async function bringBack(text: string) {
    try {
      await client.files.create.mutate({ workspaceId, path, kind: "file", text });
      refresh();
      toast.success(`${name} is back.`);
    } catch (error) {
      toast.error(`${name} could not be brought back`, { description: errorText(error) });
    }
  }
  async function remove() {
    try {
      const text = kind === "file" ? await textOf() : null;
      await client.files.remove.mutate({ workspaceId, path });
      onRemoved(path);
      refresh();
      toast(
        `${name} was deleted.`,
        text === null ? {} : { duration: 12_000, action: { label: "Undo", onClick: () => void bringBack(text) } },
      );
    } catch (error) {
      toast.error(`${name} was not deleted`, { description: errorText(error) });
    }
  }
  async function textOf(): Promise<string | null> {
    try {
      return (await client.files.read.query({ workspaceId, path })).text;
    } catch (error) {
      if (toErrorBody(error).code === "NOT_FOUND") {
        return null;
      }
      throw error;
    }
  }
  return (
    <ConfirmDialog
      open
      onOpenChange={(open) => !open && store.set(null)}
      title={`Delete ${name}?`}
      description={
        kind === "folder"
          ? `${path} and ${inside === 1 ? "the one entry" : `all ${inside} entries`} in it are deleted. What is committed can be brought back from Git; the rest cannot.`
          : `${path} is deleted. You can undo it right after.`
      }
      confirm="Delete"
      variant="danger"
      onConfirm={remove}
    />
  );
}

/** Moves an entry into a folder, as a drop does. */
export function moveTarget(path: string, folder: string): string | null {
  const target = joinPath(folder, path.split("/").at(-1) ?? path);
  const intoItself = folder === path || folder.startsWith(`${path}/`);
  return intoItself || parentOf(path) === folder ? null : target;
}

"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, GitBranch, Plus } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { Button, Dialog, Field, Input, Menu, MenuGroup, MenuItem, MenuSeparator, toast } from "@/components/ui";
import { branchNamePattern, longestBranchName } from "@/server/contract/plain";

export interface BranchMenuProps {
  workspaceId: string;
  branch: string | null;
  readOnly: boolean;
  /** Saves what is unsaved before the files change; false stops. */
  beforeSwitch: () => Promise<boolean>;
  /** The files on disk are another branch's now. */
  onSwitched: () => void;
}

/** The branch, the other branches, and a new one. */
export function BranchMenu({ workspaceId, branch, readOnly, beforeSwitch, onSwitched }: BranchMenuProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const branches = useQuery(trpc.git.branches.queryOptions({ workspaceId }));
  const [naming, setNaming] = useState(false);
  const refresh = () => {
    void queryClient.invalidateQueries(trpc.git.pathFilter());
    void queryClient.invalidateQueries(trpc.files.tree.queryFilter({ workspaceId }));
    onSwitched();
  };
  const change = useMutation(
    trpc.git.switchBranch.mutationOptions({
      onSuccess: refresh,
      onError: (error) => toast.error("The branch was not switched", { description: errorText(error) }),
    }),
  );
  const local = branches.data?.local ?? [];
  const onlyRemote = (branches.data?.remote ?? []).filter((name) => !local.includes(name));
  async function go(name: string) {
    if (name !== branch && (await beforeSwitch())) {
      change.mutate({ workspaceId, name });
    }
  }
  const choice = (name: string) => (
    <MenuItem key={name} checked={name === branch} disabled={readOnly} onSelect={() => void go(name)}>
      {name}
    </MenuItem>
  );
  return (
    <>
      <Menu
        trigger={
          <button
            type="button"
            aria-label={`Branch: ${branch ?? "none"}`}
            disabled={change.isPending}
            className="flex h-6 min-w-0 items-center gap-1.5 rounded-[4px] px-1.5 hover:bg-hover disabled:opacity-60"
          >
            <GitBranch aria-hidden className="size-3.5 shrink-0 text-faint" />
            <span className="truncate">{branch ?? "no branch"}</span>
            <ChevronDown aria-hidden className="size-3 shrink-0 text-faint" />
          </button>
        }
      >
        {!readOnly && (
          <>
            <MenuItem icon={<Plus />} onSelect={() => setNaming(true)}>
              New branch…
            </MenuItem>
            <MenuSeparator />
          </>
        )}
        <MenuGroup
          label={branches.error ? errorText(branches.error) : branches.isPending ? "Loading branches" : "Branches"}
        >
          {local.map(choice)}
        </MenuGroup>
        {onlyRemote.length > 0 && <MenuGroup label="On the server">{onlyRemote.map(choice)}</MenuGroup>}
      </Menu>
      <NewBranchDialog
        workspaceId={workspaceId}
        from={branch}
        taken={local}
        open={naming}
        onOpenChange={setNaming}
        onCreated={refresh}
      />
    </>
  );
}

function NewBranchDialog({
  workspaceId,
  from,
  taken,
  open,
  onOpenChange,
  onCreated,
}: {
  workspaceId: string;
  from: string | null;
  taken: readonly string[];
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onCreated: () => void;
}) {
  const trpc = useTRPC();
  const [name, setName] = useState("");
  const [tried, setTried] = useState(false);
  const form = useId();
  const create = useMutation(
    trpc.git.createBranch.mutationOptions({
      onSuccess: () => {
        onOpenChange(false);
        setName("");
        setTried(false);
        onCreated();
      },
    }),
  );
  const written = name.trim();
  const problem = taken.includes(written)
    ? "There is already a branch with this name."
    : written === ""
      ? "Write a name."
      : branchNamePattern.test(written) && written.length <= longestBranchName
        ? null
        : "This is not a valid Git branch name.";
  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if (!problem) {
      create.mutate({ workspaceId, name: written });
    }
  }
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      size="small"
      title="New branch"
      description={`It starts at ${from ?? "the current commit"} and takes your changes along.`}
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button variant="primary" type="submit" form={form} busy={create.isPending}>
            Create and switch
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit}>
        <Field label="Name" error={create.error ? errorText(create.error) : tried ? problem : null}>
          {(control) => (
            <Input
              {...control}
              autoFocus
              spellCheck={false}
              placeholder="feature/customer-orders"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
      </form>
    </Dialog>
  );
}

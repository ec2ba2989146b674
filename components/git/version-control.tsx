"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ArrowDown, ArrowUp, CircleAlert, GitCommitHorizontal, RefreshCw, Undo2, X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { errorText, useTRPC } from "@/components/api";
import { formatKeys, isApple } from "@/components/shell";
import {
  Button,
  Checkbox,
  ConfirmDialog,
  classNames,
  EmptyState,
  ErrorState,
  IconButton,
  Progress,
  Skeleton,
  settled,
  TextArea,
  Turning,
  toast,
} from "@/components/ui";
import type { GitStatus } from "@/server/contract";
import { useExchange } from "./use-exchange";

export interface VersionControlProps {
  workspaceId: string;
  readOnly: boolean;
  canPush: boolean;
  /** Files with unsaved text. */
  unsaved: number;
  /** Saves what is unsaved; false when something could not be saved. */
  saveAll: () => Promise<boolean>;
  onOpenDiff: (path: string) => void;
  /** Files on disk may have changed (pull, discard). */
  onFilesChanged: (paths: readonly string[]) => void;
}

const letters = { added: "A", modified: "M", deleted: "D" } as const;

/** Changes against the last commit, commit, push and pull. */
export function VersionControl(props: VersionControlProps) {
  const { workspaceId, readOnly, canPush, unsaved, saveAll, onOpenDiff, onFilesChanged } = props;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const status = useQuery(trpc.git.status.queryOptions({ workspaceId }));
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [message, setMessage] = useState("");
  const [discarding, setDiscarding] = useState<string[] | null>(null);
  const refresh = () => void queryClient.invalidateQueries(trpc.git.pathFilter());
  const exchange = useExchange(workspaceId, (kind) => {
    if (kind === "pull") {
      onFilesChanged([]);
      void queryClient.invalidateQueries(trpc.files.tree.queryFilter({ workspaceId }));
    }
    void queryClient.invalidateQueries({ queryKey: ["committed", workspaceId] });
    toast.success(kind === "push" ? "Pushed." : "Up to date with the server.");
  });
  const commit = useMutation(
    trpc.git.commit.mutationOptions({
      onSuccess: () => {
        setMessage("");
        setLeft(new Set());
        refresh();
        void queryClient.invalidateQueries({ queryKey: ["committed", workspaceId] });
        toast.success("Committed.");
      },
    }),
  );
  const discard = useMutation(
    trpc.git.discard.mutationOptions({
      onSuccess: (_result, input) => {
        refresh();
        void queryClient.invalidateQueries(trpc.files.tree.queryFilter({ workspaceId }));
        onFilesChanged(input.paths);
      },
      onError: (error) => toast.error("The changes were not discarded", { description: errorText(error) }),
    }),
  );

  if (status.isPending) {
    return <Skeleton lines={6} label="Loading changes" />;
  }
  if (status.error) {
    return (
      <ErrorState
        title="The changes could not be listed"
        message={errorText(status.error)}
        actions={<Button onClick={() => void status.refetch()}>Try again</Button>}
      />
    );
  }
  const { changes, ahead, behind, branch } = status.data;
  const chosen = changes.filter((change) => !left.has(change.path)).map((change) => change.path);
  const mayCommit = !readOnly && chosen.length > 0 && message.trim() !== "";
  async function doCommit() {
    if (!mayCommit || commit.isPending || (unsaved > 0 && !(await saveAll()))) {
      return;
    }
    commit.mutate({ workspaceId, message, paths: chosen });
  }
  function onMessageKey(event: KeyboardEvent) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      void doCommit();
    }
  }
  const commitError = commit.error ? errorText(commit.error) : null;
  return (
    <div className="flex h-full flex-col">
      <div className="flex h-8 shrink-0 items-center gap-0.5 pr-1.5 pl-3">
        <h2 className="min-w-0 flex-1 truncate text-xs font-semibold tracking-wide text-muted uppercase">
          Version control
        </h2>
        {!readOnly && changes.length > 0 && (
          <IconButton
            label="Discard all changes"
            icon={<Undo2 />}
            onClick={() => setDiscarding(changes.map((change) => change.path))}
          />
        )}
        <IconButton
          label="Refresh changes"
          icon={<Turning icon={RefreshCw} on={status.isFetching} />}
          onClick={refresh}
        />
      </div>
      {!readOnly && (
        <div className="flex flex-col gap-2 px-2.5 pb-2.5" data-own-keys="preview" onKeyDownCapture={onMessageKey}>
          <TextArea
            aria-label="Commit message"
            rows={3}
            placeholder={`Commit message (${formatKeys("Mod-Enter", isApple())} to commit)`}
            value={message}
            onChange={(event) => setMessage(event.target.value)}
          />
          {commitError && (
            <p role="alert" className="text-danger">
              {commitError}
            </p>
          )}
          <Button variant="primary" disabled={!mayCommit} busy={commit.isPending} onClick={() => void doCommit()}>
            <GitCommitHorizontal aria-hidden className="size-4" />
            {unsaved > 0 ? "Save all and commit" : "Commit"}{" "}
            {chosen.length > 0 && `${chosen.length} ${chosen.length === 1 ? "file" : "files"}`}
          </Button>
        </div>
      )}
      <Exchange
        exchange={exchange}
        ahead={ahead}
        behind={behind}
        branch={branch}
        canPush={canPush}
        readOnly={readOnly}
        saveAll={saveAll}
      />
      <div className="min-h-0 flex-1 overflow-auto border-t border-line">
        {changes.length === 0 ? (
          <EmptyState title="No changes">
            {unsaved > 0 ? "Save your edits to see them here." : "Everything is as it is in the last commit."}
          </EmptyState>
        ) : (
          <>
            <div className="flex h-7 items-center gap-2 px-3 text-xs text-muted">
              <Checkbox
                label="Choose all changes"
                disabled={readOnly}
                checked={chosen.length === changes.length}
                indeterminate={chosen.length > 0 && chosen.length < changes.length}
                onCheckedChange={(checked) => setLeft(new Set(checked ? [] : changes.map((change) => change.path)))}
              />
              {changes.length} {changes.length === 1 ? "change" : "changes"}
            </div>
            <ul aria-label="Changes">
              {changes.map((change) => (
                <ChangeRow
                  key={change.path}
                  change={change}
                  chosen={!left.has(change.path)}
                  readOnly={readOnly}
                  onChoose={(checked) => {
                    const next = new Set(left);
                    if (checked) next.delete(change.path);
                    else next.add(change.path);
                    setLeft(next);
                  }}
                  onOpen={() => onOpenDiff(change.path)}
                  onDiscard={() => setDiscarding([change.path])}
                />
              ))}
            </ul>
          </>
        )}
      </div>
      <ConfirmDialog
        open={discarding !== null}
        onOpenChange={(open) => !open && setDiscarding(null)}
        title={
          discarding?.length === 1
            ? "Discard the changes of this file?"
            : `Discard the changes of ${discarding?.length ?? 0} files?`
        }
        description={`${discarding?.length === 1 ? discarding[0] : "They"} ${discarding?.length === 1 ? "goes" : "go"} back to the last commit. Files that were never committed are deleted. This cannot be undone.`}
        confirm="Discard"
        variant="danger"
        onConfirm={async () => {
          if (discarding) {
            await settled(discard.mutateAsync({ workspaceId, paths: discarding }));
          }
        }}
      />
    </div>
  );
}

function ChangeRow({
  change,
  chosen,
  readOnly,
  onChoose,
  onOpen,
  onDiscard,
}: {
  change: GitStatus["changes"][number];
  chosen: boolean;
  readOnly: boolean;
  onChoose: (chosen: boolean) => void;
  onOpen: () => void;
  onDiscard: () => void;
}) {
  const slash = change.path.lastIndexOf("/");
  const name = change.path.slice(slash + 1);
  return (
    <li className="group flex h-row items-center gap-2 pr-2 pl-3 hover:bg-hover">
      <Checkbox label={`Include ${change.path}`} disabled={readOnly} checked={chosen} onCheckedChange={onChoose} />
      <button
        type="button"
        className="flex min-w-0 flex-1 items-baseline gap-2 text-left"
        onClick={onOpen}
        aria-label={`Show changes of ${change.path}, ${change.kind}`}
      >
        <span className={classNames("shrink-0", change.kind === "deleted" && "line-through")}>{name}</span>
        <span className="min-w-0 truncate text-xs text-faint">{change.path.slice(0, Math.max(slash, 0))}</span>
      </button>
      {!readOnly && (
        <IconButton
          label={`Discard changes of ${name}`}
          icon={<Undo2 />}
          className="opacity-0 group-hover:opacity-100 focus-visible:opacity-100"
          onClick={onDiscard}
        />
      )}
      <span
        aria-hidden
        className={classNames(
          "w-3 text-center text-xs font-semibold",
          change.kind === "added" ? "text-success" : change.kind === "deleted" ? "text-danger" : "text-warning",
        )}
      >
        {letters[change.kind]}
      </span>
    </li>
  );
}

function Exchange({
  exchange,
  ahead,
  behind,
  branch,
  canPush,
  readOnly,
  saveAll,
}: {
  exchange: ReturnType<typeof useExchange>;
  ahead: number | null;
  behind: number | null;
  branch: string | null;
  canPush: boolean;
  readOnly: boolean;
  saveAll: () => Promise<boolean>;
}) {
  const { kind, progress, error, failed, start, cancel, dismiss } = exchange;
  const pull = async () => {
    if (await saveAll()) {
      start("pull");
    }
  };
  return (
    <div className="flex flex-col gap-2 px-2.5 pb-2.5">
      {kind === null ? (
        <div className="flex gap-2">
          {!readOnly && (
            <Button className="flex-1" onClick={() => void pull()}>
              <ArrowDown aria-hidden className="size-3.5" />
              Pull {behind ? behind : ""}
            </Button>
          )}
          {canPush && (
            <Button className="flex-1" disabled={ahead === 0} onClick={() => start("push")}>
              <ArrowUp aria-hidden className="size-3.5" />
              {ahead === null ? "Publish branch" : `Push ${ahead || ""}`}
            </Button>
          )}
        </div>
      ) : (
        <div className="flex flex-col gap-1.5" aria-live="polite">
          <div className="flex items-center justify-between gap-2">
            <span className="min-w-0 truncate text-muted">
              {kind === "push" ? `Pushing ${branch ?? ""}` : `Pulling ${branch ?? ""}`}
              {progress && ` · ${progress.phase}`}
            </span>
            <Button size="small" onClick={cancel}>
              Cancel
            </Button>
          </div>
          <Progress
            label={kind === "push" ? "Push" : "Pull"}
            done={progress?.done ?? 0}
            total={progress?.total ?? null}
          />
        </div>
      )}
      {error && (
        <div role="alert" className="flex items-start gap-2 rounded-[5px] bg-danger-soft p-2">
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
          <div className="min-w-0 flex-1">
            <p className="font-medium">
              {failed === "push" ? "The push did not go through" : "The pull did not go through"}
            </p>
            <p className="whitespace-pre-wrap break-words">{error.message}</p>
            {error.hint && <p className="text-muted">{error.hint}</p>}
            {error.reference && <p className="font-mono text-xs text-faint">Reference {error.reference}</p>}
          </div>
          <IconButton label="Dismiss" icon={<X />} onClick={dismiss} />
        </div>
      )}
    </div>
  );
}

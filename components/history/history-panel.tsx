"use client";
import { useQuery } from "@tanstack/react-query";
import { FileCode2, History, RotateCw } from "lucide-react";
import { errorText, useTRPC } from "@/components/api";
import { Badge, Button, EmptyState, ErrorState, IconButton, Skeleton, type Tone } from "@/components/ui";
import type { QueryRun } from "@/server/contract";

const outcomes: Record<QueryRun["outcome"], { label: string; tone: Tone }> = {
  running: { label: "Running", tone: "accent" },
  complete: { label: "Complete", tone: "success" },
  limited: { label: "Cut by a limit", tone: "warning" },
  failed: { label: "Failed", tone: "danger" },
  cancelled: { label: "Cancelled", tone: "neutral" },
  ended: { label: "Ended", tone: "warning" },
  refused: { label: "Refused", tone: "danger" },
};

function size(bytes: number | null): string {
  if (bytes === null) return "";
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export interface HistoryPanelProps {
  workspaceId: string;
  /** What opens the file that a run was of; null when it was of none, or the file is gone. */
  onOpen: (run: QueryRun) => (() => void) | null;
  /** What runs it again; null when that is not known any more (SQL is not kept) or not allowed. */
  onRunAgain: (run: QueryRun) => (() => void) | null;
}

/** The project's file that a run names; null for a selection or a node. */
export function fileOf(subject: string): string | null {
  return /(?:^| in | of )((?:[^\s/]+\/)*[^\s/]+\.(?:sql|py|csv|md|ya?ml))$/.exec(subject)?.[1] ?? null;
}

/** Past previews of this workspace: who, what, how long, how much. Rows and SQL are not kept, so there is nothing to open but the file. */
export function HistoryPanel({ workspaceId, onOpen, onRunAgain }: HistoryPanelProps) {
  const trpc = useTRPC();
  const history = useQuery(
    trpc.preview.history.queryOptions(
      { workspaceId },
      {
        refetchOnMount: "always",
        // A run's counts are written a moment after its last row has arrived.
        refetchInterval: ({ state }) => (state.data?.some(({ outcome }) => outcome === "running") ? 1000 : false),
      },
    ),
  );
  if (history.isPending) {
    return <Skeleton lines={5} label="Loading history" />;
  }
  if (history.error) {
    return (
      <ErrorState
        title="The history could not be loaded"
        message={errorText(history.error)}
        actions={<Button onClick={() => void history.refetch()}>Try again</Button>}
      />
    );
  }
  if (history.data.length === 0) {
    return (
      <EmptyState icon={<History />} title="No previews yet">
        Each preview leaves a line here: when, what, how long, how many rows. The rows themselves are never kept.
      </EmptyState>
    );
  }
  const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  return (
    <table className="w-full border-collapse text-left">
      <thead className="sticky top-0 bg-panel text-xs text-muted">
        <tr>
          {["When", "What", "Environment", "Outcome", "Rows", "Size", "Time"].map((title) => (
            <th key={title} scope="col" className="border-b border-line px-3 py-1.5 font-medium">
              {title}
            </th>
          ))}
          <th scope="col" className="border-b border-line px-3 py-1.5">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {history.data.map((run) => (
          <tr key={run.queryId} className="border-b border-line align-top">
            <td className="px-3 py-1 whitespace-nowrap">{time.format(new Date(run.startedAt))}</td>
            <td className="px-3 py-1">
              <Subject run={run} onOpen={onOpen(run)} />
            </td>
            <td className="px-3 py-1">{run.environmentName}</td>
            <td className="px-3 py-1">
              <Badge tone={outcomes[run.outcome].tone}>{outcomes[run.outcome].label}</Badge>
              {run.message && (
                <p
                  className="mt-0.5 line-clamp-2 max-w-[60ch] text-xs whitespace-pre-line text-muted"
                  title={run.message}
                >
                  {run.message}
                </p>
              )}
            </td>
            <td className="px-3 py-1 tabular-nums">{run.rows?.toLocaleString() ?? ""}</td>
            <td className="px-3 py-1 tabular-nums whitespace-nowrap">{size(run.bytes)}</td>
            <td className="px-3 py-1 tabular-nums whitespace-nowrap">
              {run.milliseconds === null ? "" : `${Math.round(run.milliseconds).toLocaleString()} ms`}
            </td>
            <td className="px-2 py-0.5 text-right whitespace-nowrap">
              <RunAgain run={run} act={onRunAgain(run)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Subject({ run, onOpen }: { run: QueryRun; onOpen: (() => void) | null }) {
  if (onOpen === null) return run.subject;
  return (
    <button
      type="button"
      onClick={onOpen}
      className="inline-flex items-center gap-1.5 rounded-[3px] text-left text-accent hover:underline"
    >
      <FileCode2 aria-hidden className="size-3.5 shrink-0 text-faint" />
      {run.subject}
    </button>
  );
}

function RunAgain({ run, act }: { run: QueryRun; act: (() => void) | null }) {
  if (act === null) return null;
  return <IconButton label={`Run ${run.subject} again`} tooltipSide="left" icon={<RotateCw />} onClick={act} />;
}

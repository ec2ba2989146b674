import { Ban, Rows3, ShieldOff, TableProperties } from "lucide-react";
import { keysOf } from "@/components/shell";
import { Button, EmptyState, ErrorState, Message, Spinner } from "@/components/ui";
import type { EffectivePolicy, SourceRange } from "@/server/contract";
import type { ResultSnapshot } from "./result-store";

/** Subject, rows and time in one line, announced when the state changes. */
export function StatusLine({ snapshot, allowedRows }: { snapshot: ResultSnapshot; allowedRows: number | null }) {
  const { status, request, rows, viewRows, firstRowMilliseconds, totalMilliseconds } = snapshot;
  if (status === "empty" || request === null) return <span className="text-muted">No result yet</span>;
  const filtered = viewRows !== rows ? `${viewRows.toLocaleString()} of ` : "";
  return (
    <p role="status" className="flex min-w-0 flex-1 items-center gap-2 text-muted">
      {status === "running" && <Spinner />}
      <span className="min-w-[14ch] truncate font-medium text-ink" title={request.subject}>
        {request.subject}
      </span>
      <span className="whitespace-nowrap">
        {filtered}
        {rows.toLocaleString()} {rows === 1 ? "row" : "rows"}
      </span>
      {firstRowMilliseconds !== null && (
        <span className="whitespace-nowrap @max-[1150px]:hidden">first row {milliseconds(firstRowMilliseconds)}</span>
      )}
      {totalMilliseconds !== null && <span className="whitespace-nowrap">{milliseconds(totalMilliseconds)}</span>}
      <span className="truncate">{statusText(snapshot, allowedRows)}</span>
    </p>
  );
}

function milliseconds(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} s`;
}

function statusText({ status, limit, rows }: ResultSnapshot, allowedRows: number | null): string {
  switch (status) {
    case "running":
      return "streaming…";
    case "cancelled":
      return "cancelled; what had arrived stays";
    case "limited":
      switch (limit) {
        case "rows":
          return allowedRows !== null && rows >= allowedRows
            ? `cut at the ${rows.toLocaleString()} rows that your administrator allows`
            : `cut at ${rows.toLocaleString()} rows; there may be more`;
        case "bytes":
          return "cut at the limit of bytes that your administrator set";
        default:
          return "cut at the time limit that your administrator set";
      }
    case "ended":
      return "ended by the server";
    default:
      return "";
  }
}

/** What went wrong after rows had come, above them. */
export function Notice({
  text,
  location,
  onGoTo,
}: {
  text: string;
  location: SourceRange | null;
  onGoTo: (location: SourceRange) => void;
}) {
  return (
    <div
      role="alert"
      className="flex shrink-0 items-start gap-2 border-b border-line bg-danger-soft px-3 py-1.5 text-danger"
    >
      <Message text={text} className="max-h-32 min-w-0 flex-1" />
      {location !== null && (
        <Button size="small" onClick={() => onGoTo(location)}>
          {location.path}:{location.line}
        </Button>
      )}
    </div>
  );
}

/** Below the head of a table that has no row to show. */
export function NoRows({ filtered, onClearFilters }: { filtered: boolean; onClearFilters: () => void }) {
  return (
    <div className="pointer-events-none absolute inset-x-0 top-20 bottom-0 z-10 flex items-start justify-center gap-3 pt-3">
      <p className="text-muted">{filtered ? "No row fits the filters." : "The query has no rows."}</p>
      {filtered && (
        <Button size="small" className="pointer-events-auto" onClick={onClearFilters}>
          Clear the filters
        </Button>
      )}
    </div>
  );
}

/** The panel while the administrator has previews switched off. */
export function PreviewOff({ policy }: { policy: EffectivePolicy }) {
  const by = policy.previewOffBy;
  return (
    <EmptyState icon={<ShieldOff />} title="Preview is switched off by your administrator">
      {by !== null && (
        <p>
          {by.by} switched it off for the {by.scope} {by.scopeName} on {new Date(by.at).toLocaleString()}.
          {by.reason && ` “${by.reason}”`}
        </p>
      )}
      <p>Editing, compiling and version control go on as before.</p>
    </EmptyState>
  );
}

/** The panel while there are no rows to show: nothing ran, nothing came yet, or the query failed. */
export function WithoutRows({
  snapshot,
  onGoTo,
  onRetry,
}: {
  snapshot: ResultSnapshot;
  onGoTo: (location: SourceRange) => void;
  onRetry: () => void;
}) {
  const { status, error } = snapshot;
  if (status === "empty") {
    return (
      <EmptyState icon={<TableProperties />} title="Preview a model to see its rows">
        Press {keysOf("preview")} in the editor: the selection, or the whole file.
      </EmptyState>
    );
  }
  if (status === "running") {
    return (
      <EmptyState icon={<Rows3 />} title="Waiting for the first rows">
        The warehouse is working on it. Escape cancels.
      </EmptyState>
    );
  }
  if (status === "cancelled") {
    return (
      <EmptyState icon={<Ban />} title="Cancelled" actions={<Button onClick={onRetry}>Run again</Button>}>
        It was stopped before the first row.
      </EmptyState>
    );
  }
  const location = error?.location ?? null;
  return (
    <ErrorState
      title={
        status === "ended"
          ? "The preview was ended"
          : status === "refused"
            ? "The preview was refused"
            : "The query failed"
      }
      message={error?.message ?? "The query returned no columns."}
      hint={error?.hint}
      reference={error?.reference}
      actions={
        <>
          {location !== null && (
            <Button onClick={() => onGoTo(location)}>
              Go to {location.path}:{location.line}
            </Button>
          )}
          <Button onClick={onRetry}>Run again</Button>
        </>
      }
    />
  );
}

"use client";
import { Ban, CircleStop, Copy, Download, Filter, Rows3, ShieldOff, TableProperties } from "lucide-react";
import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { Button, EmptyState, ErrorState, IconButton, Menu, MenuGroup, MenuItem, Spinner, toast } from "@/components/ui";
import type { EffectivePolicy, SourceRange } from "@/server/contract";
import { CellInspector } from "./cell-inspector";
import { type CopyFormat, copyFormatLabels, copyFormats } from "./copy-formats";
import type { ResultSnapshot, ResultStore } from "./result-store";
import { type GridPlace, ResultsGrid, rangeOf } from "./results-grid";

export interface ResultsPanelProps {
  store: ResultStore;
  /** What the administrator allows here; null while it is not known. */
  policy: EffectivePolicy | null;
  /** Opens the editor where an error is. */
  onGoTo: (location: SourceRange) => void;
  /** Called after rows left the panel as a file, so that it can be recorded. */
  onExported: (queryId: string, format: string) => void;
}

const origin: GridPlace = { row: 0, column: 0 };

/** How many more rows "fetch more" asks for. */
const fetchMoreFactor = 10;

/** The results of the last preview: its grid, its state, its errors, and what may be done with it. */
export function ResultsPanel({ store, policy, onGoTo, onExported }: ResultsPanelProps) {
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  const [filtersShown, setFiltersShown] = useState(false);
  const [inspected, setInspected] = useState<GridPlace | null>(null);
  const [selection, setSelection] = useState({ anchor: origin, active: origin });
  const closeInspector = useCallback(() => setInspected(null), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new run starts at the first cell.
  useEffect(() => {
    setSelection({ anchor: origin, active: origin });
    setInspected(null);
  }, [snapshot.queryId]);

  async function copy(format: CopyFormat, whole: boolean, withHeader: boolean): Promise<void> {
    const everything = {
      firstRow: 0,
      lastRow: snapshot.viewRows - 1,
      firstColumn: 0,
      lastColumn: snapshot.columns.length - 1,
    };
    const range = whole ? everything : rangeOf(selection);
    try {
      const text = await store.copy(range, format, withHeader);
      await navigator.clipboard.writeText(text);
      toast.success(
        `Copied ${(range.lastRow - range.firstRow + 1).toLocaleString()} rows: ${copyFormatLabels[format]}.`,
      );
    } catch (error) {
      toast.error(`Nothing was copied: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async function exportFile(format: "csv" | "json"): Promise<void> {
    const blob = await store.exportFile(format);
    if (blob === null || snapshot.queryId === null) return;
    const name = `${(snapshot.request?.subject ?? "result").replace(/[^\w.-]+/g, "_").replace(/\.\w+$/, "")}.${format}`;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    onExported(snapshot.queryId, format);
  }

  const column = inspected === null ? undefined : snapshot.columns[inspected.column];
  const previewOff = policy !== null && !policy.preview;
  const exportOff = policy !== null && !policy.export;
  const allowedRows = policy?.limits.rows ?? 0;
  const mayFetchMore = !previewOff && snapshot.rows < allowedRows;
  const fetchRows = (rows: number) =>
    snapshot.request && store.run({ ...snapshot.request, rows: Math.min(rows, allowedRows) });
  return (
    <section
      aria-label="Results"
      className="flex h-full min-h-0 flex-col"
      onKeyDown={(event) => {
        if (event.key === "Escape" && snapshot.status === "running") store.cancel();
      }}
    >
      <div className="flex h-8 shrink-0 items-center gap-2 border-b border-line bg-panel px-2">
        <StatusLine snapshot={snapshot} allowedRows={policy?.limits.rows ?? null} />
        <div className="flex-1" />
        {snapshot.status === "running" && (
          <Button size="small" onClick={() => store.cancel()}>
            <CircleStop aria-hidden className="size-3.5" /> Cancel
          </Button>
        )}
        {snapshot.columns.length > 0 && (
          <>
            {snapshot.status === "limited" && snapshot.limit === "rows" && mayFetchMore && (
              <>
                <Button size="small" onClick={() => fetchRows((snapshot.request?.rows ?? 0) * fetchMoreFactor)}>
                  Fetch more
                </Button>
                <Button size="small" variant="ghost" onClick={() => fetchRows(allowedRows)}>
                  Fetch all
                </Button>
              </>
            )}
            <IconButton
              label="Filter columns"
              icon={<Filter />}
              pressed={filtersShown}
              onClick={() => setFiltersShown(!filtersShown)}
            />
            <Menu
              align="end"
              trigger={
                <IconButton
                  label={exportOff ? "Copying is switched off" : "Copy"}
                  icon={<Copy />}
                  disabled={exportOff}
                />
              }
            >
              <MenuGroup label="Selected cells">
                {copyFormats.map((format) => (
                  <MenuItem key={format} onSelect={() => void copy(format, false, format !== "in")}>
                    {copyFormatLabels[format]}
                  </MenuItem>
                ))}
              </MenuGroup>
              <MenuGroup label="All rows">
                {copyFormats
                  .filter((format) => format !== "in")
                  .map((format) => (
                    <MenuItem key={format} onSelect={() => void copy(format, true, true)}>
                      {copyFormatLabels[format]}
                    </MenuItem>
                  ))}
              </MenuGroup>
            </Menu>
            <Menu
              align="end"
              trigger={
                <IconButton
                  label={exportOff ? "Export is switched off" : "Export"}
                  icon={<Download />}
                  disabled={exportOff}
                />
              }
            >
              <MenuItem onSelect={() => void exportFile("csv")}>Export CSV</MenuItem>
              <MenuItem onSelect={() => void exportFile("json")}>Export JSON</MenuItem>
            </Menu>
          </>
        )}
      </div>
      {snapshot.columns.length > 0 && snapshot.error !== null && (
        <Notice
          tone="danger"
          text={[snapshot.error.message, snapshot.error.hint].filter(Boolean).join(" ")}
          location={snapshot.error.location}
          onGoTo={onGoTo}
        />
      )}
      <div className="min-h-0 flex-1">
        {previewOff && snapshot.columns.length === 0 ? (
          <PreviewOff policy={policy} />
        ) : snapshot.columns.length > 0 ? (
          <ResultsGrid
            {...{ store, snapshot, filtersShown, selection }}
            onSelect={setSelection}
            onInspect={setInspected}
            onCopy={() =>
              exportOff
                ? toast.error("Your administrator switched copying and export off.")
                : void copy("tsv", false, false)
            }
            onCancel={() => store.cancel()}
          />
        ) : (
          <WithoutRows
            snapshot={snapshot}
            onGoTo={onGoTo}
            onRetry={() => snapshot.request && store.run(snapshot.request)}
          />
        )}
      </div>
      {inspected !== null && column !== undefined && (
        <CellInspector store={store} place={inspected} column={column} onClose={closeInspector} />
      )}
    </section>
  );
}

/** Subject, rows and time in one line, announced when the state changes. */
function StatusLine({ snapshot, allowedRows }: { snapshot: ResultSnapshot; allowedRows: number | null }) {
  const { status, request, rows, viewRows, firstRowMilliseconds, totalMilliseconds } = snapshot;
  if (status === "empty" || request === null) return <span className="text-muted">No result yet</span>;
  const filtered = viewRows !== rows ? `${viewRows.toLocaleString()} of ` : "";
  return (
    <p role="status" className="flex min-w-0 items-center gap-2 text-muted">
      {status === "running" && <Spinner />}
      <span className="truncate font-medium text-ink">{request.subject}</span>
      <span className="whitespace-nowrap">
        {filtered}
        {rows.toLocaleString()} {rows === 1 ? "row" : "rows"}
      </span>
      {firstRowMilliseconds !== null && (
        <span className="whitespace-nowrap">first row {milliseconds(firstRowMilliseconds)}</span>
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

function Notice({
  tone,
  text,
  location,
  onGoTo,
}: {
  tone: "danger";
  text: string;
  location: SourceRange | null;
  onGoTo: (location: SourceRange) => void;
}) {
  return (
    <div
      role="alert"
      className={`flex items-center gap-2 border-b border-line px-3 py-1.5 ${tone === "danger" ? "bg-danger-soft text-danger" : ""}`}
    >
      <span className="min-w-0 flex-1 whitespace-pre-wrap">{text}</span>
      {location !== null && (
        <Button size="small" onClick={() => onGoTo(location)}>
          {location.path}:{location.line}
        </Button>
      )}
    </div>
  );
}

function PreviewOff({ policy }: { policy: EffectivePolicy }) {
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

function WithoutRows({
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
        Press Ctrl-Enter (⌘-Enter on a Mac) in the editor: the selection, or the whole file.
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

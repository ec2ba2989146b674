"use client";
import { ChartColumn, CircleStop, Filter, GitCompareArrows, Pin, PinOff, Sigma, Table2 } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useStore } from "@/components/shell";
import { Button, classNames, IconButton, Skeleton, toast } from "@/components/ui";
import type { EffectivePolicy, SourceRange } from "@/server/contract";
import { CellInspector } from "./cell-inspector";
import { shapeOf, type View } from "./chosen-views";
import { type CopyFormat, copyFormatLabels } from "./copy-formats";
import type { ColumnMeasure, GridOrder } from "./header-cell";
import { CopyMenu, ExportMenu, saveFile } from "./result-actions";
import type { ExportFormat, ViewName } from "./result-messages";
import type { PreviewRequest } from "./result-run";
import { NoRows, Notice, PreviewOff, StatusLine, WithoutRows } from "./result-states";
import type { ResultSnapshot, ResultStore } from "./result-store";
import { type GridPlace, type GridSelection, ResultsGrid, rangeOf } from "./results-grid";

/** The grid is there with the page; the other views come when they are first wanted. */
const ChartView = lazy(() => import("./chart-view").then((module) => ({ default: module.ChartView })));
const PivotView = lazy(() => import("./pivot-view").then((module) => ({ default: module.PivotView })));
const ComparisonView = lazy(() => import("./comparison-view").then((module) => ({ default: module.ComparisonView })));

export interface ResultsPanelProps {
  store: ResultStore;
  /** What the administrator allows here; null while it is not known. */
  policy: EffectivePolicy | null;
  /** Opens the editor where an error is. */
  onGoTo: (location: SourceRange) => void;
  /** Called after rows left the panel as a file, so that it can be recorded. */
  onExported: (queryId: string, format: string) => void;
  /** The preview of the built table that a result can be compared with; null when what was previewed has none. */
  builtOf?: (request: PreviewRequest) => PreviewRequest | null;
  /** Measures a column of what is shown, by a query of its own. */
  onMeasure?: ((measure: ColumnMeasure, column: string) => void) | undefined;
  /** Told of the column that commands are about. */
  onColumn?: (column: string | null) => void;
}

const origin: GridPlace = { row: 0, column: 0 };

/** How many more rows "fetch more" asks for. */
const fetchMoreFactor = 10;

/** A file of more rows than this takes long enough to say that it is being made. */
const longExportRows = 50_000;

const views = [
  { id: "table", label: "Table", icon: Table2 },
  { id: "chart", label: "Chart", icon: ChartColumn },
  { id: "pivot", label: "Pivot", icon: Sigma },
  { id: "compare", label: "Compare", icon: GitCompareArrows },
] as const satisfies readonly { id: View; label: string; icon: unknown }[];
/** Which of the worker's tables a view's cells are in. */
const tableOf: Record<View, ViewName> = { table: "result", chart: "result", pivot: "pivot", compare: "comparison" };

/** The results of the last preview: its grid, its state, its errors, and what may be done with it. */
export function ResultsPanel({ store, policy, onGoTo, onExported, builtOf, onMeasure, onColumn }: ResultsPanelProps) {
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  const view = useStore(store.chosen.view);
  const wish = useStore(store.chosen.wish);
  const [filtersShown, setFiltersShown] = useState(false);
  const [inspected, setInspected] = useState<{ place: GridPlace; name: ViewName } | null>(null);
  const [selection, setSelection] = useState({ anchor: origin, active: origin });
  const closeInspector = useCallback(() => setInspected(null), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new run, and another view, start at the first cell.
  useEffect(() => {
    setSelection({ anchor: origin, active: origin });
    setInspected(null);
  }, [snapshot.queryId, view]);

  const { sort, filters } = snapshot;
  const order = useMemo<GridOrder>(
    () => ({ sort, filters, filtersShown, arrange: (by, kept) => void store.arrange(by, kept) }),
    [sort, filters, filtersShown, store],
  );
  const activeColumn = snapshot.columns[view === "table" ? selection.active.column : -1]?.name ?? null;
  useEffect(() => onColumn?.(activeColumn), [onColumn, activeColumn]);

  const previewOff = policy !== null && !policy.preview;
  const exportOff = policy !== null && !policy.export;
  const allowedRows = policy?.limits.rows ?? 0;
  const hasColumns = snapshot.columns.length > 0;
  const shape = shapeOf(snapshot.columns);
  async function copy(format: CopyFormat, whole: boolean, withHeader: boolean): Promise<void> {
    const everything = {
      firstRow: 0,
      lastRow: view === "table" ? snapshot.viewRows - 1 : Number.MAX_SAFE_INTEGER,
      firstColumn: 0,
      lastColumn: view === "table" ? snapshot.columns.length - 1 : Number.MAX_SAFE_INTEGER,
    };
    try {
      const range = whole ? everything : rangeOf(selection);
      const text = await store.copy(tableOf[view], range, { format, withHeader });
      await navigator.clipboard.writeText(text);
      const rows = whole && view !== "table" ? "All" : (range.lastRow - range.firstRow + 1).toLocaleString();
      toast.success(`Copied ${rows} rows: ${copyFormatLabels[format]}.`);
    } catch (error) {
      toast.error(`Nothing was copied: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  function save(blob: Blob, format: string): void {
    if (snapshot.queryId === null) return;
    saveFile(blob, snapshot.request?.subject ?? "result", format);
    onExported(snapshot.queryId, format);
  }

  async function exportFile(format: ExportFormat): Promise<void> {
    const many = snapshot.viewRows > longExportRows;
    const waiting = many ? toast.loading(`Making a file of ${snapshot.viewRows.toLocaleString()} rows…`) : null;
    try {
      save(await store.exportFile(format), format);
    } catch (error) {
      toast.error("The file could not be made", {
        description: error instanceof Error ? error.message : String(error),
      });
    } finally {
      if (waiting !== null) toast.dismiss(waiting);
    }
  }

  const grid: GridSelection = {
    selection,
    onSelect: setSelection,
    onInspect: (place) => setInspected({ place, name: tableOf[view] }),
    onCopy: () =>
      exportOff ? toast.error("Your administrator switched copying and export off.") : void copy("tsv", false, false),
    onCancel: () => store.cancel(),
  };
  const built = snapshot.request === null || previewOff ? null : (builtOf?.(snapshot.request) ?? null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a wish is fulfilled once, when it is made.
  useEffect(() => {
    if (wish === null) return;
    store.chosen.wish.set(null);
    if (!hasColumns) toast("Preview some rows first.");
    else if (wish !== "compareBuilt") {
      if (exportOff) toast.error("Your administrator switched copying and export off.");
      else void exportFile(wish);
    } else if (built === null) toast("Preview a model, seed or snapshot that is built as a table or view first.");
    else {
      store.chosen.view.set("compare");
      store.fetchReference(built);
    }
  }, [wish]);

  return (
    <section
      aria-label="Results"
      className="@container flex h-full min-h-0 flex-col"
      onKeyDown={(event) => {
        if (event.key === "Escape" && snapshot.status === "running") store.cancel();
      }}
    >
      <div className="flex h-8 shrink-0 items-center gap-2 border-b border-line bg-panel px-2">
        {hasColumns && (
          <ViewSwitch
            view={view}
            onChange={(next) => store.chosen.view.set(next)}
            compared={snapshot.reference !== null}
          />
        )}
        <StatusLine snapshot={snapshot} allowedRows={policy?.limits.rows ?? null} />
        {snapshot.status === "running" && (
          <Button size="small" onClick={() => store.cancel()}>
            <CircleStop aria-hidden className="size-3.5" /> Cancel
          </Button>
        )}
        {hasColumns && (
          <>
            {!previewOff && <FetchMore store={store} snapshot={snapshot} allowedRows={allowedRows} />}
            {view === "table" && (
              <IconButton
                label="Filter columns"
                icon={<Filter />}
                pressed={filtersShown}
                onClick={() => setFiltersShown(!filtersShown)}
              />
            )}
            <PinButton store={store} snapshot={snapshot} />
            {view !== "chart" && (
              <CopyMenu disabled={exportOff} onCopy={(format, whole, header) => void copy(format, whole, header)} />
            )}
            <ExportMenu disabled={exportOff} onExport={(format) => void exportFile(format)} />
          </>
        )}
      </div>
      {hasColumns && snapshot.error !== null && (
        <Notice
          text={[snapshot.error.message, snapshot.error.hint]
            .filter(Boolean)
            .join(snapshot.error.message.includes("\n") ? "\n\n" : " ")}
          location={snapshot.error.location}
          onGoTo={onGoTo}
        />
      )}
      <div className="relative min-h-0 flex-1">
        {hasColumns && view === "table" && snapshot.viewRows === 0 && snapshot.status !== "running" && (
          <NoRows filtered={snapshot.rows > 0} onClearFilters={() => void store.arrange(snapshot.sort, {})} />
        )}
        <Suspense fallback={<Skeleton lines={4} label="Loading the view" />}>
          {previewOff && !hasColumns ? (
            <PreviewOff policy={policy} />
          ) : !hasColumns ? (
            <WithoutRows
              snapshot={snapshot}
              onGoTo={onGoTo}
              onRetry={() => snapshot.request && store.run(snapshot.request)}
            />
          ) : view === "chart" ? (
            <ChartView
              key={shape}
              store={store}
              snapshot={snapshot}
              onSaveImage={exportOff ? null : (image) => save(image, "png")}
            />
          ) : view === "pivot" ? (
            <PivotView key={shape} store={store} snapshot={snapshot} grid={grid} />
          ) : view === "compare" ? (
            <ComparisonView
              store={store}
              snapshot={snapshot}
              grid={grid}
              onCompareBuilt={built === null ? null : () => store.fetchReference(built)}
            />
          ) : (
            <ResultsGrid
              source={{
                label: "Query result",
                columns: snapshot.columns,
                rows: snapshot.viewRows,
                generation: snapshot.generation,
                window: (range) => store.window("result", range),
              }}
              order={order}
              onMeasure={onMeasure}
              {...grid}
            />
          )}
        </Suspense>
      </div>
      {inspected !== null && (
        <CellInspector
          store={store}
          view={inspected.name}
          place={inspected.place}
          column={inspected.name === "result" ? snapshot.columns[inspected.place.column] : undefined}
          onClose={closeInspector}
        />
      )}
    </section>
  );
}

function ViewSwitch({ view, onChange, compared }: { view: View; onChange: (view: View) => void; compared: boolean }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of buttons, not a form's fieldset.
    <div role="group" aria-label="View" className="flex shrink-0 items-center rounded-[5px] border border-line p-px">
      {views.map(({ id, label, icon: Icon }) => (
        <button
          key={id}
          type="button"
          aria-pressed={view === id}
          onClick={() => onChange(id)}
          className={classNames(
            "flex h-5.5 items-center gap-1 rounded-[4px] px-1.5 text-xs text-muted hover:text-ink",
            view === id && "bg-selected text-ink",
          )}
        >
          <Icon aria-hidden className="size-3.5" />
          <span className="@max-[700px]:sr-only">{label}</span>
          {id === "compare" && compared && (
            <span className="size-1.5 rounded-full bg-accent">
              <span className="sr-only">, a result is pinned</span>
            </span>
          )}
        </button>
      ))}
    </div>
  );
}

function FetchMore({
  store,
  snapshot,
  allowedRows,
}: {
  store: ResultStore;
  snapshot: ResultSnapshot;
  allowedRows: number;
}) {
  const { status, limit, request, rows } = snapshot;
  if (status !== "limited" || limit !== "rows" || request === null || rows >= allowedRows) return null;
  const fetchRows = (wanted: number) => store.run({ ...request, rows: Math.min(wanted, allowedRows) });
  return (
    <>
      <Button size="small" onClick={() => fetchRows(request.rows * fetchMoreFactor)}>
        Fetch more
      </Button>
      <Button size="small" variant="ghost" onClick={() => fetchRows(allowedRows)}>
        Fetch all
      </Button>
    </>
  );
}

function PinButton({ store, snapshot }: { store: ResultStore; snapshot: ResultSnapshot }) {
  const { reference } = snapshot;
  if (reference?.shown) {
    return <IconButton label="Unpin this result" icon={<PinOff />} pressed onClick={() => store.unpin()} />;
  }
  const label = reference === null ? "Pin this result to compare later ones with it" : "Pin this result instead";
  return <IconButton label={label} icon={<Pin />} onClick={() => store.pin()} />;
}

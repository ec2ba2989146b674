import { ChartColumn } from "lucide-react";
import { lazy, Suspense, useRef } from "react";
import { Button, EmptyState, ErrorState, Select, Skeleton, Spinner } from "@/components/ui";
import { type ChartKind, type ChartSpec, chartKinds, defaultChart } from "./chart-data";
import { shapeOf, useChosen } from "./chosen-views";
import { ColumnPicker } from "./column-picker";
import { type Aggregate, aggregateLabels, aggregates } from "./pivot";
import type { ResultColumn } from "./result-data";
import type { ResultSnapshot, ResultStore } from "./result-store";
import { growthStep, useDerived } from "./use-derived";

/** The drawing library comes with the first chart. */
const ChartCanvas = lazy(() => import("./chart-canvas").then((module) => ({ default: module.ChartCanvas })));

const kindNames: Record<ChartKind, string> = { line: "Line", bar: "Bars", scatter: "Scatter" };
const none = "none";

/** The rows of the view as a chart. */
export function ChartView({
  store,
  snapshot,
  onSaveImage,
}: {
  store: ResultStore;
  snapshot: ResultSnapshot;
  /** Null when the policy forbids exports. */
  onSaveImage: ((image: Blob) => void) | null;
}) {
  const { columns } = snapshot;
  const [spec, setSpec] = useChosen(store.chosen.chart, shapeOf(columns), () => defaultChart(columns));
  const image = useRef<(() => Promise<Blob | null>) | null>(null);
  const key =
    spec === null || spec.y.length === 0
      ? null
      : `${snapshot.queryId} ${growthStep(snapshot)} ${snapshot.generation} ${JSON.stringify(spec)}`;
  const { value, error, busy } = useDerived(key, () => store.chart(spec as ChartSpec));
  if (spec === null) {
    return (
      <EmptyState icon={<ChartColumn />} title="There is nothing to draw">
        A chart needs a time, a category or a number. This result has none of them.
      </EmptyState>
    );
  }
  const change = (part: Partial<ChartSpec>) => setSpec({ ...spec, ...part });
  const options = columns.map(({ name }, index) => ({ value: String(index), label: name }));
  const counts = spec.y.every((column) => column < 0);
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-panel px-2 py-1">
        <Choice label="Chart">
          <Select
            label="Kind of chart"
            variant="bare"
            value={spec.kind}
            options={chartKinds.map((kind) => ({ value: kind, label: kindNames[kind] }))}
            onChange={(kind) => change({ kind, ...(kind === "scatter" ? forScatter(columns, spec) : {}) })}
          />
        </Choice>
        <Choice label="Across">
          <Select
            label="Across"
            variant="bare"
            value={String(spec.x)}
            options={options}
            onChange={(x) => change({ x: Number(x) })}
          />
        </Choice>
        <ColumnPicker
          label="Up"
          columns={columns}
          chosen={spec.y}
          extra={spec.kind === "scatter" ? [] : [{ index: -1, name: "Count of rows" }]}
          onChange={(y) => change({ y, ...(y.length > 1 ? { series: null } : {}) })}
        />
        {spec.kind !== "scatter" && !counts && (
          <Choice label="as">
            <Select
              label="How values at one place are put together"
              variant="bare"
              value={spec.aggregate}
              options={aggregates.map((aggregate) => ({ value: aggregate, label: aggregateLabels[aggregate] }))}
              onChange={(aggregate: Aggregate) => change({ aggregate })}
            />
          </Choice>
        )}
        {spec.y.length === 1 && (
          <Choice label="Series">
            <Select
              label="Series"
              variant="bare"
              value={spec.series === null ? none : String(spec.series)}
              options={[{ value: none, label: "None" }, ...options]}
              onChange={(series) => change({ series: series === none ? null : Number(series) })}
            />
          </Choice>
        )}
        {busy && <Spinner className="size-3.5 text-faint" />}
        <div className="flex-1" />
        {onSaveImage !== null && value !== null && (
          <Button
            size="small"
            variant="ghost"
            onClick={() => void image.current?.().then((blob) => blob !== null && onSaveImage(blob))}
          >
            Save image
          </Button>
        )}
      </div>
      {value?.note && (
        <p aria-live="polite" className="shrink-0 border-b border-line px-3 py-1 text-xs text-muted">
          {value.note}
        </p>
      )}
      <div className="min-h-0 flex-1">
        {error !== null ? (
          <ErrorState title="The chart could not be drawn" message={error} />
        ) : spec.y.length === 0 ? (
          <EmptyState icon={<ChartColumn />} title="Choose what goes up">
            Add a number, or the count of rows.
          </EmptyState>
        ) : value?.series.every(({ points }) => points.length === 0) ? (
          <EmptyState icon={<ChartColumn />} title="There is nothing to draw">
            {snapshot.viewRows === 0 ? "There are no rows." : "No row has a value for both axes."}
          </EmptyState>
        ) : (
          value !== null && (
            <Suspense fallback={<Skeleton lines={5} label="Loading the chart" />}>
              <ChartCanvas data={value} imageRef={image} />
            </Suspense>
          )
        )}
      </div>
    </div>
  );
}

/** A scatter needs a number or a time across, and numbers up: what is chosen stays where it is one. */
function forScatter(columns: readonly ResultColumn[], { x, y }: ChartSpec): Pick<ChartSpec, "x" | "y"> {
  const places = columns.flatMap(({ kind }, index) => (kind === "number" || kind === "time" ? [index] : []));
  const up = y.filter((column) => places.includes(column));
  const across = places.includes(x) ? x : (places.find((column) => !up.includes(column)) ?? up[0] ?? x);
  return { x: across, y: up.length > 0 ? up : [places.find((column) => column !== across) ?? across] };
}

function Choice({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <span className="inline-flex items-center text-xs">
      <span aria-hidden className="text-muted">
        {label}
      </span>
      {children}
    </span>
  );
}

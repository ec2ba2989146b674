import { Plus, Sigma } from "lucide-react";
import { useState } from "react";
import { Button, EmptyState, ErrorState, Menu, MenuItem, Select, Spinner } from "@/components/ui";
import { shapeOf, useChosen } from "./chosen-views";
import { Chip, ColumnPicker } from "./column-picker";
import { type Aggregate, aggregateLabels, aggregates, defaultPivot, type PivotSpec } from "./pivot";
import type { ResultColumn } from "./result-data";
import type { ResultSnapshot, ResultStore } from "./result-store";
import { type GridSelection, ResultsGrid } from "./results-grid";
import { growthStep, useDerived } from "./use-derived";

/** Rows counted by category: which columns go down, which across, and what is put together. */
export function PivotView({
  store,
  snapshot,
  grid,
}: {
  store: ResultStore;
  snapshot: ResultSnapshot;
  grid: GridSelection;
}) {
  const { columns } = snapshot;
  const [spec, setSpec] = useChosen(store.chosen.pivot, shapeOf(columns), () => defaultPivot(columns));
  const key = `${snapshot.queryId} ${growthStep(snapshot)} ${snapshot.generation} ${JSON.stringify(spec)}`;
  const [counter, setCounter] = useState(0);
  const { value, error, busy } = useDerived(spec.values.length === 0 ? null : key, async () => {
    const answer = await store.pivot(spec);
    setCounter((count) => count + 1);
    return answer;
  });
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-panel px-2 py-1">
        <ColumnPicker
          label="Rows"
          columns={columns}
          chosen={spec.rows}
          onChange={(rows) => setSpec({ ...spec, rows })}
        />
        <ColumnPicker
          label="Columns"
          columns={columns}
          chosen={spec.columns}
          most={2}
          onChange={(chosen) => setSpec({ ...spec, columns: chosen })}
        />
        <Values columns={columns} values={spec.values} onChange={(values) => setSpec({ ...spec, values })} />
        {busy && <Spinner className="size-3.5 text-faint" />}
        {value !== null && value.leftOut.rows + value.leftOut.columns > 0 && (
          <span aria-live="polite" className="text-xs text-warning">
            Too many combinations: {leftOutText(value.leftOut)} left out.
          </span>
        )}
      </div>
      <div className="min-h-0 flex-1">
        {error !== null ? (
          <ErrorState title="The pivot could not be computed" message={error} />
        ) : spec.values.length === 0 ? (
          <EmptyState icon={<Sigma />} title="Choose what to put together">
            Add a value: a count, a sum, an average, the smallest or largest.
          </EmptyState>
        ) : (
          value !== null && (
            <ResultsGrid
              source={{
                label: "Pivot",
                columns: value.columns,
                rows: value.rows,
                generation: counter,
                window: (range) => store.window("pivot", range),
              }}
              order={null}
              {...grid}
            />
          )
        )}
      </div>
    </div>
  );
}

function leftOutText({ rows, columns }: { rows: number; columns: number }): string {
  const parts = [
    rows > 0 ? `${rows.toLocaleString()} rows` : "",
    columns > 0 ? `${columns.toLocaleString()} columns` : "",
  ].filter(Boolean);
  return `${parts.join(" and ")} ${rows + columns === 1 ? "is" : "are"}`;
}

function Values({
  columns,
  values,
  onChange,
}: {
  columns: readonly ResultColumn[];
  values: PivotSpec["values"];
  onChange: (values: PivotSpec["values"]) => void;
}) {
  const name = (column: number) => (column < 0 ? "rows" : (columns[column]?.name ?? ""));
  const kindOf = (column: number) => columns[column]?.kind;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of controls, not a form's fieldset with its border and legend.
    <div role="group" aria-label="Values" className="flex min-w-0 flex-wrap items-center gap-1">
      <span className="text-xs text-muted">Values</span>
      {values.map((value, index) => (
        <span key={`${value.column} ${value.aggregate}`} className="inline-flex items-center gap-0.5">
          {value.column >= 0 && (
            <Select
              label={`How ${name(value.column)} is put together`}
              variant="bare"
              className="text-xs"
              value={value.aggregate}
              options={aggregates
                .filter((aggregate) => fits(aggregate, kindOf(value.column)))
                .map((aggregate) => ({ value: aggregate, label: aggregateLabels[aggregate] }))}
              onChange={(aggregate) => onChange(values.with(index, { ...value, aggregate }))}
            />
          )}
          <Chip
            name={value.column < 0 ? "Count of rows" : name(value.column)}
            onRemove={() => onChange(values.toSpliced(index, 1))}
          />
        </span>
      ))}
      {values.length < 5 && (
        <Menu
          trigger={
            <Button size="small" variant="ghost" aria-label="Add to values" className="px-1">
              <Plus aria-hidden className="size-3.5" />
            </Button>
          }
        >
          <MenuItem onSelect={() => onChange([...values, { column: -1, aggregate: "count" }])}>Count of rows</MenuItem>
          {columns
            .map(({ name: title, kind }, column) => ({ title, kind, column }))
            .map(({ title, kind, column }) => (
              <MenuItem
                key={column}
                onSelect={() => onChange([...values, { column, aggregate: kind === "number" ? "sum" : "distinct" }])}
              >
                {title}
              </MenuItem>
            ))}
        </Menu>
      )}
    </div>
  );
}

function fits(aggregate: Aggregate, kind: ResultColumn["kind"] | undefined): boolean {
  return kind === "number" || (aggregate !== "sum" && aggregate !== "average");
}

import { GitCompareArrows, Pin, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { Badge, Button, Checkbox, EmptyState, ErrorState, Spinner } from "@/components/ui";
import { ColumnPicker } from "./column-picker";
import type { ComparisonSummary, KeyProblem, RepeatedKey } from "./compare";
import type { ReferenceResult, ResultSnapshot, ResultStore } from "./result-store";
import { type GridSelection, ResultsGrid } from "./results-grid";
import { useDerived } from "./use-derived";

export interface ComparisonViewProps {
  store: ResultStore;
  snapshot: ResultSnapshot;
  grid: GridSelection;
  /** Fetches the built table of the shown model as the result to compare with; null when there is none. */
  onCompareBuilt: (() => void) | null;
}

/** The shown result against the one that was kept: rows added, removed and changed, by key columns. */
export function ComparisonView(props: ComparisonViewProps) {
  const { store, snapshot, onCompareBuilt } = props;
  const { reference } = snapshot;
  const buttons = (
    <>
      <Button onClick={() => store.pin()} disabled={snapshot.columns.length === 0}>
        <Pin aria-hidden className="size-3.5" /> Pin this result
      </Button>
      {onCompareBuilt !== null && <Button onClick={onCompareBuilt}>Compare with the built table</Button>}
    </>
  );
  if (reference === null) {
    return (
      <EmptyState icon={<GitCompareArrows />} title="Nothing to compare with yet" actions={buttons}>
        Pin a result, change the model, preview it again: this shows what became of its rows.
      </EmptyState>
    );
  }
  if (reference.shown) {
    return (
      <EmptyState
        icon={<Pin />}
        title={`${reference.run.request?.subject ?? "This result"} is pinned`}
        actions={
          <>
            {onCompareBuilt !== null && <Button onClick={onCompareBuilt}>Compare with the built table</Button>}
            <Button onClick={() => store.unpin()}>Unpin</Button>
          </>
        }
      >
        Change something and preview again. The new rows are then compared with these{" "}
        {reference.run.rows.toLocaleString()}.
      </EmptyState>
    );
  }
  const { run } = reference;
  if (run.status === "running" || snapshot.status === "running") {
    return (
      <EmptyState icon={<Spinner className="size-6" />} title="Waiting for the rows of both results">
        {run.rows.toLocaleString()} and {snapshot.rows.toLocaleString()} rows have arrived.
      </EmptyState>
    );
  }
  if (run.columns.length === 0) {
    return (
      <ErrorState
        title="The result to compare with could not be fetched"
        message={run.error?.message ?? "It has no columns."}
        hint={run.error?.hint}
        reference={run.error?.reference}
        actions={
          <>
            {run.request !== null && (
              <Button onClick={() => run.request && store.fetchReference(run.request)}>Try again</Button>
            )}
            <Button onClick={() => store.unpin()}>Leave it</Button>
          </>
        }
      />
    );
  }
  return <Compared key={`${snapshot.queryId} ${reference.number}`} {...props} reference={reference} />;
}

function Compared(props: ComparisonViewProps & { reference: ReferenceResult }) {
  const { store, snapshot, grid, reference, onCompareBuilt } = props;
  const { keys } = reference;
  const [withSame, setWithSame] = useState(false);
  const [counter, setCounter] = useState(0);
  const { value, error, busy } = useDerived(JSON.stringify({ keys, withSame }), async () => {
    const answer = await store.compare({ keys, withSame, again: counter > 0 });
    setCounter((count) => count + 1);
    return answer;
  });
  if (error !== null) {
    return (
      <ErrorState
        title="The results could not be compared"
        message={error}
        actions={<Button onClick={() => store.unpin()}>Unpin the earlier result</Button>}
      />
    );
  }
  if (value === null) {
    return <EmptyState icon={<Spinner className="size-6" />} title="Comparing" />;
  }
  const { summary } = value;
  const shared = summary.shared.map((name) => ({ name, type: "", kind: "text" as const }));
  const partial = [reference.run, snapshot].some(({ status }) => status !== "complete");
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-panel px-2 py-1">
        {summary.refused === null && <Counts summary={summary} />}
        <ColumnPicker
          label="Rows matched by"
          columns={shared}
          chosen={summary.keys.map((name) => summary.shared.indexOf(name)).filter((index) => index >= 0)}
          onChange={(chosen) => store.matchBy(chosen.flatMap((index) => summary.shared[index] ?? []))}
        />
        {summary.keys.length === 0 && <span className="text-xs text-muted">whole rows</span>}
        <Checkbox label="Show equal rows" checked={withSame} onCheckedChange={setWithSame}>
          <span className="text-xs">Equal rows</span>
        </Checkbox>
        {busy && <Spinner className="size-3.5 text-faint" />}
        <span className="flex-1" />
        {onCompareBuilt !== null && (
          <Button size="small" variant="ghost" onClick={onCompareBuilt}>
            Compare with the built table
          </Button>
        )}
        <Button size="small" variant="ghost" onClick={() => store.unpin()}>
          Unpin
        </Button>
      </div>
      <Remarks summary={summary} partial={partial} reference={reference} />
      <div className="min-h-0 flex-1">
        {summary.refused !== null ? (
          <RefusedKeys keys={summary.keys} problem={summary.refused} onMatchBy={(names) => store.matchBy(names)} />
        ) : value.rows === 0 ? (
          <EmptyState icon={<GitCompareArrows />} title="No row is different">
            {summary.same.toLocaleString()} rows are the same in both results
            {summary.columnsAdded.length + summary.columnsRemoved.length > 0 ? ", in the columns that both have" : ""}.
          </EmptyState>
        ) : (
          <ResultsGrid
            source={{
              label: "Differences between the two results",
              columns: value.columns,
              rows: value.rows,
              generation: counter,
              window: (range) => store.window("comparison", range),
            }}
            order={null}
            {...grid}
          />
        )}
      </div>
    </div>
  );
}

/** Why rows cannot be matched by these columns, and what can be done instead. */
function RefusedKeys({
  keys,
  problem,
  onMatchBy,
}: {
  keys: readonly string[];
  problem: KeyProblem;
  onMatchBy: (keys: readonly string[]) => void;
}) {
  const left =
    problem.kind === "missing" ? keys.filter((name) => ![...problem.before, ...problem.after].includes(name)) : [];
  const lacks = (columns: readonly string[], which: string) =>
    columns.length === 0 ? "" : `${which} has no column ${columns.join(", ")}.`;
  return (
    <EmptyState
      title={`Rows cannot be matched by ${keys.join(", ")}`}
      actions={
        <>
          {left.length > 0 && <Button onClick={() => onMatchBy(left)}>Match by {left.join(", ")}</Button>}
          <Button onClick={() => onMatchBy([])}>Compare whole rows</Button>
        </>
      }
    >
      <p role="alert">
        {problem.kind === "missing"
          ? [lacks(problem.before, "The earlier result"), lacks(problem.after, "This result")].filter(Boolean).join(" ")
          : `${repeatedText({ ...problem, names: [...keys] })} Add a column that tells them apart, or compare whole rows.`}
      </p>
    </EmptyState>
  );
}

/** `2 of the earlier rows and 1 of these share their id with another row, “4” for example.` */
function repeatedText({ names, before, after, example }: RepeatedKey): string {
  const parts = [
    before > 0 ? `${before.toLocaleString()} of the earlier rows` : "",
    after > 0 ? `${after.toLocaleString()} of these rows` : "",
  ].filter(Boolean);
  const one = before + after === 1;
  const value = example.map((text) => text ?? "null").join(", ");
  return `${parts.join(" and ")} ${one ? "shares its" : "share their"} ${names.join(", ")} with another row, “${value.length > 60 ? `${value.slice(0, 60)}…` : value}” for example.`;
}

function Counts({ summary }: { summary: ComparisonSummary }) {
  return (
    <span aria-live="polite" className="inline-flex items-center gap-1">
      <Badge tone="success">+ {summary.added.toLocaleString()} added</Badge>
      <Badge tone="danger">− {summary.removed.toLocaleString()} removed</Badge>
      <Badge tone="warning">~ {summary.changed.toLocaleString()} changed</Badge>
      <Badge>{summary.same.toLocaleString()} equal</Badge>
    </span>
  );
}

/** What has to be known to read the comparison right. */
function Remarks({
  summary,
  partial,
  reference,
}: {
  summary: ComparisonSummary;
  partial: boolean;
  reference: ReferenceResult;
}) {
  const names = (columns: readonly string[]) => columns.join(", ");
  const changed = summary.changedColumns.slice(0, 5).map(({ name, rows }) => `${name} (${rows.toLocaleString()})`);
  const remarks = [
    partial ? "A limit cut a result, so rows beyond it count as missing." : "",
    summary.columnsAdded.length > 0 ? `New columns: ${names(summary.columnsAdded)}.` : "",
    summary.columnsRemoved.length > 0 ? `Columns that are gone: ${names(summary.columnsRemoved)}.` : "",
    summary.columnsRetyped.length > 0
      ? `Other types: ${summary.columnsRetyped.map(({ name, before, after }) => `${name} ${before} → ${after}`).join(", ")}.`
      : "",
    changed.length > 0 ? `Changed most: ${changed.join(", ")}.` : "",
  ].filter(Boolean);
  const subject = reference.run.request?.subject ?? "";
  const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" }).format(reference.at);
  return (
    <>
      {summary.lostKey !== null && (
        <p className="flex shrink-0 items-center gap-2 border-b border-line bg-warning-soft px-3 py-1 text-xs">
          <TriangleAlert aria-hidden className="size-3.5 shrink-0 text-warning" />
          {repeatedText(summary.lostKey)} Whole rows are compared.
        </p>
      )}
      <p className="max-h-16 shrink-0 overflow-auto border-b border-line px-3 py-1 text-xs text-muted">
        Before: {subject}, {time}, {summary.before.toLocaleString()} rows. After: {summary.after.toLocaleString()} rows.{" "}
        {remarks.join(" ")}
      </p>
    </>
  );
}

import { averageText, scaledText } from "./exact";
import { compareCells } from "./order";
import type { ResultColumn, ResultData } from "./result-data";
import type { RowMark, TableView } from "./table-view";

export const aggregates = ["count", "distinct", "sum", "average", "minimum", "maximum"] as const;
export type Aggregate = (typeof aggregates)[number];
export const aggregateLabels: Record<Aggregate, string> = {
  count: "Count",
  distinct: "Distinct values",
  sum: "Sum",
  average: "Average",
  minimum: "Smallest",
  maximum: "Largest",
};

/** What a pivot shows: a row for each combination of `rows`, a column for each of `columns` and each value. */
export interface PivotSpec {
  rows: number[];
  columns: number[];
  /** Column -1 with `count` counts rows. */
  values: { column: number; aggregate: Aggregate }[];
}

/** More combinations than these are left out, and the answer says so. */
export const mostPivotRows = 20_000;
export const mostPivotColumns = 200;

/** Collects the values of one cell of the pivot. Null when there were none. */
interface Collector {
  add(row: number): void;
  text(): string | null;
}

/** The collectors for one value, over the data's exact numbers where there are any. */
export function collectorFor(data: ResultData, column: number, aggregate: Aggregate): () => Collector {
  const kind = data.columns[column]?.kind ?? "text";
  const exact = data.exactReader(column);
  switch (aggregate) {
    case "count":
      return () => {
        let count = 0;
        return {
          add: (row) => {
            if (column < 0 || data.textAt(row, column) !== null) count += 1;
          },
          text: () => String(count),
        };
      };
    case "distinct":
      return () => {
        const seen = new Set<string>();
        return {
          add: (row) => {
            const text = data.textAt(row, column);
            if (text !== null) seen.add(text);
          },
          text: () => String(seen.size),
        };
      };
    case "minimum":
    case "maximum": {
      const direction = aggregate === "minimum" ? 1 : -1;
      return () => {
        let best: string | null = null;
        return {
          add: (row) => {
            const text = data.textAt(row, column);
            if (text !== null && (best === null || direction * compareCells(kind, text, best) < 0)) best = text;
          },
          text: () => best,
        };
      };
    }
    case "sum":
    case "average":
      return exact !== null ? exactSum(exact, aggregate) : doubleSum(data, column, aggregate);
  }
}

function exactSum(
  exact: { scale: number; at: (row: number) => bigint | null },
  aggregate: "sum" | "average",
): () => Collector {
  return () => {
    let sum = 0n;
    let count = 0;
    return {
      add: (row) => {
        const value = exact.at(row);
        if (value === null) return;
        sum += value;
        count += 1;
      },
      text: () => {
        if (count === 0) return null;
        return aggregate === "sum" ? scaledText(sum, exact.scale) : averageText(sum, count, exact.scale);
      },
    };
  };
}

/** Doubles are summed with Neumaier's correction ("Rundungsfehleranalyse einiger Verfahren zur Summation", 1974). */
function doubleSum(data: ResultData, column: number, aggregate: "sum" | "average"): () => Collector {
  return () => {
    let sum = 0;
    let correction = 0;
    let count = 0;
    return {
      add: (row) => {
        const value = data.numberAt(row, column);
        if (value === null) return;
        const next = sum + value;
        correction += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
        sum = next;
        count += 1;
      },
      text: () => {
        if (count === 0) return null;
        const total = Number.isFinite(sum) ? sum + correction : sum;
        return String(aggregate === "sum" ? total : total / count);
      },
    };
  };
}

/** A pivot's cells. */
export class PivotTable implements TableView {
  constructor(
    readonly columns: ResultColumn[],
    readonly cells: readonly (readonly (string | null)[])[],
    /** Combinations that were left out because there are too many. */
    readonly leftOut: { rows: number; columns: number },
    /** Whether the last row adds up the others. */
    private readonly withTotal: boolean,
  ) {}

  get viewCount(): number {
    return this.cells.length;
  }

  text(viewRow: number, column: number): string | null {
    return this.cells[viewRow]?.[column] ?? null;
  }

  mark(viewRow: number): RowMark | undefined {
    return this.withTotal && viewRow === this.cells.length - 1 ? "total" : undefined;
  }
}

interface Group {
  key: (string | null)[];
  /** Collectors by column group; the last one is over all of them. */
  cells: Map<Group | null, Collector[]>;
}

/** Text that no two different keys share. */
function keyText(key: readonly (string | null)[]): string {
  return key.map((part) => (part === null ? "n" : `t${part.length}:${part}`)).join("|");
}

/** The pivot of the rows of the view, with a total for each row and, last, for each column. */
export function pivot(data: ResultData, spec: PivotSpec): PivotTable {
  const makers = spec.values.map(({ column, aggregate }) => collectorFor(data, column, aggregate));
  const newCells = () => makers.map((make) => make());
  const total: Group = { key: [], cells: new Map([[null, newCells()]]) };
  const rowGroups = new Map<string, Group>();
  const columnGroups = new Map<string, Group>();
  const leftOut = { rows: new Set<string>(), columns: new Set<string>() };

  const groupOf = (groups: Map<string, Group>, key: (string | null)[], most: number, missed: Set<string>) => {
    const text = keyText(key);
    let group = groups.get(text);
    if (group === undefined && groups.size < most) {
      group = { key, cells: new Map([[null, newCells()]]) };
      groups.set(text, group);
    }
    // The set itself is bounded too: beyond it the number is "at least".
    if (group === undefined && missed.size < 1_000_000) missed.add(text);
    return group;
  };
  const collect = (group: Group, column: Group | null, row: number) => {
    let cells = group.cells.get(column);
    if (cells === undefined) {
      cells = newCells();
      group.cells.set(column, cells);
    }
    for (const cell of cells) cell.add(row);
  };

  for (let place = 0; place < data.viewCount; place++) {
    const row = data.rowAt(place);
    const textsOf = (columns: number[]) => columns.map((column) => data.textAt(row, column));
    const rowGroup = groupOf(rowGroups, textsOf(spec.rows), mostPivotRows, leftOut.rows);
    const columnGroup =
      spec.columns.length === 0
        ? null
        : groupOf(columnGroups, textsOf(spec.columns), mostPivotColumns, leftOut.columns);
    for (const group of rowGroup === undefined ? [total] : [rowGroup, total]) {
      collect(group, null, row);
      if (columnGroup) collect(group, columnGroup, row);
    }
  }

  const inOrder = (groups: Map<string, Group>, columns: number[]) =>
    [...groups.values()].sort((left, right) => {
      for (const [index, column] of columns.entries()) {
        const kind = data.columns[column]?.kind ?? "text";
        const order = compareCells(kind, left.key[index] ?? null, right.key[index] ?? null);
        if (order !== 0) return order;
      }
      return 0;
    });
  const across: (Group | null)[] = [...inOrder(columnGroups, spec.columns), null];
  const columns = [
    ...spec.rows.map((column) => data.columns[column] as ResultColumn),
    ...across.flatMap((group) => spec.values.map((value) => valueColumn(data, spec, value, group))),
  ];
  const line = (group: Group, names: (string | null)[]) => [
    ...names,
    ...across.flatMap((column) => group.cells.get(column)?.map((cell) => cell.text()) ?? makers.map(() => null)),
  ];
  const rows = inOrder(rowGroups, spec.rows).map((group) => line(group, group.key));
  const withTotal = spec.rows.length > 0;
  if (withTotal)
    rows.push(
      line(
        total,
        spec.rows.map((_, index) => (index === 0 ? "Total" : "")),
      ),
    );
  return new PivotTable(columns, rows, { rows: leftOut.rows.size, columns: leftOut.columns.size }, withTotal);
}

function valueColumn(
  data: ResultData,
  spec: PivotSpec,
  { column, aggregate }: PivotSpec["values"][number],
  group: Group | null,
): ResultColumn {
  const source = data.columns[column];
  const what =
    column < 0 ? "rows" : `${aggregateLabels[aggregate].toLowerCase()} of ${source?.name ?? `column ${column + 1}`}`;
  const own = aggregate === "minimum" || aggregate === "maximum";
  return {
    name:
      group !== null ? group.key.map((part) => part ?? "null").join(" · ") : spec.columns.length > 0 ? "Total" : what,
    type: group !== null || spec.columns.length > 0 ? what : own ? (source?.type ?? "") : "",
    kind: own ? (source?.kind ?? "text") : "number",
  };
}

/** A pivot to begin with: the first two categories against each other, with the sum of the first measure. */
export function defaultPivot(columns: readonly ResultColumn[]): PivotSpec {
  const categories = columns.flatMap(({ kind }, index) => (kind === "text" || kind === "boolean" ? [index] : []));
  const measure = columns.findIndex(({ name, kind }) => kind === "number" && !looksLikeKey(name));
  const first = categories[0] ?? columns.findIndex(({ kind }) => kind === "time");
  return {
    rows: first >= 0 ? [first] : [],
    columns: [],
    values: [measure >= 0 ? { column: measure, aggregate: "sum" } : { column: -1, aggregate: "count" }],
  };
}

/** Numbers that name things are not added up. */
export function looksLikeKey(name: string): boolean {
  return /(^|_)(id|key|sk|pk|uuid|code|zip|year|number|no)$/i.test(name);
}

import { useState } from "react";
import { Store } from "@/components/shell";
import type { ChartSpec } from "./chart-data";
import type { PivotSpec } from "./pivot";
import type { ResultColumn } from "./result-data";
import type { ExportFormat } from "./result-messages";

/** The ways to look at a result. */
export type View = "table" | "chart" | "pivot" | "compare";

/**
 * What the person chose of the views, for as long as the page is there: which one is shown, and how results of each shape are drawn and
 * pivoted. A look at the table, at another panel or at another result does not cost a chart that somebody arranged.
 */
export class ChosenViews {
  readonly view = new Store<View>("table");
  /** What a command wants done with the shown result: the panel does it, as its own buttons do. */
  readonly wish = new Store<"compareBuilt" | ExportFormat | null>(null);
  readonly chart = new Map<string, ChartSpec | null>();
  readonly pivot = new Map<string, PivotSpec>();
}

/** The same text for results with the same columns. */
export function shapeOf(columns: readonly ResultColumn[]): string {
  return columns.map(({ name, type }) => `${name} ${type}`).join("|");
}

/** State that begins as it was left for this shape, or else with `initial`. The component is to be made anew for another shape. */
export function useChosen<Spec>(
  specs: Map<string, Spec>,
  shape: string,
  initial: () => Spec,
): [Spec, (spec: Spec) => void] {
  const [spec, setSpec] = useState(() => (specs.has(shape) ? (specs.get(shape) as Spec) : initial()));
  return [
    spec,
    (next) => {
      specs.set(shape, next);
      setSpec(next);
    },
  ];
}

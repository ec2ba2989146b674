"use client";
import { ArrowDown, ArrowUp } from "lucide-react";
import { memo, type PointerEvent } from "react";
import { ContextMenu, classNames, Input, MenuItem } from "@/components/ui";
import { filterHeight, headerHeight, minimumColumnWidth } from "./grid-geometry";
import type { Filters, ResultColumn, SortBy } from "./result-data";

/** How the person sorts and filters; null for a table whose order is its meaning. */
export interface GridOrder {
  sort: SortBy | null;
  filters: Filters;
  filtersShown: boolean;
  arrange: (sort: SortBy | null, filters: Filters) => void;
}

/** What a query of its own can say of a column. */
export type ColumnMeasure = "profile" | "distinct";

export interface HeaderCellProps {
  order: GridOrder | null;
  column: ResultColumn;
  index: number;
  left: number;
  width: number;
  onWidth: (index: number, width: number) => void;
  onMeasure: ((measure: ColumnMeasure, column: string) => void) | undefined;
}

/** Name and type; a click sorts (ascending, descending, as it came), the edge resizes, the menu measures the column. */
export const HeaderCell = memo(function HeaderCell({
  order,
  column,
  index,
  left,
  width,
  onWidth,
  onMeasure,
}: HeaderCellProps) {
  const sort = order?.sort ?? null;
  const filters = order?.filters ?? {};
  const direction = sort?.column !== index ? null : sort.descending ? "descending" : "ascending";

  function cycleSort(): void {
    const next =
      direction === null
        ? { column: index, descending: false }
        : direction === "ascending"
          ? { column: index, descending: true }
          : null;
    order?.arrange(next, filters);
  }

  function startResize(event: PointerEvent<HTMLDivElement>): void {
    event.preventDefault();
    const from = event.clientX - width;
    const target = event.currentTarget;
    target.setPointerCapture(event.pointerId);
    const move = ({ clientX }: globalThis.PointerEvent) => onWidth(index, Math.max(minimumColumnWidth, clientX - from));
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", () => target.removeEventListener("pointermove", move), { once: true });
  }

  const button = (
    <button
      type="button"
      onClick={cycleSort}
      disabled={order === null}
      title={`${column.name}: ${column.type}.${order === null ? "" : " Click to sort."}`}
      className={classNames(
        "flex h-full w-full flex-col justify-center px-2 hover:bg-hover",
        column.kind === "number" ? "items-end" : "items-start",
      )}
    >
      <span className="flex max-w-full items-center gap-1">
        <span className="truncate font-semibold text-ink">{column.name}</span>
        {direction === "ascending" && <ArrowUp aria-hidden className="size-3 shrink-0" />}
        {direction === "descending" && <ArrowDown aria-hidden className="size-3 shrink-0" />}
      </span>
      <span className="max-w-full truncate text-[10.5px] leading-3 text-faint">{column.type}</span>
    </button>
  );

  return (
    // biome-ignore lint/a11y/useSemanticElements: part of the virtual grid
    // biome-ignore lint/a11y/useFocusableInteractive: its button has the focus
    <div
      role="columnheader"
      aria-colindex={index + 1}
      aria-sort={direction ?? "none"}
      className="absolute top-0 border-r border-line"
      style={{ left, width, height: headerHeight }}
    >
      {onMeasure === undefined ? (
        button
      ) : (
        <ContextMenu trigger={button}>
          <MenuItem onSelect={() => onMeasure("profile", column.name)}>Profile column</MenuItem>
          <MenuItem onSelect={() => onMeasure("distinct", column.name)}>Distinct values</MenuItem>
        </ContextMenu>
      )}
      <div
        aria-hidden
        className="absolute top-0 right-0 z-10 h-full w-1.5 cursor-col-resize hover:bg-accent"
        onPointerDown={startResize}
      />
      {order?.filtersShown && (
        <div className="px-1 pt-0.5" style={{ width, height: filterHeight }}>
          <Input
            aria-label={`Filter ${column.name}`}
            placeholder="filter"
            className="!h-6 !px-1.5 text-[11px]"
            value={filters[index] ?? ""}
            onChange={(event) => {
              const { [index]: _old, ...others } = filters;
              const next = event.target.value === "" ? others : { ...others, [index]: event.target.value };
              order.arrange(sort, next);
            }}
          />
        </div>
      )}
    </div>
  );
});

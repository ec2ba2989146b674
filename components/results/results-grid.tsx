"use client";
import {
  type KeyboardEvent,
  type MouseEvent,
  memo,
  type PointerEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { classNames } from "@/components/ui";
import {
  canvasHeight,
  columnOffsets,
  filterHeight,
  fittingWidth,
  headerHeight,
  minimumColumnWidth,
  rowHeight,
  scrollTopFor,
  visibleColumns,
  visibleRows,
} from "./grid-geometry";
import { type GridOrder, HeaderCell, type HeaderCellProps } from "./header-cell";
import type { ResultColumn } from "./result-data";
import type { CellRange, CellWindow, RowMark } from "./table-view";
import { useCells } from "./use-cells";

export interface GridPlace {
  row: number;
  column: number;
}

/** What the grid shows. */
export interface GridSource {
  label: string;
  columns: ResultColumn[];
  rows: number;
  /** Grows when cells that were fetched are no longer valid. */
  generation: number;
  window: (range: CellRange) => Promise<CellWindow>;
}

/** What is selected, and what is done with it. */
export interface GridSelection {
  /** The selected cells, which the toolbar's copy menu uses too. */
  selection: { anchor: GridPlace; active: GridPlace };
  onSelect: (selection: { anchor: GridPlace; active: GridPlace }) => void;
  onInspect: (place: GridPlace) => void;
  onCopy: () => void;
  onCancel: () => void;
}

export interface ResultsGridProps extends GridSelection {
  source: GridSource;
  order: GridOrder | null;
  onMeasure?: HeaderCellProps["onMeasure"];
}

/** The cells between two corners, in reading order. */
export function rangeOf({ anchor, active }: { anchor: GridPlace; active: GridPlace }): CellRange {
  return {
    firstRow: Math.min(anchor.row, active.row),
    lastRow: Math.max(anchor.row, active.row),
    firstColumn: Math.min(anchor.column, active.column),
    lastColumn: Math.max(anchor.column, active.column),
  };
}

/** A virtual grid: only the cells on screen exist, whatever the number of rows and columns. */
export function ResultsGrid(props: ResultsGridProps) {
  const { source, order, selection, onSelect } = props;
  const { columns, rows: viewRows, generation } = source;
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, left: 0, width: 800, height: 300 });
  const [widths, setWidths] = useColumnWidths(source);
  const offsets = useMemo(() => columnOffsets(widths), [widths]);
  const gutter = Math.max(44, String(viewRows).length * 8 + 18);
  const topHeight = headerHeight + (order?.filtersShown ? filterHeight : 0);
  const bodyHeight = Math.max(rowHeight, view.height - topHeight);
  const rows = visibleRows(view.top, bodyHeight, viewRows);
  const shown = visibleColumns(offsets, view.left, Math.max(0, view.width - gutter));
  const cells = useCells(
    source.window,
    { firstRow: rows.first, lastRow: rows.last, firstColumn: shown.first, lastColumn: shown.last },
    { generation, rows: viewRows },
  );
  const range = rangeOf(selection);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = () => setView((old) => ({ ...old, width: element.clientWidth, height: element.clientHeight }));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  function moveTo(place: GridPlace, extend: boolean): void {
    const active = {
      row: Math.max(0, Math.min(viewRows - 1, place.row)),
      column: Math.max(0, Math.min(columns.length - 1, place.column)),
    };
    onSelect({ anchor: extend ? selection.anchor : active, active });
    const element = scroller.current;
    if (element === null) return;
    element.scrollTop = scrollTopFor(active.row, element.scrollTop, { height: bodyHeight, rows: viewRows });
    const left = offsets[active.column] ?? 0;
    const right = offsets[active.column + 1] ?? left;
    if (left < element.scrollLeft) element.scrollLeft = left;
    else if (right > element.scrollLeft + element.clientWidth - gutter)
      element.scrollLeft = right - element.clientWidth + gutter;
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget) return;
    const { row, column } = selection.active;
    const command = event.ctrlKey || event.metaKey;
    const page = Math.max(1, Math.floor(bodyHeight / rowHeight) - 1);
    const moves: Record<string, GridPlace> = {
      ArrowDown: { row: command ? viewRows - 1 : row + 1, column },
      ArrowUp: { row: command ? 0 : row - 1, column },
      ArrowRight: { row, column: command ? columns.length - 1 : column + 1 },
      ArrowLeft: { row, column: command ? 0 : column - 1 },
      PageDown: { row: row + page, column },
      PageUp: { row: row - page, column },
      Home: { row: command ? 0 : row, column: 0 },
      End: { row: command ? viewRows - 1 : row, column: columns.length - 1 },
    };
    const move = moves[event.key];
    if (move !== undefined) moveTo(move, event.shiftKey);
    else if (event.key === "Enter" && !command) props.onInspect(selection.active);
    else if (event.key === "Escape") props.onCancel();
    else if (command && event.key.toLowerCase() === "c") props.onCopy();
    else if (command && event.key.toLowerCase() === "a") {
      onSelect({ anchor: { row: 0, column: 0 }, active: { row: viewRows - 1, column: columns.length - 1 } });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  const setWidth = useCallback(
    (index: number, width: number) => setWidths((old) => old.map((one, at) => (at === index ? width : one))),
    [setWidths],
  );

  function onPress(event: PointerEvent): void {
    const active = event.button === 0 ? placeOf(event) : null;
    if (active === null) return;
    scroller.current?.focus({ preventScroll: true });
    onSelect({ anchor: event.shiftKey ? selection.anchor : active, active });
  }

  function onDrag(event: PointerEvent): void {
    const active = event.buttons === 1 ? placeOf(event) : null;
    if (active !== null && (active.row !== selection.active.row || active.column !== selection.active.column))
      onSelect({ anchor: selection.anchor, active });
  }

  function onOpen(event: MouseEvent): void {
    const place = placeOf(event);
    if (place !== null) props.onInspect(place);
  }

  const visible = columns
    .slice(shown.first, shown.last + 1)
    .map((column, index) => ({ column, index: shown.first + index }));
  const totalWidth = gutter + (offsets.at(-1) ?? 0);

  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual grid cannot be a table element; it carries the grid roles and counts itself.
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label={source.label}
      aria-rowcount={viewRows + 1}
      aria-colcount={columns.length}
      aria-multiselectable
      aria-activedescendant={viewRows > 0 ? `cell-${selection.active.row}-${selection.active.column}` : undefined}
      className="relative isolate h-full min-h-0 overflow-auto bg-canvas font-mono [contain:strict] text-[12px] select-none"
      onScroll={(event) => {
        const { scrollTop, scrollLeft } = event.currentTarget;
        setView((old) => ({ ...old, top: scrollTop, left: scrollLeft }));
      }}
      onKeyDown={onKeyDown}
    >
      <div style={{ width: totalWidth, height: topHeight + canvasHeight(viewRows) }} className="relative">
        {/* biome-ignore lint/a11y/useFocusableInteractive: the grid itself has the focus */}
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div
          role="row"
          aria-rowindex={1}
          className="sticky top-0 z-20 border-b border-line bg-panel"
          style={{ height: topHeight, width: totalWidth }}
        >
          <div
            className="sticky left-0 z-10 inline-block border-r border-line bg-panel"
            style={{ width: gutter, height: topHeight }}
          />
          {visible.map(({ column, index }) => (
            <HeaderCell
              key={`${index}:${column.name}`}
              {...{ order, column, index }}
              onMeasure={props.onMeasure}
              left={gutter + (offsets[index] ?? 0)}
              width={widths[index] ?? minimumColumnWidth}
              onWidth={setWidth}
            />
          ))}
        </div>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the grid itself has the focus and the keys */}
        <div
          className="absolute left-0"
          style={{ top: topHeight + rows.top }}
          onPointerDown={onPress}
          onPointerOver={onDrag}
          onDoubleClick={onOpen}
        >
          {Array.from({ length: Math.max(0, rows.last - rows.first + 1) }, (_, index) => rows.first + index).map(
            (row) => (
              // biome-ignore lint/a11y/useFocusableInteractive: the grid itself has the focus
              // biome-ignore lint/a11y/useSemanticElements: see above
              <div
                key={row}
                role="row"
                aria-rowindex={row + 2}
                className="relative flex hover:bg-hover/50"
                style={{ height: rowHeight, width: totalWidth }}
              >
                <div
                  className="sticky left-0 z-10 shrink-0 border-r border-line bg-panel pr-2 text-right text-faint select-none leading-6"
                  style={{ width: gutter }}
                >
                  <RowNumber row={row} mark={cells.mark(row)} />
                </div>
                {visible.map(({ column, index }) => (
                  <Cell
                    key={index}
                    row={row}
                    column={index}
                    text={cells.text(row, index)}
                    before={cells.before(row, index)}
                    mark={cells.mark(row)}
                    kind={column.kind}
                    left={gutter + (offsets[index] ?? 0)}
                    width={widths[index] ?? minimumColumnWidth}
                    selected={
                      row >= range.firstRow &&
                      row <= range.lastRow &&
                      index >= range.firstColumn &&
                      index <= range.lastColumn
                    }
                    active={row === selection.active.row && index === selection.active.column}
                  />
                ))}
              </div>
            ),
          )}
        </div>
      </div>
    </div>
  );
}

/** Widths start from the header and the first rows; a person's own widths stay while the columns are the same. */
function useColumnWidths({ columns, rows, window }: GridSource) {
  const [widths, setWidths] = useState<number[]>([]);
  const shape = columns.map(({ name, type }) => `${name}\u0000${type}`).join("\u0001");
  const fitted = useRef("");
  const fetching = useRef(window);
  useEffect(() => {
    fetching.current = window;
  });
  const hasRows = rows > 0;
  useLayoutEffect(() => {
    if (fitted.current !== shape) setWidths(columns.map(({ name, type }) => fittingWidth(name, type, [])));
  }, [shape, columns]);
  useEffect(() => {
    if (!hasRows || columns.length === 0 || fitted.current === shape) return;
    fitted.current = shape;
    fetching
      .current({ firstRow: 0, lastRow: 49, firstColumn: 0, lastColumn: columns.length - 1 })
      .then(({ cells, before }) => {
        const texts = (row: number, column: number) => {
          const text = cells[row]?.[column] ?? null;
          const earlier = before?.[row]?.[column];
          return earlier === undefined ? text : `${earlier ?? "null"} → ${text ?? "null"}`;
        };
        setWidths(
          columns.map(({ name, type }, column) =>
            fittingWidth(
              name,
              type,
              cells.map((_, row) => texts(row, column)),
            ),
          ),
        );
      })
      .catch((error: unknown) => console.debug("The result was replaced before its columns were measured.", error));
  }, [columns, shape, hasRows]);
  return [
    widths.length === columns.length ? widths : columns.map(({ name, type }) => fittingWidth(name, type, [])),
    setWidths,
  ] as const;
}

const marks: Record<RowMark, { sign: string; name: string; row: string }> = {
  added: { sign: "+", name: "added", row: "bg-success-soft" },
  removed: { sign: "−", name: "removed", row: "bg-danger-soft" },
  changed: { sign: "~", name: "changed", row: "" },
  same: { sign: "", name: "same", row: "" },
  total: { sign: "Σ", name: "total", row: "bg-panel font-semibold" },
};

function RowNumber({ row, mark }: { row: number; mark: RowMark | undefined }) {
  if (mark === undefined) return row + 1;
  const { sign, name } = marks[mark];
  return (
    <>
      <span className="font-semibold text-ink" title={name}>
        <span aria-hidden>{sign}</span>
        <span className="sr-only">{name}</span>
      </span>{" "}
      {mark !== "total" && row + 1}
    </>
  );
}

interface CellProps {
  row: number;
  column: number;
  text: string | null | undefined;
  before: string | null | undefined;
  mark: RowMark | undefined;
  kind: ResultColumn["kind"];
  left: number;
  width: number;
  selected: boolean;
  active: boolean;
}

/** The cell that an event came from; null where there is none. */
function placeOf({ target }: { target: EventTarget }): GridPlace | null {
  const id = target instanceof Element ? target.closest('[role="gridcell"]')?.id : undefined;
  const [, row, column] = /^cell-(\d+)-(\d+)$/.exec(id ?? "") ?? [];
  return row === undefined || column === undefined ? null : { row: Number(row), column: Number(column) };
}

/** Renders again when it shows something else: while rows arrive, the cells that are there stay as they are. */
const Cell = memo(function Cell({ row, column, text, before, mark, kind, left, width, selected, active }: CellProps) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of the virtual grid
    // biome-ignore lint/a11y/useFocusableInteractive: the grid itself has the focus
    <div
      role="gridcell"
      id={`cell-${row}-${column}`}
      aria-colindex={column + 1}
      aria-selected={selected}
      className={classNames(
        "absolute truncate border-r border-b border-line/60 px-2 leading-6 whitespace-pre",
        kind === "number" && "text-right tabular-nums",
        text === null && "text-faint italic",
        kind === "boolean" && text !== null && mark !== "total" && "text-violet",
        mark !== undefined && marks[mark].row,
        before !== undefined && "bg-warning-soft not-italic",
        selected && "bg-selected",
        active && "outline-2 -outline-offset-2 outline-accent outline-solid",
      )}
      style={{ left, width, height: rowHeight }}
    >
      {before !== undefined && (
        <>
          <del className="text-danger">{shownText(before)}</del>
          {" → "}
        </>
      )}
      {before === undefined ? shownText(text) : <ins className="text-success no-underline">{shownText(text)}</ins>}
    </div>
  );
});

function shownText(text: string | null | undefined): string {
  return text === null ? "null" : (text?.replace(/[\r\n]+/g, "⏎") ?? "");
}

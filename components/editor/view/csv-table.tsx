"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { editor } from "monaco-editor/editor";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "@/components/shell";
import { Button, classNames, EmptyState } from "@/components/ui";
import type { EditorController } from "../model/controller";
import { type CsvEdit, type CsvTable, insertRow, parseCsv, removeRow, setCell } from "../model/csv";
import { rangeBetween } from "../monaco/models";

const rowHeight = 26;

export interface CsvTableViewProps {
  controller: EditorController;
  path: string;
  model: editor.ITextModel;
  readOnly: boolean;
  onShowText: () => void;
}

interface CellPlace {
  row: number;
  column: number;
}

/**
 * A CSV file as a table over its text: an edit changes that one cell's characters, so quotes, line ends and everything else stay as
 * they were, and undo is the text editor's own.
 */
export function CsvTableView({ controller, path, model, readOnly, onShowText }: CsvTableViewProps) {
  const text = useStore(controller.buffers.store, (buffers) => buffers.get(path)?.text ?? "");
  const table = useMemo(() => parseCsv(text), [text]);
  const [chosen, setActive] = useState<CellPlace>({ row: 1, column: 0 });
  // The text may have lost the row, or the column, meanwhile.
  const active = {
    row: Math.max(0, Math.min(chosen.row, table.rows.length - 1)),
    column: Math.max(0, Math.min(chosen.column, table.width - 1)),
  };
  const [editing, setEditing] = useState<string | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const header = table.rows[0];
  const widths = useMemo(() => columnWidths(table), [table]);
  const gutterWidth = Math.max(52, String(table.rows.length).length * 7.3 + 24);
  const body = Math.max(0, table.rows.length - 1);
  const uneven = useMemo(() => unevenRows(table), [table]);
  const virtual = useVirtualizer({
    count: body,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    scrollMargin: rowHeight,
  });

  useEffect(() => scroller.current?.focus({ preventScroll: true }), []);

  if (table.broken || header === undefined) {
    return (
      <EmptyState
        title={table.broken ? "A quote in this file is never closed" : "This file is empty"}
        actions={<Button onClick={onShowText}>Show the text</Button>}
      >
        {table.broken && "Until it is, cells cannot be told apart."}
      </EmptyState>
    );
  }

  function apply(edit: CsvEdit | null): void {
    if (edit === null || readOnly) {
      return;
    }
    const range = rangeBetween(model, edit.start, edit.end);
    model.pushStackElement();
    model.pushEditOperations([], [{ range, text: edit.text }], () => null);
    model.pushStackElement();
  }

  function moveTo(row: number, column: number): void {
    const next = {
      row: Math.max(0, Math.min(table.rows.length - 1, row)),
      column: Math.max(0, Math.min(table.width - 1, column)),
    };
    setActive(next);
    if (next.row > 0) {
      virtual.scrollToIndex(next.row - 1, { align: "auto" });
    }
    const element = scroller.current;
    if (element !== null) {
      const { scrollLeft, clientWidth } = element;
      element.scrollLeft = scrollLeftFor(widths, next.column, { scrollLeft, room: clientWidth - gutterWidth });
    }
  }

  function finish(value: string | null, step: CellPlace): void {
    if (value !== null) {
      apply(setCell(table, active.row, active.column, value));
    }
    setEditing(null);
    moveTo(active.row + step.row, active.column + step.column);
    scroller.current?.focus({ preventScroll: true });
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.target !== event.currentTarget) {
      return;
    }
    const { row, column } = active;
    const command = event.ctrlKey || event.metaKey;
    const current = table.rows[row]?.cells[column]?.text ?? "";
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 300) / rowHeight) - 2);
    const moves: Record<string, [number, number]> = {
      ArrowDown: [command ? table.rows.length : row + 1, column],
      ArrowUp: [command ? 0 : row - 1, column],
      ArrowRight: [row, command ? table.width : column + 1],
      ArrowLeft: [row, command ? 0 : column - 1],
      Tab: [row, column + (event.shiftKey ? -1 : 1)],
      PageDown: [row + page, column],
      PageUp: [row - page, column],
      Home: [command ? 0 : row, 0],
      End: [command ? table.rows.length : row, table.width],
    };
    const move = moves[event.key];
    const leaves = event.key === "Tab" && (event.shiftKey ? column === 0 : column === table.width - 1);
    if (leaves) {
      return;
    }
    if (move) {
      moveTo(...move);
    } else if (command && event.key.toLowerCase() === "z") {
      void (event.shiftKey ? model.redo() : model.undo());
    } else if (command && event.key.toLowerCase() === "y") {
      void model.redo();
    } else if (command && event.key.toLowerCase() === "c") {
      void navigator.clipboard.writeText(current);
    } else if (readOnly || (command && event.key !== "Enter")) {
      return;
    } else if (event.key === "Enter" && event.altKey) {
      apply(insertRow(table, row, model.getEOL()));
    } else if (event.key === "Enter" || event.key === "F2") {
      setEditing(current);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      apply(setCell(table, row, column, ""));
    } else if (event.key.length === 1 && !command && !event.altKey) {
      setEditing(event.key);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  const place = { active, editing, readOnly, gutterWidth };
  const act = {
    onPress: (cell: CellPlace) => {
      setEditing(null);
      setActive(cell);
      scroller.current?.focus({ preventScroll: true });
    },
    onOpen: (cell: CellPlace) => {
      if (!readOnly) {
        setActive(cell);
        setEditing(table.rows[cell.row]?.cells[cell.column]?.text ?? "");
      }
    },
    onFinish: finish,
  };
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex h-8 shrink-0 items-center gap-2 border-b border-line bg-panel px-2 text-xs text-muted">
        <span>
          {body.toLocaleString()} {body === 1 ? "row" : "rows"}, {table.width} columns
        </span>
        {uneven.count > 0 && (
          <button
            type="button"
            className="truncate text-warning hover:underline"
            onClick={() => {
              moveTo(uneven.first, 0);
              scroller.current?.focus({ preventScroll: true });
            }}
          >
            {uneven.count === 1 ? "1 row has" : `${uneven.count.toLocaleString()} rows have`} another number of cells
            than the first, from row {uneven.first.toLocaleString()}.
          </button>
        )}
        {!readOnly && (
          <>
            <Button size="small" variant="ghost" onClick={() => apply(insertRow(table, active.row, model.getEOL()))}>
              Insert row below
            </Button>
            <Button
              size="small"
              variant="ghost"
              disabled={active.row === 0 || body === 0}
              onClick={() => {
                apply(removeRow(table, active.row, text.length));
                moveTo(Math.min(active.row, table.rows.length - 2), active.column);
              }}
            >
              Delete row
            </Button>
          </>
        )}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a virtual grid cannot be a table element; it carries the grid roles and counts itself. */}
      <div
        ref={scroller}
        role="grid"
        aria-label={`${path} as a table`}
        aria-rowcount={table.rows.length}
        aria-colcount={table.width}
        aria-readonly={readOnly}
        aria-activedescendant={`csv-${active.row}-${active.column}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        data-own-keys="rename"
        className="min-h-0 flex-1 overflow-auto font-mono text-[12px] select-none"
      >
        <div className="relative" style={{ width: gutterWidth + widths.reduce((sum, width) => sum + width, 0) }}>
          <CsvLine {...place} {...act} row={0} table={table} widths={widths} header />
          <div style={{ height: virtual.getTotalSize() }} className="relative">
            {virtual.getVirtualItems().map((item) => (
              <div
                key={item.key}
                className="absolute left-0"
                style={{ top: item.start - rowHeight, width: "100%" }}
                role="presentation"
              >
                <CsvLine {...place} {...act} row={item.index + 1} table={table} widths={widths} />
              </div>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

/** Rows with more or fewer cells than the header, which a loader would refuse or shift; `first` is the place of the first. */
function unevenRows({ rows }: CsvTable): { count: number; first: number } {
  const wanted = rows[0]?.cells.length ?? 0;
  let [count, first] = [0, 0];
  for (const [at, { cells }] of rows.entries()) {
    if (cells.length === wanted) continue;
    if (count === 0) first = at;
    count += 1;
  }
  return { count, first };
}

/** Widths from the longest cells of the first rows and of some all over the file, in a monospace font of about 7.3 px a character. */
function columnWidths({ rows, width }: CsvTable): number[] {
  const step = Math.max(1, Math.floor(rows.length / 200));
  const looked = rows.filter((_, at) => at < 200 || at % step === 0 || at === rows.length - 1);
  return Array.from({ length: width }, (_, column) => {
    const longest = Math.max(4, ...looked.map((row) => row.cells[column]?.text.length ?? 0));
    return Math.min(420, Math.max(72, longest * 7.3 + 24));
  });
}

/** Where to scroll so that a column is seen whole, or as much of it as there is room for. */
function scrollLeftFor(
  widths: readonly number[],
  column: number,
  { scrollLeft, room }: { scrollLeft: number; room: number },
): number {
  const left = widths.slice(0, column).reduce((sum, width) => sum + width, 0);
  const least = left + (widths[column] ?? 0) - room;
  return Math.min(left, Math.max(least, scrollLeft));
}

interface CsvLineProps {
  table: CsvTable;
  row: number;
  widths: readonly number[];
  header?: boolean;
  active: CellPlace;
  editing: string | null;
  readOnly: boolean;
  gutterWidth: number;
  onPress: (place: CellPlace) => void;
  onOpen: (place: CellPlace) => void;
  onFinish: (value: string | null, step: CellPlace) => void;
}

function CsvLine({ table, row, widths, header = false, active, editing, gutterWidth, ...act }: CsvLineProps) {
  const cells = table.rows[row]?.cells ?? [];
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid itself has the focus
    // biome-ignore lint/a11y/useSemanticElements: part of the virtual grid
    <div
      role="row"
      aria-rowindex={row + 1}
      className={classNames("flex", header && "sticky top-0 z-20 bg-panel font-semibold")}
      style={{ height: rowHeight }}
    >
      <div
        className="sticky left-0 z-10 shrink-0 border-r border-b border-line bg-panel pr-2 text-right leading-6.5 font-normal text-faint"
        style={{ width: gutterWidth }}
      >
        {header ? "" : row}
      </div>
      {widths.map((width, column) => {
        const isActive = active.row === row && active.column === column;
        const place = { row, column };
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: the grid itself has the focus
          // biome-ignore lint/a11y/useSemanticElements: part of the virtual grid
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place.
            key={column}
            id={`csv-${row}-${column}`}
            role="gridcell"
            aria-colindex={column + 1}
            aria-selected={isActive}
            style={{ width }}
            className={classNames(
              "shrink-0 truncate border-r border-b border-line px-2 leading-6.5 whitespace-pre",
              isActive && "bg-selected outline-2 -outline-offset-2 outline-accent outline-solid",
            )}
            onPointerDown={(event) => event.button === 0 && !(isActive && editing !== null) && act.onPress(place)}
            onDoubleClick={() => act.onOpen(place)}
          >
            {isActive && editing !== null ? (
              <CellInput value={editing} onFinish={act.onFinish} />
            ) : (
              (cells[column]?.text ?? "").replace(/[\r\n]+/g, "⏎")
            )}
          </div>
        );
      })}
    </div>
  );
}

function CellInput({ value, onFinish }: { value: string; onFinish: (value: string | null, step: CellPlace) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const done = useRef(false);
  useEffect(() => {
    input.current?.focus();
    input.current?.setSelectionRange(value.length, value.length);
  }, [value]);
  function end(result: string | null, step: CellPlace): void {
    if (!done.current) {
      done.current = true;
      onFinish(result, step);
    }
  }
  return (
    <input
      ref={input}
      aria-label="Value of the cell"
      defaultValue={value}
      className="-mx-2 h-full w-[calc(100%+16px)] bg-canvas px-2 outline-none select-text"
      onBlur={(event) => end(event.target.value, { row: 0, column: 0 })}
      onKeyDown={(event) => {
        event.stopPropagation();
        const text = event.currentTarget.value;
        if (event.key === "Enter") {
          end(text, { row: event.shiftKey ? -1 : 1, column: 0 });
        } else if (event.key === "Tab") {
          event.preventDefault();
          end(text, { row: 0, column: event.shiftKey ? -1 : 1 });
        } else if (event.key === "Escape") {
          end(null, { row: 0, column: 0 });
        }
      }}
    />
  );
}

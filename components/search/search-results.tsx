"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, Replace, X } from "lucide-react";
import { type KeyboardEvent, type ReactNode, type RefObject, useLayoutEffect, useMemo, useState } from "react";
import { useStore } from "@/components/shell";
import { Badge, classNames, treeStep } from "@/components/ui";
import type { SearchMatch } from "@/server/contract";
import { keyOfRow, rowsOf, type SearchRow } from "./rows";
import type { SearchStore } from "./search-store";

const rowHeight = 22;
/** A match with what would stand there below it. */
const replacementHeight = 40;
/** Characters before a match that leave it in sight in a narrow side bar. */
const mostBefore = 18;

/** The chosen row, and where it stood in what was found for a text. */
interface Current {
  readonly key: string;
  readonly index: number;
  readonly text: string;
}

/** Where the chosen row is. One that is gone (it was replaced) leaves its place to the next, so that one key goes through the list. */
function placeOf(rows: readonly SearchRow[], current: Current | null, text: string): number {
  const at = current === null ? -1 : rows.findIndex((row) => keyOfRow(row) === current.key);
  return at < 0 && current?.text === text ? Math.min(current.index, rows.length - 1) : at;
}

/** What was found, as a tree of files and matches: arrows move, Enter opens, R replaces, Delete takes out. */
export function SearchResults({
  search,
  readOnly,
  listRef,
  onOpen,
}: {
  search: SearchStore;
  readOnly: boolean;
  listRef: RefObject<HTMLDivElement | null>;
  onOpen: (path: string, match: SearchMatch, options: { preview: boolean }) => void;
}) {
  const { query, files, closed, replacing, status, busy } = useStore(search.store);
  const rows = useMemo(() => rowsOf(files, closed), [files, closed]);
  const [current, setCurrent] = useState<Current | null>(null);
  const at = placeOf(rows, current, query.text);
  const replacementOf = (row: SearchRow) => (row.kind === "match" && replacing ? row.match.replacement : null);
  const heightOf = (index: number) => {
    const row = rows[index];
    return row && replacementOf(row) !== null ? replacementHeight : rowHeight;
  };
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => listRef.current,
    estimateSize: heightOf,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the heights follow from the rows.
  useLayoutEffect(() => virtual.measure(), [rows, replacing]);
  const mayReplace = replacing && !readOnly && status === "done" && !busy;

  function go(index: number) {
    choose(index);
    virtual.scrollToIndex(index, { align: "auto" });
  }
  function choose(index: number) {
    const row = rows[index];
    setCurrent(row ? { key: keyOfRow(row), index, text: query.text } : null);
  }
  function activate(row: SearchRow, index: number, preview: boolean) {
    choose(index);
    if (row.kind === "file") {
      search.toggle(row.file.path);
    } else {
      onOpen(row.file.path, row.match, { preview });
    }
  }
  function remove(row: SearchRow, index: number) {
    choose(rows[index + 1] ? index + 1 : index - 1);
    search.dismiss(row.file.path, row.kind === "match" ? row.match : null);
  }
  function replace(row: SearchRow, index: number) {
    choose(index);
    void search.replace(row.file.path, row.kind === "match" ? row.match : null);
  }
  function onKeyDown(event: KeyboardEvent) {
    const row = rows[at];
    const step = treeStep(event.key, rows, at, (other) =>
      other.kind === "file" ? { level: 1, open: other.open } : { level: 2, open: null },
    );
    if (step) {
      event.preventDefault();
      if (step.kind === "go") go(step.to);
      else if (row) search.toggle(row.file.path);
      return;
    }
    switch (event.key) {
      case "Enter":
      case " ":
        if (row) activate(row, at, event.key === " ");
        break;
      case "Delete":
        if (row) remove(row, at);
        break;
      case "r":
        if (event.ctrlKey || event.metaKey || event.altKey || !row || !mayReplace) return;
        replace(row, at);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  return (
    <div
      ref={listRef}
      role="tree"
      aria-label="Search results"
      tabIndex={0}
      aria-activedescendant={at >= 0 ? `found-${at}` : undefined}
      onKeyDown={onKeyDown}
      onFocus={() => at < 0 && go(0)}
      className="group min-h-0 flex-1 overflow-auto pb-6"
    >
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const isCurrent = item.index === at;
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus; the row is its active descendant.
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the tree.
            <div
              key={keyOfRow(row)}
              id={`found-${item.index}`}
              role="treeitem"
              aria-level={row.kind === "file" ? 1 : 2}
              aria-posinset={row.position}
              aria-setsize={row.kind === "file" ? files.length : row.file.matches.length}
              aria-expanded={row.kind === "file" ? row.open : undefined}
              aria-selected={isCurrent}
              aria-label={labelOf(row)}
              onClick={() => activate(row, item.index, true)}
              onDoubleClick={() => row.kind === "match" && onOpen(row.file.path, row.match, { preview: false })}
              style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              className={classNames(
                "absolute inset-x-0 top-0 flex cursor-default items-center gap-1 pr-1 select-none hover:bg-hover [&:hover_.row-actions]:flex",
                row.kind === "file" ? "pl-1.5" : "pl-7",
                isCurrent &&
                  "bg-selected group-focus-visible:outline-2 group-focus-visible:-outline-offset-1 group-focus-visible:outline-accent [&_.row-actions]:flex",
              )}
            >
              {row.kind === "file" ? (
                <FileRow row={row} />
              ) : (
                <MatchText match={row.match} replacement={replacementOf(row)} />
              )}
              <span className="row-actions hidden shrink-0 items-center">
                {mayReplace && (
                  <RowAction
                    label={row.kind === "file" ? "Replace in this file" : "Replace"}
                    keys="R"
                    icon={<Replace />}
                    onClick={() => replace(row, item.index)}
                  />
                )}
                <RowAction
                  label="Take out of the list"
                  keys="Delete"
                  icon={<X />}
                  onClick={() => remove(row, item.index)}
                />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Not a stop of the Tab key: the tree's own keys do the same. */
function RowAction({
  label,
  keys,
  icon,
  onClick,
}: {
  label: string;
  keys: string;
  icon: ReactNode;
  onClick: () => void;
}) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label}
      title={`${label} (${keys})`}
      className="flex size-5 items-center justify-center rounded text-muted hover:bg-hover hover:text-ink [&_svg]:size-3.5"
      onClick={(event) => {
        event.stopPropagation();
        onClick();
      }}
    >
      {icon}
    </button>
  );
}

function FileRow({ row }: { row: Extract<SearchRow, { kind: "file" }> }) {
  const parts = row.file.path.split("/");
  return (
    <>
      <ChevronRight
        aria-hidden
        className={classNames("size-3.5 shrink-0 text-faint transition-transform", row.open && "rotate-90")}
      />
      <span className="shrink-0">{parts.at(-1)}</span>
      <span className="min-w-0 flex-1 truncate text-xs text-muted">
        {parts.slice(0, -1).join("/")}
        {row.file.version === null && " · unsaved"}
      </span>
      <Badge>{row.file.matches.length}</Badge>
    </>
  );
}

/** The line of a match; with a replacement, as it is and, below, as it would be: a side bar is too narrow for both in one. */
function MatchText({ match, replacement }: { match: SearchMatch; replacement: string | null }) {
  const before = match.before.length > mostBefore ? `…${match.before.slice(1 - mostBefore)}` : match.before;
  if (replacement === null) {
    return (
      <span className="min-w-0 flex-1 truncate font-mono text-xs whitespace-pre">
        {before}
        <mark className="rounded-sm bg-warning-soft font-semibold text-warning">{match.text}</mark>
        {match.after}
      </span>
    );
  }
  const line = firstLine(replacement);
  return (
    <span
      className="min-w-0 flex-1 font-mono text-xs leading-[18px] whitespace-pre"
      title={`${match.before}${match.text}${match.after}\n${match.before}${line}${match.after}`}
    >
      <span className="block truncate text-muted">
        {before}
        <del className="rounded-sm bg-danger-soft text-danger">{match.text}</del>
        {match.after}
      </span>
      <span className="block truncate">
        {before}
        <ins className="rounded-sm bg-success-soft text-success no-underline">{line}</ins>
        {match.after}
      </span>
    </span>
  );
}

function firstLine(text: string): string {
  const [first = "", ...rest] = text.split(/\r?\n/);
  return rest.length > 0 ? `${first}…` : first;
}

function labelOf(row: SearchRow): string {
  if (row.kind === "file") {
    return `${row.file.path}, ${row.file.matches.length} ${row.file.matches.length === 1 ? "match" : "matches"}`;
  }
  const { line, before, text, after } = row.match;
  return `Line ${line}: ${before}${text}${after}`;
}

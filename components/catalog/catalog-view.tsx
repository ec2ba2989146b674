"use client";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, Columns3, Database, Eye, FolderTree, RefreshCw, Table2 } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "@/components/shell";
import {
  Button,
  ContextMenu,
  classNames,
  EmptyState,
  ErrorState,
  IconButton,
  Input,
  MenuItem,
  MenuSeparator,
  Skeleton,
  toast,
  treeStep,
} from "@/components/ui";
import type { CatalogStore } from "./catalog-store";
import { sourceJinja, sourceYaml, sqlIdentifier, sqlName } from "./source-text";
import { type CatalogRow, catalogRows, type Listed, type Relation } from "./tree";

/** What the project has of a relation: the node that is built as it, or reads it. */
export interface KnownRelation {
  /** `model`, `seed`, `snapshot` or `source`. */
  readonly kind: string;
  /** The call that names it in SQL. */
  readonly jinja: string;
  /** Opens the file that defines it. */
  open(): void;
}

export interface CatalogActions {
  /** What the project has of it; null when it does not know it. */
  known(relation: Relation): KnownRelation | null;
  preview(relation: Relation): void;
  /** Measures a column, or each of them. */
  profile(relation: Relation, column: string | null): void;
  /** Puts a text at the cursor of the editor; false when there is none. */
  insert(text: string): boolean;
}

const rowHeight = 24;
const nothing: Listed = { relations: [], schemas: [] };

/** The side bar's data explorer: filter, tree, and a menu for each name. */
export function CatalogView({
  catalog,
  environmentId,
  quote,
  actions,
}: {
  catalog: CatalogStore;
  environmentId: string | null;
  quote: '"' | "`";
  actions: CatalogActions;
}) {
  const { listed, loading, error, limited, columns, open, filter } = useStore(catalog.store);
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string | null>(null);
  useEffect(() => {
    if (environmentId !== null) catalog.show(environmentId);
  }, [catalog, environmentId]);
  const rows = useMemo(
    () => catalogRows(listed ?? nothing, { open, filter, columns }),
    [listed, open, filter, columns],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const at = rows.findIndex((row) => row.key === current);
  const selected = rows[at] ?? null;

  function go(index: number) {
    const row = rows[index];
    if (row) {
      setCurrent(row.key);
      virtual.scrollToIndex(index, { align: "auto" });
    }
  }
  function toggle(row: CatalogRow) {
    setCurrent(row.key);
    if (row.kind === "relation") catalog.toggle(row.key, row.relation);
    else if (row.kind === "database" || row.kind === "schema") catalog.toggle(row.key);
  }
  function onKeyDown(event: KeyboardEvent) {
    const step = treeStep(event.key, rows, at, (row) => ({ level: row.level, open: "open" in row ? row.open : null }));
    if (step?.kind === "go") go(step.to);
    else if (step && selected) toggle(selected);
    else if (event.key !== "Enter") return;
    else if (selected?.kind === "relation") actions.preview(selected.relation);
    else if (selected?.kind === "column") insert(sqlIdentifier(selected.column.name, quote));
    else if (selected) toggle(selected);
    event.preventDefault();
  }
  function insert(text: string) {
    if (!actions.insert(text)) toast("Open a file and put the cursor where the name should stand.");
  }
  async function copy(text: string | Promise<string>, what: string) {
    await navigator.clipboard.writeText(await text);
    toast(`${what} copied.`);
  }
  const selectedKnown = selected?.kind === "relation" ? actions.known(selected.relation) : null;
  const jinjaOf = (relation: Relation) => selectedKnown?.jinja ?? sourceJinja(relation);
  const call = selectedKnown === null || selectedKnown.kind === "source" ? "source()" : "ref()";
  const yamlOf = async (relation: Relation) => sourceYaml(relation, await catalog.readColumns(relation));

  return (
    <div className="flex h-full flex-col">
      <div className="flex h-8 shrink-0 items-center gap-0.5 pr-1.5 pl-3">
        <h2 className="min-w-0 flex-1 truncate text-xs font-semibold tracking-wide text-muted uppercase">
          Data explorer
        </h2>
        <IconButton
          label="Read the warehouse again"
          icon={<RefreshCw className={loading ? "animate-spin" : undefined} />}
          disabled={environmentId === null}
          onClick={() => void catalog.refresh()}
        />
      </div>
      <div className="px-2 pb-1.5">
        <Input
          aria-label="Filter relations"
          placeholder="Filter by name"
          className="h-7"
          value={filter}
          disabled={listed === null}
          onChange={(event) => catalog.filter(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") scroller.current?.focus();
            if (event.key === "Escape") catalog.filter("");
          }}
        />
      </div>
      {limited && (
        <p role="status" className="px-3 pb-1.5 text-xs text-muted">
          The first {listed?.relations.length.toLocaleString("en")} relations: the preview policy's limit of rows cuts
          the list.
        </p>
      )}
      {environmentId === null ? (
        <EmptyState icon={<Database />} title="No warehouse" className="h-auto">
          This project has no environment yet. An administrator adds one.
        </EmptyState>
      ) : error ? (
        <ErrorState
          className="h-auto"
          title={
            error.code === "POLICY_OFF" ? "The warehouse may not be read" : "The warehouse's names could not be read"
          }
          message={error.message}
          hint={error.hint}
          reference={error.reference}
          actions={<Button onClick={() => void catalog.refresh()}>Try again</Button>}
        />
      ) : listed === null ? (
        <Skeleton lines={8} label="Reading the warehouse's names" />
      ) : rows.length === 0 ? (
        <EmptyState
          icon={<Database />}
          title={filter ? `Nothing is named like “${filter}”` : "The warehouse is empty"}
          className="h-auto"
          actions={filter ? <Button onClick={() => catalog.filter("")}>Clear the filter</Button> : undefined}
        >
          {filter
            ? null
            : "Schemas, tables and views that the connection's role may see are listed here, once they are there."}
        </EmptyState>
      ) : (
        <ContextMenu
          trigger={
            <div
              ref={scroller}
              role="tree"
              aria-label="Warehouse"
              tabIndex={0}
              aria-activedescendant={at >= 0 ? `catalog-${at}` : undefined}
              onKeyDown={onKeyDown}
              onContextMenu={(event) => {
                const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
                const key = row ? rows[Number(row.dataset.row)]?.key : null;
                if (key != null) setCurrent(key);
              }}
              className="group min-h-0 flex-1 overflow-auto pb-6"
            >
              <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
                {virtual.getVirtualItems().map((item) => {
                  const row = rows[item.index];
                  const known = row?.kind === "relation" ? (actions.known(row.relation)?.kind ?? null) : null;
                  return row ? (
                    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus; the row is its active descendant.
                    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the tree.
                    <div
                      key={row.key}
                      id={`catalog-${item.index}`}
                      data-row={item.index}
                      role="treeitem"
                      aria-level={row.level}
                      aria-expanded={"open" in row ? row.open : undefined}
                      aria-selected={row.key === current}
                      aria-label={labelOf(row, known)}
                      onClick={() => toggle(row)}
                      onDoubleClick={() => row.kind === "relation" && actions.preview(row.relation)}
                      style={{
                        height: rowHeight,
                        transform: `translateY(${item.start}px)`,
                        paddingLeft: 6 + (row.level - 1) * 12,
                      }}
                      className={classNames(
                        "absolute inset-x-0 top-0 flex cursor-default items-center gap-1.5 pr-2 select-none hover:bg-hover",
                        row.key === current &&
                          "bg-selected group-focus-visible:outline-2 group-focus-visible:-outline-offset-1 group-focus-visible:outline-accent",
                      )}
                    >
                      <RowText row={row} known={known} />
                    </div>
                  ) : null;
                })}
              </div>
            </div>
          }
        >
          {selected?.kind === "relation" && (
            <>
              <MenuItem keys="Enter" onSelect={() => actions.preview(selected.relation)}>
                Preview rows
              </MenuItem>
              <MenuItem onSelect={() => actions.profile(selected.relation, null)}>Profile all columns</MenuItem>
              <MenuItem onSelect={() => insert(sqlName(selected.relation, quote))}>Insert name at the cursor</MenuItem>
              <MenuItem onSelect={() => insert(jinjaOf(selected.relation))}>Insert as {call}</MenuItem>
              {selectedKnown !== null && (
                <MenuItem onSelect={() => selectedKnown.open()}>Go to the {selectedKnown.kind}</MenuItem>
              )}
              <MenuSeparator />
              <MenuItem onSelect={() => void copy(sqlName(selected.relation, quote), "Name")}>Copy name</MenuItem>
              <MenuItem onSelect={() => void copy(jinjaOf(selected.relation), "Jinja")}>Copy as {call}</MenuItem>
              <MenuItem onSelect={() => void copy(yamlOf(selected.relation), "YAML")}>Copy as source YAML</MenuItem>
            </>
          )}
          {selected?.kind === "column" && (
            <>
              <MenuItem onSelect={() => actions.profile(selected.relation, selected.column.name)}>Profile</MenuItem>
              <MenuItem keys="Enter" onSelect={() => insert(sqlIdentifier(selected.column.name, quote))}>
                Insert name at the cursor
              </MenuItem>
              <MenuItem onSelect={() => void copy(sqlIdentifier(selected.column.name, quote), "Name")}>
                Copy name
              </MenuItem>
            </>
          )}
          {(selected?.kind === "database" || selected?.kind === "schema") && (
            <MenuItem onSelect={() => void copy(sqlIdentifier(selected.name, quote), "Name")}>Copy name</MenuItem>
          )}
        </ContextMenu>
      )}
    </div>
  );
}

function labelOf(row: CatalogRow, known: string | null): string {
  switch (row.kind) {
    case "database":
    case "schema":
      return `${row.kind} ${row.name}, ${row.count} ${row.count === 1 ? "relation" : "relations"}`;
    case "relation":
      return `${row.relation.kind} ${row.relation.name}${known === null ? "" : `, ${known} of the project`}`;
    case "column":
      return `${row.column.name}, ${row.column.type}`;
    case "note":
      return row.text;
  }
}

function RowText({ row, known }: { row: CatalogRow; known: string | null }) {
  const chevron = (open: boolean) => (
    <ChevronRight
      aria-hidden
      className={classNames("size-3.5 shrink-0 text-faint transition-transform", open && "rotate-90")}
    />
  );
  switch (row.kind) {
    case "database":
    case "schema":
      return (
        <>
          {chevron(row.open)}
          <span aria-hidden className="text-faint [&_svg]:size-3.5">
            {row.kind === "database" ? <Database /> : <FolderTree />}
          </span>
          <span className="min-w-0 flex-1 truncate">{row.name}</span>
          <span className="text-xs text-muted">{row.count.toLocaleString("en")}</span>
        </>
      );
    case "relation":
      return (
        <>
          {chevron(row.open)}
          <span aria-hidden className="text-faint [&_svg]:size-3.5">
            {row.relation.kind.includes("view") ? <Eye /> : <Table2 />}
          </span>
          <span className="min-w-0 flex-1 truncate">{row.relation.name}</span>
          {known !== null && <span className="text-xs text-muted">{known}</span>}
        </>
      );
    case "column":
      return (
        <>
          <Columns3 aria-hidden className="ml-[18px] size-3.5 shrink-0 text-faint" />
          <span className="min-w-0 flex-1 truncate">{row.column.name}</span>
          <span className="truncate font-mono text-xs text-muted">{row.column.type.toLowerCase()}</span>
        </>
      );
    case "note":
      return (
        <span className={classNames("ml-[18px] truncate", row.failed ? "text-danger" : "text-muted")}>{row.text}</span>
      );
  }
}

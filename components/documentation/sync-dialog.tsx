"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toErrorBody } from "@/components/api";
import { Button, Checkbox, Dialog, ErrorState, Skeleton } from "@/components/ui";
import type { IndexNode } from "@/server/contract";
import { differences, type WarehouseColumn } from "./column-differences";
import type { ColumnEntry, EntryChange } from "./schema-file";

interface Item {
  readonly key: string;
  readonly group: string;
  readonly label: string;
  readonly detail: string;
  readonly change: EntryChange;
}

/** Compares the YAML's columns with the warehouse's, and writes what the person leaves checked. */
export function SyncDialog(props: {
  node: IndexNode;
  columns: readonly ColumnEntry[];
  readColumns: (node: IndexNode) => Promise<readonly WarehouseColumn[]>;
  onApply: (changes: readonly EntryChange[]) => void;
  onClose: () => void;
}) {
  const { node, columns, readColumns, onApply, onClose } = props;
  const [skipped, setSkipped] = useState<ReadonlySet<string>>(new Set());
  const found = useQuery({
    queryKey: ["warehouse-columns", node.uniqueId],
    queryFn: () => readColumns(node),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const items = found.data ? itemsOf(columns, differences(columns, found.data)) : [];
  const chosen = items.filter((item) => !skipped.has(item.key));
  function choose(some: readonly Item[], checked: boolean) {
    const next = new Set(skipped);
    for (const { key } of some) {
      if (checked) next.delete(key);
      else next.add(key);
    }
    setSkipped(next);
  }
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Synchronise the columns of ${node.name}`}
      description={
        node.resourceType === "model"
          ? "What the model's SQL gives now, compared with its YAML."
          : "What is in the warehouse, compared with the YAML."
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={chosen.length === 0}
            onClick={() => {
              onApply(chosen.map((item) => item.change));
              onClose();
            }}
          >
            Write {chosen.length} {chosen.length === 1 ? "change" : "changes"}
          </Button>
        </>
      }
    >
      {found.isPending ? (
        <Skeleton lines={4} label="Asking the warehouse" />
      ) : found.isError ? (
        <ErrorState
          title="The columns could not be read"
          message={toErrorBody(found.error).message}
          hint={toErrorBody(found.error).hint}
          reference={toErrorBody(found.error).reference}
          actions={<Button onClick={() => void found.refetch()}>Try again</Button>}
        />
      ) : items.length === 0 ? (
        <p role="status">The YAML names every column, with the warehouse's types. Nothing is to do.</p>
      ) : (
        <div className="flex flex-col gap-3">
          {[...new Set(items.map(({ group }) => group))].map((group) => {
            const all = items.filter((item) => item.group === group);
            const left = all.filter((item) => !skipped.has(item.key)).length;
            return (
              <section key={group} className="flex flex-col gap-1">
                <Checkbox
                  label={`${group}, all ${all.length}`}
                  checked={left === all.length}
                  indeterminate={left > 0 && left < all.length}
                  onCheckedChange={(checked) => choose(all, checked)}
                >
                  <span className="text-xs font-medium text-muted">
                    {group} {all.length}
                  </span>
                </Checkbox>
                <ul aria-label={group} className="flex flex-col gap-1 pl-6">
                  {all.map((item) => (
                    <li key={item.key}>
                      <Checkbox
                        label={`${item.label}: ${item.detail}`}
                        checked={!skipped.has(item.key)}
                        onCheckedChange={(checked) => choose([item], checked)}
                      >
                        <span className="w-52 truncate font-mono text-xs font-semibold">{item.label}</span>
                        <span className="text-muted">{item.detail}</span>
                      </Checkbox>
                    </li>
                  ))}
                </ul>
              </section>
            );
          })}
        </div>
      )}
    </Dialog>
  );
}

function itemsOf(columns: readonly ColumnEntry[], found: ReturnType<typeof differences>): Item[] {
  const described = new Map(columns.map((column) => [column.name, column.description]));
  return [
    ...found.added.map((column) => ({
      key: `+${column.name}`,
      group: "New columns",
      label: column.name,
      detail: `is added (${column.type})`,
      change: { kind: "columns", add: [column], remove: [] } as const,
    })),
    ...found.retyped.map(({ name, before, after }) => ({
      key: `~${name}`,
      group: "Types",
      label: name,
      detail: before === "" ? `gets its type, ${after}` : `changes from ${before} to ${after}`,
      change: { kind: "type", column: name, text: after } as const,
    })),
    ...found.removed.map((name) => ({
      key: `-${name}`,
      group: "Columns that are gone",
      label: name,
      detail: described.get(name) ? "is removed, with its description" : "is removed",
      change: { kind: "columns", add: [], remove: [name] } as const,
    })),
  ];
}

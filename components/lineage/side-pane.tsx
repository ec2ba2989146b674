"use client";
import { useState } from "react";
import { errorText } from "@/components/api";
import { Badge, Button, ErrorState, Spinner, Tabs, toast } from "@/components/ui";
import type { ColumnLineage, IndexNode, LineageColumn, ModelColumns } from "@/server/contract";
import { type ImpactGroup, kindOf, nameOf, type ProjectGraph } from "./graph";
import type { LineageView } from "./view-state";

export interface SidePaneProps {
  graph: ProjectGraph;
  uniqueId: string;
  side: LineageView["side"];
  onSide: (side: LineageView["side"]) => void;
  columns: { data: ModelColumns | undefined; error: unknown };
  chosen: LineageColumn | null;
  lineage: { data: ColumnLineage | undefined; error: unknown };
  impact: readonly ImpactGroup[];
  onColumn: (column: LineageColumn | null) => void;
  onSelect: (id: string) => void;
  onOpen: (id: string) => void;
  readColumns: ReadColumns | null;
}

/** Has the warehouse read for the columns of a node; null where the person may not. */
export type ReadColumns = (node: IndexNode) => Promise<unknown>;

/** Columns of the chosen node with where each comes from, and what a change of it may break. */
export function SidePane(props: SidePaneProps) {
  const { graph, uniqueId, side, onSide, impact } = props;
  const node = graph.nodes.get(uniqueId);
  const count = impact.reduce((sum, { nodes }) => sum + nodes.length, 0);
  return (
    <section aria-label="Details of the node" className="flex w-80 shrink-0 flex-col border-l border-line bg-panel">
      <div className="flex items-center gap-2 px-3 pt-2">
        <span className="min-w-0 flex-1">
          <span className="block truncate font-medium">{node ? nameOf(node) : uniqueId}</span>
          <span className="block truncate text-xs text-muted">
            {node ? `${kindOf(node)} · ${node.path}` : "A table outside of the project"}
          </span>
        </span>
        {node && (
          <Button size="small" onClick={() => props.onOpen(uniqueId)}>
            Open
          </Button>
        )}
      </div>
      <Tabs
        label="Details of the node"
        value={side}
        onChange={onSide}
        className="flex-1"
        items={[
          { value: "columns", label: "Columns", content: <Columns {...props} /> },
          {
            value: "impact",
            label: (
              <>
                Impact <Badge>{count}</Badge>
              </>
            ),
            content: <Impact {...props} />,
          },
        ]}
      />
    </section>
  );
}

function Columns({ graph, uniqueId, columns, chosen, lineage, onColumn, readColumns }: SidePaneProps) {
  if (columns.error) return <ErrorState title="The columns are not known" message={errorText(columns.error)} />;
  const node = columns.data?.nodes.find((candidate) => candidate.uniqueId === uniqueId);
  if (!node) {
    return (
      <p className="flex items-center gap-2 p-3 text-muted" role="status">
        <Spinner /> Reading the columns
      </p>
    );
  }
  const source = graph.nodes.get(uniqueId);
  return (
    <div className="py-1">
      {chosen && (
        <div className="flex items-center justify-between gap-2 px-3 py-1">
          <span className="text-xs text-muted">
            {lineage.data?.truncated
              ? "Only the nearest columns are drawn."
              : lineage.data?.pending
                ? "Still being worked out…"
                : "Its columns above and below are drawn."}
          </span>
          <Button size="small" onClick={() => onColumn(null)}>
            Back to models
          </Button>
        </div>
      )}
      {lineage.error ? <ErrorState title="No lineage" message={errorText(lineage.error)} /> : null}
      {node.unresolved.map((reason) => (
        <p key={reason} className="px-3 py-1 text-warning">
          {reason}
        </p>
      ))}
      {!node.complete && <p className="px-3 py-1 text-xs text-muted">It may have columns that are not known here.</p>}
      {!node.complete && readColumns !== null && source?.resourceType === "source" && (
        <ReadButton key={uniqueId} read={() => readColumns(source)} />
      )}
      {node.readAt !== undefined && (
        <p className="px-3 py-1 text-xs text-muted">
          As the warehouse had them at {new Date(node.readAt).toLocaleTimeString(undefined, { timeStyle: "short" })}.
        </p>
      )}
      <ul aria-label="Columns">
        {node.columns.map((column) => {
          const pressed = chosen?.uniqueId === uniqueId && chosen.column.toLowerCase() === column.name.toLowerCase();
          return (
            <li key={column.name}>
              <button
                type="button"
                aria-pressed={pressed}
                className="w-full px-3 py-1 text-left hover:bg-hover aria-pressed:bg-selected"
                onClick={() => onColumn(pressed ? null : { uniqueId, column: column.name })}
              >
                <span className="block truncate font-mono text-xs">
                  {column.name}
                  {column.type !== undefined && <span className="text-muted"> {column.type.toLowerCase()}</span>}
                </span>
                <span className="block text-xs text-muted">{origin(column)}</span>
                {column.unresolved.map((reason) => (
                  <span key={reason} className="block text-xs text-warning">
                    Not resolved: {reason}
                  </span>
                ))}
              </button>
            </li>
          );
        })}
      </ul>
      {node.columns.length === 0 && <p className="px-3 py-1 text-muted">No column of it is known.</p>}
    </div>
  );
}

/** The session tells of the new columns by its next `lineage` event. */
function ReadButton({ read }: { read: () => Promise<unknown> }) {
  const [reading, setReading] = useState(false);
  async function start() {
    setReading(true);
    try {
      await read();
    } catch (error) {
      toast.error("The columns could not be read", { description: errorText(error) });
    } finally {
      setReading(false);
    }
  }
  return (
    <div className="px-3 py-1">
      <Button size="small" busy={reading} onClick={() => void start()}>
        Read its columns
      </Button>
    </div>
  );
}

function origin(column: ModelColumns["nodes"][number]["columns"][number]): string {
  const shown = column.sources.slice(0, 3).map(({ uniqueId, column: name, kind }) => {
    return `${kind} from ${uniqueId.split(".").slice(-1)[0]}.${name}`;
  });
  const rest = column.sources.length - shown.length;
  if (shown.length === 0) return column.unresolved.length > 0 ? "" : "made here or read from the warehouse";
  return `${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function Impact({ impact, chosen, onSelect, onOpen }: SidePaneProps) {
  const what = chosen ? `a change of the column ${chosen.column}` : "a change";
  if (impact.length === 0) return <p className="p-3 text-muted">Nothing in this project breaks by {what} here.</p>;
  return (
    <div className="py-1">
      <p className="px-3 py-1 text-xs text-muted">What may break by {what}:</p>
      {impact.map(({ title, nodes }) => (
        <section key={title} aria-label={title}>
          <h3 className="px-3 pt-1 text-xs font-medium text-muted">
            {title} <span>{nodes.length}</span>
          </h3>
          <ul>
            {nodes.map(({ node, columns }) => (
              <li key={node.uniqueId}>
                <button
                  type="button"
                  className="w-full truncate px-3 py-0.5 text-left hover:bg-hover"
                  onClick={() => onSelect(node.uniqueId)}
                  onDoubleClick={() => onOpen(node.uniqueId)}
                >
                  {nameOf(node)}
                  {columns.length > 0 && <span className="text-xs text-muted"> · {columns.join(", ")}</span>}
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

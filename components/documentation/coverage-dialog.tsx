"use client";
import { useMemo, useState } from "react";
import { useStore } from "@/components/shell";
import { Dialog, EmptyState, Input } from "@/components/ui";
import { coverageOf, type NodeCoverage, share } from "./coverage";
import type { EditorPort } from "./editor-port";

/** How far the project is described and tested, node by node; what is described least comes first. */
export function CoverageDialog({ controller, onClose }: { controller: EditorPort; onClose: () => void }) {
  const lookup = useStore(controller.lookup);
  const coverage = useMemo(() => coverageOf(lookup.index), [lookup]);
  const [filter, setFilter] = useState("");
  const shown = coverage.nodes.filter(({ node }) => node.name.toLowerCase().includes(filter.trim().toLowerCase()));
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      size="large"
      title="Documentation coverage"
      description={`${coverage.described} of ${coverage.nodes.length} have a description, ${coverage.describedColumns} of ${coverage.columns} listed columns have one, ${coverage.tested} have tests.`}
    >
      <Input
        aria-label="Filter by name"
        placeholder="Filter by name"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
      />
      {shown.length === 0 ? (
        <EmptyState title="Nothing of that name">
          The project's own models, seeds, snapshots and sources are listed.
        </EmptyState>
      ) : (
        <table className="mt-2 w-full border-collapse text-left">
          <thead className="text-xs text-muted">
            <tr className="border-b border-line">
              {["Name", "Kind", "Description", "Columns", "Tests", "Described"].map((title) => (
                <th key={title} scope="col" className="py-1 pr-3 font-medium">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.slice(0, 500).map((row) => (
              <Row
                key={row.node.uniqueId}
                row={row}
                onOpen={() => {
                  controller.open(row.node.path, { place: row.node.line ? { line: row.node.line } : null });
                  onClose();
                }}
              />
            ))}
          </tbody>
        </table>
      )}
      {shown.length > 500 && <p className="mt-2 text-muted">The first 500 of {shown.length} are shown.</p>}
    </Dialog>
  );
}

function Row({ row, onOpen }: { row: NodeCoverage; onOpen: () => void }) {
  const { node, described, columns, describedColumns, tests } = row;
  const percent = Math.round(share(row) * 100);
  return (
    <tr className="border-b border-line last:border-0">
      <td className="py-1 pr-3">
        <button type="button" className="text-accent hover:underline" onClick={onOpen}>
          {node.sourceName ? `${node.sourceName}.${node.name}` : node.name}
        </button>
      </td>
      <td className="py-1 pr-3 text-muted">{node.resourceType}</td>
      <td className="py-1 pr-3">{described ? "yes" : "missing"}</td>
      <td className="py-1 pr-3 tabular-nums">
        {columns === 0 ? <span className="text-muted">none listed</span> : `${describedColumns} of ${columns}`}
      </td>
      <td className="py-1 pr-3 tabular-nums">{tests}</td>
      <td className="py-1">
        <div className="flex items-center gap-2">
          <div aria-hidden className="h-1.5 w-20 overflow-hidden rounded-full bg-sunken">
            <div className="h-full bg-accent-solid" style={{ width: `${percent}%` }} />
          </div>
          <span className="tabular-nums">{percent} %</span>
        </div>
      </td>
    </tr>
  );
}

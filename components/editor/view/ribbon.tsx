"use client";
import { ArrowLeft, ArrowRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useStore } from "@/components/shell";
import type { IndexNode } from "@/server/contract";
import { neighbours } from "../language/navigation";
import type { EditorController } from "../model/controller";

const shown = 3;

/** Above a file of the project: what its node reads and what reads it, each a way there. */
export function Ribbon({ controller, path }: { controller: EditorController; path: string }) {
  const lookup = useStore(controller.lookup);
  const node = lookup.nodeOfFile(path);
  if (!node || node.resourceType === "test" || node.resourceType === "unit_test") {
    return null;
  }
  return (
    <nav
      aria-label="Depends on and used by"
      className="flex h-7 shrink-0 items-center gap-4 overflow-x-auto border-b border-line px-3 text-xs whitespace-nowrap text-muted [scrollbar-width:none]"
    >
      <Neighbours
        controller={controller}
        icon={<ArrowLeft />}
        title="Depends on"
        nodes={node.dependsOn.flatMap((id) => lookup.node(id) ?? [])}
      />
      <Neighbours
        controller={controller}
        icon={<ArrowRight />}
        title="Used by"
        nodes={neighbours(lookup.usedBy(node.uniqueId))}
      />
    </nav>
  );
}

function Neighbours({
  controller,
  icon,
  title,
  nodes,
}: {
  controller: EditorController;
  icon: ReactNode;
  title: string;
  nodes: readonly IndexNode[];
}) {
  const [all, setAll] = useState(false);
  const visible = all ? nodes : nodes.slice(0, shown);
  return (
    <div className={`flex items-center gap-1 [&_svg]:size-3 [&_svg]:shrink-0 ${all ? "shrink-0" : "min-w-0"}`}>
      <span aria-hidden className="flex text-faint">
        {icon}
      </span>
      <span className="shrink-0">
        {title}
        {nodes.length === 0 ? " nothing" : nodes.length > shown && ` ${nodes.length}`}
      </span>
      {visible.map((node) => (
        <button
          key={node.uniqueId}
          type="button"
          title={`${node.name} · ${node.resourceType} · ${node.path}`}
          className={`rounded-[3px] px-1 text-accent hover:bg-hover ${all ? "" : "min-w-[5ch] truncate"}`}
          onClick={() => controller.open(node.path, { place: node.line ? { line: node.line } : null })}
        >
          {node.sourceName ? `${node.sourceName}.${node.name}` : node.name}
        </button>
      ))}
      {nodes.length > shown && (
        <button
          type="button"
          aria-expanded={all}
          aria-label={all ? `${title}: show fewer` : `${title}: show all ${nodes.length}`}
          className="shrink-0 rounded-[3px] px-1 hover:bg-hover"
          onClick={() => setAll(!all)}
        >
          {all ? "fewer" : "all"}
        </button>
      )}
    </div>
  );
}

"use client";
import { ArrowLeft, ArrowRight, FileText } from "lucide-react";
import { type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useStore } from "@/components/shell";
import type { IndexNode } from "@/server/contract";
import { neighboursOfFile } from "../language/navigation";
import type { EditorController } from "../model/controller";

/** Width of what stands around the names of a list: paddings, arrow and title; counts and the way to all of them; around each name. */
const aroundList = 100;
const aroundMore = 84;
const aroundName = 12;
/** More of them make no sense in one line, however wide it is. */
const mostShown = 12;

/** What a node is called in a list of neighbours. */
function titleOf(node: IndexNode): string {
  return node.sourceName ? `${node.sourceName}.${node.name}` : node.name;
}

/**
 * Above a file of the project: what its node reads and what reads it, each a way there. Above YAML: what it describes, and what reads
 * and uses that which it defines itself.
 */
export function Ribbon({ controller, path }: { controller: EditorController; path: string }) {
  const lookup = useStore(controller.lookup);
  const found = useMemo(() => neighboursOfFile(lookup, path), [lookup, path]);
  if (found === null) {
    return null;
  }
  const { described, above, below } = found;
  return (
    <Rows
      key={path}
      controller={controller}
      lists={[
        ...(described.length > 0 ? [{ title: "Describes", icon: <FileText />, nodes: described }] : []),
        ...(described.length > 0 && above.length === 0
          ? []
          : [{ title: "Depends on", icon: <ArrowLeft />, nodes: above }]),
        ...(described.length > 0 && below.length === 0
          ? []
          : [{ title: "Used by", icon: <ArrowRight />, nodes: below }]),
      ]}
    />
  );
}

interface List {
  readonly title: string;
  readonly icon: ReactNode;
  readonly nodes: readonly IndexNode[];
}

function Rows({ controller, lists }: { controller: EditorController; lists: readonly List[] }) {
  const [all, setAll] = useState(false);
  const row = useRef<HTMLElement>(null);
  const shown = useFitting(
    row,
    lists.map(({ nodes }) => nodes.map(titleOf)),
  );
  return (
    <nav
      ref={row}
      aria-label="Depends on and used by"
      className={`flex min-h-7 shrink-0 gap-x-4 border-b border-line px-3 text-xs text-muted ${all ? "max-h-40 flex-col overflow-y-auto py-1" : "h-7 items-center overflow-hidden whitespace-nowrap"}`}
    >
      {lists.map((list, index) => (
        <Neighbours
          key={list.title}
          {...{ controller, ...list, all }}
          shown={shown[index] ?? 0}
          onAll={() => setAll(!all)}
        />
      ))}
    </nav>
  );
}

/** How many names of each list stand whole in the row, one of each in turn, and at least the first of each. */
function useFitting(row: RefObject<HTMLElement | null>, lists: readonly (readonly string[])[]): readonly number[] {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = row.current;
    if (!element) {
      return;
    }
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    setWidth(element.clientWidth);
    observer.observe(element);
    return () => observer.disconnect();
  }, [row]);
  const needs = (name: string) => (width === 0 ? 0 : widthOf(name, row.current) + aroundName);
  const room = width - lists.length * aroundList;
  const inTurn = Array.from({ length: mostShown }, (_, turn) =>
    lists.flatMap((names, list) => (turn < names.length ? { list, turn, needed: needs(names[turn] ?? "") } : [])),
  ).flat();
  const isWhole = inTurn.reduce((sum, { needed }) => sum + needed, 0) <= room;
  const shown = lists.map(() => 0);
  let left = room - (isWhole ? 0 : aroundMore);
  for (const { list, turn, needed } of inTurn) {
    if (shown[list] === turn && (needed <= left || turn === 0)) {
      shown[list] = turn + 1;
      left -= needed;
    }
  }
  return shown;
}

let pen: CanvasRenderingContext2D | null = null;

/** Width of a text in an element's font. */
function widthOf(text: string, element: HTMLElement | null): number {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen || !element) {
    return 0;
  }
  pen.font = getComputedStyle(element).font;
  return Math.ceil(pen.measureText(text).width);
}

function Neighbours({
  controller,
  icon,
  title,
  nodes,
  shown,
  all,
  onAll,
}: {
  controller: EditorController;
  icon: ReactNode;
  title: string;
  nodes: readonly IndexNode[];
  shown: number;
  all: boolean;
  onAll: () => void;
}) {
  const hidden = nodes.length - shown;
  return (
    <div className={`flex min-w-0 items-center gap-1 [&_svg]:size-3 [&_svg]:shrink-0 ${all ? "flex-wrap" : ""}`}>
      <span aria-hidden className="flex text-faint">
        {icon}
      </span>
      <span className="shrink-0">
        {title}
        {nodes.length === 0 ? " nothing" : hidden > 0 && ` ${nodes.length}`}
      </span>
      {(all ? nodes : nodes.slice(0, shown)).map((node) => (
        <button
          key={node.uniqueId}
          type="button"
          title={`${node.name} · ${node.resourceType} · ${node.path}`}
          className="h-6 min-w-0 truncate rounded-[3px] px-1 text-accent hover:bg-hover"
          onClick={() => controller.open(node.path, { place: node.line ? { line: node.line } : null })}
        >
          {titleOf(node)}
        </button>
      ))}
      {hidden > 0 && (
        <button
          type="button"
          aria-expanded={all}
          aria-label={all ? `${title}: show fewer` : `${title}: show all ${nodes.length}`}
          className="h-6 min-w-6 shrink-0 rounded-[3px] px-1 hover:bg-hover hover:text-ink"
          onClick={onAll}
        >
          {all ? "fewer" : `+${hidden}`}
        </button>
      )}
    </div>
  );
}

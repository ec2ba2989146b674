"use client";
import { ArrowLeft, ArrowRight } from "lucide-react";
import { type ReactNode, type RefObject, useLayoutEffect, useRef, useState } from "react";
import { useStore } from "@/components/shell";
import type { IndexNode } from "@/server/contract";
import { neighbours } from "../language/navigation";
import type { EditorController } from "../model/controller";

/** Width of what stands around the names: paddings, arrows and titles; counts and the way to all of them; around each name. */
const aroundRow = 200;
const aroundMore = 84;
const aroundName = 12;
/** More of them make no sense in one line, however wide it is. */
const mostShown = 12;

/** What a node is called in a list of neighbours. */
function titleOf(node: IndexNode): string {
  return node.sourceName ? `${node.sourceName}.${node.name}` : node.name;
}

/** Above a file of the project: what its node reads and what reads it, each a way there. */
export function Ribbon({ controller, path }: { controller: EditorController; path: string }) {
  const lookup = useStore(controller.lookup);
  const node = lookup.nodeOfFile(path);
  if (!node || node.resourceType === "test" || node.resourceType === "unit_test") {
    return null;
  }
  const above = node.dependsOn.flatMap((id) => lookup.node(id) ?? []);
  return <Rows key={path} controller={controller} above={above} below={neighbours(lookup.usedBy(node.uniqueId))} />;
}

function Rows({
  controller,
  above,
  below,
}: {
  controller: EditorController;
  above: readonly IndexNode[];
  below: readonly IndexNode[];
}) {
  const [all, setAll] = useState(false);
  const row = useRef<HTMLElement>(null);
  const [aboveShown, belowShown] = useFitting(row, [above.map(titleOf), below.map(titleOf)]);
  const toggle = { all, onAll: () => setAll(!all) };
  return (
    <nav
      ref={row}
      aria-label="Depends on and used by"
      className={`flex min-h-7 shrink-0 gap-x-4 border-b border-line px-3 text-xs text-muted ${all ? "max-h-40 flex-col overflow-y-auto py-1" : "h-7 items-center overflow-hidden whitespace-nowrap"}`}
    >
      <Neighbours
        {...{ controller, ...toggle }}
        icon={<ArrowLeft />}
        title="Depends on"
        nodes={above}
        shown={aboveShown}
      />
      <Neighbours
        {...{ controller, ...toggle }}
        icon={<ArrowRight />}
        title="Used by"
        nodes={below}
        shown={belowShown}
      />
    </nav>
  );
}

/** How many names of each of two lists stand whole in the row, one of each in turn, and at least the first. */
function useFitting(row: RefObject<HTMLElement | null>, lists: readonly [string[], string[]]): [number, number] {
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
  const shown: [number, number] = [0, 0];
  const whole =
    lists
      .flat()
      .slice(0, 2 * mostShown)
      .reduce((sum, name) => sum + needs(name), 0) <=
    width - aroundRow;
  let left = width - aroundRow - (whole ? 0 : aroundMore);
  for (let turn = 0; turn < 2 * mostShown; turn += 1) {
    const list = turn % 2 === 0 ? 0 : 1;
    const name = lists[list][shown[list]];
    const needed = name === undefined ? 0 : needs(name);
    if (name !== undefined && shown[list] === Math.floor(turn / 2) && (needed <= left || shown[list] === 0)) {
      shown[list] += 1;
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

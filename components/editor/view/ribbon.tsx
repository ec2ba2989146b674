"use client";
import { ArrowLeft, ArrowRight, FileText } from "lucide-react";
import { type ReactNode, type RefObject, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useStore } from "@/components/shell";
import type { IndexNode } from "@/server/contract";
import { neighboursOfFile } from "../language/navigation";
import type { ProjectLookup } from "../language/project-lookup";
import type { EditorController } from "../model/controller";

/** Width of what stands around the names of a list: paddings, arrow and title; counts and the way to all of them; around each name. */
const aroundList = 100;
const aroundMore = 84;
const aroundName = 12;
/** More of them make no sense in one line, however wide it is. */
const mostShown = 12;

/**
 * Above a file of the project: what its node reads and what reads it, each a way there. Above YAML: what it describes, and what reads
 * and uses that which it defines itself. Above macros: what calls them.
 */
export function Ribbon({ controller, path }: { controller: EditorController; path: string }) {
  const lookup = useStore(controller.lookup);
  const found = useMemo(() => neighboursOfFile(lookup, path), [lookup, path]);
  if (lookup.isMacroFile(path)) {
    return <MacroRibbon key={path} controller={controller} lookup={lookup} path={path} />;
  }
  if (found === null) {
    return null;
  }
  const all: List[] = [
    { title: "Describes", icon: <FileText />, entries: found.described.map(entryOfNode) },
    { title: "Depends on", icon: <ArrowLeft />, entries: found.above.map(entryOfNode) },
    { title: "Used by", icon: <ArrowRight />, entries: found.below.map(entryOfNode) },
  ];
  // What only describes others has no neighbours of its own, and nobody expects any.
  const lists = found.described.length > 0 ? all.filter(({ entries }) => entries.length > 0) : all.slice(1);
  return <Rows controller={controller} path={path} lists={lists} />;
}

/** What calls the macros of a file is looked for in the texts of the project, and follows when it is found. */
function MacroRibbon({
  controller,
  lookup,
  path,
}: {
  controller: EditorController;
  lookup: ProjectLookup;
  path: string;
}) {
  const [users, setUsers] = useState<readonly Entry[] | "looking" | "unknown">("looking");
  useEffect(() => {
    const { language } = controller;
    let gone = false;
    const show = (found: typeof users) => {
      if (!gone) {
        setUsers(found);
      }
    };
    language
      ?.service()
      .then((service) => service.usersOfMacros(path))
      .then((files) => show(files.map((file) => entryOfFile(lookup, file))))
      .catch((error: unknown) => {
        console.warn(`What uses the macros of ${path} could not be looked for.`, error);
        show("unknown");
      });
    return () => {
      gone = true;
    };
  }, [controller, lookup, path]);
  const note = users === "looking" ? "…" : users === "unknown" ? "files that could not be read" : null;
  const entries = typeof users === "string" ? [] : users;
  return (
    <Rows controller={controller} path={path} lists={[{ title: "Used by", icon: <ArrowRight />, entries, note }]} />
  );
}

/** A way to a neighbour. */
interface Entry {
  readonly key: string;
  readonly title: string;
  readonly hint: string;
  readonly path: string;
  readonly line: number | null;
}
interface List {
  readonly title: string;
  readonly icon: ReactNode;
  readonly entries: readonly Entry[];
  /** What is said in place of entries. */
  readonly note?: string | null;
}

function entryOfNode({ uniqueId, name, sourceName, resourceType, path, line }: IndexNode): Entry {
  const title = sourceName ? `${sourceName}.${name}` : name;
  return { key: uniqueId, title, hint: `${name} · ${resourceType} · ${path}`, path, line };
}

function entryOfFile(lookup: ProjectLookup, path: string): Entry {
  const node = lookup.nodeOfFile(path);
  const title = path.split("/").at(-1) ?? path;
  return node && path.endsWith(".sql") ? entryOfNode(node) : { key: path, title, hint: path, path, line: null };
}

function Rows({ controller, path, lists }: { controller: EditorController; path: string; lists: readonly List[] }) {
  const [openFor, setOpenFor] = useState<string | null>(null);
  const all = openFor === path;
  const row = useRef<HTMLElement>(null);
  const shown = useFitting(
    row,
    lists.map(({ entries }) => entries.map(({ title }) => title)),
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
          onAll={() => setOpenFor(all ? null : path)}
        />
      ))}
    </nav>
  );
}

/** How many names of each list stand whole in the row, one of each in turn, and at least the first of each. */
function useFitting(row: RefObject<HTMLElement | null>, lists: readonly (readonly string[])[]): readonly number[] {
  const [{ width, font }, setRoom] = useState({ width: 0, font: "" });
  useLayoutEffect(() => {
    const element = row.current;
    if (!element) {
      return;
    }
    const measure = () => setRoom({ width: element.clientWidth, font: getComputedStyle(element).font });
    const observer = new ResizeObserver(measure);
    measure();
    observer.observe(element);
    return () => observer.disconnect();
  }, [row]);
  const needs = (name: string) => (width === 0 ? 0 : widthOf(name, font) + aroundName);
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

/** Width of a text in a font. */
function widthOf(text: string, font: string): number {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) {
    return 0;
  }
  pen.font = font;
  return Math.ceil(pen.measureText(text).width);
}

function Neighbours({
  controller,
  icon,
  title,
  entries,
  note = null,
  shown,
  all,
  onAll,
}: List & {
  controller: EditorController;
  shown: number;
  all: boolean;
  onAll: () => void;
}) {
  const hidden = entries.length - shown;
  const said =
    note === null ? (entries.length === 0 ? " nothing" : hidden > 0 ? ` ${entries.length}` : "") : ` ${note}`;
  return (
    <div className={`flex min-w-0 items-center gap-1 [&_svg]:size-3 [&_svg]:shrink-0 ${all ? "flex-wrap" : ""}`}>
      <span aria-hidden className="flex text-faint">
        {icon}
      </span>
      <span className="shrink-0">
        {title}
        {said}
      </span>
      {(all ? entries : entries.slice(0, shown)).map((entry) => (
        <button
          key={entry.key}
          type="button"
          title={entry.hint}
          className="h-6 min-w-0 truncate rounded-[3px] px-1 text-accent hover:bg-hover"
          onClick={() => controller.open(entry.path, { place: entry.line ? { line: entry.line } : null })}
        >
          {entry.title}
        </button>
      ))}
      {hidden > 0 && (
        <button
          type="button"
          aria-expanded={all}
          aria-label={all ? `${title}: show fewer` : `${title}: show all ${entries.length}`}
          className="h-6 min-w-6 shrink-0 rounded-[3px] px-1 hover:bg-hover hover:text-ink"
          onClick={onAll}
        >
          {all ? "fewer" : `+${hidden}`}
        </button>
      )}
    </div>
  );
}

"use client";
import { BookOpen, Braces, ChevronRight, FileText, Sheet, Table2 } from "lucide-react";
import { memo } from "react";
import { classNames } from "@/components/ui";
import type { TreeRow } from "./tree";

/** Pixels of one line of the tree. */
export const rowHeight = 24;

const letters = { added: "A", modified: "M", deleted: "D" } as const;

function fileIcon(name: string) {
  if (name.endsWith(".sql")) return <Table2 />;
  if (/\.ya?ml$/.test(name)) return <Braces />;
  if (/\.[ct]sv$/.test(name)) return <Sheet />;
  if (name.endsWith(".md")) return <BookOpen />;
  return <FileText />;
}

export interface TreeRowViewProps {
  row: TreeRow;
  /** Among the lines of the tree, from 0. */
  index: number;
  /** The open file. */
  open: boolean;
  /** Where the keys of the tree are. */
  current: boolean;
  /** What Git says of the file. */
  change: keyof typeof letters | null;
  /** A folder that holds a change. */
  changedInside: boolean;
  /** What is dragged would be dropped in its folder. */
  dropping: boolean;
  draggable: boolean;
}

/** One line of the tree, found by `data-path`: the tree hears what is done with it. */
export const TreeRowView = memo(function TreeRowView(props: TreeRowViewProps) {
  const { row, index, open, current, change, changedInside, dropping, draggable } = props;
  const { node, level } = row;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus; the row is its active descendant.
    <div
      id={`tree-${index}`}
      role="treeitem"
      data-path={node.path}
      aria-level={level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={node.kind === "folder" ? row.expanded : undefined}
      aria-selected={open}
      aria-label={change ? `${node.name}, ${change}` : node.name}
      draggable={draggable}
      style={{
        height: rowHeight,
        transform: `translateY(${index * rowHeight}px)`,
        paddingLeft: 6 + (level - 1) * 12,
      }}
      className={classNames(
        "absolute inset-x-0 top-0 flex cursor-default items-center gap-1 pr-2 select-none hover:bg-hover",
        open && "bg-selected hover:bg-selected",
        current &&
          "group-focus-visible:outline-2 group-focus-visible:-outline-offset-1 group-focus-visible:outline-accent",
        dropping && "bg-accent-soft",
      )}
    >
      <span aria-hidden className="flex w-4 shrink-0 justify-center text-faint">
        {node.kind === "folder" && (
          <ChevronRight className={classNames("size-3.5 transition-transform", row.expanded && "rotate-90")} />
        )}
      </span>
      {node.kind === "file" && (
        <span aria-hidden className="text-faint [&_svg]:size-3.5">
          {fileIcon(node.name)}
        </span>
      )}
      <span
        className={classNames(
          "min-w-0 flex-1 truncate",
          change === "added" && "text-success",
          change === "modified" && "text-warning",
        )}
      >
        {node.name}
      </span>
      {change ? (
        <span
          aria-hidden
          className={classNames("text-xs font-semibold", change === "added" ? "text-success" : "text-warning")}
        >
          {letters[change]}
        </span>
      ) : (
        changedInside && <span aria-hidden className="size-1.5 rounded-full bg-warning" />
      )}
    </div>
  );
});

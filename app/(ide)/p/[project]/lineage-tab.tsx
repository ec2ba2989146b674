import { Waypoints } from "lucide-react";
import { useState } from "react";
import { type EditorController, useActivePath } from "@/components/editor";
import { LineagePanel } from "@/components/lineage";
import { Store, useStore } from "@/components/shell";
import type { IndexNode } from "@/server/contract";

/** Counts what may have changed the lineage of columns. */
export function useLineageNews(): Store<number> {
  return useState(() => new Store(0))[0];
}

export const LineageIcon = Waypoints;

/** The lineage panel, told of the editor's project and file. */
export function LineageTab({
  controller,
  ...rest
}: {
  controller: EditorController;
  workspaceId: string;
  environmentId: string | null;
  news: Store<number>;
  /** Has the warehouse read for the columns of a node; null where the person may not. */
  readColumns: ((node: IndexNode) => Promise<unknown>) | null;
}) {
  const { index } = useStore(controller.lookup);
  const activePath = useActivePath(controller);
  return (
    <LineagePanel
      {...rest}
      index={index}
      activePath={activePath}
      onOpen={(path, line) => controller.open(path, { place: line === null ? null : { line } })}
    />
  );
}

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTRPCClient } from "@/components/api";
import type { ColumnLineage, LineageColumn } from "@/server/contract";

interface Place {
  readonly workspaceId: string;
  readonly environmentId: string | null;
}

const mostEdges = 3000;

/** The nodes that a selector chooses, asked again when the graph changed. */
export function useSelection(place: Place, { select, exclude }: { select: string; exclude: string }, version: number) {
  const client = useTRPCClient();
  const { workspaceId, environmentId } = place;
  return useQuery({
    queryKey: ["lineage", "select", workspaceId, environmentId, select, exclude, version],
    queryFn: ({ signal }) =>
      client.lineage.select.query({ workspaceId, environmentId: environmentId ?? "", select, exclude }, { signal }),
    enabled: environmentId !== null && (select !== "" || exclude !== ""),
    retry: false,
    placeholderData: keepPreviousData,
  });
}

/** Columns of one node; `news` counts what may have changed them. */
export function useColumns(place: Place, uniqueId: string | null, news: string) {
  const client = useTRPCClient();
  const { workspaceId, environmentId } = place;
  return useQuery({
    queryKey: ["lineage", "columns", workspaceId, environmentId, uniqueId, news],
    queryFn: ({ signal }) =>
      client.lineage.columns.query(
        { workspaceId, environmentId: environmentId ?? "", uniqueIds: [uniqueId ?? ""] },
        { signal },
      ),
    enabled: environmentId !== null && uniqueId !== null,
    retry: false,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.nodes[0]?.pending ? 500 : false),
  });
}

/** Everything above and below one column. */
export function useColumnLineage(place: Place, column: LineageColumn | null, news: string) {
  const client = useTRPCClient();
  const { workspaceId, environmentId } = place;
  return useQuery({
    queryKey: ["lineage", "column", workspaceId, environmentId, column, news],
    queryFn: ({ signal }) =>
      client.lineage.column.query(
        {
          workspaceId,
          environmentId: environmentId ?? "",
          uniqueId: column?.uniqueId ?? "",
          column: column?.column ?? "",
          upstream: true,
          downstream: true,
          limit: mostEdges,
        },
        { signal },
      ),
    enabled: environmentId !== null && column !== null,
    retry: false,
    // Another column's lineage would be drawn as this one's.
    placeholderData: (previous, query) => (isSame(query?.queryKey[4], column) ? previous : undefined),
    refetchInterval: ({ state }) => (state.data?.pending ? 700 : false),
  });
}

function isSame(one: unknown, other: LineageColumn | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The columns made of the chosen one and the nodes whose rows it decides, by node. */
export function useAffected(column: LineageColumn | null, lineage: ColumnLineage | undefined) {
  return useMemo(() => {
    if (column === null || !lineage) return null;
    const key = ({ uniqueId, column: name }: LineageColumn) => `${uniqueId} ${name.toLowerCase()}`;
    const found = new Map<string, string[]>([[column.uniqueId, [column.column]]]);
    const seen = new Set([key(column)]);
    const waiting = [key(column)];
    const below = new Map<string, LineageColumn[]>();
    for (const { source, target } of lineage.edges) {
      below.set(key(source), [...(below.get(key(source)) ?? []), target]);
    }
    for (const at of waiting) {
      for (const target of below.get(at) ?? []) {
        if (seen.has(key(target))) continue;
        seen.add(key(target));
        waiting.push(key(target));
        found.set(target.uniqueId, [...(found.get(target.uniqueId) ?? []), target.column]);
      }
    }
    for (const { source, target } of lineage.uses) {
      if (seen.has(key(source)) && !found.has(target)) found.set(target, []);
    }
    return found;
  }, [column, lineage]);
}

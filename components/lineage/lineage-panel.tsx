"use client";
import { Waypoints } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { errorText } from "@/components/api";
import { matchScore, type Store, useStore } from "@/components/shell";
import { EmptyState, ErrorState, toast } from "@/components/ui";
import type { LineageColumn, ProjectIndex } from "@/server/contract";
import { cutting, download, toPng, toSvg } from "./export-image";
import { impactOf, isCheck, ProjectGraph, widened } from "./graph";
import { type GraphHandle, GraphView } from "./graph-view";
import { ListView } from "./list-view";
import { columnScene, modelScene } from "./scene";
import { type ReadColumns, SidePane } from "./side-pane";
import { Toolbar } from "./toolbar";
import { useAffected, useColumnLineage, useColumns, useSelection } from "./use-lineage";
import { lineageView } from "./view-state";

export interface LineagePanelProps {
  workspaceId: string;
  environmentId: string | null;
  index: ProjectIndex;
  activePath: string | null;
  /** Counts what may have changed the lineage of columns. */
  news: Store<number>;
  onOpen: (path: string, line: number | null) => void;
  readColumns: ReadColumns | null;
}

/** The graph around the open file (or what a selector chooses), its columns, and what breaks downstream. */
export function LineagePanel(props: LineagePanelProps) {
  const { workspaceId, environmentId, index, activePath, news, onOpen, readColumns } = props;
  const store = lineageView(workspaceId);
  const view = useStore(store);
  const change = (part: Partial<typeof view>) => store.update((state) => ({ ...state, ...part }));
  const handle = useRef<GraphHandle>(null);
  const place = { workspaceId, environmentId };
  const graph = useMemo(() => new ProjectGraph(index), [index]);
  const focus = activePath === null ? null : (graph.ofPath(activePath)?.uniqueId ?? null);
  // Another file is opened to look at that one, not at what was selected beside the last.
  useEffect(() => {
    if (store.get().focus !== focus) store.update((known) => ({ ...known, focus, selected: null }));
  }, [store, focus]);
  const selecting = view.select !== "" || view.exclude !== "";
  const selection = useSelection(place, view, index.version);
  const state = `${index.version}/${useStore(news)}`;
  const column = view.column !== null && graph.nodes.has(view.column.uniqueId) ? view.column : null;
  const lineage = useColumnLineage(place, column, state);
  const affected = useAffected(column, lineage.data);

  const chosenIds = selection.data?.uniqueIds;
  const scene = useMemo(() => {
    if (column !== null && lineage.data) return columnScene(graph, column, lineage.data);
    const ids = selecting
      ? new Set(chosenIds ?? [])
      : view.whole || focus === null
        ? new Set(graph.nodes.keys())
        : graph.around({ focus, up: view.up, down: view.down });
    return modelScene(graph, ids, view.checks || (selecting && [...ids].every((id) => isTest(graph, id))));
  }, [graph, focus, view.up, view.down, view.whole, view.checks, selecting, chosenIds, column, lineage.data]);

  const search = view.search.trim();
  const matches = useMemo(
    () =>
      search === ""
        ? null
        : new Set(scene.nodes.filter((node) => (matchScore(node.title, search) ?? 0) > 0).map(({ id }) => id)),
    [scene, search],
  );
  const chosen = view.selected !== null && graph.nodes.has(view.selected) ? view.selected : null;
  const selected = chosen !== null && scene.byId.has(chosen) ? chosen : null;
  const detail = chosen ?? column?.uniqueId ?? (focus !== null && scene.byId.has(focus) ? focus : null);
  const columns = useColumns(place, detail, state);
  const impactStart = column?.uniqueId ?? detail;
  const impact = useMemo(
    () => (impactStart === null ? [] : impactOf(graph, impactStart, column === null ? null : affected)),
    [graph, impactStart, column, affected],
  );

  if (index.nodes.length === 0) {
    return (
      <EmptyState icon={<Waypoints />} title="No lineage yet">
        It appears here as soon as the dbt session has read the project.
      </EmptyState>
    );
  }
  const open = (id: string) => {
    const node = graph.nodes.get(id);
    if (node) onOpen(node.path, node.line);
  };
  /** Chooses a node. One that is not drawn is brought into the graph where more steps or its tests can do that. */
  const select = (id: string) => {
    const isAround = column === null && !selecting && !view.whole && focus !== null;
    const wider = isAround ? widened(graph, { focus, up: view.up, down: view.down }, id) : {};
    const node = graph.nodes.get(id);
    const checks = view.checks || (column === null && node !== undefined && !scene.byId.has(id) && isCheck(node));
    change({ selected: id, ...wider, checks });
    handle.current?.show(id);
  };
  const choose = (wanted: LineageColumn | null) =>
    change({ column: wanted, selected: wanted?.uniqueId ?? view.selected, side: "columns" });
  const find = () => {
    const found = scene.nodes.filter(({ id }) => matches?.has(id));
    const next = found[(found.findIndex(({ id }) => id === selected) + 1) % found.length];
    if (next) select(next.id);
  };
  const save = async (format: "png" | "svg") => {
    const palette = handle.current?.palette();
    if (!palette) return;
    const name = `lineage-${(detail ?? index.projectName).split(".").at(-1)}.${format}`;
    try {
      const picture =
        format === "png"
          ? await toPng(scene, palette)
          : new Blob([toSvg(scene, palette, cutting())], { type: "image/svg+xml" });
      download(picture, name);
    } catch (error) {
      toast.error("The picture could not be made", { description: errorText(error) });
    }
  };
  const title = focus === null || view.whole || selecting ? "the project" : (graph.nodes.get(focus)?.name ?? "");
  const refused = selecting && selection.error;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Toolbar
        view={store}
        summary={summaryOf(scene.nodes.length, matches?.size ?? null)}
        onShowAll={() => handle.current?.showAll()}
        onZoom={(factor) => handle.current?.zoom(factor)}
        onFind={find}
        onExport={(format) => void save(format)}
      />
      <div className="flex min-h-0 flex-1">
        {refused ? (
          <ErrorState className="flex-1" title="dbt does not take this selector" message={errorText(selection.error)} />
        ) : scene.nodes.length === 0 ? (
          <EmptyState
            className="flex-1"
            icon={<Waypoints />}
            title={selection.isFetching ? "Selecting…" : "Nothing is selected"}
          >
            {selection.isFetching
              ? "dbt's own selector chooses the nodes."
              : "No node of the project fits this selector."}
          </EmptyState>
        ) : view.list ? (
          <ListView scene={scene} selected={selected} matches={matches} onSelect={select} onOpen={open} />
        ) : (
          <GraphView
            handle={handle}
            scene={scene}
            label={column ? `Lineage of the column ${column.column}` : `Lineage of ${title}`}
            emphasis={{ selected, focus: column?.uniqueId ?? focus, fading: column === null, matches }}
            subject={JSON.stringify([
              column,
              view.whole || focus,
              view.up,
              view.down,
              view.checks,
              view.select,
              view.exclude,
            ])}
            startAt={view.whole && column === null ? null : (selected ?? column?.uniqueId ?? focus)}
            onSelect={(id) => change({ selected: id })}
            onOpen={open}
            onRow={(uniqueId, name) => change({ column: { uniqueId, column: name }, selected: uniqueId })}
          />
        )}
        {detail !== null && !refused && (
          <SidePane
            graph={graph}
            uniqueId={detail}
            side={view.side}
            onSide={(side) => change({ side })}
            columns={columns}
            chosen={column}
            lineage={lineage}
            impact={impact}
            onColumn={choose}
            onSelect={select}
            onOpen={open}
            readColumns={readColumns}
          />
        )}
      </div>
    </div>
  );
}

function summaryOf(nodes: number, found: number | null): string {
  const shown = `${nodes.toLocaleString("en")} ${nodes === 1 ? "node" : "nodes"}`;
  if (found === null) return shown;
  return `${shown}, ${found === 0 ? "none of that name" : `${found.toLocaleString("en")} found`}`;
}

function isTest(graph: ProjectGraph, id: string): boolean {
  const node = graph.nodes.get(id);
  return node !== undefined && isCheck(node);
}

"use client";
import type { Scene, SceneEdge } from "./scene";

const most = 3000;

/** The same graph in words: each node with what it reads and what reads it. */
export function ListView({
  scene,
  selected,
  matches,
  onSelect,
  onOpen,
}: {
  scene: Scene;
  selected: string | null;
  matches: ReadonlySet<string> | null;
  onSelect: (id: string) => void;
  onOpen: (id: string) => void;
}) {
  const nodes = scene.nodes
    .filter(({ id }) => matches === null || matches.has(id))
    .toSorted((one, other) => one.layer - other.layer || one.y - other.y);
  const above = new Map<string, SceneEdge[]>();
  const below = new Map<string, SceneEdge[]>();
  for (const edge of scene.edges) {
    above.set(edge.to, [...(above.get(edge.to) ?? []), edge]);
    below.set(edge.from, [...(below.get(edge.from) ?? []), edge]);
  }
  const name = (id: string) => scene.byId.get(id)?.title ?? id;
  const inWords = (edges: SceneEdge[] | undefined, end: "from" | "to") =>
    [...new Set((edges ?? []).map((edge) => `${name(edge[end])}${edge.kind === null ? "" : ` (${edge.kind})`}`))].join(
      ", ",
    ) || "—";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard.
    <div className="min-w-0 flex-1 overflow-auto" tabIndex={0}>
      <table className="w-full text-left">
        <caption className="sr-only">Nodes of the graph</caption>
        <thead className="sticky top-0 bg-panel text-xs text-muted">
          <tr>
            {["Name", "Type", "Reads", "Read by"].map((title) => (
              <th key={title} scope="col" className="px-3 py-1 font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {nodes.slice(0, most).map((node) => (
            <tr key={node.id} className={node.id === selected ? "bg-selected" : ""}>
              <th scope="row" className="px-3 py-0.5 font-normal">
                <button
                  type="button"
                  className="hover:underline"
                  onClick={() => onSelect(node.id)}
                  onDoubleClick={() => onOpen(node.id)}
                >
                  {node.title}
                </button>
                {node.rows.length > 0 && <span className="text-xs text-muted"> {node.rows.join(", ")}</span>}
              </th>
              <td className="px-3 py-0.5 text-muted">{node.kind}</td>
              <td className="px-3 py-0.5">{inWords(above.get(node.id), "from")}</td>
              <td className="px-3 py-0.5">{inWords(below.get(node.id), "to")}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {nodes.length > most && <p className="p-3 text-muted">{nodes.length - most} more are not listed.</p>}
    </div>
  );
}

import type { ColumnLineage, LineageColumn, LineageKind, LineageUse } from "@/server/contract";
import { isCheck, kindOf, nameOf, type ProjectGraph } from "./graph";
import { type Link, layout, type Passage, type Placed } from "./layout";

export interface SceneNode {
  readonly id: string;
  readonly title: string;
  /** Type and materialization in words. */
  readonly kind: string;
  readonly type: string;
  readonly rows: readonly string[];
  readonly layer: number;
  x: number;
  y: number;
  /** Somebody dragged it to where it is. */
  moved: boolean;
  readonly width: number;
  readonly height: number;
}
export interface SceneEdge {
  readonly from: string;
  readonly to: string;
  /** Which rows it joins; null for the node itself. */
  readonly fromRow: number | null;
  readonly toRow: number | null;
  readonly kind: LineageKind | LineageUse | null;
  /** Where it passes columns on its way. */
  readonly passages: readonly Passage[];
}
/** A curve from a point to one to its right. */
export interface Curve {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}
type Join = Omit<SceneEdge, "passages">;
export interface Scene {
  readonly nodes: readonly SceneNode[];
  readonly edges: readonly SceneEdge[];
  readonly byId: ReadonlyMap<string, SceneNode>;
}
export interface Bounds {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const nodeWidth = 208;
export const headerHeight = 38;
export const rowHeight = 20;

/** The chosen nodes and who of them reads whom. */
export function modelScene(graph: ProjectGraph, ids: ReadonlySet<string>, showChecks: boolean): Scene {
  const shown = [...ids].filter((id) => {
    const node = graph.nodes.get(id);
    return node !== undefined && (showChecks || !isCheck(node));
  });
  const inScene = new Set(shown);
  const links = shown.flatMap((id) =>
    graph
      .parents(id)
      .filter((parent) => inScene.has(parent))
      .map((parent): Link => [parent, id]),
  );
  const edges = links.map(([from, to]): Join => ({ from, to, fromRow: null, toRow: null, kind: null }));
  return assemble(graph, new Map(shown.map((id) => [id, []])), edges);
}

/** The columns above and below one, and the nodes whose rows they decide. */
export function columnScene(graph: ProjectGraph, chosen: LineageColumn, lineage: ColumnLineage): Scene {
  const rows = new Map<string, string[]>();
  const row = ({ uniqueId, column }: LineageColumn): number => {
    const names = rows.get(uniqueId) ?? [];
    rows.set(uniqueId, names);
    const at = names.findIndex((name) => name.toLowerCase() === column.toLowerCase());
    return at >= 0 ? at : names.push(column) - 1;
  };
  row(chosen);
  const edges = lineage.edges.map(
    ({ source, target, kind }): Join => ({
      from: source.uniqueId,
      to: target.uniqueId,
      fromRow: row(source),
      toRow: row(target),
      kind,
    }),
  );
  for (const { source, target, kind } of lineage.uses) {
    if (target === source.uniqueId) continue;
    if (!rows.has(target)) rows.set(target, []);
    edges.push({ from: source.uniqueId, to: target, fromRow: row(source), toRow: null, kind });
  }
  return assemble(graph, rows, edges);
}

function assemble(graph: ProjectGraph, rows: ReadonlyMap<string, string[]>, joins: readonly Join[]): Scene {
  const boxes = [...rows].map(([id, names]) => ({
    id,
    width: nodeWidth,
    height: headerHeight + (names.length > 0 ? names.length * rowHeight + 4 : 0),
  }));
  const pairs = new Map(joins.map(({ from, to }): [string, Link] => [`${from} ${to}`, [from, to]]));
  // Kinds of edges are written into the gaps.
  const gap = joins.some(({ kind }) => kind !== null) ? 132 : undefined;
  const { boxes: placed, passages } = layout(boxes, [...pairs.values()], gap);
  const nodes = boxes.map(({ id }) => {
    const { x, y, width, height, layer } = placed.get(id) as Placed;
    const node = graph.nodes.get(id);
    const materialized = node?.materialized ? ` · ${node.materialized}` : "";
    return {
      id,
      title: node ? nameOf(node) : id,
      kind: node ? `${kindOf(node)}${materialized}` : "table outside of the project",
      type: node?.resourceType ?? "",
      rows: rows.get(id) ?? [],
      layer,
      x,
      y,
      moved: false,
      width,
      height,
    };
  });
  const edges = joins.map((join) => ({ ...join, passages: passages.get(`${join.from} ${join.to}`) ?? [] }));
  return { nodes, edges, byId: new Map(nodes.map((node) => [node.id, node])) };
}

/** Leaves dragged nodes where they were in the scene before. */
export function keepMoved(before: Scene, after: Scene): void {
  for (const { id, moved, x, y } of before.nodes) {
    const node = moved ? after.byId.get(id) : undefined;
    if (node) Object.assign(node, { moved, x, y });
  }
}

/** What holds all nodes; a small box when there is none. */
export function boundsOf(scene: Scene): Bounds {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of scene.nodes) {
    left = Math.min(left, node.x);
    top = Math.min(top, node.y);
    right = Math.max(right, node.x + node.width);
    bottom = Math.max(bottom, node.y + node.height);
  }
  return scene.nodes.length === 0
    ? { x: 0, y: 0, width: 1, height: 1 }
    : { x: left, y: top, width: right - left, height: bottom - top };
}

/** What an edge is drawn as, from its beginning to its end; nothing when it has none. */
export function curvesOf(scene: Scene, edge: SceneEdge): Curve[] {
  const from = scene.byId.get(edge.from);
  const to = scene.byId.get(edge.to);
  if (!from || !to) return [];
  const middle = (node: SceneNode, row: number | null) =>
    row === null
      ? node.y + Math.min(node.height, headerHeight) / 2
      : node.y + headerHeight + row * rowHeight + rowHeight / 2;
  let x1 = from.x + from.width;
  let y1 = middle(from, edge.fromRow);
  const y2 = middle(to, edge.toRow);
  if (edge.passages.length === 0) return [{ x1, y1, x2: to.x, y2 }];
  const curves: Curve[] = [];
  // A dragged node may stand beyond what its edges passed before.
  const isBetween = edge.passages.every((passage) => passage.from >= x1 && passage.to <= to.x);
  for (const passage of isBetween ? edge.passages : []) {
    curves.push({ x1, y1, x2: passage.from, y2: passage.y });
    curves.push({ x1: passage.from, y1: passage.y, x2: passage.to, y2: passage.y });
    [x1, y1] = [passage.to, passage.y];
  }
  return [...curves, { x1, y1, x2: to.x, y2 }];
}

/** A word beside an edge, by its middle. */
export interface EdgeLabel {
  readonly edge: SceneEdge;
  readonly text: string;
  readonly x: number;
  readonly y: number;
}
/** From so many edges on, their kinds are not written beside them. */
const mostLabels = 400;
const labelHeight = 13;
/** Where along an edge its label may stand, the best place first. */
const labelPlaces = [0.5, 0.38, 0.62, 0.28, 0.72, 0.18, 0.82, 0.1, 0.9];

/** The kinds of edges in words, beside each other where edges run close; what is passed on unchanged says nothing. */
export function edgeLabels(scene: Scene, widthOf: (text: string) => number): EdgeLabel[] {
  if (scene.edges.length >= mostLabels) return [];
  const labels: (EdgeLabel & { width: number })[] = [];
  for (const edge of scene.edges) {
    // Where it begins, beside the column that it comes from.
    const [first] = curvesOf(scene, edge);
    if (!first || edge.kind === null || edge.kind === "passed") continue;
    const width = widthOf(edge.kind) + 4;
    const places = labelPlaces.map((part) => pointOf(first, part));
    const overlap = ({ x, y }: { x: number; y: number }) =>
      labels.reduce((sum, other) => {
        const across = (width + other.width) / 2 - Math.abs(x - other.x);
        const down = labelHeight - Math.abs(y - other.y);
        return across > 0 && down > 0 ? sum + across * down : sum;
      }, 0);
    const least = Math.min(...places.map(overlap));
    const place = places.find((candidate) => overlap(candidate) === least) as { x: number; y: number };
    labels.push({ edge, text: edge.kind, ...place, width });
  }
  return labels;
}

/** How far the ends of a curve reach out before it bends. */
export function bendOf({ x1, y1, x2, y2 }: Curve): number {
  return y1 === y2 && x2 > x1 ? 0 : Math.max(36, Math.abs(x2 - x1) / 2);
}

/** A point of the curve that an edge is drawn as. */
function pointOf(curve: Curve, part: number): { x: number; y: number } {
  const { x1, y1, x2, y2 } = curve;
  const bend = bendOf(curve);
  const [a, b, c, d] = [(1 - part) ** 3, 3 * (1 - part) ** 2 * part, 3 * (1 - part) * part ** 2, part ** 3];
  return { x: a * x1 + b * (x1 + bend) + c * (x2 - bend) + d * x2, y: (a + b) * y1 + (c + d) * y2 };
}

export type Direction = "left" | "right" | "up" | "down";

/** The node that an arrow key leads to: along an edge, the nearest in height; up and down within the layer. */
export function neighbour(scene: Scene, id: string, direction: Direction): SceneNode | null {
  const at = scene.byId.get(id);
  if (!at) return scene.nodes[0] ?? null;
  if (direction === "up" || direction === "down") {
    const sign = direction === "down" ? 1 : -1;
    const beside = scene.nodes
      .filter((node) => node.layer === at.layer && (node.y - at.y) * sign > 0)
      .sort((one, other) => (one.y - other.y) * sign);
    return beside[0] ?? null;
  }
  const near = scene.edges.flatMap(({ from, to }) => {
    if (from === to) return [];
    const other = direction === "right" ? (from === id ? to : null) : to === id ? from : null;
    return other === null ? [] : (scene.byId.get(other) ?? []);
  });
  return near.sort((one, other) => Math.abs(one.y - at.y) - Math.abs(other.y - at.y))[0] ?? null;
}

/** The node under a point, and its row there. */
export function hit(scene: Scene, x: number, y: number): { node: SceneNode; row: string | null } | null {
  for (let at = scene.nodes.length - 1; at >= 0; at--) {
    const node = scene.nodes[at] as SceneNode;
    if (x >= node.x && x <= node.x + node.width && y >= node.y && y <= node.y + node.height) {
      const row = Math.floor((y - node.y - headerHeight) / rowHeight);
      return { node, row: row >= 0 ? (node.rows[row] ?? null) : null };
    }
  }
  return null;
}

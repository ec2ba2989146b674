import type { LineageKind, LineageUse } from "@/server/contract";
import {
  bendOf,
  type Curve,
  curvesOf,
  edgeLabels,
  headerHeight,
  rowHeight,
  type Scene,
  type SceneEdge,
  type SceneNode,
} from "./scene";

export interface Camera {
  /** World coordinates of the upper left corner. */
  x: number;
  y: number;
  scale: number;
}
export interface Emphasis {
  readonly selected: string | null;
  /** The node that the graph is about. */
  readonly focus: string | null;
  /** Whether what does not touch the selected node is faded; all of a column's graph belongs to it. */
  readonly fading: boolean;
  /** Nodes that a search found; null when nothing is searched. */
  readonly matches: ReadonlySet<string> | null;
}

const tokens = [
  "canvas",
  "panel",
  "raised",
  "line",
  "line-strong",
  "ink",
  "muted",
  "accent",
  "accent-soft",
  "selected",
  "success",
  "warning",
  "danger",
  "violet",
] as const;
export type Palette = Readonly<Record<(typeof tokens)[number], string>> & { readonly font: string };

/** The theme's colours as the page has them now. */
export function readPalette(host: Element): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  host.append(probe);
  const entries = tokens.map((token) => {
    probe.style.color = `var(--${token})`;
    return [token, getComputedStyle(probe).color] as const;
  });
  const font = getComputedStyle(host).fontFamily;
  probe.remove();
  return { ...(Object.fromEntries(entries) as Record<(typeof tokens)[number], string>), font };
}

const typeColours: Record<string, keyof Palette> = {
  model: "accent",
  source: "success",
  seed: "success",
  snapshot: "violet",
  exposure: "warning",
  metric: "violet",
  test: "muted",
  unit_test: "muted",
};

/** The colour of a node's stripe. */
export function stripeOf(type: string, palette: Palette): string {
  return palette[typeColours[type] ?? "line-strong"];
}

/** How an edge of a kind is drawn: dashes and width say it without colour. */
export const strokes: Record<
  LineageKind | LineageUse,
  { dash: readonly number[]; width: number; colour: keyof Palette }
> = {
  passed: { dash: [], width: 1.5, colour: "muted" },
  renamed: { dash: [], width: 2.5, colour: "accent" },
  transformed: { dash: [9, 4], width: 2, colour: "violet" },
  aggregated: { dash: [9, 3, 2, 3], width: 3, colour: "warning" },
  join: { dash: [2, 4], width: 1.5, colour: "success" },
  filter: { dash: [2, 4], width: 1.5, colour: "danger" },
  group: { dash: [2, 4], width: 1.5, colour: "muted" },
  order: { dash: [2, 4], width: 1.5, colour: "muted" },
};

/** Below this scale names cannot be read and are not drawn. */
export const readable = 0.4;

/** Draws what the camera sees. Returns how many nodes that were. */
export function paint(
  context: CanvasRenderingContext2D,
  { scene, camera, palette, emphasis }: { scene: Scene; camera: Camera; palette: Palette; emphasis: Emphasis },
  size: { width: number; height: number; ratio: number },
): number {
  const { scale } = camera;
  context.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
  context.fillStyle = palette.canvas;
  context.fillRect(0, 0, size.width, size.height);
  context.setTransform(
    size.ratio * scale,
    0,
    0,
    size.ratio * scale,
    -camera.x * scale * size.ratio,
    -camera.y * scale * size.ratio,
  );
  const right = camera.x + size.width / scale;
  const bottom = camera.y + size.height / scale;
  const near = emphasis.fading ? nearTo(scene, emphasis.selected) : null;
  for (const edge of scene.edges) {
    const curves = curvesOf(scene, edge).filter(
      ({ x1, y1, x2, y2 }) =>
        Math.max(x1, x2) >= camera.x &&
        Math.min(x1, x2) <= right &&
        Math.max(y1, y2) >= camera.y &&
        Math.min(y1, y2) <= bottom,
    );
    if (curves.length > 0) paintEdge(context, { edge, curves, palette, near });
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (scale >= 0.55) paintLabels(context, scene, palette);
  let drawn = 0;
  for (const node of scene.nodes) {
    if (node.x > right || node.y > bottom || node.x + node.width < camera.x || node.y + node.height < camera.y)
      continue;
    drawn += 1;
    paintNode(context, { node, palette, emphasis, near, scale });
  }
  context.globalAlpha = 1;
  return drawn;
}

/** The selected node and its direct neighbours; null when nothing is selected. */
function nearTo(scene: Scene, selected: string | null): ReadonlySet<string> | null {
  if (selected === null || !scene.byId.has(selected)) return null;
  const near = new Set([selected]);
  for (const { from, to } of scene.edges) {
    if (from === selected) near.add(to);
    if (to === selected) near.add(from);
  }
  return near;
}

function paintEdge(
  context: CanvasRenderingContext2D,
  {
    edge,
    curves,
    palette,
    near,
  }: {
    edge: SceneEdge;
    curves: readonly Curve[];
    palette: Palette;
    near: ReadonlySet<string> | null;
  },
): void {
  const stroke = edge.kind === null ? null : strokes[edge.kind];
  const touched = near?.has(edge.from) === true && near.has(edge.to);
  context.globalAlpha = near === null || touched ? 1 : 0.45;
  context.strokeStyle = stroke ? palette[stroke.colour] : touched ? palette.accent : palette["line-strong"];
  context.lineWidth = stroke?.width ?? (touched ? 2 : 1.25);
  context.setLineDash([...(stroke?.dash ?? [])]);
  context.beginPath();
  for (const curve of curves) {
    const { x1, y1, x2, y2 } = curve;
    const bend = bendOf(curve);
    context.moveTo(x1, y1);
    context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
  }
  context.stroke();
}

function paintLabels(context: CanvasRenderingContext2D, scene: Scene, palette: Palette): void {
  context.font = `10px ${palette.font}`;
  for (const { text, x, y } of edgeLabels(scene, (word) => context.measureText(word).width)) {
    const width = context.measureText(text).width;
    context.fillStyle = palette.canvas;
    context.fillRect(x - width / 2 - 2, y - 7, width + 4, 13);
    context.fillStyle = palette.muted;
    context.fillText(text, x - width / 2, y + 3);
  }
}

function paintNode(
  context: CanvasRenderingContext2D,
  {
    node,
    palette,
    emphasis,
    near,
    scale,
  }: { node: SceneNode; palette: Palette; emphasis: Emphasis; near: ReadonlySet<string> | null; scale: number },
): void {
  const { x, y, width, height } = node;
  const selected = emphasis.selected === node.id;
  const faded =
    (emphasis.matches !== null && !emphasis.matches.has(node.id)) || (near !== null && !near.has(node.id) && !selected);
  context.globalAlpha = faded ? 0.62 : 1;
  context.fillStyle = emphasis.focus === node.id ? palette["accent-soft"] : palette.raised;
  context.beginPath();
  context.roundRect(x, y, width, height, 5);
  context.fill();
  context.strokeStyle = selected ? palette.accent : palette["line-strong"];
  context.lineWidth = selected ? 3 : 1;
  context.stroke();
  context.fillStyle = stripeOf(node.type, palette);
  context.fillRect(x + 1, y + 4, 4, Math.min(height, headerHeight) - 8);
  if (scale < readable) return;
  context.fillStyle = palette.ink;
  context.font = `600 12px ${palette.font}`;
  context.fillText(fitted(context, node.title, width - 22), x + 12, y + 16);
  context.fillStyle = palette.muted;
  context.font = `10.5px ${palette.font}`;
  context.fillText(fitted(context, node.kind, width - 22), x + 12, y + 30);
  if (node.rows.length === 0) return;
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, y + headerHeight);
  context.lineTo(x + width, y + headerHeight);
  context.stroke();
  context.fillStyle = palette.ink;
  context.font = `11.5px ${palette.font}`;
  for (const [index, row] of node.rows.entries()) {
    context.fillText(fitted(context, row, width - 22), x + 12, y + headerHeight + index * rowHeight + 14);
  }
}

const fits = new Map<string, string>();

/** A name cut to a width, with an ellipsis. */
export function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  const key = `${context.font}|${width}|${text}`;
  const known = fits.get(key);
  if (known !== undefined) return known;
  let short = text;
  if (context.measureText(text).width > width) {
    let [low, high] = [0, text.length];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (context.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
      else high = middle - 1;
    }
    short = `${text.slice(0, low)}…`;
  }
  if (fits.size > 20_000) fits.clear();
  fits.set(key, short);
  return short;
}

import { fitted, type Palette, paint, stripeOf, strokes } from "./paint";
import { bendOf, boundsOf, curvesOf, edgeLabels, headerHeight, nodeWidth, rowHeight, type Scene } from "./scene";

const margin = 24;
/** Canvases beyond this many pixels a side are refused by browsers. */
const mostPixels = 12_000;

/** The whole graph as a picture; a very large one is drawn smaller. */
export async function toPng(scene: Scene, palette: Palette): Promise<Blob> {
  const bounds = boundsOf(scene);
  const [width, height] = [bounds.width + 2 * margin, bounds.height + 2 * margin];
  const ratio = Math.min(2, mostPixels / width, mostPixels / height);
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.ceil(height * ratio);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser has no canvas to draw on.");
  const camera = { x: bounds.x - margin, y: bounds.y - margin, scale: 1 };
  const emphasis = { selected: null, focus: null, fading: false, matches: null };
  paint(context, { scene, camera, palette, emphasis }, { width, height, ratio });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be made."))), "image/png");
  });
}

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);

/** A text cut to what a node holds, in a font. */
export type Cut = (text: string, font: string) => string;

/** Cuts texts as the canvas does. */
export function cutting(): Cut {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) throw new Error("This browser has no canvas to measure on.");
  return (text, font) => {
    context.font = font;
    return fitted(context, text, nodeWidth - 22);
  };
}

/** The whole graph as an SVG document, with what the picture shows: names cut to their boxes and whole in a title, edges by kind. */
export function toSvg(scene: Scene, palette: Palette, cut: Cut): string {
  const bounds = boundsOf(scene);
  const [left, top] = [bounds.x - margin, bounds.y - margin];
  const [width, height] = [bounds.width + 2 * margin, bounds.height + 2 * margin];
  const label = (text: string, font: string, attributes: string) => {
    const shown = cut(text, `${font} ${palette.font}`);
    const whole = shown === text ? "" : `<title>${escaped(text)}</title>`;
    return `<text ${attributes}>${escaped(shown)}${whole}</text>`;
  };
  const edges = scene.edges.flatMap((edge) => {
    const drawn = curvesOf(scene, edge).map((curve) => {
      const { x1, y1, x2, y2 } = curve;
      const bend = bendOf(curve);
      return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    });
    if (drawn.length === 0) return [];
    const stroke = edge.kind === null ? null : strokes[edge.kind];
    const colour = stroke ? palette[stroke.colour] : palette["line-strong"];
    const dash = stroke && stroke.dash.length > 0 ? ` stroke-dasharray="${stroke.dash.join(" ")}"` : "";
    const path = `<path d="${drawn.join("")}" fill="none" stroke="${colour}" stroke-width="${stroke?.width ?? 1.25}"${dash}>`;
    const title = edge.kind === null ? "" : `<title>${edge.kind}</title>`;
    return `${path}${title}</path>`;
  });
  const kinds = edgeLabels(scene, (text) => text.length * 6).map(
    ({ text, x, y }) =>
      `<text x="${x}" y="${y + 3}" text-anchor="middle" font-size="10" fill="${palette.muted}" stroke="${palette.canvas}" stroke-width="4" paint-order="stroke">${text}</text>`,
  );
  const nodes = scene.nodes.map(({ x, y, width: across, height: down, title, kind, type, rows }) => {
    const lines = rows.map((row, index) =>
      label(
        row,
        "11.5px",
        `x="${x + 12}" y="${y + headerHeight + index * rowHeight + 14}" font-size="11.5" fill="${palette.ink}"`,
      ),
    );
    const box = `<rect x="${x}" y="${y}" width="${across}" height="${down}" rx="5" fill="${palette.raised}" stroke="${palette["line-strong"]}"/><rect x="${x + 1}" y="${y + 4}" width="4" height="${Math.min(down, headerHeight) - 8}" fill="${stripeOf(type, palette)}"/>`;
    const name = label(
      title,
      "600 12px",
      `x="${x + 12}" y="${y + 16}" font-size="12" font-weight="600" fill="${palette.ink}"`,
    );
    const what = label(kind, "10.5px", `x="${x + 12}" y="${y + 30}" font-size="10.5" fill="${palette.muted}"`);
    return `<g>${box}${name}${what}${lines.join("")}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}" font-family="${escaped(palette.font)}"><rect x="${left}" y="${top}" width="${width}" height="${height}" fill="${palette.canvas}"/>${[...edges, ...kinds, ...nodes].join("")}</svg>`;
}

/** Hands a file to the browser's own saving. */
export function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

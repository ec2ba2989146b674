import { type Palette, paint, stripeOf, strokes } from "./paint";
import { boundsOf, endsOf, headerHeight, rowHeight, type Scene } from "./scene";

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
  const emphasis = { selected: null, focus: null, matches: null };
  paint(context, { scene, camera, palette, emphasis }, { width, height, ratio });
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture could not be made."))), "image/png");
  });
}

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign] ?? sign);

/** The whole graph as an SVG document. */
export function toSvg(scene: Scene, palette: Palette): string {
  const bounds = boundsOf(scene);
  const box = `${bounds.x - margin} ${bounds.y - margin} ${bounds.width + 2 * margin} ${bounds.height + 2 * margin}`;
  const edges = scene.edges.flatMap((edge) => {
    const ends = endsOf(scene, edge);
    if (!ends) return [];
    const { x1, y1, x2, y2 } = ends;
    const bend = Math.max(36, Math.abs(x2 - x1) / 2);
    const stroke = edge.kind === null ? null : strokes[edge.kind];
    const colour = stroke ? palette[stroke.colour] : palette["line-strong"];
    const dash = stroke && stroke.dash.length > 0 ? ` stroke-dasharray="${stroke.dash.join(" ")}"` : "";
    const title = edge.kind === null ? "" : `<title>${edge.kind}</title>`;
    return `<path d="M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}" fill="none" stroke="${colour}" stroke-width="${stroke?.width ?? 1.25}"${dash}>${title}</path>`;
  });
  const nodes = scene.nodes.map(({ x, y, width, height, title, kind, type, rows }) => {
    const lines = rows.map(
      (row, index) =>
        `<text x="${x + 12}" y="${y + headerHeight + index * rowHeight + 14}" font-size="11.5" fill="${palette.ink}">${escaped(row)}</text>`,
    );
    return `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="5" fill="${palette.raised}" stroke="${palette["line-strong"]}"/><rect x="${x + 1}" y="${y + 4}" width="4" height="${Math.min(height, headerHeight) - 8}" fill="${stripeOf(type, palette)}"/><text x="${x + 12}" y="${y + 16}" font-size="12" font-weight="600" fill="${palette.ink}">${escaped(title)}</text><text x="${x + 12}" y="${y + 30}" font-size="10.5" fill="${palette.muted}">${escaped(kind)}</text>${lines.join("")}</g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" font-family="${escaped(palette.font)}"><rect x="${bounds.x - margin}" y="${bounds.y - margin}" width="100%" height="100%" fill="${palette.canvas}"/>${edges.join("")}${nodes.join("")}</svg>`;
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

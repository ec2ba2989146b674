"use client";
import { type KeyboardEvent, type PointerEvent, type Ref, useEffect, useId, useImperativeHandle, useRef } from "react";
import { useAppearance } from "@/components/shell";
import { type Camera, type Emphasis, type Palette, paint, readable, readPalette } from "./paint";
import { type Bounds, boundsOf, type Direction, hit, keepMoved, neighbour, type Scene, type SceneNode } from "./scene";

export interface GraphHandle {
  showAll(): void;
  zoom(factor: number): void;
  /** Brings a node into the middle. */
  show(id: string): void;
  focus(): void;
  palette(): Palette | null;
}
export interface GraphViewProps {
  scene: Scene;
  emphasis: Emphasis;
  label: string;
  handle: Ref<GraphHandle>;
  /** What the graph is about: while that stays, a picture that somebody has moved stays too. */
  subject: string;
  /** The node to begin with in the middle; null shows all. */
  startAt: string | null;
  onSelect: (id: string | null) => void;
  onOpen: (id: string) => void;
  onRow: (id: string, column: string) => void;
}

const [smallest, largest] = [0.04, 2.5];
const map = { width: 168, height: 100 };
const arrows: Record<string, Direction> = {
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
};

/**
 * The graph on a canvas: drag to move it or a node, wheel to zoom, click to choose, double click to open. By keyboard the arrows
 * walk along edges, Enter opens, + and - zoom, 0 shows everything. A live region says where one is.
 */
export function GraphView(props: GraphViewProps) {
  const { scene, emphasis, label, handle, subject, startAt, onSelect, onOpen, onRow } = props;
  const help = useId();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const overview = useRef<HTMLCanvasElement>(null);
  const spoken = useRef<HTMLParagraphElement>(null);
  const camera = useRef<Camera>({ x: 0, y: 0, scale: 1 });
  const palette = useRef<Palette | null>(null);
  const latest = useRef({ scene, emphasis });
  const shown = useRef({ scene, subject: "" });
  const frame = useRef(0);
  /** What fits the picture again when its place changes; null once somebody has moved it. */
  const refit = useRef<(() => void) | null>(null);
  const drag = useRef<{ node: SceneNode | null; x: number; y: number; moved: boolean } | null>(null);
  const { dark } = useAppearance();

  const draw = useRef(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const context = canvas.current?.getContext("2d");
      if (!context || !canvas.current || !palette.current || !box.current) return;
      const { clientWidth: width, clientHeight: height } = box.current;
      const ratio = window.devicePixelRatio || 1;
      const picture = { ...latest.current, camera: camera.current, palette: palette.current };
      const drawn = paint(context, picture, { width, height, ratio });
      const { x, y, scale } = camera.current;
      canvas.current.dataset.drawn = String(drawn);
      canvas.current.dataset.camera = `${Math.round(x)} ${Math.round(y)} ${scale.toFixed(2)}`;
      if (overview.current) {
        // What shows nothing more than the graph itself would only cover it.
        overview.current.hidden = showsEverything(picture.scene, picture.camera, { width, height });
      }
      drawOverview(overview.current, picture, { width, height });
    });
  });
  const size = () => ({ width: box.current?.clientWidth ?? 1, height: box.current?.clientHeight ?? 1 });
  const centre = (id: string) => {
    const node = latest.current.scene.byId.get(id);
    if (!node) return;
    const { width, height } = size();
    camera.current.x = node.x + node.width / 2 - width / 2 / camera.current.scale;
    camera.current.y = node.y + node.height / 2 - height / 2 / camera.current.scale;
    refit.current = null;
    draw.current();
  };
  const showAll = () => {
    refit.current = showAll;
    const bounds = boundsOf(latest.current.scene);
    const { width, height } = size();
    camera.current.scale = fitting(bounds, { width, height });
    camera.current.x = bounds.x + bounds.width / 2 - width / 2 / camera.current.scale;
    camera.current.y = bounds.y + bounds.height / 2 - height / 2 / camera.current.scale;
    draw.current();
  };
  const zoomAt = (factor: number, x: number, y: number) => {
    const { scale } = camera.current;
    const least = Math.min(smallest, fitting(boundsOf(latest.current.scene), size()));
    const next = Math.min(largest, Math.max(least, scale * factor));
    refit.current = null;
    camera.current = {
      x: camera.current.x + x / scale - x / next,
      y: camera.current.y + y / scale - y / next,
      scale: next,
    };
    draw.current();
  };
  const begin = () => {
    showAll();
    if (startAt !== null && camera.current.scale < 0.55) {
      camera.current.scale = 0.75;
      centre(startAt);
    }
    refit.current = begin;
  };
  const zoom = (factor: number) => zoomAt(factor, size().width / 2, size().height / 2);
  useImperativeHandle(handle, () => ({
    showAll,
    zoom,
    show: centre,
    focus: () => box.current?.focus(),
    palette: () => palette.current,
  }));

  useEffect(() => {
    latest.current = { scene, emphasis };
    draw.current();
  }, [scene, emphasis]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another graph moves the camera.
  useEffect(() => {
    const before = shown.current;
    shown.current = { scene, subject };
    latest.current = { ...latest.current, scene };
    if (before.subject !== subject) {
      begin();
      return;
    }
    // The same, after an edit of the project: what was moved stays, and what is looked at stays in its place.
    keepMoved(before.scene, scene);
    const anchor = emphasis.selected ?? emphasis.focus ?? "";
    const [old, now] = [before.scene.byId.get(anchor), scene.byId.get(anchor)];
    if (refit.current) refit.current();
    else if (old && now) {
      camera.current.x += now.x - old.x;
      camera.current.y += now.y - old.y;
    }
    draw.current();
  }, [scene, subject]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours that are read.
  useEffect(() => {
    if (box.current) palette.current = readPalette(box.current);
    draw.current();
  }, [dark]);
  useEffect(() => {
    const host = box.current;
    const surface = canvas.current;
    if (!host || !surface) return;
    const redraw = draw.current;
    const observer = new ResizeObserver(() => {
      const ratio = window.devicePixelRatio || 1;
      surface.width = Math.max(1, Math.round(host.clientWidth * ratio));
      surface.height = Math.max(1, Math.round(host.clientHeight * ratio));
      if (refit.current) refit.current();
      else redraw();
    });
    observer.observe(host);
    return () => {
      observer.disconnect();
      cancelAnimationFrame(frame.current);
    };
  }, []);
  const zoomed = useRef(zoomAt);
  useEffect(() => {
    zoomed.current = zoomAt;
  });
  useEffect(() => {
    const host = box.current;
    if (!host) return;
    // React's own wheel listener is passive and could not keep the page from scrolling.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const { left, top } = host.getBoundingClientRect();
      zoomed.current(Math.exp(-event.deltaY * 0.0015), event.clientX - left, event.clientY - top);
    };
    host.addEventListener("wheel", onWheel, { passive: false });
    return () => host.removeEventListener("wheel", onWheel);
  }, []);

  const worldOf = (event: { clientX: number; clientY: number }) => {
    const { left, top } = box.current?.getBoundingClientRect() ?? { left: 0, top: 0 };
    const { x, y, scale } = camera.current;
    return { x: x + (event.clientX - left) / scale, y: y + (event.clientY - top) / scale };
  };
  const under = (event: { clientX: number; clientY: number }) => {
    const { x, y } = worldOf(event);
    return hit(latest.current.scene, x, y);
  };
  const onPointerDown = (event: PointerEvent<HTMLCanvasElement>) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { node: under(event)?.node ?? null, x: event.clientX, y: event.clientY, moved: false };
  };
  const onPointerMove = (event: PointerEvent<HTMLCanvasElement>) => {
    const held = drag.current;
    if (!held) {
      // Seen from far away names are not drawn.
      event.currentTarget.title = camera.current.scale < readable ? (under(event)?.node.title ?? "") : "";
      return;
    }
    const [across, down] = [event.clientX - held.x, event.clientY - held.y];
    if (!held.moved && Math.hypot(across, down) < 4) return;
    held.moved = true;
    refit.current = null;
    held.x = event.clientX;
    held.y = event.clientY;
    if (held.node) held.node.moved = true;
    const target = held.node ?? camera.current;
    const sign = held.node ? 1 : -1;
    target.x += (sign * across) / camera.current.scale;
    target.y += (sign * down) / camera.current.scale;
    draw.current();
  };
  const onPointerUp = (event: PointerEvent<HTMLCanvasElement>) => {
    const held = drag.current;
    drag.current = null;
    if (!held || held.moved) return;
    const found = under(event);
    onSelect(found?.node.id ?? null);
    if (found?.row != null) onRow(found.node.id, found.row);
  };
  const move = (id: string) => {
    const node = latest.current.scene.byId.get(id);
    if (!node) return;
    onSelect(id);
    const { width, height } = size();
    const { x, y, scale } = camera.current;
    const inside =
      node.x > x && node.y > y && node.x + node.width < x + width / scale && node.y + node.height < y + height / scale;
    if (!inside) centre(id);
    if (spoken.current) spoken.current.textContent = sentence(latest.current.scene, node);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = emphasis.selected ?? emphasis.focus ?? scene.nodes[0]?.id ?? null;
    const direction = arrows[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (direction && at !== null) {
      const next = emphasis.selected === null ? scene.byId.get(at) : neighbour(scene, at, direction);
      if (next) move(next.id);
    } else if (event.key === "Enter" && at !== null) onOpen(at);
    else if (event.key === "Home" && scene.nodes[0]) move(emphasis.focus ?? scene.nodes[0].id);
    else if (event.key === "+" || event.key === "=") zoom(1.25);
    else if (event.key === "-") zoom(0.8);
    else if (event.key === "0") showAll();
    else if (event.key === "Escape") onSelect(null);
    else return;
    event.preventDefault();
  };

  return (
    <div
      ref={box}
      role="application"
      aria-label={label}
      aria-describedby={help}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes the keyboard.
      tabIndex={0}
      className="relative h-full min-w-0 flex-1 overflow-hidden outline-offset-[-2px]"
      onKeyDown={onKeyDown}
    >
      <canvas
        ref={canvas}
        data-nodes={scene.nodes.length}
        className="absolute inset-0 size-full touch-none"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onDoubleClick={(event) => {
          const found = under(event);
          if (found) onOpen(found.node.id);
        }}
      />
      <canvas
        ref={overview}
        aria-hidden
        width={map.width * 2}
        height={map.height * 2}
        style={map}
        className="absolute right-2 bottom-2 touch-none rounded border border-line bg-panel"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          jump(event);
        }}
        onPointerMove={(event) => event.buttons === 1 && jump(event)}
      />
      <p id={help} className="sr-only">
        Arrow keys move along the edges, Enter opens the file, plus and minus zoom, zero shows everything. The button
        List shows the same as a list.
      </p>
      <p ref={spoken} aria-live="polite" className="sr-only" />
    </div>
  );

  function jump(event: PointerEvent<HTMLCanvasElement>) {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const { bounds, scale, x, y } = overviewOf(latest.current.scene);
    const { width, height } = size();
    camera.current.x = bounds.x + (event.clientX - left - x) / scale - width / 2 / camera.current.scale;
    camera.current.y = bounds.y + (event.clientY - top - y) / scale - height / 2 / camera.current.scale;
    refit.current = null;
    draw.current();
  }
}

function sentence(scene: Scene, node: SceneNode): string {
  const above = scene.edges.filter((edge) => edge.to === node.id).length;
  const below = scene.edges.filter((edge) => edge.from === node.id).length;
  return `${node.title}, ${node.kind}, ${above} above, ${below} below`;
}

/** The scale at which everything is seen. */
function fitting(bounds: Bounds, { width, height }: { width: number; height: number }): number {
  return Math.min(1.1, width / (bounds.width + 60), height / (bounds.height + 60));
}

/** Whether every node stands within what the camera sees. */
function showsEverything(scene: Scene, camera: Camera, size: { width: number; height: number }): boolean {
  const bounds = boundsOf(scene);
  return (
    bounds.x >= camera.x &&
    bounds.y >= camera.y &&
    bounds.x + bounds.width <= camera.x + size.width / camera.scale &&
    bounds.y + bounds.height <= camera.y + size.height / camera.scale
  );
}

function overviewOf(scene: Scene) {
  const bounds = boundsOf(scene);
  const scale = Math.min((map.width - 8) / bounds.width, (map.height - 8) / bounds.height);
  return {
    bounds,
    scale,
    x: (map.width - bounds.width * scale) / 2,
    y: (map.height - bounds.height * scale) / 2,
  };
}

function drawOverview(
  canvas: HTMLCanvasElement | null,
  { scene, camera, palette, emphasis }: { scene: Scene; camera: Camera; palette: Palette; emphasis: Emphasis },
  size: { width: number; height: number },
): void {
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return;
  const { bounds, scale, x, y } = overviewOf(scene);
  context.setTransform(2, 0, 0, 2, 0, 0);
  context.fillStyle = palette.panel;
  context.fillRect(0, 0, map.width, map.height);
  for (const node of scene.nodes) {
    const marked = node.id === emphasis.selected || node.id === emphasis.focus;
    context.fillStyle = marked ? palette.accent : palette["line-strong"];
    context.fillRect(
      x + (node.x - bounds.x) * scale,
      y + (node.y - bounds.y) * scale,
      Math.max(1, node.width * scale),
      Math.max(1, node.height * scale),
    );
  }
  context.strokeStyle = palette.accent;
  context.lineWidth = 1;
  context.strokeRect(
    x + (camera.x - bounds.x) * scale,
    y + (camera.y - bounds.y) * scale,
    (size.width / camera.scale) * scale,
    (size.height / camera.scale) * scale,
  );
}

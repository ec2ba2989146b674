"use client";
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { DataZoomComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { type RefObject, useEffect, useRef } from "react";
import { useAppearance } from "@/components/shell";
import type { ChartData } from "./chart-data";
import { type ChartColours, chartOption } from "./chart-option";

echarts.use([
  BarChart,
  CanvasRenderer,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  LineChart,
  ScatterChart,
  TooltipComponent,
]);

/** The colours of the page's theme as the canvas needs them: resolved. */
function themeColours(element: HTMLElement): ChartColours {
  const probe = document.createElement("span");
  // What is not drawn has no transition: its colour is the one that was asked for, at once.
  probe.hidden = true;
  element.append(probe);
  const resolve = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    ink: resolve("ink"),
    muted: resolve("muted"),
    line: resolve("line"),
    raised: resolve("raised"),
    canvas: resolve("canvas"),
    series: ["accent", "warning", "success", "violet", "danger", "muted"].map(resolve),
  };
  probe.remove();
  return colours;
}

/** One chart on a canvas; it follows its place and the theme. */
export function ChartCanvas({
  data,
  imageRef,
}: {
  data: ChartData;
  /** Is given the way to the drawing as a PNG. */
  imageRef: RefObject<(() => Promise<Blob | null>) | null>;
}) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<echarts.ECharts | null>(null);
  const { dark } = useAppearance();

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const instance = echarts.init(element, null, { renderer: "canvas", useDirtyRect: false });
    chart.current = instance;
    imageRef.current = async () => {
      const background = getComputedStyle(element).backgroundColor;
      const address = instance.getDataURL({ type: "png", pixelRatio: 2, backgroundColor: background });
      const canvas = atob(address.slice(address.indexOf(",") + 1));
      return new Blob([Uint8Array.from(canvas, (character) => character.charCodeAt(0))], { type: "image/png" });
    };
    const observer = new ResizeObserver(() => instance.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      imageRef.current = null;
      chart.current = null;
      instance.dispose();
    };
  }, [imageRef]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours.
  useEffect(() => {
    const element = place.current;
    if (element === null || chart.current === null) return;
    chart.current.setOption(chartOption(data, themeColours(element)), { notMerge: true });
  }, [data, dark]);

  const names = data.series.map(({ name }) => name).join(", ");
  return (
    <div
      ref={place}
      role="img"
      aria-label={`${data.kind} chart of ${names} by ${data.xName}`}
      className="h-full min-h-32 w-full bg-canvas"
    />
  );
}

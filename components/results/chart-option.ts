import type { EChartsCoreOption } from "echarts/core";
import type { ChartData } from "./chart-data";

export interface ChartColours {
  ink: string;
  muted: string;
  line: string;
  raised: string;
  canvas: string;
  series: string[];
}

const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });

const day = 86_400_000;

function wholeDays({ series }: ChartData): boolean {
  return series.every(({ points }) => points.every(([at]) => at % day === 0));
}

/** ECharts' description of a chart. Times are shown in UTC, like in the grid. */
export function chartOption(data: ChartData, colours: ChartColours): EChartsCoreOption {
  const many = data.series.length > 1;
  const text = { color: colours.muted, fontSize: 11 };
  const axisLine = { lineStyle: { color: colours.line } };
  const crowded = data.categories.length > 12;
  const points = Math.max(...data.series.map((series) => series.points.length), 0);
  return {
    useUTC: true,
    animation: false,
    color: colours.series,
    textStyle: { fontFamily: "ui-sans-serif, system-ui, sans-serif" },
    grid: { left: 12, right: 28, top: many ? 26 : 8, bottom: 8, outerBoundsMode: "same" },
    legend: many
      ? {
          type: "scroll",
          top: 4,
          textStyle: text,
          itemHeight: 8,
          itemWidth: 14,
          pageTextStyle: text,
          pageIconColor: colours.muted,
        }
      : { show: false },
    tooltip: {
      trigger: data.kind === "scatter" ? "item" : "axis",
      // Text, never markup: names and values come from the warehouse.
      renderMode: "richText",
      confine: true,
      backgroundColor: colours.raised,
      borderColor: colours.line,
      textStyle: { color: colours.ink, fontSize: 12 },
      valueFormatter: (value: unknown) => (value === null || value === undefined ? "null" : String(value)),
    },
    dataZoom: data.axis === "category" ? [] : [{ type: "inside", filterMode: "none" }],
    xAxis: {
      type: data.axis,
      name: data.xName,
      nameLocation: "middle",
      nameGap: crowded ? 56 : 26,
      nameTextStyle: text,
      ...(data.axis === "category" ? { data: data.categories } : { scale: true }),
      ...(data.axis === "time" && wholeDays(data) ? { minInterval: day } : {}),
      axisLabel: {
        ...text,
        hideOverlap: true,
        // A bare day of the month would leave open which month.
        ...(data.axis === "time" && wholeDays(data) ? { formatter: { day: "{d} {MMM}", month: "{MMM} {yyyy}" } } : {}),
        ...(crowded ? { rotate: 40, width: 110, overflow: "truncate" } : {}),
      },
      axisLine,
      axisTick: axisLine,
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      name: data.yName,
      nameTextStyle: { ...text, align: "left" },
      // Bars begin at nothing; lines and points may be far from it.
      scale: data.kind !== "bar",
      axisLabel: { ...text, hideOverlap: true, formatter: (value: number) => compact.format(value) },
      splitLine: { lineStyle: { color: colours.line } },
    },
    series: data.series.map((series) => ({
      type: data.kind,
      name: series.name,
      data: series.points,
      ...(data.kind === "line" ? { showSymbol: points <= 60, symbolSize: 5, lineStyle: { width: 1.8 } } : {}),
      ...(data.kind === "scatter" ? { symbolSize: 6, itemStyle: { opacity: 0.75 } } : {}),
      ...(data.kind === "bar" ? { barMaxWidth: 46 } : {}),
    })),
  };
}

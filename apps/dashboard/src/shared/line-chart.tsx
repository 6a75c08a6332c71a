import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ColorName } from "./colors.ts";
import { clockTime } from "./format.ts";
import { usePalette } from "./use-palette.ts";

export interface ChartLine {
  readonly name: string;
  readonly color: ColorName;
  readonly dash?: readonly number[];
  readonly values: readonly (number | null)[];
}

interface LineChartProps {
  /** For those who do not see it. */
  readonly title: string;
  readonly x: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly height?: number;
  /** Seconds since the epoch, or plain numbers. */
  readonly xIs: "time" | "number";
  readonly xLabel?: string;
  readonly yMax?: number;
  /** Bytes have ticks at powers of 1024. */
  readonly yIs?: "bytes" | "count";
  readonly formatY: (value: number) => string;
}

type DrawProps = Omit<LineChartProps, "title" | "height">;

/** A chart whose lines may grow; it is made anew only when it has other lines or colours. */
export function LineChart({ title, height = 160, ...drawn }: LineChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const palette = usePalette();
  const key = drawn.lines.map(({ name, color }) => `${name}/${color}`).join(",");
  const latest = useRef<DrawProps>(drawn);
  latest.current = drawn;
  useEffect(() => {
    const box = place.current;
    if (box === null || key === "") return;
    const size = { width: Math.max(120, box.clientWidth), height };
    const made = new uPlot(optionsOf(latest.current, palette, size), dataOf(latest.current), box);
    chart.current = made;
    const observer = new ResizeObserver(() => {
      const width = Math.max(120, box.clientWidth);
      if (width !== made.width) made.setSize({ width, height });
    });
    observer.observe(box);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [key, palette, height]);
  useEffect(() => chart.current?.setData(dataOf(drawn)), [drawn.x, drawn.lines]);
  return <div class="chart" role="img" aria-label={`${title}. ${lastValues(drawn)}`} ref={place} />;
}

/** In seconds: times are shown without parts of one. */
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600];

/** Powers of two are round numbers in every unit of bytes. */
const byteSteps = Array.from({ length: 48 }, (_, power) => 2 ** power);

function lastValues({ formatY, lines }: DrawProps): string {
  const said = lines.map(({ name, values }) => {
    const last = values.findLast((value) => value !== null);
    return last === undefined || last === null ? "" : `${name}: ${formatY(last)}`;
  });
  return said.filter((one) => one !== "").join(", ");
}

function dataOf({ lines, x }: DrawProps): uPlot.AlignedData {
  return [[...x], ...lines.map(({ values }) => [...values])];
}

function optionsOf(
  { formatY, lines, xIs, xLabel, yIs, yMax }: DrawProps,
  palette: ReturnType<typeof usePalette>,
  size: { readonly width: number; readonly height: number },
): uPlot.Options {
  const font = "11px system-ui, sans-serif";
  const axis = {
    stroke: palette.muted,
    font,
    grid: { stroke: palette["faint-line"], width: 1 },
    ticks: { stroke: palette.line, width: 1, size: 4 },
  };
  return {
    ...size,
    legend: { show: false },
    cursor: { points: { size: 5 }, drag: { x: false, y: false } },
    scales: {
      x: { time: xIs === "time" },
      y: { range: (_self, _low, high) => [0, yMax ?? (high > 0 ? high * 1.1 : 1)] },
    },
    series: [{}, ...lines.map((line) => seriesOf(line, palette))],
    axes: [
      {
        ...axis,
        size: 28,
        ...(xIs === "time" ? { values: clockLabels, incrs: timeSteps } : {}),
        ...(xLabel === undefined ? {} : { label: xLabel, labelFont: font, labelSize: 18 }),
      },
      {
        ...axis,
        ...(yIs === "bytes" ? { incrs: byteSteps } : {}),
        size: 56,
        values: (_self, splits) => splits.map(formatY),
      },
    ],
  };
}

function seriesOf({ color, dash, name }: ChartLine, palette: ReturnType<typeof usePalette>) {
  const common = { label: name, stroke: palette[color], width: 1.75, points: { show: false } };
  return dash === undefined ? common : { ...common, dash: [...dash] };
}

function clockLabels(_self: uPlot, splits: readonly number[]): string[] {
  return splits.map((seconds) => clockTime(seconds * 1_000).slice(0, 8));
}

import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clockTime } from "../../shared/format.ts";
import { usePalette } from "../../shared/use-palette.ts";
import { bandFill, readBandColors } from "./band-fills.ts";

export interface Band {
  readonly name: string;
  /** See band-looks.ts. */
  readonly look: number;
  readonly values: readonly (number | null)[];
}

interface StackedChartProps {
  /** For those who do not see it. */
  readonly title: string;
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  /** The first stands at the bottom. */
  readonly bands: readonly Band[];
  /** Bytes have ticks at powers of 1024. */
  readonly yIs: "bytes" | "count";
  readonly formatY: (value: number) => string;
}

type Drawn = Omit<StackedChartProps, "title">;

const HEIGHT = 190;
/** Powers of two are round numbers in every unit of bytes. */
const byteSteps = Array.from({ length: 48 }, (_, power) => 2 ** power);

/** In seconds: times are shown without parts of one. */
const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300];

/** Bands on top of each other that grow; made anew only when it has other bands or colours. */
export function StackedChart({ title, ...drawn }: StackedChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const palette = usePalette();
  const key = `${drawn.yIs} ${drawn.bands.map(({ look, name }) => `${name}/${look}`).join(",")}`;
  const latest = useRef<Drawn>(drawn);
  latest.current = drawn;
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const width = (): number => Math.max(160, box.clientWidth);
    const options = optionsOf(latest.current, palette, width());
    const made = new uPlot(options, stackOf(latest.current), box);
    chart.current = made;
    const observer = new ResizeObserver(() => {
      if (width() !== made.width) made.setSize({ width: width(), height: HEIGHT });
    });
    observer.observe(box);
    return () => {
      observer.disconnect();
      made.destroy();
    };
  }, [key, palette]);
  useEffect(() => chart.current?.setData(stackOf(drawn)), [drawn.times, drawn.bands]);
  return <div class="chart" role="img" aria-label={`${title}. ${lastValues(drawn)}`} ref={place} />;
}

/** Each band on those below it, the highest first: what is drawn later covers what is below. */
function stackOf({ bands, times }: Drawn): uPlot.AlignedData {
  const heights = times.map(() => 0);
  const stacked = bands.map(({ values }) =>
    values.map((value, at) => {
      if (value === null) return null;
      const height = (heights[at] ?? 0) + value;
      heights[at] = height;
      return height;
    }),
  );
  return [[...times], ...stacked.reverse()];
}

function lastValues({ bands, formatY }: Drawn): string {
  const said = bands.map(({ name, values }) => `${name}: ${formatY(values.at(-1) ?? 0)}`);
  return said.join(", ");
}

function optionsOf(
  { bands, formatY, yIs }: Drawn,
  palette: ReturnType<typeof usePalette>,
  width: number,
): uPlot.Options {
  const colors = readBandColors();
  const axis = {
    stroke: palette.muted,
    font: "11px system-ui, sans-serif",
    grid: { stroke: palette["faint-line"], width: 1 },
    ticks: { stroke: palette.line, width: 1, size: 4 },
  };
  const series = bands.map(({ look, name }): uPlot.Series => {
    const color = colors[look] ?? palette.muted;
    const fill = bandFill(look, color, palette.surface);
    return { label: name, stroke: palette.surface, width: 1, fill, points: { show: false } };
  });
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { y: { range: (_self, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
    series: [{}, ...series.reverse()],
    axes: [
      { ...axis, size: 28, values: clockLabels, incrs: timeSteps, space: 72 },
      {
        ...axis,
        ...(yIs === "bytes" ? { incrs: byteSteps } : {}),
        size: 60,
        values: (_self, splits) => splits.map(formatY),
      },
    ],
  };
}

function clockLabels(_self: uPlot, splits: readonly number[]): string[] {
  return splits.map((seconds) => clockTime(seconds * 1_000).slice(0, 8));
}

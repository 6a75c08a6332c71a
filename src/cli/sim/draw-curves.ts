/**
 * Draws curves with Apache ECharts, which renders SVG as text, without a browser. Loaded only when
 * somebody wants a picture.
 */
import { BarChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Curve } from "../../sim/experiments/experiment.ts";

use([
  BarChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  TitleComponent,
  SVGRenderer,
]);

const WIDTH = 860;
const PANEL_HEIGHT = 400;
const MARGIN_LEFT = 70;
const MARGIN_RIGHT = 30;
const MARGIN_TOP = 84;
const MARGIN_BOTTOM = 58;
/** Of a legend that does not fit into one line, and so stands on the right. */
const LEGEND_WIDTH = 230;
/** About what a character and a mark take in a legend. */
const CHARACTER_WIDTH = 6.5;
const MARK_WIDTH = 48;
/** Points above which a line has no marks. */
const MARKED_MAX_COUNT = 40;
/** Points of one line: more cannot be seen at this width. */
const POINTS_MAX_COUNT = 400;
/** Colours that everybody can tell apart. [Okabe and Ito 2008] */
const COLORS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555"];
const INK = "#333333";
const FAINT = "#e3e3e3";

/** One panel a chart, below each other. The same curves give the same text. */
export function drawCurves(curves: readonly Curve[]): string {
  const charts = [...new Set(curves.map(({ chart }) => chart))];
  const panels = charts.map((chart) => curves.filter((curve) => curve.chart === chart));
  const height = Math.max(1, panels.length) * PANEL_HEIGHT;
  const chart = init(undefined, undefined, { renderer: "svg", ssr: true, width: WIDTH, height });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: "#ffffff",
      textStyle: { fontFamily: "system-ui, sans-serif", color: INK },
      title: panels.map((panel, at) => titleOf(panel, at)),
      legend: panels.map((panel, at) => legendOf(panel, at)),
      grid: panels.map((panel, at) => gridOf(panel, at)),
      xAxis: panels.map((panel, at) => xAxisOf(panel, at)),
      yAxis: panels.map((panel, at) => yAxisOf(panel, at)),
      series: panels.flatMap((panel, at) => panel.map((curve) => seriesOf(curve, panel, at))),
    });
    return settled(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** Without what ECharts numbers anew in each drawing of a process: ids, and styles of hovering. */
function settled(svg: string): string {
  const plain = svg
    .replaceAll(/ class="zr\d+-cls-\d+"/g, "")
    .replaceAll(/<style >.*?<\/style>\n?/gs, "");
  return `${plain.replaceAll(/\bzr\d+-/g, "zr-").trimEnd()}\n`;
}

function titleOf([first]: readonly Curve[], at: number): object {
  const textStyle = { fontSize: 15, color: INK };
  return { text: first?.chart ?? "", left: 16, top: at * PANEL_HEIGHT + 12, textStyle };
}

/** A single curve needs none. */
function legendOf(panel: readonly Curve[], at: number): object {
  const place = isCrowded(panel)
    ? { orient: "vertical", left: WIDTH - LEGEND_WIDTH, top: at * PANEL_HEIGHT + MARGIN_TOP }
    : { left: MARGIN_LEFT, top: at * PANEL_HEIGHT + 38 };
  return {
    ...place,
    show: panel.length > 1,
    data: panel.map((curve) => keyOf(curve)),
    formatter: (key: string) => panel.find((curve) => keyOf(curve) === key)?.name ?? key,
    itemWidth: 18,
    itemHeight: 10,
    itemGap: isCrowded(panel) ? 10 : 24,
    textStyle: { color: INK },
  };
}

/** Whether one line is too short for all names. */
function isCrowded(panel: readonly Curve[]): boolean {
  const length = panel.reduce((sum, { name }) => sum + name.length, 0);
  return length * CHARACTER_WIDTH + panel.length * MARK_WIDTH > WIDTH - MARGIN_LEFT - MARGIN_RIGHT;
}

function gridOf(panel: readonly Curve[], at: number): object {
  const right = isCrowded(panel) ? LEGEND_WIDTH + MARGIN_RIGHT / 2 : MARGIN_RIGHT;
  return {
    left: MARGIN_LEFT,
    width: WIDTH - MARGIN_LEFT - right,
    top: at * PANEL_HEIGHT + MARGIN_TOP,
    height: PANEL_HEIGHT - MARGIN_TOP - MARGIN_BOTTOM,
  };
}

const axisLine = { lineStyle: { color: INK } };
const splitLine = { lineStyle: { color: FAINT } };
const axisLabel = { color: INK };

function xAxisOf(panel: readonly Curve[], gridIndex: number): object {
  const [first] = panel;
  const shared = {
    gridIndex,
    name: first?.xLabel ?? "",
    nameLocation: "middle",
    nameGap: 32,
    axisLine,
    axisLabel,
    splitLine: { show: false },
  };
  if (isBars(panel)) return { ...shared, type: "category", data: placesOf(panel).map(String) };
  if (first?.xScale !== "logarithmic") return { ...shared, type: "value", scale: true };
  return { ...shared, type: "log", min: "dataMin", max: "dataMax" };
}

function yAxisOf([first]: readonly Curve[], gridIndex: number): object {
  return {
    gridIndex,
    type: "value",
    name: first?.yLabel ?? "",
    nameTextStyle: { align: "left", color: INK },
    nameGap: 10,
    axisLine: { show: false },
    axisLabel,
    splitLine,
  };
}

function seriesOf(curve: Curve, panel: readonly Curve[], at: number): object {
  const color = COLORS[panel.indexOf(curve) % COLORS.length];
  const place = { xAxisIndex: at, yAxisIndex: at, color };
  const name = keyOf(curve);
  if (isBars(panel)) {
    const byX = new Map(curve.points);
    const data = placesOf(panel).map((x) => rounded(byX.get(x) ?? 0));
    return { ...place, name, type: "bar", barMaxWidth: 40, data };
  }
  const data = thinned(curve.points).map(([x, y]) => [rounded(x), rounded(y)]);
  if (curve.shape === "dots") return { ...place, name, type: "scatter", symbolSize: 5, data };
  const showSymbol = data.length <= MARKED_MAX_COUNT;
  const symbol = { showSymbol, symbol: "circle", symbolSize: 5 };
  return { ...place, name, type: "line", lineStyle: { width: 2 }, ...symbol, data };
}

/** Names of curves are their own only within a chart. */
function keyOf({ chart, name }: Curve): string {
  return `${chart}\n${name}`;
}

function isBars(panel: readonly Curve[]): boolean {
  return panel.every(({ shape }) => shape === "bars");
}

function placesOf(panel: readonly Curve[]): number[] {
  const places = panel.flatMap(({ points }) => points.map(([x]) => rounded(x)));
  return [...new Set(places)].sort((a, b) => a - b);
}

/** Every so many points, and always the last one. */
function thinned(points: Curve["points"]): Curve["points"] {
  const step = Math.ceil(points.length / POINTS_MAX_COUNT);
  return points.filter((_, at) => at % step === 0 || at === points.length - 1);
}

/** Six figures: the rest only makes the file larger. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

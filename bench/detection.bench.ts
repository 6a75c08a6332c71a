import { setImmediate as breathe } from "node:timers/promises";
import { measurePoint, type Point, settings } from "../test/papers/frontier.ts";
import { judged, type MeasuredRow, type Row } from "./bench.ts";

/** Seeds, from 1 on: five crashes each with slow members and five without. */
const ROUNDS_COUNT = 6;
const PEER = "lan";

export const name = "detection";
export const description =
  "time to notice a crash, and the living taken for dead, in virtual time: settings of SWIM";

interface Figure {
  readonly id: string;
  readonly unit: string;
  of(point: Point): number;
  /** What `swift` promises of its ratio to `lan`. */
  readonly atMost?: number;
}

const figures: readonly Figure[] = [
  { id: "median to first, calm", unit: "ms", of: (p) => p.calmFirstMs, atMost: 0.6 },
  { id: "median to all, calm", unit: "ms", of: (p) => p.calmAllMs },
  { id: "median to first, slow", unit: "ms", of: (p) => p.slowFirstMs, atMost: 0.6 },
  { id: "median to all, slow", unit: "ms", of: (p) => p.slowAllMs },
  { id: "FP", unit: "deaths", of: (p) => p.falseDeaths, atMost: 1 },
  { id: "FP-", unit: "deaths", of: (p) => p.falseDeathsByHealthy, atMost: 1 },
  { id: "FP under loss", unit: "deaths", of: (p) => p.lossDeaths, atMost: 1 },
  { id: "slow ones taken for dead", unit: "deaths", of: (p) => p.slowDeaths },
  { id: "packets", unit: "a member and second", of: (p) => p.packets },
];

export async function run(): Promise<Row[]> {
  const base = measurePoint(settings[PEER], ROUNDS_COUNT);
  const rows: Row[] = [];
  for (const [setting, swim] of Object.entries(settings)) {
    // A bench that takes too long is ended by a timer.
    await breathe();
    process.stderr.write(`  ${setting}\n`);
    const point = setting === PEER ? base : measurePoint(swim, ROUNDS_COUNT);
    rows.push(...figures.map((figure) => rowOf(setting, figure, { point, base })));
  }
  return rows;
}

function rowOf(setting: string, figure: Figure, points: { point: Point; base: Point }): Row {
  const value = figure.of(points.point);
  const { id, unit, atMost } = figure;
  const row: MeasuredRow = { id: `${setting}: ${id}`, value, unit };
  if (setting === PEER) return row;
  const compared = { ...row, peer: PEER, ratio: value / figure.of(points.base) };
  return setting === "swift" && atMost !== undefined
    ? judged(compared, { of: "ratio", atMost })
    : compared;
}

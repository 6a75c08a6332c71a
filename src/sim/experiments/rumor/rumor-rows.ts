import { ln } from "../../../core/math.ts";
import { type GivenOptions, resolveOptions } from "../../../core/options.ts";
import {
  checkRumorOptions,
  type RumorOptions,
  rumorDefaults,
} from "../../../exchange/rumor/rumor.options.ts";
import type { Curve, ExpectedValue, ExpectedValues, Experiment } from "../experiment.ts";
import { CYCLE_MS, type RumorCourse, RumorTown } from "./rumor-town.ts";

/** What is measured of a rumor, and what the papers call it. */
export const rumorMeasures = {
  residue: "residue s (share)",
  traffic: "traffic m (updates/node)",
  meanDelay: "t_ave (cycles)",
  lastDelay: "t_last (cycles)",
  /** How much a transmission does: s = exp(-λm). [Demers 1987 §1.4] */
  lambda: "λ",
} as const;

const MEASURED = ["residue", "traffic", "meanDelay", "lastDelay"] as const;

export type RumorMeasure = keyof typeof rumorMeasures;

/** One line of a table: a variant of rumour mongering, and what was published of it. */
export interface RumorRow {
  readonly name: string;
  readonly given: GivenOptions<typeof rumorDefaults>;
  readonly expected: { readonly [Measure in RumorMeasure]?: ExpectedValue };
}

interface RowsExperiment {
  readonly name: string;
  readonly proves: string;
  readonly source: string;
  readonly rows: readonly RumorRow[];
  /** Towns; 1,000 rumors when not said. */
  readonly runsCount?: number;
}

/** Rumors that are spread one after another in each town: making one costs as much as a rumor. */
const RUMORS_IN_A_TOWN = 20;
const TOWNS = 50;

/** An experiment whose values are the lines of a table, at n = 1,000 as in [Demers 1987]. */
export function rowsExperiment(table: RowsExperiment): Experiment {
  const { name, proves, rows, runsCount = TOWNS, source } = table;
  const expected: Record<string, ExpectedValue> = {};
  for (const row of rows) Object.assign(expected, expectedOf(row));
  return {
    name,
    proves,
    source,
    parameters: { nodesCount: 1_000, rumorsCount: RUMORS_IN_A_TOWN },
    runsCount,
    expected,
    run({ onPass, parameters, seed }) {
      const values: Record<string, number> = {};
      const curves: Curve[] = [];
      for (const row of rows) {
        onPass?.(row.name);
        const courses = spreadMany(row, { seed, parameters });
        Object.assign(values, valuesOf(row, courses));
        curves.push(curveOf(row, courses));
      }
      return { values, curves };
    },
  };
}

/** The options of a variant, in step. */
export function inStep(given: RumorRow["given"]): RumorOptions {
  const step = {
    rounds: "synchronous",
    roundIntervalMs: CYCLE_MS,
    // What is not answered in its cycle never will be.
    answerTimeoutMs: CYCLE_MS / 2,
  } as const;
  return resolveOptions("rumor", rumorDefaults, { ...given, ...step }, checkRumorOptions);
}

export function valueName({ name }: Pick<RumorRow, "name">, measure: RumorMeasure): string {
  return `${name}: ${rumorMeasures[measure]}`;
}

export function meanOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0) / items.length;
}

function valuesOf(row: RumorRow, courses: readonly RumorCourse[]): Record<string, number> {
  const values: Record<string, number> = {};
  for (const measure of MEASURED) {
    values[valueName(row, measure)] = meanOf(courses, (course) => course[measure]);
  }
  if (row.expected.lambda !== undefined) {
    const residue = meanOf(courses, (course) => course.residue);
    const traffic = meanOf(courses, (course) => course.traffic);
    values[valueName(row, "lambda")] = -ln(residue) / traffic;
  }
  return values;
}

function expectedOf(row: RumorRow): ExpectedValues {
  const expected: Record<string, ExpectedValue> = {};
  for (const measure of [...MEASURED, "lambda"] as const) {
    const one = row.expected[measure];
    if (one !== undefined) expected[valueName(row, measure)] = one;
  }
  return expected;
}

function spreadMany(
  { given }: RumorRow,
  { parameters, seed }: { seed: number; parameters: Readonly<Record<string, number>> },
): RumorCourse[] {
  const { nodesCount = 0, rumorsCount = 0 } = parameters;
  const town = new RumorTown(seed, Math.max(2, nodesCount), inStep(given));
  return Array.from({ length: Math.max(1, rumorsCount) }, () => town.spread());
}

/** The share that has heard, cycle by cycle; each rumor's last share holds on. */
function curveOf({ name }: RumorRow, courses: readonly RumorCourse[]): Curve {
  const cyclesCount = Math.max(...courses.map(({ heardByCycle }) => heardByCycle.length));
  const points: [number, number][] = [];
  let share = 0;
  for (let cycle = 0; cycle < cyclesCount; cycle += 1) {
    share += meanOf(courses, ({ heardByCycle, nodesCount }) => {
      return (heardByCycle[cycle] ?? 0) / nodesCount;
    });
    points.push([cycle, share]);
  }
  return {
    chart: "Nodes that have heard",
    name,
    xLabel: "cycle",
    yLabel: "share of nodes",
    points,
    elsewhere: "last",
  };
}

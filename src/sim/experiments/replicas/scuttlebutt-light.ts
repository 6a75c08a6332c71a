import { ln } from "../../../core/math.ts";
import type { Experiment, ExperimentCourse, ExperimentSetting } from "../experiment.ts";
import { ScuttlebuttTown } from "./scuttlebutt-town.ts";

const SECOND_MS = 1_000;
const WRITES_A_SECOND = 10;
/** Of this age the share of participants is told; steps of the curve. */
const STEP_MS = 100;
/** Everybody knows everybody; then writes are measured for so long. */
const WARM_UP_S = 5;
const MEASURED_S = 10;

/** How a write travels when messages have no bound: the light load of the Scuttlebutt paper. */
export const scuttlebuttLight: Experiment = {
  name: "scuttlebutt-light",
  proves: "At light load a write reaches all in about the logarithm of their number",
  source: "van Renesse 2008 §5, before messages are bounded: 128 participants, 64 keys, 1/s each",
  parameters: { nodesCount: 128 },
  runsCount: 1,
  run,
  expectedAt: ({ nodesCount = 128 }) => ({
    "until half know, mean (s)": {
      value: ln(nodesCount - 1) / 2,
      source: "logistic growth: each takes part in two exchanges a second on average",
      toleranceRatio: 0.25,
    },
    "until all know, mean (s)": {
      value: ln(nodesCount - 1) + 0.29,
      source: "the same; the last of many is later by Euler's constant over two",
      toleranceRatio: 0.3,
    },
    "writes that reached all (ratio)": {
      value: 1,
      source: "messages without a bound carry all",
      tolerance: 0,
    },
  }),
};

function run({ onPass, parameters, seed }: ExperimentSetting): ExperimentCourse {
  const { nodesCount = 128 } = parameters;
  const arrivalsMs = new Map<string, number[]>();
  const town: ScuttlebuttTown = new ScuttlebuttTown({
    seed,
    nodesCount,
    wantedPerSecond: 1,
    ordering: "depth",
    onArrival(owner, version, atMs) {
      const ages = arrivalsMs.get(`${owner} ${version}`);
      const writtenMs = town.writtenAtMs(owner, version);
      if (ages !== undefined && writtenMs !== undefined) ages.push(atMs - writtenMs);
    },
  });
  const written = new Array<number>(nodesCount).fill(0);
  for (let second = 0; second < WARM_UP_S + 2 * MEASURED_S; second += 1) {
    for (let part = 0; part < WRITES_A_SECOND; part += 1) {
      for (let owner = part; owner < nodesCount; owner += WRITES_A_SECOND) {
        // Keys in turn: no write is overwritten before it has come to all.
        const version = (written[owner] ?? 0) + 1;
        written[owner] = version;
        const isMeasured = second >= WARM_UP_S && second < WARM_UP_S + MEASURED_S;
        if (isMeasured) arrivalsMs.set(`${owner} ${version}`, []);
        town.write(owner, version);
      }
      town.simulator.runForMs(SECOND_MS / WRITES_A_SECOND);
    }
    onPass?.(`${second + 1} s`);
  }
  return courseOf([...arrivalsMs.values()], nodesCount - 1);
}

function courseOf(all: readonly number[][], othersCount: number): ExperimentCourse {
  const whole = all.filter((ages) => ages.length === othersCount);
  const mean = (pick: (sorted: readonly number[]) => number | undefined): number => {
    let sumMs = 0;
    for (const ages of whole) sumMs += pick([...ages].sort((one, other) => one - other)) ?? 0;
    return sumMs / whole.length / SECOND_MS;
  };
  const ages = all.flat().sort((one, other) => one - other);
  const lastMs = ages.at(-1) ?? 0;
  const points: [number, number][] = [];
  let knowing = 0;
  for (let ageMs = 0; ageMs <= lastMs + STEP_MS; ageMs += STEP_MS) {
    while ((ages[knowing] ?? Number.POSITIVE_INFINITY) <= ageMs) knowing += 1;
    points.push([ageMs / SECOND_MS, knowing / (all.length * othersCount)]);
  }
  return {
    values: {
      "until half know, mean (s)": mean((sorted) => sorted[Math.floor(othersCount / 2)]),
      "until all know, mean (s)": mean((sorted) => sorted.at(-1)),
      "until all know, worst (s)": lastMs / SECOND_MS,
      "writes that reached all (ratio)": whole.length / all.length,
    },
    curves: [
      {
        chart: "dissemination",
        name: "share of participants that know",
        xLabel: "age of the write (s)",
        yLabel: "share",
        points,
      },
    ],
  };
}

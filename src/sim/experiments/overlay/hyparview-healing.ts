import { Random } from "../../../core/random.ts";
import type { ExpectedValues, Experiment, ExperimentSetting } from "../experiment.ts";
import { oneSidedOf } from "./hyparview-table-1.ts";
import { HyParViewTown } from "./hyparview-town.ts";

/** Longer than all joins together, so that no shuffle comes before the last one. */
const CYCLE_MS = 400_000;
const NEVER_MS = 1e9;
/** Between two looks at who is connected. */
const LOOK_MS = 40_000;
/** For the kernels of the dead to say so, and the first requests. */
const REACTION_MS = 2_000;
/** From this share of failures on, the paper allows for nodes that nobody knows any more. */
const SEVERE_RATIO = 0.8;

const parameters = {
  nodesCount: 10_000,
  cyclesCount: 5,
  killedRatio: 0.5,
  messagesCount: 10,
  joinGapMs: 20,
} as const;

/**
 * A share of all nodes dies at once, the contact among them, and what is left finds together from
 * passive views alone.
 */
export const hyparviewHealing: Experiment = {
  name: "hyparview-healing",
  proves: "After half of all nodes died at once, the others are one overlay in two shuffles.",
  source: "Leitão DSN 2007 §5.3",
  parameters,
  runsCount: 1,
  run,
  expectedAt: expected,
};

function expected({ killedRatio = 0.5 }: Readonly<Record<string, number>>): ExpectedValues {
  const why = "Leitão DSN 2007 §5.3; specs, plumtree-hyparview F";
  const atLeast = (value: number) =>
    ({ value, source: why, bound: "atLeast", of: "eachRun" }) as const;
  const exactly = (value: number) => ({ value, tolerance: 0, source: why });
  const isSevere = killedRatio >= SEVERE_RATIO;
  return {
    "largest part after two shuffles (ratio)": isSevere ? atLeast(0.95) : exactly(1),
    "reached before the next shuffle (ratio)": atLeast(isSevere ? 0.9 : 0.99),
    "one-sided links": exactly(0),
  };
}

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const { cyclesCount, joinGapMs, killedRatio, messagesCount, nodesCount } = {
    ...parameters,
    ...given,
  };
  const town = new HyParViewTown({
    seed,
    nodes: "flooding",
    hyparview: {
      shuffleIntervalMs: CYCLE_MS,
      beaconIntervalMs: NEVER_MS,
      joinContactsCount: 1,
      evictionsPerSecond: 1_000_000,
      peerMessagesPerSecond: 1_000_000,
    },
  });
  onPass?.("joins");
  town.grow(nodesCount, joinGapMs);
  town.run(cyclesCount * CYCLE_MS);
  onPass?.("crash");
  const random = Random.derive(seed, "killed");
  town.kill(killedRatio, random);
  const points: [number, number][] = [[0, town.wholeness()]];
  town.run(REACTION_MS);
  const atOnce = reachOf(town, messagesCount, random);
  for (let passedMs = REACTION_MS; passedMs < 2 * CYCLE_MS; passedMs += LOOK_MS) {
    points.push([passedMs / 1_000, town.wholeness()]);
    town.run(LOOK_MS);
  }
  const whole = town.wholeness();
  points.push([(2 * CYCLE_MS) / 1_000, whole]);
  return {
    values: {
      "largest part at the crash (ratio)": points[0]?.[1] ?? 0,
      "reached before the next shuffle (ratio)": atOnce,
      "largest part after two shuffles (ratio)": whole,
      "reached after two shuffles (ratio)": reachOf(town, messagesCount, random),
      "one-sided links": oneSidedOf(town.graph().active),
    },
    curves: [
      {
        chart: "healing",
        name: `${Math.round(100 * killedRatio)} % died`,
        xLabel: "seconds since the crash",
        yLabel: "survivors in the largest part (ratio)",
        points,
        elsewhere: "last",
      },
    ],
  } as const;
}

/** Mean share of the living that floods reach. */
function reachOf(town: HyParViewTown, messagesCount: number, random: Random): number {
  const { living } = town.graph();
  let sum = 0;
  for (const place of random.sampleIndexes(living.length, messagesCount)) {
    sum += town.flood(living[place] ?? 0).reachedRatio;
  }
  return sum / messagesCount;
}

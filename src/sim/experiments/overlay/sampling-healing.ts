import { Random } from "../../../core/random.ts";
import type { SamplingOptions } from "../../../peers/sampling/sampling.options.ts";
import type {
  Curve,
  ExpectedValues,
  Experiment,
  ExperimentCourse,
  ExperimentSetting,
} from "../experiment.ts";
import { samplingSettings, scaled } from "./sampling-overlay.ts";
import { SamplingTown } from "./sampling-town.ts";

/** A network with fewer dead links than this is healed. */
const HEALED_RATIO = 0.01;

/**
 * The settings, and two of them without the rule that who is silent is dropped: what is left is
 * what the choice of who stays does of itself.
 */
const settings: Readonly<Record<string, Partial<SamplingOptions>>> = {
  ...samplingSettings,
  "healer alone": { ...samplingSettings["healer"], peerSelection: "random", silence: "ignored" },
  "swapper alone": { ...samplingSettings["swapper"], peerSelection: "random", silence: "ignored" },
};

/** Half of all nodes die at once: how long the others keep knowing them. */
export const samplingHealing: Experiment = {
  name: "sampling-healing",
  proves: "How fast each setting of peer sampling forgets the dead, and that the rest stays whole.",
  source: "Jelasity 2007 §6.2; Voulgaris 2005 §6",
  parameters: {
    nodesCount: 1_000,
    viewCount: 30,
    roundsCount: 60,
    killedRatio: 0.5,
    healingCount: 70,
  },
  runsCount: 3,
  run: runHealing,
  expectedAt: expectedHealing,
};

function runHealing({ onPass, parameters, seed }: ExperimentSetting): ExperimentCourse {
  const { healingCount = 0, killedRatio = 0, nodesCount = 0 } = parameters;
  const { roundsCount = 0, viewCount = 0 } = parameters;
  const values: Record<string, number> = {};
  const curves: Curve[] = [];
  for (const [name, given] of Object.entries(settings)) {
    onPass?.(name);
    const options = { ...scaled(given, viewCount), entryMaxCount: 0, sketchMaxCount: 0 };
    const town = new SamplingTown(seed, options);
    town.grow(nodesCount);
    town.run(roundsCount);
    town.kill(Math.round(killedRatio * nodesCount), Random.derive(seed, "killed"));
    const points: [number, number][] = [[0, town.deadShare()]];
    for (let round = 1; round <= healingCount; round += 1) {
      town.run(1);
      points.push([round, town.deadShare()]);
    }
    const healed = points.find(([, share]) => share < HEALED_RATIO)?.[0];
    values[`${name}: healed after (rounds)`] = healed ?? healingCount + 1;
    values[`${name}: dead links left (ratio)`] = points.at(-1)?.[1] ?? 1;
    const survivors = town.living().length;
    values[`${name}: survivors together (ratio)`] = town.graph().largestPart() / survivors;
    const labels = { xLabel: "rounds since the crash", yLabel: "links to the dead (ratio)" };
    curves.push({ chart: "healing", name, ...labels, points, elsewhere: "last" });
  }
  return { values, curves };
}

function expectedHealing(parameters: Readonly<Record<string, number>>): ExpectedValues {
  const { healingCount = 0, viewCount = 0 } = parameters;
  // Where it is not waited for, nobody knows whether it would have healed in time.
  const isAwaited = healingCount >= 2 * viewCount;
  const atMost = (value: number, source: string) =>
    ({ value, source, bound: "atMost", of: "eachRun" }) as const;
  const expected: Record<string, ExpectedValues[string]> = {};
  const perRound = "a silent partner is dropped, the oldest first, one a round";
  for (const name of Object.keys(samplingSettings)) {
    if (name !== "blind" && isAwaited) {
      expected[`${name}: healed after (rounds)`] = atMost(2 * viewCount, perRound);
    }
  }
  const half = "H = c/2 lets the old go, and the dead write nothing new: Jelasity 2007 §6.2";
  if (isAwaited) expected["healer alone: healed after (rounds)"] = atMost(viewCount / 2, half);
  expected["swapper alone: dead links left (ratio)"] = {
    value: 0.2,
    source: "H = 0 hands the dead round for ever: Jelasity 2007 §6.2",
    bound: "atLeast",
    of: "eachRun",
  };
  for (const name of Object.keys(settings)) {
    expected[`${name}: survivors together (ratio)`] = {
      value: 1,
      tolerance: 0,
      source: "with 15 living peers in a view, e^−15 of the nodes are cut off",
    };
  }
  return expected;
}

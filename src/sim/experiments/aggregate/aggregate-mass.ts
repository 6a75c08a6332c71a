import { at } from "../../../core/collections/at.ts";
import { sqrt } from "../../../core/math.ts";
import type { ExpectedValue, Experiment } from "../experiment.ts";
import { meanOfAll, normalInputs, pushPullTable, varianceOf } from "./aggregate-pairs.ts";

const ATOMICITIES = ["commit", "none"] as const;
/** Rounds without exchanges, in which what is open is asked after. */
const SETTLING_ROUNDS = 12;

/** What lost replies do to the mean: nothing where a commit follows, a little where not. */
export const aggregateMass: Experiment = {
  name: "aggregate-mass",
  proves: "Push-pull averaging with a commit keeps the mean while 20 % of all messages are lost.",
  source: "Jelasity, Montresor, Babaoglu 2005, section 5; spec aggregation §2",
  parameters: { nodesCount: 1_000, roundsCount: 30, lossRatio: 0.2 },
  runsCount: 20,
  run({ onPass, parameters, seed }) {
    const { lossRatio = 0, nodesCount = 0, roundsCount = 0 } = parameters;
    const values: Record<string, number> = {};
    const inputs = normalInputs(seed, nodesCount);
    const deviation = sqrt(varianceOf(inputs));
    for (const atomicity of ATOMICITIES) {
      onPass?.(atomicity);
      const table = pushPullTable({ seed, nodesCount, lossRatio }, atomicity, inputs);
      for (let round = 0; round < roundsCount; round += 1) {
        table.round("eachOnce");
        table.tick();
      }
      for (let round = 0; round < SETTLING_ROUNDS; round += 1) table.tick();
      const held = table.machines.map((machine) => at(machine.held, 0));
      values[driftName(atomicity)] = Math.abs(meanOfAll(held) - meanOfAll(inputs)) / deviation;
      values[spreadName(atomicity)] = sqrt(varianceOf(held)) / deviation;
    }
    return { values, curves: [] };
  },
  expected: {
    // After ten asks an exchange is given up, of which one in a hundred thousand is.
    [driftName("commit")]: atMost(0.0005, "spec aggregation §2: no drift"),
    [driftName("none")]: {
      value: 0.012,
      tolerance: 0.006,
      source: "spec aggregation §2: mean 0.012 at 20 % loss",
    },
    [spreadName("commit")]: atMost(0.01, "it converges, if slower"),
  },
};

function atMost(value: number, source: string): ExpectedValue {
  return { value, bound: "atMost", of: "mean", source };
}

function driftName(atomicity: string): string {
  return `${atomicity}: the mean moved by (σ)`;
}

function spreadName(atomicity: string): string {
  return `${atomicity}: spread left (σ)`;
}

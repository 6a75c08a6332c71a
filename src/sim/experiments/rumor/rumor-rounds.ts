import type { Curve, ExpectedValue, ExpectedValues, Experiment } from "../experiment.ts";
import { inStep } from "./rumor-rows.ts";
import { type RumorCourse, RumorTown } from "./rumor-town.ts";

type Way = "push" | "pull" | "pushPull";
const WAYS: readonly Way[] = ["push", "pull", "pushPull"];
/** More rounds than any of these takes. */
const FOREVER = 1_000;

/**
 * Means of a simulation of the random phone call model on a complete graph, by number of nodes:
 * rounds by push, by pull and by both, and transmissions a node by push and by both.
 */
const KNOWN: Readonly<Record<number, readonly [number, number, number, number, number]>> = {
  100: [12.3, 9.83, 6.55, 5.63, 4.51],
  1000: [18.03, 13.81, 9.18, 7.97, 5.52],
  10000: [23.69, 17.59, 11.63, 10.3, 6.24],
  100000: [29.45, 21.75, 14.1, 12.74, 6.78],
};
const SOURCE = "random phone calls on a complete graph, simulated (spec papers section 2)";

/** Rumors that nobody loses interest in, until everybody knows: push, pull, and both. */
export const rumorRounds: Experiment = {
  name: "rumor-rounds",
  proves: "Pushed and pulled rumors reach n nodes in log3 n + ln ln n rounds, pushed ones do not.",
  source: "Pittel 1987; Karp et al. 2000",
  parameters: { nodesCount: 1_000 },
  runsCount: 100,
  run({ onPass, parameters, seed }) {
    const nodesCount = Math.max(2, parameters["nodesCount"] ?? 0);
    const values: Record<string, number> = {};
    const curves: Curve[] = [];
    for (const mode of WAYS) {
      onPass?.(mode);
      const course = callUntilKnown(mode, nodesCount, seed);
      values[roundsName(mode)] = course.lastDelay;
      values[trafficName(mode)] = course.traffic + course.spared;
      values[sentName(mode)] = course.traffic;
      curves.push(curveOf(mode, course));
    }
    return { values, curves };
  },
  expectedAt: ({ nodesCount = 0 }) => expectedOf(nodesCount),
};

function roundsName(mode: Way): string {
  return `${mode}: until all know (rounds)`;
}

function trafficName(mode: Way): string {
  return `${mode}: transmissions (updates/node)`;
}

/** Here who was just told an update does not send it back. */
function sentName(mode: Way): string {
  return `${mode}: sent by ours (updates/node)`;
}

function callUntilKnown(mode: Way, nodesCount: number, seed: number): RumorCourse {
  const lasting = { feedback: "blind", loss: "counter", interestCount: FOREVER } as const;
  const town = new RumorTown(seed, nodesCount, inStep({ mode, ...lasting }));
  return town.spread("known");
}

function expectedOf(nodesCount: number): ExpectedValues {
  const known = KNOWN[nodesCount];
  if (known === undefined) return {};
  const [push, pull, pushPull, pushTraffic, pushPullTraffic] = known;
  const within = (value: number, tolerance: number): ExpectedValue => {
    return { value, source: SOURCE, tolerance };
  };
  return {
    // A constant more than log2 n + ln n. [Pittel 1987]
    [roundsName("push")]: within(push, 0.4),
    [roundsName("pull")]: within(pull, 0.6),
    // log3 n + log2 ln n: a growth by three, then squares. [Karp 2000]
    [roundsName("pushPull")]: within(pushPull, 0.25),
    [trafficName("push")]: within(pushTraffic, 0.04 * pushTraffic),
    // One round more or less is two updates a node.
    [trafficName("pushPull")]: within(pushPullTraffic, 0.7),
  };
}

function curveOf(mode: Way, { heardByCycle, nodesCount }: RumorCourse): Curve {
  let heard = 0;
  const points = heardByCycle.map((count, round): [number, number] => {
    heard += count;
    return [round, heard / nodesCount];
  });
  return {
    chart: "Nodes that know",
    name: mode,
    xLabel: "round",
    yLabel: "share of nodes",
    points,
    elsewhere: "last",
  };
}

import type { ExpectedValues, Experiment, ExperimentSetting } from "../experiment.ts";
import type { DeliveryResult, DeliveryWay, Disturbance, Load } from "./delivery.contract.ts";
import { DeliveryTown } from "./delivery-town.ts";

const disturbances: readonly Disturbance[] = ["none", "join", "kill", "stall"];

const ways: Readonly<Record<string, DeliveryWay>> = {
  piggyback: { via: "piggyback", history: "none" },
  plumtree: { via: "plumtree", history: "none" },
  "plumtree on hyparview": { via: "plumtree", overlay: "hyparview", history: "none" },
  rumor: { via: "rumor", history: "none" },
  history: { via: "plumtree", history: "kept" },
};

const parameters = { nodesCount: 10, lossRatio: 0.05 } as const;

const expected: ExpectedValues = {
  ...heldOf(Object.keys(ways), "told twice (messages)", "each message is delivered once"),
  // What rumours leave is told by rumor-frugal.
  ...heldOf(
    Object.keys(ways).filter((name) => name !== "rumor"),
    "missed (share)",
    "what a line loses is asked for, or sent often enough",
  ),
};

function heldOf(names: readonly string[], what: string, source: string): ExpectedValues {
  const held = { value: 0, bound: "atMost", of: "eachRun", source } as const;
  return Object.fromEntries(names.map((name) => [`${name}: ${what}`, held]));
}

/** What of each load comes to whom, on nodes as they are shipped. */
export const deliverySeldom = deliveryOf("seldom", 5, "single messages, each after a long silence");
export const deliveryBurst = deliveryOf("burst", 1, "bursts of 200 messages after a long silence");
export const deliverySteady = deliveryOf("steady", 1, "20 messages a second by all nodes in turn");

function deliveryOf(load: Load, turnsCount: number, what: string): Experiment {
  return {
    name: `delivery-${load}`,
    proves: `What reaches whom, undisturbed and while one joins, dies or stands still: ${what}.`,
    source: "ours",
    parameters: { ...parameters, turnsCount },
    runsCount: 2,
    run: (setting) => run(load, setting),
    expected,
  };
}

function run(load: Load, { onPass, parameters: given, seed }: ExperimentSetting) {
  const { lossRatio = 0, nodesCount = 0, turnsCount = 0 } = given;
  const values: Record<string, number> = {};
  for (const [name, way] of Object.entries(ways)) {
    const results = disturbances.map((disturbance) => {
      onPass?.(`${name}, ${disturbance}`);
      const setting = { disturbance, load, lossRatio, nodesCount, seed, turnsCount, way };
      return new DeliveryTown(setting).run();
    });
    Object.assign(values, valuesOf(name, results));
  }
  return { values, curves: [] };
}

function valuesOf(name: string, results: readonly DeliveryResult[]): Record<string, number> {
  const sum = (countOf: (result: DeliveryResult) => number): number =>
    results.reduce((total, result) => total + countOf(result), 0);
  const lastMs = results.flatMap((result) => result.lastMs).sort((one, other) => one - other);
  const ratio = (part: number, whole: number): number => part / Math.max(1, whole);
  return {
    [`${name}: missed (share)`]: ratio(
      sum(({ missedCount }) => missedCount),
      sum(({ pairsCount }) => pairsCount),
    ),
    [`${name}: missed by who joined or stood still (share)`]: ratio(
      sum(({ disturbedMissedCount }) => disturbedMissedCount),
      sum(({ disturbedPairsCount }) => disturbedPairsCount),
    ),
    [`${name}: told twice (messages)`]: sum(({ duplicatesCount }) => duplicatesCount),
    [`${name}: until the last, median (ms)`]: lastMs[Math.floor(lastMs.length / 2)] ?? 0,
    [`${name}: until the last, slowest (ms)`]: lastMs.at(-1) ?? 0,
  };
}

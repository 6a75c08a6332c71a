import { at } from "../../../core/collections/at.ts";
import { Random } from "../../../core/random.ts";
import type { PlumtreeOptions } from "../../../exchange/plumtree/plumtree.options.ts";
import type {
  Curve,
  ExpectedValue,
  ExpectedValues,
  Experiment,
  ExperimentSetting,
} from "../experiment.ts";
import { HyParViewTown } from "./hyparview-town.ts";
import { type Broadcast, PlumtreeTown } from "./plumtree-town.ts";

/** Longer than the longest way of a broadcast and all waits of the protocol. */
const CYCLE_MS = 3_000;
const SHUFFLE_MS = 60_000;
/** Between two joins. */
const JOIN_GAP_MS = 10;
const source = "Leitão SRDS 2007, Table 1";

/** Every announcement leaves at once and alone, as in the paper. */
const unbatched = {
  trees: "shared",
  flushIntervalMs: 0,
  announceIntervalMs: 0,
  graftWaitMs: 1_000,
  optimisationCount: 0,
} as const;

interface Variant {
  readonly name: string;
  readonly via: "flooding" | "plumtree";
  readonly senders: "one" | "all";
  /** "settled": they change no more, so that every message of a cycle is accounted for. */
  readonly trees: "none" | "settled" | "changing";
  readonly plumtree?: Partial<PlumtreeOptions>;
}

const variants: readonly Variant[] = [
  { name: "eager", via: "flooding", senders: "one", trees: "none" },
  { name: "one sender", via: "plumtree", senders: "one", trees: "settled", plumtree: unbatched },
  { name: "many senders", via: "plumtree", senders: "all", trees: "settled", plumtree: unbatched },
  {
    name: "one sender, optimised",
    via: "plumtree",
    senders: "one",
    trees: "settled",
    plumtree: { ...unbatched, optimisationCount: 3 },
  },
  {
    name: "many senders, optimised",
    via: "plumtree",
    senders: "all",
    trees: "changing",
    plumtree: { ...unbatched, optimisationCount: 7 },
  },
  {
    name: "many senders, a tree for each",
    via: "plumtree",
    senders: "all",
    trees: "settled",
    plumtree: { ...unbatched, trees: "per-root" },
  },
  {
    name: "many senders, tolerant",
    via: "plumtree",
    senders: "all",
    trees: "changing",
    plumtree: { ...unbatched, trees: "tolerant", copiesCount: 1, tolerantPruneIntervalMs: 0 },
  },
];

const parameters = {
  nodesCount: 10_000,
  /** Active views. */
  neighboursCount: 5,
  /** Shuffles of each node after the last join; the paper has 50. */
  shufflesCount: 20,
  /** Broadcasts before the one that is counted, and that one. */
  cyclesCount: 8,
  /** Nodes that send in turn where many do. */
  sendersCount: 4,
} as const;

/**
 * Messages received in one cycle of a stable overlay, which HyParView has made; one broadcast a
 * cycle. The sum of all active views follows from the paper's first row: 49,983.
 */
export const plumtreeTable1: Experiment = {
  name: "plumtree-table-1",
  proves: "Plumtree sends one payload a node, and names along all other links of the overlay",
  source,
  parameters,
  runsCount: 1,
  run,
  expected: {
    "sum of active views": {
      value: 49_983,
      toleranceRatio: 0.002,
      source: `${source}: 39,984 of a flood and n − 1`,
    },
    "payloads, eager": { value: 39_984, toleranceRatio: 0.002, source },
    "payloads, one sender": { value: 9_999, tolerance: 0, source },
    "controls, one sender": { value: 29_987.33, toleranceRatio: 0.002, source },
    "payloads, many senders": { value: 9_999, tolerance: 0, source },
    "controls, many senders": { value: 29_990, toleranceRatio: 0.002, source },
    "payloads, one sender, optimised": { value: 9_999, tolerance: 0, source },
    "controls, one sender, optimised": { value: 29_989.33, toleranceRatio: 0.002, source },
    "payloads, many senders, optimised": { value: 9_999, tolerance: 0, source },
    "controls, many senders, optimised": {
      value: 38_976,
      source,
      deviation: "the tree is shallower here from the start, so fewer ways are changed",
    },
    "last hop, many senders": {
      value: 60,
      source: "the same, Figure 5",
      deviation: "all links take equally long here, so that the first flood finds a shallow tree",
    },
    ...identities(),
  },
  expectedAt: identities,
};

/** What follows from the overlay alone, exactly, whatever its size. */
function identities(): ExpectedValues {
  const none = (source: string) => ({ value: 0, tolerance: 0, source });
  const names: Record<string, ExpectedValue> = {};
  for (const { name, trees } of variants) {
    names[`reached, ${name} (%)`] = { value: 100, tolerance: 0, source: "a stable overlay" };
    if (trees === "none") names[`payloads amiss, ${name}`] = none("sum of views − (n − 1)");
    if (trees !== "settled") continue;
    names[`payloads amiss, ${name}`] = none("n − 1");
    names[`controls amiss, ${name}`] = none("sum of views − 2 (n − 1)");
  }
  return names;
}

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const { cyclesCount, nodesCount, sendersCount, ...rest } = { ...parameters, ...given };
  onPass?.("HyParView");
  const overlay = overlayOf(seed, nodesCount, rest);
  const degreesSum = overlay.reduce((sum, { length }) => sum + length, 0);
  const values: Record<string, number> = { "sum of active views": degreesSum };
  const curves: Curve[] = [];
  for (const variant of variants) {
    onPass?.(variant.name);
    const { name, plumtree = {}, senders, via } = variant;
    const town = new PlumtreeTown({ seed, overlay, via, plumtree });
    const random = Random.derive(seed, "senders");
    const chosen = senders === "one" ? [0] : random.sampleIndexes(nodesCount, sendersCount);
    const cycles: Broadcast[] = [];
    for (let cycle = 0; cycle < cyclesCount; cycle += 1) {
      cycles.push(town.broadcast(at(chosen, cycle % chosen.length), CYCLE_MS));
    }
    const last = at(cycles, cycles.length - 1);
    const reached = Math.min(...cycles.map(({ reachedRatio }) => reachedRatio));
    values[`payloads, ${name}`] = last.payloadsCount;
    values[`controls, ${name}`] = last.controlsCount;
    values[`last hop, ${name}`] = last.lastHop;
    values[`reached, ${name} (%)`] = 100 * reached;
    const receivers = nodesCount - 1;
    const wanted = variant.trees === "none" ? town.degreesSum - receivers : receivers;
    values[`payloads amiss, ${name}`] = last.payloadsCount - wanted;
    values[`controls amiss, ${name}`] = last.controlsCount - (town.degreesSum - 2 * receivers);
    curves.push(redundancy(name, cycles, nodesCount));
  }
  return { values, curves };
}

function overlayOf(
  seed: number,
  nodesCount: number,
  { neighboursCount, shufflesCount }: { neighboursCount: number; shufflesCount: number },
): readonly (readonly number[])[] {
  const hyparview = { activeCount: neighboursCount, shuffleIntervalMs: SHUFFLE_MS };
  const town = new HyParViewTown({ seed, hyparview });
  town.grow(nodesCount, JOIN_GAP_MS);
  town.run(shufflesCount * SHUFFLE_MS);
  return town.graph().active;
}

/** RMR: payloads received beyond one each, for each receiver. */
function redundancy(name: string, cycles: readonly Broadcast[], nodesCount: number): Curve {
  const points = cycles.map(({ payloadsCount }, cycle): [number, number] => {
    return [cycle + 1, payloadsCount / (nodesCount - 1) - 1];
  });
  const labels = { xLabel: "broadcasts", yLabel: "payloads beyond one each, a node" };
  return { chart: "redundancy", name, ...labels, points };
}

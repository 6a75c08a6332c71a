import { Random } from "../../../core/random.ts";
import type {
  Curve,
  ExpectedValue,
  Experiment,
  ExperimentCourse,
  ExperimentSetting,
} from "../experiment.ts";
import { PreciseTown } from "./precise-town.ts";
import { ScuttlebuttTown, type Staleness } from "./scuttlebutt-town.ts";

const SECOND_MS = 1_000;
const WRITES_A_SECOND = 10;
/** When messages get their bound; when twice as much is wanted, what was, and nothing. */
const BOUND_FROM_S = 15;
const DOUBLED_FROM_S = 25;
const DOUBLED_TO_S = 75;
const STOPPED_FROM_S = 120;

const POLICIES = [
  "scuttle-depth",
  "scuttle-breadth",
  "scuttle-depth, held back",
  "scuttle-breadth, held back",
  "precise-newest",
  "precise-oldest",
] as const;
type Policy = (typeof POLICIES)[number];

/** What both kinds of town can do. */
interface AnyTown {
  /** False when it was held back. */
  write(owner: number, key: number): boolean;
  holdMessagesTo(updatesCount: number): void;
  runForMs(durationMs: number): void;
  staleness(): Staleness;
}

/** The overload of the Scuttlebutt paper, with the reconciliations that it compares. */
export const scuttlebuttPolicies: Experiment = {
  name: "scuttlebutt-policies",
  proves: "Which order of deltas keeps copies fresh when more is written than gossip carries",
  source: "van Renesse 2008 §5, its overload, halved: 64 participants, 50 updates a message",
  parameters: { nodesCount: 64, deltaMaxCount: 50, wantedPerSecond: 1, durationMs: 150_000 },
  runsCount: 2,
  run,
  expected: {
    "staleness, scuttle-breadth, held back (s)": atMost(20, "van Renesse 2008: below 20 s"),
    "stale mappings a node, scuttle-breadth, held back (mappings)": atMost(
      1_000,
      "van Renesse 2008: below 2,000, of twice as many participants",
    ),
    "stale mappings a node, scuttle-depth, held back (mappings)": atMost(1_000, "the same"),
    "staleness, precise-newest ÷ scuttle-depth (ratio)": atLeast(2),
    "stale mappings, scuttle-breadth ÷ scuttle-depth (ratio)": atLeast(1.2),
    "stale mappings, precise-oldest ÷ scuttle-breadth (ratio)": atLeast(1),
    "stale mappings, scuttle-depth ÷ precise-newest (ratio)": atLeast(1),
  },
};

function atMost(value: number, source: string): ExpectedValue {
  return { value, source, bound: "atMost", of: "eachRun" };
}

/** Whose order is the better one: newest first, depth, breadth, oldest first, by stale mappings. */
function atLeast(value: number): ExpectedValue {
  return {
    value,
    source: "ours; the paper's figures were not at hand",
    bound: "atLeast",
    of: "mean",
  };
}

function run(setting: ExperimentSetting): ExperimentCourse {
  const values: Record<string, number> = {};
  const curves: Curve[] = [];
  for (const policy of POLICIES) {
    const { after, light, points, worst, writesCount } = simulate(setting, policy);
    values[`staleness, ${policy} (s)`] = worst.oldestMs / SECOND_MS;
    values[`stale mappings a node, ${policy} (mappings)`] = worst.staleCount;
    values[`staleness at light load, ${policy} (s)`] = light.oldestMs / SECOND_MS;
    values[`fresh again after, ${policy} (s)`] = after;
    values[`written, ${policy} (writes)`] = writesCount;
    const common = { name: policy, xLabel: "time (s)" };
    const yLabel = "age of the oldest write that somebody lacks (s)";
    const stale = points.map(([second, { staleCount }]) => [second, staleCount] as const);
    const old = points.map(([second, { oldestMs }]) => [second, oldestMs / SECOND_MS] as const);
    curves.push({ ...common, chart: "max staleness", yLabel, points: old });
    const countLabel = "stale mappings a participant";
    curves.push({ ...common, chart: "stale mappings", yLabel: countLabel, points: stale });
  }
  const ratio = (what: string, unit: string, [one, other]: readonly [Policy, Policy]): number =>
    (values[`${what}, ${one} (${unit})`] ?? 0) / (values[`${what}, ${other} (${unit})`] ?? 1);
  const pairs = [
    ["precise-newest", "scuttle-depth"],
    ["scuttle-breadth", "scuttle-depth"],
    ["precise-oldest", "scuttle-breadth"],
    ["scuttle-depth", "precise-newest"],
  ] as const;
  for (const pair of pairs) {
    const name = pair.join(" ÷ ");
    values[`staleness, ${name} (ratio)`] = ratio("staleness", "s", pair);
    const stale = ratio("stale mappings a node", "mappings", pair);
    values[`stale mappings, ${name} (ratio)`] = stale;
  }
  return { values, curves };
}

interface Course {
  readonly points: readonly (readonly [number, Staleness])[];
  readonly worst: Staleness;
  /** Before messages had a bound. */
  readonly light: Staleness;
  /** Seconds from the end of writing until nobody lacked anything. */
  readonly after: number;
  readonly writesCount: number;
}

function simulate(setting: ExperimentSetting, policy: Policy): Course {
  const { deltaMaxCount = 100, durationMs = 150_000, nodesCount = 128 } = setting.parameters;
  const { wantedPerSecond = 1 } = setting.parameters;
  const town = makeTown(policy, { seed: setting.seed, nodesCount, wantedPerSecond });
  const random = Random.derive(setting.seed, "writers");
  const points: [number, Staleness][] = [];
  let writesCount = 0;
  for (let second = 0; second * SECOND_MS < durationMs; second += 1) {
    if (second === BOUND_FROM_S) town.holdMessagesTo(deltaMaxCount);
    const isDoubled = second >= DOUBLED_FROM_S && second < DOUBLED_TO_S;
    const rate = second >= STOPPED_FROM_S ? 0 : wantedPerSecond * (isDoubled ? 2 : 1);
    for (let part = 0; part < WRITES_A_SECOND; part += 1) {
      for (let owner = 0; owner < nodesCount; owner += 1) {
        const key = random.below(1_000_000);
        if (random.chance(rate / WRITES_A_SECOND) && town.write(owner, key)) writesCount += 1;
      }
      town.runForMs(SECOND_MS / WRITES_A_SECOND);
    }
    points.push([second + 1, town.staleness()]);
    setting.onPass?.(`${policy}, ${second + 1} s`);
  }
  return {
    points,
    writesCount,
    worst: worstOf(points.map(([, staleness]) => staleness)),
    light: worstOf(points.flatMap(([s, staleness]) => (s <= BOUND_FROM_S ? [staleness] : []))),
    after: points.filter(([s, { staleCount }]) => s > STOPPED_FROM_S && staleCount > 0).length,
  };
}

function worstOf(all: readonly Staleness[]): Staleness {
  return {
    oldestMs: Math.max(0, ...all.map(({ oldestMs }) => oldestMs)),
    staleCount: Math.max(0, ...all.map(({ staleCount }) => staleCount)),
  };
}

function makeTown(
  policy: Policy,
  options: { readonly seed: number; readonly nodesCount: number; readonly wantedPerSecond: number },
): AnyTown {
  if (policy === "precise-newest") return new PreciseTown({ ...options, first: "newest" });
  if (policy === "precise-oldest") return new PreciseTown({ ...options, first: "oldest" });
  const ordering = policy.startsWith("scuttle-breadth") ? "breadth" : "depth";
  const flowControl = policy.endsWith("held back") ? "reject" : "off";
  const town = new ScuttlebuttTown({ ...options, ordering, flowControl });
  return {
    write: (owner, key) => town.write(owner, key),
    holdMessagesTo: (count) => town.holdMessagesTo(count),
    runForMs: (durationMs) => town.simulator.runForMs(durationMs),
    staleness: () => town.staleness(),
  };
}

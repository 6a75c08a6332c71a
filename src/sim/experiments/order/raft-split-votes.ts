import { pow } from "../../../core/math.ts";
import { Random } from "../../../core/random.ts";
import { RaftTown } from "../../raft/raft-town.ts";
import type { ExpectedValues, Experiment, ExperimentSetting } from "../experiment.ts";

const TIMEOUT_MS = 1_000;
const LIMIT_MS = 60_000;
const source = "Ongaro 2014 §9.3, Equation 9.2 and Figure 9.7";

const parameters = {
  nodesCount: 5,
  /** The leader is one of them. */
  failedCount: 1,
  /** One-way delay, in ranges of the timeout. */
  latencyRatio: 0.2,
  trialsCount: 1_000,
} as const;

/** How often the first election after a leader's crash has no winner. */
export const raftSplitVotes: Experiment = {
  name: "raft-split-votes",
  proves: "Votes are split as often as the order of random timeouts says.",
  source,
  parameters,
  runsCount: 1,
  run,
  expected: expectedAt(parameters),
  expectedAt,
};

/** Split when so many stand within one delay that the first of them has no majority. */
function expectedAt(given: Readonly<Record<string, number>>): ExpectedValues {
  const { failedCount, latencyRatio, nodesCount, trialsCount } = { ...parameters, ...given };
  const livingCount = nodesCount - failedCount;
  const candidatesCount = livingCount - Math.floor(nodesCount / 2) + 1;
  let value = 0;
  for (let count = candidatesCount - 1; count <= livingCount; count += 1) {
    const ways = choose(livingCount, count);
    value += ways * pow(latencyRatio, count) * pow(1 - latencyRatio, livingCount - count);
  }
  // Four standard deviations of as many throws of that coin.
  const tolerance = 4 * pow((value * (1 - value)) / trialsCount, 0.5);
  return { "split (ratio)": { value, tolerance, source } };
}

function choose(all: number, some: number): number {
  let ways = 1;
  for (let at = 1; at <= some; at += 1) ways = (ways * (all - some + at)) / at;
  return ways;
}

function run({ onPass, parameters: given, seed }: ExperimentSetting) {
  const { trialsCount, ...rest } = { ...parameters, ...given };
  let splitCount = 0;
  for (let trial = 0; trial < trialsCount; trial += 1) {
    if (trial % 100 === 0) onPass?.(`trial ${trial} of ${trialsCount}`);
    if (isSplit(Random.derive(seed, trial).uint32(), rest)) splitCount += 1;
  }
  return { values: { "split (ratio)": splitCount / trialsCount }, curves: [] };
}

interface Group {
  readonly nodesCount: number;
  readonly failedCount: number;
  readonly latencyRatio: number;
}

function isSplit(seed: number, { failedCount, latencyRatio, nodesCount }: Group): boolean {
  const town = new RaftTown({
    seed,
    votersCount: nodesCount,
    latencyMinMs: latencyRatio * TIMEOUT_MS,
    latencyMaxMs: latencyRatio * TIMEOUT_MS,
    diskLatencyMinMs: 0,
    diskLatencyMaxMs: 0,
    raft: {
      preVote: "off",
      heartbeatIntervalMs: TIMEOUT_MS / 4,
      electionTimeoutMinMs: TIMEOUT_MS,
      electionTimeoutMaxMs: 2 * TIMEOUT_MS,
      resendAfterMs: LIMIT_MS,
    },
  });
  const { simulator } = town;
  const isSettled = () => town.servers.every(({ raft }) => raft.applied >= 2);
  if (!simulator.runUntil(isSettled, LIMIT_MS)) throw new Error("no first leader");
  // All have heard the same last heartbeat when it dies.
  simulator.runForMs(TIMEOUT_MS);
  const { leader } = town;
  if (leader === undefined) throw new Error("the first leader is gone");
  const { term } = leader.raft;
  const others = simulator.nodes.filter((node) => node !== leader.node);
  for (const node of [leader.node, ...others.slice(0, failedCount - 1)]) simulator.crash(node);
  const next = () => town.servers.some(({ raft }) => raft.role === "leader");
  if (!simulator.runUntil(next, LIMIT_MS)) throw new Error("no second leader");
  return (town.leader?.raft.term ?? 0) > term + 1;
}

import { Random } from "../../../core/random.ts";
import { infoNetworkDefaults } from "../../../data/info-network/info-network.options.ts";
import type {
  Curve,
  ExpectedValues,
  Experiment,
  ExperimentCourse,
  ExperimentSetting,
} from "../experiment.ts";
import { InfoNetworkTown } from "./info-network-town.ts";

const SECOND_MS = 1_000;
const LOOK_MS = 250;
/** Longest that anything is waited for. */
const LIMIT_MS = 60 * SECOND_MS;
const UPDATE_LIMIT_MS = 10 * SECOND_MS;
/** Half of the nodes are out of reach for so long: more than it takes all dials to give up. */
const CUT_MS = 60 * SECOND_MS;
/** Ways that are too long are mended by culling, which begins after two minutes. */
const SETTLE_MS = 240 * SECOND_MS;
const STEADY_MS = 60 * SECOND_MS;
/** Until the longest jittered interval is over, three times. [infostore §12] */
const HEALED_WITHIN_MS = 3 * infoNetworkDefaults.stallIntervalMs * 1.25;

const parameters = {
  nodesCount: 100,
  joinGapMs: 10,
  updatesCount: 20,
  killedRatio: 0.3,
  /** The spec's 2 s make four fifths of all traffic, and change nothing of what is shown. */
  clientsIntervalMs: 8_000,
  /** An hour in the spec: until then nobody knows that a cull has made a way longer. */
  descriptorIntervalMs: 30_000,
} as const;

const source = "infostore §12";
const never = { value: 0, tolerance: 0, source } as const;
const all = { value: 1, tolerance: 0, source } as const;
const atMost = (value: number) => ({ value, source, bound: "atMost", of: "eachRun" }) as const;

/**
 * An info network that starts from one address, and all that the spec's checklist asks of it: how
 * far nodes are, what an update takes, what a cut, a crash and a new holder of the sentinel do.
 */
export const infoNetwork: Experiment = {
  name: "info-network",
  proves: "Nodes that know one address are within 5 hops, and are so again after cuts and crashes.",
  source: "ours; the checklist of infostore §12",
  parameters,
  runsCount: 1,
  run,
  expectedAt: expected,
};

function expected({ nodesCount = 100 }: Readonly<Record<string, number>>): ExpectedValues {
  const half = { value: 0.5, tolerance: 1 / nodesCount, source } as const;
  return {
    "reached by each update (ratio)": all,
    "longest way of an update (hops)": atMost(infoNetworkDefaults.hopsMaxCount),
    "longest way of a descriptor (hops)": atMost(infoNetworkDefaults.hopsMaxCount),
    "streams beyond the bound": never,
    "infos sent again on the same way": never,
    "streams lost in steady state, but culls": never,
    "stalled when the sentinel moves": never,
    "stalled in the cut (ratio)": half,
    "healed after the cut (ms)": atMost(HEALED_WITHIN_MS),
    "survivors connected (ratio)": all,
    "connected after the restart (ratio)": all,
    "longest way after the restart (hops)": atMost(infoNetworkDefaults.hopsMaxCount),
    "streams beyond the bound after the restart": never,
  };
}

function run({ onPass, parameters: given, seed }: ExperimentSetting): ExperimentCourse {
  const { clientsIntervalMs, descriptorIntervalMs, joinGapMs, killedRatio, ...counts } = {
    ...parameters,
    ...given,
  };
  const { nodesCount, updatesCount } = counts;
  const random = Random.derive(seed, "info-network");
  const town = new InfoNetworkTown({ seed, network: { clientsIntervalMs, descriptorIntervalMs } });
  onPass?.("start");
  town.grow(nodesCount, joinGapMs);
  const connectedMs = waitFor(town, () => town.isConnected);
  const hops = settle(town);
  onPass?.("updates");
  const shape = { hops: town.hopsMost(), excess: town.excess(), streams: town.streams().length };
  const updates = tell(town, updatesCount, random);
  onPass?.("steady state");
  const lost = lostInSteadyState(town);
  onPass?.("sentinel");
  const stalled = moveSentinel(town, random);
  onPass?.("cut");
  const healing = cut(town, random);
  onPass?.("crash");
  const crash = crashSome(town, killedRatio, random);
  return {
    values: {
      "connected after (ms)": connectedMs,
      "longest way of a descriptor (hops)": shape.hops,
      "streams beyond the bound": shape.excess,
      "streams a node": shape.streams / nodesCount,
      ...updates,
      "streams lost in steady state, but culls": lost,
      "stalled when the sentinel moves": stalled,
      ...healing,
      ...crash,
    },
    curves: [hops],
  };
}

/** How long it takes, or `LIMIT_MS` when it does not come. */
function waitFor(town: InfoNetworkTown, isSo: () => boolean): number {
  const startMs = town.simulator.nowMs;
  const passedMs = (): number => town.simulator.nowMs - startMs;
  while (!isSo() && passedMs() < LIMIT_MS) town.run(LOOK_MS);
  return passedMs();
}

function settle(town: InfoNetworkTown): Curve {
  const points: [number, number][] = [];
  for (let passedMs = 0; passedMs < SETTLE_MS; passedMs += 10 * SECOND_MS) {
    points.push([town.simulator.nowMs / SECOND_MS, town.hopsMost()]);
    town.run(10 * SECOND_MS);
  }
  return {
    chart: "ways",
    name: "longest way of a descriptor",
    xLabel: "time (s)",
    yLabel: "hops",
    points,
  };
}

function tell(town: InfoNetworkTown, updatesCount: number, random: Random) {
  let [reached, hops, lastMs] = [0, 0, 0];
  town.watchSending();
  for (let count = 0; count < updatesCount; count += 1) {
    const [from = 0] = town.pick(1, random, []);
    const report = town.update(from, UPDATE_LIMIT_MS);
    reached += report.reachedCount / town.living().length / updatesCount;
    hops = Math.max(hops, report.hopsMost);
    lastMs = Math.max(lastMs, report.lastMs);
  }
  return {
    "reached by each update (ratio)": Math.round(reached * 1e9) / 1e9,
    "longest way of an update (hops)": hops,
    "slowest update (ms)": lastMs,
    "infos sent again on the same way": town.resentCount,
  };
}

function lostInSteadyState(town: InfoNetworkTown): number {
  const before = town.streams();
  const culled = town.count("culled");
  town.run(STEADY_MS);
  const after = new Set(town.streams());
  return before.filter((stream) => !after.has(stream)).length - (town.count("culled") - culled);
}

function moveSentinel(town: InfoNetworkTown, random: Random): number {
  const stalls = town.count("stalls");
  for (const to of town.pick(3, random, [0])) {
    town.moveSentinel(to);
    town.run(10 * SECOND_MS);
  }
  return town.count("stalls") - stalls + town.stalledCount;
}

/** How long after a cut's end all have the sentinel and hear of an update. */
function cut(town: InfoNetworkTown, random: Random) {
  const { simulator } = town;
  const half = town.pick(Math.floor(simulator.nodes.length / 2), random, []);
  simulator.partition(simulator.nodes.filter(({ index }) => half.includes(index)));
  town.run(CUT_MS);
  const stalledCount = town.stalledCount;
  simulator.heal();
  const healedMs = waitFor(town, () => town.stalledCount === 0 && town.isConnected);
  const { lastMs, reachedCount } = town.update(0, UPDATE_LIMIT_MS);
  const isWhole = reachedCount === town.living().length;
  return {
    "stalled in the cut (ratio)": stalledCount / simulator.nodes.length,
    "healed after the cut (ms)": isWhole ? healedMs + lastMs : LIMIT_MS,
  };
}

function crashSome(town: InfoNetworkTown, killedRatio: number, random: Random) {
  const killed = town.pick(Math.round(killedRatio * town.living().length), random, [town.holder]);
  town.kill(killed);
  waitFor(town, () => town.stalledCount === 0 && town.wholeness() === 1);
  const [survivor = 0] = town.living();
  const among = town.update(survivor, UPDATE_LIMIT_MS).reachedCount / town.living().length;
  town.restart(killed);
  const restartedMs = waitFor(town, () => town.isConnected);
  town.run(SETTLE_MS);
  const again = town.update(survivor, UPDATE_LIMIT_MS).reachedCount / town.living().length;
  return {
    "survivors connected (ratio)": among,
    "connected again after the restart (ms)": restartedMs,
    "connected after the restart (ratio)": again,
    "longest way after the restart (hops)": town.hopsMost(),
    "streams beyond the bound after the restart": town.excess(),
  };
}

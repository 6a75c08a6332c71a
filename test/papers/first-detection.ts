import { Random } from "../../src/core/random.ts";
import type { SwimOptions } from "../../src/peers/swim/swim.options.ts";
import { SwimGroup } from "./swim-group.ts";

export const PERIOD_MS = 1_000;

/**
 * SWIM as the paper of 2002 models it: probes of one fixed period, news only on pings and acks, no
 * streams, and no suspicion that ever ends in death.
 */
export const paperSwim = {
  probeIntervalMs: PERIOD_MS,
  probeTimeoutMs: 300,
  gossipIntervalMs: 0,
  pushPullIntervalMs: 0,
  streamPing: "off",
  lifeguardProbe: "off",
  lifeguardSuspicion: "off",
  suspicionMultiplier: 100_000,
} as const satisfies Partial<SwimOptions>;

/** P(some of the n − 1 others pings a given member in a period), each drawing among n − 1. */
export function hitRatio(count: number): number {
  return 1 - (1 - 1 / (count - 1)) ** (count - 1);
}

/** Mean number of periods to the first ping when each period draws anew. */
export function randomProbingPeriods(count: number): number {
  return 1 / hitRatio(count);
}

/**
 * The same for lists that are shuffled when they end. One prober visits once in each n − 1 periods,
 * at a place that is uniform and new in each list: it misses m periods with probability
 * Σ over its place in the list of (misses before the end) × (misses in the next list).
 */
export function listProbingPeriods(count: number): number {
  const list = count - 1;
  let mean = 0;
  for (let periods = 0; periods <= 2 * list; periods += 1) {
    let missed = 0;
    for (let place = 0; place < list; place += 1) {
      const now = Math.min(periods, list - place);
      const then = periods - now;
      // Not among the next `now` of this list, not among the first `then` of the next one.
      missed += then > list ? 0 : ((list - now) / list) * ((list - then) / list);
    }
    mean += (missed / list) ** (count - 1);
  }
  return mean;
}

export interface Detections {
  /** Whole periods from the crash up to and with the one in which the failing probe began. */
  readonly periods: number[];
  /** From the crash to the verdict. */
  readonly verdictMs: number[];
}

/**
 * Stops one member after the other, each until somebody suspects it; then it wakes and refutes. The
 * crashes are independent: which slots of the lists another victim had says nothing about this
 * one's but that they are not the same (`restMs`), and the same victim comes again only after all
 * others, when the lists have been shuffled several times.
 */
export function measureDetections(seed: number, count: number, crashes: number): Detections {
  // Each news is passed on once: who was suspected is rehabilitated by hand before its next crash.
  const swim = { ...paperSwim, retransmitMultiplier: 0.001 };
  const group = new SwimGroup({ seed, count, swim });
  const random = Random.derive(seed, "crashes");
  const found: Detections = { periods: [], verdictMs: [] };
  group.sim.runForMs(settleMs(count));
  const order = random.sampleIndexes(count, count);
  for (let crash = 0; crash < crashes; crash += 1) {
    const victim = order[crash % count] ?? 0;
    group.sim.runForMs(restMs(count) + random.real() * PERIOD_MS);
    const tookMs = stopUntilFound(group, victim);
    found.verdictMs.push(tookMs);
    found.periods.push(Math.max(1, Math.ceil((tookMs - PERIOD_MS) / PERIOD_MS)));
  }
  return found;
}

/** News of the beginning leave every packet, and every list has been shuffled once. */
function settleMs(count: number): number {
  return count * PERIOD_MS;
}

/**
 * In a small group a list is short, and the places of two members in it depend on each other: there
 * the rest is two lists. In a large one no member is stopped twice within many lists.
 */
function restMs(count: number): number {
  return count <= 20 ? 2 * count * PERIOD_MS : PERIOD_MS;
}

function stopUntilFound(group: SwimGroup, victim: number): number {
  group.rehabilitate(victim);
  const startMs = group.sim.nowMs;
  let foundMs: number | undefined;
  group.onTold = ({ what, subject, atMs }) => {
    if (what === "suspect" && subject === victim) foundMs ??= atMs;
  };
  group.sim.pause(group.node(victim));
  const isFound = group.sim.runUntil(() => foundMs !== undefined, 4 * group.nodes.length * 1_000);
  group.onTold = undefined;
  group.sim.resume(group.node(victim));
  if (!isFound || foundMs === undefined) throw new Error("a crash was never noticed");
  return foundMs - startMs;
}

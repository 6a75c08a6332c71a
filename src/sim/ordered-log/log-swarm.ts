import { Random } from "../../core/random.ts";
import type { AppendWait } from "../../data/ordered-log/ordered-log.contract.ts";
import type { OrderedLogOptions } from "../../data/ordered-log/ordered-log.options.ts";
import type { RaftOptions } from "../../raft/raft.options.ts";
import { runFaultCourse } from "../raft/fault-course.ts";
import { drawWeights, RaftFaults } from "../raft/raft-faults.ts";
import type { SimulatorOptions } from "../simulator.ts";
import type { LogServer } from "./log-server.ts";
import { LogTown, type LogTownOptions } from "./log-town.ts";

/**
 * A log with a majority tells everybody everything again within it, counted from when it has
 * ordered last: one that orders a single id at a time takes as long as its backlog is.
 */
const RECOVERY_MAX_MS = 240_000;
/** Wall clocks are wrong by so much. [spec raft §11] */
const SKEW_MAX_MS = 60_000;

export interface LogSwarmOptions {
  readonly seed: number;
  /** Virtual time in which things go wrong. Default 6,000. */
  readonly durationMs?: number;
  /** Puts each message through a codec: see `SimulatorOptions`. */
  readonly transcode?: SimulatorOptions["transcode"];
  /** For planted mistakes. */
  readonly plant?: Partial<LogTownOptions>;
}

export interface LogSwarmReport {
  readonly seed: number;
  /** What went wrong; undefined when nothing did. */
  readonly problem: string | undefined;
  readonly stepsCount: number;
  readonly orderedCount: number;
  readonly acknowledgedCount: number;
  readonly restoredCount: number;
}

/**
 * One run: a group of a size, with a network, disks, faults, changes of voters and a load, all
 * drawn from the seed; then all is mended, and everybody must be told everything. The seed is the
 * whole bug report.
 */
export function runLogSwarm(options: LogSwarmOptions): LogSwarmReport {
  const { durationMs = 6_000, seed } = options;
  const random = Random.derive(seed, "log swarm");
  const town = drawTown(random, options);
  const faults = new RaftFaults(town.raft, random, drawWeights(random));
  let problem: string | undefined;
  try {
    problem = new Run(town, faults, random).toEnd(durationMs);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const { watch } = town;
  const { orderedCount, restoredCount, stepsCount } = watch;
  const acknowledgedCount = watch.acknowledged.length;
  return { seed, problem, stepsCount, orderedCount, acknowledgedCount, restoredCount };
}

function drawTown(random: Random, { plant, seed, transcode }: LogSwarmOptions): LogTown {
  const latencyMaxMs = 2 + random.exponential(15);
  const raft: Partial<RaftOptions> = {
    heartbeatIntervalMs: 50,
    electionTimeoutMinMs: 150,
    electionTimeoutMaxMs: 150 + (random.pick([5, 10, 20]) ?? 20) * latencyMaxMs,
    resendAfterMs: 100,
    requestTimeoutMs: 2_000,
    helloIntervalMs: 200,
    trailingEntriesCount: random.pick([0, 5, 20]) ?? 0,
    snapshotAfterCount: random.pick([10, 50, 10_000]) ?? 50,
    snapshotChunkBytes: random.pick([256, 1_000, 100_000]) ?? 256,
    membersMaxCount: 9,
  };
  const carriers = random.below(3);
  return new LogTown({
    ...{ seed, raft, transcode, log: drawLog(random) },
    votersCount: random.pick([3, 3, 4, 5]) ?? 3,
    sparesCount: 3,
    // Some only carry: nobody opened the log there. In every fourth town most do.
    applies: ({ index }) => {
      const isOdd = index === carriers;
      return carriers > 0 && isOdd === (seed % 4 !== 0) ? "carries" : "list";
    },
    latencyMinMs: 1,
    latencyMaxMs,
    lossRatio: random.chance(0.5) ? 0 : random.real() * 0.15,
    duplicateRatio: random.chance(0.5) ? 0 : random.real() * 0.2,
    reorderRatio: random.chance(0.5) ? 0 : random.real() * 0.3,
    reorderMaxMs: random.chance(0.1) ? 5_000 : 100,
    ...plant,
  });
}

function drawLog(random: Random): Partial<OrderedLogOptions> {
  return {
    dependencyTimeoutMs: random.pick([300, 2_000]) ?? 300,
    lackTimeoutMs: 200,
    retryMaxMs: 500,
    fetchTimeoutMs: 100,
    exchangeIntervalMs: 500,
    reportIntervalMs: random.pick([100, 1_000]) ?? 100,
    batchMaxCount: random.pick([1, 4, 256]) ?? 1,
    batchesUnderWayMaxCount: random.pick([1, 4]) ?? 1,
    fetchMaxCount: random.pick([2, 64]) ?? 2,
    fetchAheadCount: random.pick([2, 1_024]) ?? 2,
    pushMaxCount: random.pick([1, 512]) ?? 1,
    trailingCount: random.pick([0, 3, 50]) ?? 0,
    trimStepCount: random.pick([1, 10]) ?? 1,
    snapshotAfterCount: random.pick([5, 20, 10_000]) ?? 5,
    snapshotChunkBytes: random.pick([16, 100_000]) ?? 16,
    deliverMaxCount: random.pick([1, 512]) ?? 1,
    overload: random.pick(["reject", "wait"]) ?? "wait",
    pendingMaxCount: random.pick([20, 10_000]) ?? 20,
  };
}

/** The course of one run. */
class Run {
  private readonly town: LogTown;
  private readonly faults: RaftFaults;
  private readonly random: Random;

  constructor(town: LogTown, faults: RaftFaults, random: Random) {
    this.town = town;
    this.faults = faults;
    this.random = random;
  }

  /** @returns what is wrong at the end; what is wrong on the way is thrown. */
  toEnd(durationMs: number): string | undefined {
    const course = {
      simulator: this.town.simulator,
      random: this.random,
      isLed: () => this.town.leader !== undefined,
      call: () => this.call(),
      strike: () => {
        if (this.random.chance(0.1)) this.skew();
        this.faults.strike();
      },
    };
    const problem = runFaultCourse(course, durationMs);
    return problem ?? this.recover();
  }

  private call(): void {
    const { random, town } = this;
    const server = random.pick(town.servers.filter(({ node }) => !node.isPaused));
    if (server === undefined || town.watch.hasLostDisk(server.node.index)) return;
    const waits = ["durable", "majority", "ordered", "applied"] as const;
    const wait: AppendWait = random.pick(waits) ?? "ordered";
    if (random.chance(0.05)) town.call(server, () => server.note(`note at ${server.life}`));
    else for (let left = 1 + random.below(4); left > 0; left -= 1) town.append(server, wait);
  }

  private skew(): void {
    const node = this.random.pick(this.town.nodes);
    if (node !== undefined)
      node.wallClockSkewMs = Math.round((this.random.real() * 2 - 1) * SKEW_MAX_MS);
  }

  /** With all mended, every member is told all that was ever acknowledged, and what comes now. */
  private recover(): string | undefined {
    const { town } = this;
    this.faults.mendAll();
    const before = town.watch.orderedCount;
    let last = { count: before, ms: town.simulator.nowMs };
    let why = "";
    while (town.simulator.nowMs < last.ms + RECOVERY_MAX_MS) {
      town.simulator.runForMs(250);
      const { orderedCount: count } = town.watch;
      if (count > last.count) last = { count, ms: town.simulator.nowMs };
      // Refused for a while, perhaps: a load is still being worked off.
      if (town.watch.orderedCount <= before) this.call();
      why = this.unlevel(before);
      if (why === "") return undefined;
    }
    return `not all were told all ${RECOVERY_MAX_MS} ms after the last was ordered: ${why}`;
  }

  private unlevel(before: number): string {
    const { leader, servers, watch } = this.town;
    if (leader === undefined) return "there is no leader";
    const { learners, voters } = leader.raft.members;
    const members = new Set([...voters, ...learners]);
    const end = leader.log.status.ordered.place;
    if (watch.orderedCount <= before) {
      return `nothing new was ordered (${servers.map(stateOf).join("; ")})`;
    }
    for (const dot of watch.acknowledged) {
      if (!watch.isOrdered(dot)) return `${dot.origin}:${dot.seq} was acknowledged, and is lost`;
    }
    for (const server of servers) {
      if (watch.hasLostDisk(server.node.index) || !members.has(server.raft.raft.state.env.self)) {
        continue;
      }
      const { applied, ordered, pendingCount } = server.log.status;
      const name = server.node.name;
      if (ordered.place < end || applied.place < end) return `${name}: ${stateOf(server)}, ${end}`;
      if (pendingCount > 0) return `${name} still has ${pendingCount} without a place`;
    }
    return "";
  }
}

function stateOf({ log }: LogServer): string {
  const { applied, leader, ordered, pendingCount, stalled, trimmed } = log.status;
  const places = [ordered, applied, trimmed].map(({ place }) => place).join("/");
  return `${places} of ${leader}, ${pendingCount} pending, stalled ${JSON.stringify(stalled)}`;
}

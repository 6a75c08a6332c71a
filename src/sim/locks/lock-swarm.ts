import { Random } from "../../core/random.ts";
import { type LockOptions, lockOptions } from "../../data/locks/locks.options.ts";
import { drawWeights, RaftFaults } from "../raft/raft-faults.ts";
import { LockTown } from "./lock-town.ts";

const NAMES_COUNT = 3;
const WANTED_MAX_COUNT = 4;
const BIRTH_MAX_MS = 10_000;
/** After all was mended, every node has had every lock within it. */
const RECOVERY_MAX_MS = 30_000;

export interface LockSwarmOptions {
  readonly seed: number;
  /** Virtual time in which things go wrong. Default 8,000. */
  readonly durationMs?: number;
  /** For planted mistakes: what nodes make of their locks. */
  readonly plant?: Partial<LockOptions>;
}

export interface LockSwarmReport {
  readonly seed: number;
  /** What went wrong; undefined when nothing did. */
  readonly problem: string | undefined;
  readonly heldCount: number;
  readonly lostCount: number;
  readonly expiredCount: number;
}

/**
 * One run: nodes whose clocks differ by as much as the options allow lock and let go, while they
 * crash, stand still and are cut off. No lock may have two holders at one moment of true time, and
 * tokens grow; afterwards everybody gets every lock. The seed is the whole bug report.
 */
export function runLockSwarm({ durationMs = 8_000, plant, seed }: LockSwarmOptions) {
  const random = Random.derive(seed, "lock swarm");
  const town = drawTown(random, seed, plant);
  const run = new Run(town, random);
  let problem: string | undefined;
  try {
    problem = run.toEnd(durationMs);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const { heldCount, lostCount } = town.watch;
  const expiredCount = town.counters.counter("locks.expired").value;
  const report: LockSwarmReport = { seed, problem, heldCount, lostCount, expiredCount };
  return report;
}

function drawTown(random: Random, seed: number, plant?: Partial<LockOptions>): LockTown {
  const drawnMs = 2 + random.exponential(15);
  const leaseMs = random.pick([400, 800, 2_000]) ?? 800;
  // A session that takes half a lease to open is opened anew, and never there: such a lease is too
  // short for its network, and no fault of the locks.
  const latencyMaxMs = Math.min(drawnMs, leaseMs / 8);
  const locks = lockOptions({
    leaseMs,
    renewIntervalMs: leaseMs / (random.pick([3, 6]) ?? 3),
    retryIntervalMs: 40,
    idleAfterMs: random.pick([50, 500, 5_000]) ?? 500,
    clockDriftRatio: random.pick([0.02, 0.05, 0.1]) ?? 0.05,
  });
  const raft = {
    heartbeatIntervalMs: 50,
    electionTimeoutMinMs: 150,
    electionTimeoutMaxMs: 150 + 10 * latencyMaxMs,
    resendAfterMs: 100,
    requestTimeoutMs: random.pick([300, 2_000]) ?? 300,
    helloIntervalMs: 200,
    snapshotAfterCount: random.pick([5, 50, 10_000]) ?? 50,
    trailingEntriesCount: random.pick([0, 5]) ?? 0,
    membersMaxCount: 9,
  };
  return new LockTown(
    {
      seed,
      raft,
      votersCount: random.pick([3, 5]) ?? 3,
      sparesCount: 1,
      latencyMinMs: 1,
      latencyMaxMs,
      lossRatio: random.chance(0.5) ? 0 : random.real() * 0.1,
      duplicateRatio: random.chance(0.5) ? 0 : random.real() * 0.2,
      reorderRatio: random.chance(0.5) ? 0 : random.real() * 0.3,
      reorderMaxMs: 100,
    },
    { ...locks, ...plant },
  );
}

class Run {
  private readonly town: LockTown;
  private readonly random: Random;
  private readonly faults: RaftFaults;
  private readonly driftRatio: number;

  constructor(town: LockTown, random: Random) {
    this.town = town;
    this.random = random;
    const weights = { ...drawWeights(random), clockRate: 0, loseDisk: 0 };
    this.faults = new RaftFaults(town.raft, random, weights);
    this.driftRatio = Math.abs(town.options.clockDriftRatio);
  }

  /** @returns what is wrong at the end; what is wrong on the way is thrown. */
  toEnd(durationMs: number): string | undefined {
    const { raft } = this.town;
    const { simulator } = raft;
    if (!simulator.runUntil(() => raft.leader !== undefined, BIRTH_MAX_MS)) {
      return "no leader was ever elected";
    }
    const endMs = simulator.nowMs + durationMs;
    const paceMs = 50 + this.random.exponential(400);
    let nextFaultMs = simulator.nowMs;
    while (simulator.nowMs < endMs) {
      simulator.runForMs(this.random.exponential(15));
      this.town.watch.look();
      this.act();
      if (simulator.nowMs < nextFaultMs) continue;
      if (this.random.chance(0.4)) this.isolateHolder();
      else {
        this.drift();
        this.faults.strike();
      }
      nextFaultMs = simulator.nowMs + this.random.exponential(paceMs);
    }
    this.faults.mendAll();
    return this.recover() ?? this.compare();
  }

  private act(): void {
    const { random, town } = this;
    const station = random.pick(town.stations.filter(({ server }) => !server.node.isPaused));
    if (station === undefined) return;
    town.call(station, () => {
      const [first] = station.wanted.keys();
      if (first !== undefined && random.chance(0.4)) station.giveUp(first);
      else if (station.wanted.size < WANTED_MAX_COUNT) {
        station.want(`l${random.below(NAMES_COUNT)}`, random.chance(0.7) ? "wait" : "try");
      }
    });
  }

  /** A clock has another speed from now on, within what the options allow. */
  private drift(): void {
    const node = this.random.pick(this.town.raft.nodes);
    if (node === undefined) return;
    const isExtreme = this.random.chance(0.7);
    const part = isExtreme ? (this.random.chance(0.5) ? 1 : -1) : 2 * this.random.real() - 1;
    node.clockRateRatio = 1 + part * this.driftRatio;
  }

  /**
   * The worst that leases are made for: who holds a lock is cut off for about as long as its lease,
   * its clock as slow as allowed, and those of the others as fast.
   */
  private isolateHolder(): void {
    const { random, town } = this;
    const { simulator } = town.raft;
    const holder = random.pick(town.stations.filter((station) => station.held().length > 0));
    if (holder === undefined) return;
    const { node } = holder.server;
    for (const other of town.raft.nodes) {
      other.clockRateRatio = 1 + (other === node ? -this.driftRatio : this.driftRatio);
    }
    simulator.partition([node]);
    const cutMs = town.options.leaseMs * (0.7 + 0.6 * random.real());
    const endMs = simulator.nowMs + cutMs;
    while (simulator.nowMs < endMs) {
      simulator.runForMs(2);
      town.watch.look();
      if (random.chance(0.1)) this.act();
    }
    if (random.chance(0.8)) simulator.heal();
  }

  private recover(): string | undefined {
    const { town } = this;
    const { simulator } = town.raft;
    for (const station of town.stations) {
      town.call(station, () => {
        for (const id of [...station.wanted.keys()]) station.giveUp(id);
      });
    }
    const leader = () => town.raft.leader;
    simulator.runUntil(() => leader() !== undefined, RECOVERY_MAX_MS);
    const members = new Set(leader()?.members.voters ?? []);
    for (const station of town.stations) {
      // Who was removed from the group hears no more of it.
      if (!members.has(station.server.raft.state.env.self)) continue;
      for (let index = 0; index < NAMES_COUNT; index += 1) {
        const id = town.call(station, () => station.want(`l${index}`, "wait"));
        const isHeld = simulator.runUntil(() => station.locks.own.isHeld(id), RECOVERY_MAX_MS);
        const who = `${station.server.node.index} l${index}`;
        if (!isHeld) return `${who} was not to be had ${RECOVERY_MAX_MS} ms after all was mended`;
        town.call(station, () => station.giveUp(id));
      }
    }
    return undefined;
  }

  /** All nodes that are equally far hold the same. */
  private compare(): string | undefined {
    const states = new Map<number, string>();
    for (const { machines } of this.town.stations) {
      const snapshot = machines.snapshot();
      if (snapshot === undefined) return "a node has nothing to give";
      const state = snapshot.bytes.join(" ");
      if ((states.get(snapshot.position) ?? state) !== state) {
        return `two states at ${snapshot.position}`;
      }
      states.set(snapshot.position, state);
    }
    return undefined;
  }
}

import { Random } from "../../core/random.ts";
import type { RaftOptions } from "../../raft/raft.options.ts";
import { checkLinearizable } from "../../testing/linearizability/check-linearizable.ts";
import { historyLines } from "../../testing/linearizability/history.ts";
import { registerModel, registerTraffic } from "../../testing/linearizability/models.ts";
import { settleUnanswered } from "../../testing/linearizability/settle-unanswered.ts";
import type { SimulatorOptions } from "../simulator.ts";
import { runFaultCourse } from "./fault-course.ts";
import { drawWeights, RaftFaults } from "./raft-faults.ts";
import type { RaftServer, RaftSetting } from "./raft-server.ts";
import { RaftTown } from "./raft-town.ts";

const KEYS_COUNT = 3;
/** Calls at a time. [because: what overlaps can be ordered in too many ways to be judged] */
const OPEN_MAX_COUNT = 12;
/** A group with a majority comes to an agreement again within it. */
const RECOVERY_MAX_MS = 20_000;

export interface RaftSwarmOptions {
  readonly seed: number;
  /** Virtual time in which things go wrong. Default 6,000. */
  readonly durationMs?: number;
  /** Puts each message through a codec: see `SimulatorOptions`. */
  readonly transcode?: SimulatorOptions["transcode"];
  /** For planted mistakes: see `RaftSetting`. */
  readonly forgets?: RaftSetting["forgets"];
}

export interface RaftSwarmReport {
  readonly seed: number;
  /** What went wrong; undefined when nothing did. */
  readonly problem: string | undefined;
  readonly stepsCount: number;
  readonly electionsCount: number;
  readonly committedCount: number;
  readonly answeredCount: number;
  /** What clients saw, a line each. */
  readonly history: string;
}

/**
 * One run: a group of a size, with a network, disks, faults and changes, all drawn from the seed;
 * then all is mended, and it must work again. The seed is the whole bug report.
 */
export function runRaftSwarm(options: RaftSwarmOptions): RaftSwarmReport {
  const { durationMs = 6_000, seed } = options;
  const random = Random.derive(seed, "raft swarm");
  const town = drawTown(random, options);
  const faults = new RaftFaults(town, random, drawWeights(random));
  let problem: string | undefined;
  try {
    problem = new Run(town, faults, random).toEnd(durationMs);
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  const { clients, invariants } = town;
  const { committed, electionsCount, stepsCount } = invariants;
  const counts = { electionsCount, stepsCount, answeredCount: clients.answeredCount };
  const history = historyLines(clients.history);
  return { seed, problem, ...counts, committedCount: committed.length, history };
}

function drawTown(random: Random, { forgets, seed, transcode }: RaftSwarmOptions): RaftTown {
  const latencyMaxMs = 2 + random.exponential(15);
  const raft: Partial<RaftOptions> = {
    heartbeatIntervalMs: 50,
    electionTimeoutMinMs: 150,
    // Not so narrow that nobody ever wins. [Ongaro 2014 §9.3]
    electionTimeoutMaxMs: 150 + (random.pick([5, 10, 20]) ?? 20) * latencyMaxMs,
    preVote: random.chance(0.4) ? "off" : "on",
    resendAfterMs: 100,
    requestTimeoutMs: 2_000,
    helloIntervalMs: 200,
    trailingEntriesCount: random.pick([0, 1, 5, 20]) ?? 0,
    snapshotChunkBytes: random.pick([64, 1_000, 100_000]) ?? 64,
    inFlightMaxCount: random.pick([1, 4, 256]) ?? 1,
    appendMaxCount: random.pick([1, 3, 1_024]) ?? 1,
    membersMaxCount: 9,
  };
  return new RaftTown({
    seed,
    raft,
    votersCount: random.pick([3, 3, 4, 5]) ?? 3,
    sparesCount: 3,
    snapshotAfterCount: random.pick([5, 20, 100, 10_000]) ?? 20,
    latencyMinMs: 1,
    latencyMaxMs,
    lossRatio: random.chance(0.5) ? 0 : random.real() * 0.15,
    duplicateRatio: random.chance(0.5) ? 0 : random.real() * 0.2,
    reorderRatio: random.chance(0.5) ? 0 : random.real() * 0.3,
    reorderMaxMs: 100,
    transcode,
    ...(forgets === undefined ? {} : { forgets }),
  });
}

/** The course of one run. */
class Run {
  private readonly town: RaftTown;
  private readonly faults: RaftFaults;
  private readonly random: Random;
  private nextValue = 1;

  constructor(town: RaftTown, faults: RaftFaults, random: Random) {
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
      strike: () => this.faults.strike(),
    };
    const problem = runFaultCourse(course, durationMs);
    return problem ?? this.recover() ?? this.judge();
  }

  private call(): void {
    const { town } = this;
    const server = this.random.pick(town.servers.filter(({ node }) => !node.isPaused));
    if (server === undefined || town.clients.openCount >= OPEN_MAX_COUNT) return;
    const key = `k${this.random.below(KEYS_COUNT)}`;
    const value = String(this.nextValue);
    this.nextValue += 1;
    const dice = this.random.real();
    town.call(server, () => {
      if (dice < 0.45) town.clients.call(server, { kind: "read", key });
      else if (dice < 0.85) town.clients.call(server, { kind: "write", key, value });
      else {
        const from = server.machine.read(key);
        town.clients.call(server, { kind: "swap", key, from, to: value });
      }
    });
  }

  /** With all mended, every member comes to hold all that is committed, and reads and writes. */
  private recover(): string | undefined {
    const { town } = this;
    this.faults.mendAll();
    const beganMs = town.simulator.nowMs;
    const before = town.invariants.committed.length;
    while (town.simulator.nowMs < beganMs + RECOVERY_MAX_MS) {
      town.simulator.runForMs(250);
      this.call();
      if (this.areLevel(before)) return undefined;
    }
    const states = town.servers.map(({ node, raft }) => {
      const { leader, role, state, term } = raft;
      return `${node.name}: ${role} of ${leader} in ${term}, ${state.commitIndex}/${raft.applied}`;
    });
    return `no agreement ${RECOVERY_MAX_MS} ms after all was mended (${states.join("; ")})`;
  }

  private areLevel(before: number): boolean {
    const { leader } = this.town;
    if (leader === undefined || !leader.raft.isSettled) return false;
    const { learners, voters } = leader.members;
    const members = new Set([...voters, ...learners]);
    const isLevel = (server: RaftServer): boolean => {
      const { node, raft } = server;
      // It is refused, or asks those it knows, who may all have been removed.
      if (this.town.invariants.hasLostDisk(node.index)) return true;
      if (!members.has(raft.state.env.self)) return true;
      return raft.applied >= before && raft.applied >= leader.raft.applied - 3;
    };
    return leader.raft.applied > before && this.town.servers.every(isLevel);
  }

  private judge(): string | undefined {
    const { clients, invariants, servers } = this.town;
    for (const entry of invariants.committed) {
      if (entry?.kind === "command" && clients.isRefused(entry.command)) {
        return `what was refused is committed at ${entry.index}`;
      }
    }
    const machines = new Map<number, string>();
    for (const { machine } of servers) {
      const { position } = machine;
      const state = String(machine.snapshot());
      if ((machines.get(position) ?? state) !== state) return `two states at ${position}`;
      machines.set(position, state);
    }
    const verdict = checkLinearizable(
      registerModel,
      settleUnanswered(registerTraffic, clients.history),
    );
    if (verdict.kind === "linearizable") return undefined;
    return `register ${verdict.part} is ${verdict.kind}: see the history`;
  }
}

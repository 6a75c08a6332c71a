import { Random } from "../../src/core/random.ts";
import type { SwimOptions } from "../../src/peers/swim/swim.options.ts";
import { SwimGroup, type Told } from "./swim-group.ts";

/** Lifeguard waits as long for the agents to fall silent. [Lifeguard 2017 §V-D] */
const QUIET_MS = 15_000;
/** A run ends at the latest so long after the first block, as in the paper. */
const RUN_MS = 120_000;
const SLICE_MS = 1_000;

/** Some members who can neither send nor receive for a while, all at the same time. */
export interface Anomaly {
  readonly seed: number;
  readonly count: number;
  readonly slow: number;
  readonly blockedMs: number;
  /** Time between two blocks; without it there is one block (the paper's Threshold experiment). */
  readonly openMs?: number;
  /** A machine, not a slow one, that dies so long after the first block. */
  readonly crashAtMs?: number;
  readonly swim?: Partial<SwimOptions>;
  readonly lossRatio?: number;
}

export interface Harm {
  /** FP: how often a member was told that one is dead who was neither slow nor crashed. */
  readonly falseDeaths: number;
  /** FP−: those of them that members told who are not slow themselves. */
  readonly falseDeathsByHealthy: number;
  /** How often a member that is not slow was told that a slow one is dead. */
  readonly slowDeaths: number;
  /** From the crash until the first member that is not slow knew; until all of them did. */
  readonly firstKnewMs: number | undefined;
  readonly allKnewMs: number | undefined;
  readonly packetsPerMemberSecond: number;
}

export function measureHarm(anomaly: Anomaly): Harm {
  return new AnomalyRun(anomaly).run();
}

class AnomalyRun {
  private readonly anomaly: Anomaly;
  private readonly group: SwimGroup;
  private readonly slow: ReadonlySet<number>;
  private readonly victim: number;
  private readonly knewMs: number[] = [];
  private crashedMs: number | undefined;
  private falseDeaths = 0;
  private falseDeathsByHealthy = 0;
  private slowDeaths = 0;

  constructor(anomaly: Anomaly) {
    const { seed, count, swim = {}, lossRatio = 0 } = anomaly;
    this.anomaly = anomaly;
    this.group = new SwimGroup({ seed, count, swim });
    this.group.sim.network.lossRatio = lossRatio;
    const chosen = Random.derive(seed, "slow").sampleIndexes(count, anomaly.slow + 1);
    this.victim = chosen.pop() ?? 0;
    this.slow = new Set(chosen);
  }

  run(): Harm {
    const { sim } = this.group;
    sim.runForMs(QUIET_MS);
    const packetsBefore = sim.counts.packetsSent;
    const startMs = sim.nowMs;
    this.group.onTold = (told) => this.onTold(told);
    const { blockedMs, openMs, crashAtMs } = this.anomaly;
    if (crashAtMs !== undefined) sim.plan(crashAtMs, () => this.crash());
    if (openMs === undefined) this.blockOnce(blockedMs);
    else this.blockAgainAndAgain(blockedMs, openMs);
    const seconds = (sim.nowMs - startMs) / 1_000;
    const packets = sim.counts.packetsSent - packetsBefore;
    return {
      falseDeaths: this.falseDeaths,
      falseDeathsByHealthy: this.falseDeathsByHealthy,
      slowDeaths: this.slowDeaths,
      firstKnewMs: this.knewMs[0],
      allKnewMs: this.knewMs[this.healthyCount - 1],
      packetsPerMemberSecond: packets / seconds / this.group.nodes.length,
    };
  }

  private get healthyCount(): number {
    return this.group.nodes.length - this.slow.size - 1;
  }

  private crash(): void {
    this.crashedMs = this.group.sim.nowMs;
    this.group.sim.crash(this.group.node(this.victim), "machine");
  }

  private blockOnce(blockedMs: number): void {
    const { sim } = this.group;
    const endMs = sim.nowMs + RUN_MS;
    this.setBlocked("blocked");
    sim.runForMs(blockedMs);
    this.setBlocked("open");
    while (sim.nowMs < endMs && !this.isOver()) sim.runForMs(SLICE_MS);
  }

  private blockAgainAndAgain(blockedMs: number, openMs: number): void {
    const { sim } = this.group;
    const endMs = sim.nowMs + RUN_MS;
    while (sim.nowMs < endMs) {
      this.setBlocked("blocked");
      sim.runForMs(blockedMs);
      this.setBlocked("open");
      sim.runForMs(openMs);
    }
  }

  private setBlocked(to: "blocked" | "open"): void {
    const { sim } = this.group;
    for (const index of this.slow) {
      if (to === "blocked") sim.block(this.group.node(index));
      else sim.unblock(this.group.node(index));
    }
  }

  /** Everyone who runs takes everyone who runs for alive, and the one that crashed for dead. */
  private isOver(): boolean {
    const dead = this.crashedMs === undefined ? 0 : 1;
    if (this.anomaly.crashAtMs !== undefined && this.knewMs.length < this.healthyCount)
      return false;
    const { count } = this.anomaly;
    return this.group.swims.every((swim, index) => {
      if (dead === 1 && index === this.victim) return true;
      let alive = 0;
      for (const member of swim.members) if (member.status === "alive") alive += 1;
      return alive === count - dead;
    });
  }

  private onTold({ what, observer, subject, atMs }: Told): void {
    if (what !== "dead" || observer === subject) return;
    const isHealthyWord = !this.slow.has(observer);
    if (subject === this.victim && this.crashedMs !== undefined) {
      if (isHealthyWord) this.knewMs.push(atMs - this.crashedMs);
    } else if (this.slow.has(subject)) {
      if (isHealthyWord) this.slowDeaths += 1;
    } else {
      this.falseDeaths += 1;
      if (isHealthyWord) this.falseDeathsByHealthy += 1;
    }
  }
}

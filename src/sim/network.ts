import type { Random } from "../core/random.ts";
import type { SimOptions } from "./sim.options.ts";

/** Most times one piece of a stream is sent again; then the deadline must have come. */
const RETRANSMISSIONS_MAX = 16;
const NODES_MAX = 2 ** 26;

/** What the network needs to know of a machine. */
export interface Place {
  /** Its number in the simulation. */
  readonly index: number;
  /** Packets and streams pass only between machines of one partition group. */
  partition: number;
}

/** The network between simulated machines. All its dice come from one stream of the seed. */
export class SimNetwork {
  latencyMinMs: number;
  latencyMaxMs: number;
  lossRatio: number;
  duplicateRatio: number;
  private readonly retransmitMs: number;
  private readonly random: Random;
  private readonly cuts = new Set<number>();

  constructor(random: Random, options: SimOptions) {
    this.random = random;
    this.latencyMinMs = options.latencyMinMs;
    this.latencyMaxMs = options.latencyMaxMs;
    this.lossRatio = options.lossRatio;
    this.duplicateRatio = options.duplicateRatio;
    this.retransmitMs = options.retransmitMs;
  }

  /** Nothing gets from `from` to `to` until `mend`; the other direction is untouched. */
  cut(from: Place, to: Place): void {
    this.cuts.add(from.index * NODES_MAX + to.index);
  }

  mend(from: Place, to: Place): void {
    this.cuts.delete(from.index * NODES_MAX + to.index);
  }

  mendAll(): void {
    this.cuts.clear();
  }

  canPass(from: Place, to: Place): boolean {
    if (from.partition !== to.partition) return false;
    return this.cuts.size === 0 || !this.cuts.has(from.index * NODES_MAX + to.index);
  }

  isLost(): boolean {
    return this.random.real() < this.lossRatio;
  }

  isDoubled(): boolean {
    return this.random.real() < this.duplicateRatio;
  }

  /** One-way delay of a packet. */
  latencyMs(): number {
    return this.latencyMinMs + this.random.real() * (this.latencyMaxMs - this.latencyMinMs);
  }

  /**
   * One-way delay of a piece of a stream: what is lost is sent again, each time after twice as
   * long.
   */
  streamLatencyMs(): number {
    let delayMs = this.latencyMs();
    let pauseMs = this.retransmitMs;
    for (let again = 0; again < RETRANSMISSIONS_MAX && this.isLost(); again += 1) {
      delayMs += pauseMs;
      pauseMs *= 2;
    }
    return delayMs;
  }
}

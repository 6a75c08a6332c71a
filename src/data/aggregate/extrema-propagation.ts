import { at } from "../../core/collections/at.ts";
import { sqrt } from "../../core/math.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import type { Machine, MachineWiring, Outbox } from "./aggregate.contract.ts";
import type { AggregatePart } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";

/** Of a normal distribution, 95 in 100 are not further from its mean than so many deviations. */
const SIGMAS_OF_95 = 1.96;

export interface MinimaEstimate {
  readonly value: number;
  /** At 95 %. */
  readonly errorBound: number;
  readonly epoch: number;
  readonly rounds: number;
  readonly finishedAtMs: number;
}

export interface MinimaParts {
  readonly task: string;
  readonly wiring: MachineWiring;
  readonly options: Pick<AggregateOptions, "minimaCount" | "quietCount">;
  /** What this node adds to the sum, 0 or more; 1 to count nodes. 0 of one that passes on. */
  readonly share: () => number;
}

/**
 * Extrema propagation: every node draws `minimaCount` exponentially distributed numbers whose rate
 * is its share, and all keep the entry-wise minimum. The minimum of exponentials has the sum of
 * their rates: (K − 1) / Σ minima is the sum of all shares, with a relative standard error of
 * 1/√(K − 2). Minima are minima whatever was lost or doubled; each epoch draws anew, so that those
 * who left are forgotten. [Baquero, Almeida, Menezes 2009; spec aggregation §6]
 */
export class ExtremaPropagation implements Machine {
  readonly partner = "neighbour";
  private readonly parts: MinimaParts;
  private minima: Float32Array;
  private hash = 0;
  private epoch = 0;
  private rounds = 0;
  private quiet = 0;
  /** Hashes that peers said they have; full minima go to those that differ. */
  private readonly told = new Map<PeerId, number>();
  private latest: MinimaEstimate | undefined;

  constructor(parts: MinimaParts) {
    this.parts = parts;
    this.minima = new Float32Array(parts.options.minimaCount);
    this.draw();
  }

  /** Of this epoch when it has come to rest, else of the last one that had. */
  estimate(): MinimaEstimate | undefined {
    return this.isWhole ? (this.current() ?? this.latest) : this.latest;
  }

  /** Of this epoch as it stands. */
  current(): MinimaEstimate | undefined {
    let sum = 0;
    for (const minimum of this.minima) sum += minimum;
    const count = this.minima.length;
    if (!(sum > 0) || sum === Number.POSITIVE_INFINITY) return undefined;
    const value = (count - 1) / sum;
    const errorBound = (SIGMAS_OF_95 * value) / sqrt(count - 2);
    const { epoch, rounds } = this;
    return { value, errorBound, epoch, rounds, finishedAtMs: this.parts.wiring.now() };
  }

  onRound(): void {
    this.rounds += 1;
    this.quiet += 1;
  }

  onTurn(peer: PeerId, out: Outbox): void {
    out.put(peer, this.part(peer));
  }

  onPart(from: PeerId, part: AggregatePart, out: Outbox): void {
    const { counters } = this.parts.wiring;
    if (part.kind !== "minima") return;
    this.told.set(from, part.hash);
    if (part.minima === undefined) {
      if (part.hash !== this.hash) out.put(from, this.part(from));
      return;
    }
    if (part.minima.length !== this.minima.length) return counters.add("aggregate.dropped.shape");
    // A rate above 2³² is no node's share: its minima would be the cluster's.
    if (!part.minima.every((one) => one > 0)) return counters.add("aggregate.dropped.value");
    this.merge(part.minima);
    // Who was behind is told in the same exchange.
    if (part.hash !== this.hash) out.put(from, this.part(from));
  }

  onEpoch(epoch: number): void {
    const last = this.current();
    if (last !== undefined && this.epoch > 0) this.latest = last;
    this.epoch = epoch;
    this.rounds = 0;
    this.told.clear();
    this.draw();
  }

  onPeerDown(peer: PeerId): void {
    this.told.delete(peer);
  }

  private get isWhole(): boolean {
    return this.quiet >= this.parts.options.quietCount;
  }

  private part(peer: PeerId): AggregatePart {
    const { hash } = this;
    const isKnown = this.told.get(peer) === hash;
    const minima = isKnown ? undefined : Array.from(this.minima);
    return { kind: "minima", task: this.parts.task, hash, minima };
  }

  private merge(others: readonly number[]): void {
    let isChanged = false;
    for (let index = 0; index < this.minima.length; index += 1) {
      const other = Math.fround(at(others, index));
      if (other >= at(this.minima, index)) continue;
      this.minima[index] = other;
      isChanged = true;
    }
    if (!isChanged) return;
    this.quiet = 0;
    this.hash = hashOf(this.minima);
  }

  /** Anybody can draw them again who knows the node and the epoch. [spec aggregation §6] */
  private draw(): void {
    const { task, wiring } = this.parts;
    const share = this.parts.share();
    const random = Random.derive(String(peerId(wiring.self)), this.epoch, task);
    this.minima.fill(Number.POSITIVE_INFINITY);
    if (share > 0) {
      for (let index = 0; index < this.minima.length; index += 1) {
        this.minima[index] = Math.fround(random.exponential(1 / share));
      }
    }
    this.quiet = 0;
    this.hash = hashOf(this.minima);
  }
}

/** FNV-1a over the bits: equal minima, equal hashes; of unequal ones, one in 2³² is. */
function hashOf(minima: Float32Array): number {
  let hash = 0x811c9dc5;
  for (const word of new Uint32Array(minima.buffer)) {
    hash = Math.imul(hash ^ word, 0x01000193);
    hash = Math.imul(hash ^ (word >>> 16), 0x01000193);
  }
  return hash >>> 0;
}

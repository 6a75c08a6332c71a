import { at } from "../../core/collections/at.ts";
import type { PeerId } from "../../core/peer.ts";
import type {
  EpochEntry,
  Machine,
  MachineWiring,
  Outbox,
  RangeDesk,
} from "./aggregate.contract.ts";
import type { AggregatePart, HalfPart } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";
import {
  addTo,
  areFinite,
  difference,
  halved,
  isPlausible,
  type VectorBounds,
  zeros,
} from "./vectors.ts";

/** A smaller weight is no weight: what is divided by it means nothing. [spec aggregation §3] */
const WEIGHT_MIN = 1e-12;

interface Transfers {
  /** All that was given to the peer, and how much of it the peer says it has. */
  readonly sent: number[];
  confirmed: readonly number[];
  received: readonly number[];
  /** The peer's life: its totals begin anew with it. */
  life: number;
}

export interface PushSumParts {
  readonly task: string;
  readonly wiring: MachineWiring;
  readonly options: Pick<AggregateOptions, "flowsMaxCount" | "transfers">;
  readonly bounds?: VectorBounds | undefined;
  /** The sums this node begins an epoch with, and its weight. */
  readonly begin: () => { readonly sums: readonly number[]; readonly weight: number };
  readonly ranges?: RangeDesk | undefined;
}

/**
 * Push-sum: half of a sum and of a weight goes to a peer, each round; their ratio converges to the
 * average everywhere. [Kempe, Dobra, Gehrke 2003; spec aggregation §3]
 *
 * With counted transfers a message tells all that was ever given to the peer in this epoch: a later
 * one mends every loss before it, and a doubled one adds nothing.
 */
export class PushSum implements Machine {
  readonly partner: "neighbour" | "anybody";
  private readonly parts: PushSumParts;
  private readonly peers = new Map<PeerId, Transfers>();
  private life: number;
  private isTaking = false;
  /** The last number is the weight. */
  private mass: number[];

  constructor(parts: PushSumParts) {
    this.parts = parts;
    // Plain halves have no memory, so anybody will do, and mixes faster.
    this.partner = parts.options.transfers === "counted" ? "neighbour" : "anybody";
    this.life = parts.wiring.random.uint32();
    this.mass = zeros(parts.begin().sums.length + 1);
  }

  /** Sums and, last, the weight that this node holds. */
  get held(): readonly number[] {
    return this.mass;
  }

  get takesPart(): boolean {
    return this.isTaking;
  }

  /** undefined while this node has no weight. */
  estimate(): number[] | undefined {
    const weight = at(this.mass, this.mass.length - 1);
    if (!this.isTaking || !(weight >= WEIGHT_MIN)) return undefined;
    return this.mass.slice(0, -1).map((sum) => sum / weight);
  }

  onRound(): void {}

  onTurn(peer: PeerId, out: Outbox): void {
    if (!this.isTaking) return;
    const { options, task } = this.parts;
    const half = halved(this.mass);
    const ranges = this.parts.ranges?.told() ?? [];
    const said = { kind: "half", task, life: this.life, ranges } as const;
    if (options.transfers === "plain") {
      this.mass = difference(this.mass, half);
      return out.put(peer, { ...said, transfer: "plain", sent: half, received: [] });
    }
    const transfers = this.transfersWith(peer);
    if (transfers === undefined) return;
    this.mass = difference(this.mass, half);
    addTo(transfers.sent, half);
    const sent = [...transfers.sent];
    out.put(peer, { ...said, transfer: "counted", sent, received: transfers.received });
  }

  onPart(from: PeerId, part: AggregatePart): void {
    const { options, wiring } = this.parts;
    if (part.kind !== "half") return;
    if (!this.isTaking) return wiring.counters.add("aggregate.dropped.stale");
    if (part.transfer !== options.transfers || part.sent.length !== this.mass.length) {
      return wiring.counters.add("aggregate.dropped.shape");
    }
    if (!this.isSound(part.sent)) return wiring.counters.add("aggregate.dropped.value");
    this.parts.ranges?.onHeard(part.ranges);
    if (part.transfer === "plain") addTo(this.mass, part.sent);
    else this.onCounted(from, part);
  }

  /** Those who were there when it began take part. */
  onEpoch(_epoch: number, entry: EpochEntry): void {
    if (entry === "joined") {
      this.isTaking = false;
      return;
    }
    const { begin, wiring } = this.parts;
    const { sums, weight } = begin();
    this.isTaking = true;
    this.life = wiring.random.uint32();
    this.peers.clear();
    this.mass = [...sums, weight];
  }

  /** What it did not confirm is taken back; what it had is in its hands, until the next epoch. */
  onPeerDown(peer: PeerId): void {
    const transfers = this.peers.get(peer);
    if (transfers === undefined) return;
    addTo(this.mass, difference(transfers.sent, transfers.confirmed));
    this.peers.delete(peer);
  }

  private onCounted(from: PeerId, part: HalfPart): void {
    const { counters } = this.parts.wiring;
    const transfers = this.transfersWith(from);
    if (transfers === undefined) return;
    if (transfers.life !== part.life) {
      transfers.life = part.life;
      transfers.received = zeros(this.mass.length);
    }
    const last = this.mass.length - 1;
    const gained = difference(part.sent, transfers.received);
    // Weights only grow: what is not more is older, or the same again.
    if (!(at(gained, last) > 0)) return counters.add("aggregate.dropped.stale");
    addTo(this.mass, gained);
    transfers.received = part.sent;
    const hasConfirmed = part.received.length === this.mass.length && areFinite(part.received);
    if (hasConfirmed && at(part.received, last) <= at(transfers.sent, last)) {
      transfers.confirmed = part.received;
    }
  }

  /** A weight between none and all there can be, and sums that such a weight can have. */
  private isSound(sent: readonly number[]): boolean {
    const weight = at(sent, sent.length - 1);
    if (!areFinite(sent) || !(weight >= 0)) return false;
    if (weight < WEIGHT_MIN) return true;
    return isPlausible(
      sent.slice(0, -1).map((sum) => sum / weight),
      this.parts.bounds,
    );
  }

  private transfersWith(peer: PeerId): Transfers | undefined {
    const known = this.peers.get(peer);
    if (known !== undefined) return known;
    const { options, wiring } = this.parts;
    if (this.peers.size >= options.flowsMaxCount) {
      wiring.counters.add("aggregate.dropped.flows");
      return undefined;
    }
    const none = zeros(this.mass.length);
    const transfers = { sent: [...none], confirmed: none, received: none, life: -1 };
    this.peers.set(peer, transfers);
    return transfers;
  }
}

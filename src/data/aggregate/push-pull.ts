import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { PeerId } from "../../core/peer.ts";
import type {
  EpochEntry,
  Machine,
  MachineWiring,
  Outbox,
  RangeDesk,
} from "./aggregate.contract.ts";
import type { AggregatePart, AveragePart } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";
import { isPlausible, middle, type VectorBounds } from "./vectors.ts";

/** Own exchanges whose end is remembered, for those who ask. [because: three asks, a round each] */
const REMEMBERED_MAX_COUNT = 64;

/** An exchange that this node began, and waits for. */
interface Waiting {
  readonly peer: PeerId;
  readonly seq: number;
  readonly sinceMs: number;
}

/** An exchange of another node that this one answered: what it will be, once that is known. */
interface Pending {
  readonly peer: PeerId;
  readonly seq: number;
  readonly result: readonly number[];
  sinceMs: number;
  triesCount: number;
}

type Offer = Extract<AveragePart, { step: "ask" | "answer" }>;

export interface PushPullParts {
  readonly task: string;
  readonly wiring: MachineWiring;
  readonly options: Pick<AggregateOptions, "atomicity" | "exchangeTimeoutMs" | "statusTriesCount">;
  readonly bounds?: VectorBounds | undefined;
  /** What this node begins an epoch with. */
  readonly begin: () => readonly number[];
  readonly ranges?: RangeDesk | undefined;
}

/**
 * Push-pull averaging: two nodes exchange their values, and both take the mean. The sum over all
 * nodes stays the same as long as either both take it, or none: a node in the middle of an exchange
 * is busy for others, and one that answered takes the mean when it hears that the other did.
 * [Jelasity, Montresor, Babaoglu 2005; spec aggregation §2]
 *
 *   A ── ask(x) ────▶ B      B remembers the mean
 *   A ◀── answer(x) ── B     A takes it
 *   A ── commit ────▶ B      B takes it; without a word of A it asks for the status
 */
export class PushPull implements Machine {
  readonly partner = "anybody";
  private readonly parts: PushPullParts;
  private readonly ends = new BoundedMap<number, "committed" | "aborted">(REMEMBERED_MAX_COUNT);
  private values: readonly number[];
  private isTaking = false;
  private waiting: Waiting | undefined;
  private pending: Pending | undefined;
  private seq: number;

  constructor(parts: PushPullParts) {
    this.parts = parts;
    this.values = parts.begin();
    // A former life's exchanges are not taken for this one's.
    this.seq = parts.wiring.random.uint32();
  }

  /** What this node holds. */
  get held(): readonly number[] {
    return this.values;
  }

  get takesPart(): boolean {
    return this.isTaking;
  }

  get isBusy(): boolean {
    return this.waiting !== undefined || this.pending !== undefined;
  }

  estimate(): readonly number[] | undefined {
    return this.isTaking ? this.values : undefined;
  }

  onRound(out: Outbox): void {
    const { options, wiring } = this.parts;
    const overdueMs = wiring.now() - options.exchangeTimeoutMs;
    if (this.waiting !== undefined && this.waiting.sinceMs <= overdueMs) this.abortOwn();
    const { pending } = this;
    if (pending === undefined || pending.sinceMs > overdueMs) return;
    if (pending.triesCount >= options.statusTriesCount) {
      this.pending = undefined;
      return wiring.counters.add("aggregate.massRisk");
    }
    pending.triesCount += 1;
    pending.sinceMs = wiring.now();
    this.say(pending.peer, "status", pending.seq, out);
  }

  onTurn(peer: PeerId, out: Outbox): void {
    if (!this.isTaking || this.isBusy) return;
    this.seq += 1;
    this.waiting = { peer, seq: this.seq, sinceMs: this.parts.wiring.now() };
    out.put(peer, this.offer("ask", this.seq));
  }

  onPart(from: PeerId, part: AggregatePart, out: Outbox): void {
    if (part.kind !== "average") return;
    switch (part.step) {
      case "ask":
        return this.onAsk(from, part, out);
      case "answer":
        return this.onAnswer(from, part, out);
      case "busy":
      case "absent":
        if (this.isOwn(from, part.seq)) this.abortOwn();
        return;
      case "status":
        return this.onStatus(from, part.seq, out);
      default:
        return this.onVerdict(from, part);
    }
  }

  /** Those who were there when it began take part. */
  onEpoch(_epoch: number, entry: EpochEntry): void {
    this.isTaking = entry === "begins";
    this.values = this.parts.begin();
    this.waiting = undefined;
    this.pending = undefined;
  }

  /** The mean of a node that is gone goes with it; the next epoch is without it. */
  onPeerDown(peer: PeerId): void {
    if (this.waiting?.peer === peer) this.abortOwn();
    if (this.pending?.peer !== peer) return;
    this.pending = undefined;
    this.parts.wiring.counters.add("aggregate.massRisk");
  }

  private onAsk(from: PeerId, { ranges, seq, values }: Offer, out: Outbox): void {
    const { options, wiring } = this.parts;
    if (!this.isSound(values)) return;
    if (!this.isTaking) return this.say(from, "absent", seq, out);
    if (this.isBusy) return this.say(from, "busy", seq, out);
    this.parts.ranges?.onHeard(ranges);
    const result = middle(this.values, values);
    const answer = this.offer("answer", seq);
    if (options.atomicity === "none") this.values = result;
    else this.pending = { peer: from, seq, result, sinceMs: wiring.now(), triesCount: 0 };
    out.put(from, answer);
  }

  private onAnswer(from: PeerId, { ranges, seq, values }: Offer, out: Outbox): void {
    if (!this.isOwn(from, seq)) return this.parts.wiring.counters.add("aggregate.dropped.stale");
    if (!this.isSound(values)) return;
    this.parts.ranges?.onHeard(ranges);
    this.waiting = undefined;
    this.values = middle(this.values, values);
    if (this.parts.options.atomicity === "none") return;
    this.ends.set(seq, "committed");
    this.say(from, "commit", seq, out);
  }

  private onStatus(from: PeerId, seq: number, out: Outbox): void {
    // Its answer is lost or late: it comes too late now.
    if (this.isOwn(from, seq)) this.abortOwn();
    this.say(from, this.ends.get(seq) ?? "unknown", seq, out);
  }

  private onVerdict(from: PeerId, part: AveragePart): void {
    const { pending } = this;
    if (pending?.peer !== from || pending.seq !== part.seq) {
      return this.parts.wiring.counters.add("aggregate.dropped.stale");
    }
    this.pending = undefined;
    if (part.step === "commit" || part.step === "committed") this.values = pending.result;
    else if (part.step === "unknown") this.parts.wiring.counters.add("aggregate.massRisk");
  }

  private offer(step: "ask" | "answer", seq: number): AveragePart {
    const { ranges, task } = this.parts;
    const { values } = this;
    return { kind: "average", task, seq, step, values, ranges: ranges?.told() ?? [] };
  }

  private isOwn(from: PeerId, seq: number): boolean {
    return this.waiting?.peer === from && this.waiting.seq === seq;
  }

  private abortOwn(): void {
    if (this.waiting === undefined) return;
    this.ends.set(this.waiting.seq, "aborted");
    this.waiting = undefined;
    this.parts.wiring.counters.add("aggregate.aborted");
  }

  private say(
    peer: PeerId,
    step: Exclude<AveragePart["step"], "ask" | "answer">,
    seq: number,
    out: Outbox,
  ): void {
    out.put(peer, { kind: "average", task: this.parts.task, seq, step });
  }

  private isSound(values: readonly number[]): boolean {
    const { bounds, wiring } = this.parts;
    if (values.length !== this.values.length) {
      wiring.counters.add("aggregate.dropped.shape");
      return false;
    }
    if (isPlausible(values, bounds)) return true;
    wiring.counters.add("aggregate.dropped.value");
    return false;
  }
}

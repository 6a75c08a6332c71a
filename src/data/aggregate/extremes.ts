import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Departure, Machine, MachineWiring, Outbox } from "./aggregate.contract.ts";
import type { AggregatePart, ExtremeRecord, Retraction } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";

/** Retractions in one message. [because: as many values fall at once only by chance] */
const RETRACTIONS_MAX_COUNT = 16;
/** Retractions that are remembered. [guess] */
const REMEMBERED_MAX_COUNT = 128;

export interface ExtremesParts {
  readonly task: string;
  readonly wiring: MachineWiring;
  readonly options: Pick<AggregateOptions, "expiryCount">;
  /** What an input can be. */
  readonly low: number;
  readonly high: number;
}

/** Which of two is the extreme one; of equal ones the later, then the one of the lower name. */
type Order = (one: ExtremeRecord, other: ExtremeRecord) => boolean;

/**
 * The least and the greatest value, and whose it is. Records are told until all know them; their
 * owner renews them each epoch, so those of the departed expire. A value that is not extreme any
 * more is retracted by its owner, and the next one asserts itself. [spec aggregation §5]
 */
export class Extremes implements Machine {
  readonly partner = "neighbour";
  private readonly parts: ExtremesParts;
  private readonly retracted = new BoundedMap<PeerId, Retraction>(REMEMBERED_MAX_COUNT);
  private own: ExtremeRecord | undefined;
  private least: ExtremeRecord | undefined;
  private greatest: ExtremeRecord | undefined;
  private epoch = 0;
  private seq = 0;
  private quiet = 0;

  constructor(parts: ExtremesParts) {
    this.parts = parts;
  }

  /** Rounds since one of the two changed. */
  get quietCount(): number {
    return this.quiet;
  }

  get low(): ExtremeRecord | undefined {
    return this.least;
  }

  get high(): ExtremeRecord | undefined {
    return this.greatest;
  }

  /** undefined: this node has no value, and passes on those of others. */
  setInput(value: number | undefined): void {
    if (value === this.own?.value) return;
    if (this.own !== undefined) this.retractOwn(this.own);
    this.seq += 1;
    this.own = value === undefined ? undefined : this.record(value);
    this.settle();
  }

  onRound(): void {
    this.quiet += 1;
  }

  onTurn(peer: PeerId, out: Outbox): void {
    out.put(peer, this.part());
  }

  onPart(from: PeerId, part: AggregatePart, out: Outbox): void {
    if (part.kind !== "extremes") return;
    const { counters } = this.parts.wiring;
    for (const retraction of part.retracted.slice(0, RETRACTIONS_MAX_COUNT)) {
      if (retraction.origin === this.parts.wiring.self) this.refute(retraction);
      else if (this.isOfTime(retraction.epoch)) this.retract(retraction);
    }
    for (const record of [part.low, part.high]) {
      if (record === undefined) continue;
      const { high, low } = this.parts;
      if (!(record.value >= low && record.value <= high) || !Number.isFinite(record.value)) {
        counters.add("aggregate.dropped.value");
      } else if (this.parts.wiring.isMember?.(record.origin) === false) {
        counters.add("aggregate.dropped.stranger");
      } else this.offer(record);
    }
    if (this.isNews(part.low, part.high)) out.put(from, this.part());
  }

  onEpoch(epoch: number): void {
    this.epoch = epoch;
    if (this.own !== undefined) {
      this.seq += 1;
      this.own = this.record(this.own.value);
    }
    for (const [origin, retraction] of [...this.retracted]) {
      if (!this.isOfTime(retraction.epoch)) this.retracted.delete(origin);
    }
    this.settle();
  }

  /** It need not expire: everybody hears that it is gone. */
  onPeerDown(peer: PeerId, how: Departure): void {
    if (how !== "departed") return;
    for (const record of [this.least, this.greatest]) {
      if (record?.origin !== peer) continue;
      this.retract({ origin: peer, epoch: record.epoch, seq: record.seq });
    }
  }

  /** Somebody took this node for dead; nobody but itself says what its values are. */
  private refute(retraction: Retraction): void {
    const { own } = this;
    if (own === undefined || isLater(own, retraction)) return;
    if (retraction.epoch > this.epoch || !Number.isSafeInteger(retraction.seq + 1)) return;
    this.seq = Math.max(this.seq, retraction.seq) + 1;
    this.own = this.record(own.value);
    this.settle();
  }

  /** The sender's are not ours, so it is told; but not by both at once for ever. */
  private isNews(low: ExtremeRecord | undefined, high: ExtremeRecord | undefined): boolean {
    return isOther(this.least, low) || isOther(this.greatest, high);
  }

  private part(): AggregatePart {
    const retracted = [...this.retracted].slice(-RETRACTIONS_MAX_COUNT).map(([, one]) => one);
    const { greatest: high, least: low } = this;
    return { kind: "extremes", task: this.parts.task, low, high, retracted };
  }

  private record(value: number): ExtremeRecord {
    return { value, origin: this.parts.wiring.self, epoch: this.epoch, seq: this.seq };
  }

  private retractOwn(own: ExtremeRecord): void {
    const isExtreme = [this.least, this.greatest].some((one) => one?.origin === own.origin);
    if (isExtreme) this.retract({ origin: own.origin, epoch: own.epoch, seq: this.seq });
  }

  private retract(retraction: Retraction): void {
    const known = this.retracted.peek(retraction.origin);
    if (known !== undefined && !isLater(retraction, known)) return;
    this.retracted.set(retraction.origin, retraction);
    this.settle();
  }

  private offer(record: ExtremeRecord): void {
    if (record.origin === this.parts.wiring.self || !this.isStanding(record)) return;
    this.become(better(this.least, record, isLess), better(this.greatest, record, isGreater));
  }

  private become(least: ExtremeRecord | undefined, greatest: ExtremeRecord | undefined): void {
    const isMoved = least?.value !== this.least?.value || greatest?.value !== this.greatest?.value;
    if (isMoved) this.quiet = 0;
    this.least = least;
    this.greatest = greatest;
  }

  /** What stands, with this node's own value among it. */
  private settle(): void {
    const { own } = this;
    const least = this.standing(this.least);
    const greatest = this.standing(this.greatest);
    if (own === undefined) return this.become(least, greatest);
    this.become(better(least, own, isLess), better(greatest, own, isGreater));
  }

  private standing(record: ExtremeRecord | undefined): ExtremeRecord | undefined {
    return record !== undefined && this.isStanding(record) ? record : undefined;
  }

  private isStanding(record: ExtremeRecord): boolean {
    const { own, parts } = this;
    if (record.origin === parts.wiring.self) return record.seq === own?.seq;
    if (!this.isOfTime(record.epoch)) return false;
    const retraction = this.retracted.peek(record.origin);
    return retraction === undefined || isLater(record, retraction);
  }

  private isOfTime(epoch: number): boolean {
    const { expiryCount } = this.parts.options;
    return epoch > this.epoch - expiryCount && epoch <= this.epoch + 1;
  }
}

const isLess: Order = (one, other) =>
  one.value === other.value ? isPreferred(one, other) : one.value < other.value;
const isGreater: Order = (one, other) =>
  one.value === other.value ? isPreferred(one, other) : one.value > other.value;

function isPreferred(one: ExtremeRecord, other: ExtremeRecord): boolean {
  if (one.epoch !== other.epoch) return one.epoch > other.epoch;
  return String(one.origin) < String(other.origin);
}

/** A later record of the same origin replaces the earlier, whatever its value. */
function better(
  known: ExtremeRecord | undefined,
  offered: ExtremeRecord,
  isMore: Order,
): ExtremeRecord {
  if (known === undefined) return offered;
  if (known.origin === offered.origin) return isLater(offered, known) ? offered : known;
  return isMore(offered, known) ? offered : known;
}

interface Stamp {
  readonly epoch: number;
  readonly seq: number;
}

function isLater(one: Stamp, other: Stamp): boolean {
  return one.epoch === other.epoch ? one.seq > other.seq : one.epoch > other.epoch;
}

function isOther(ours: ExtremeRecord | undefined, theirs: ExtremeRecord | undefined): boolean {
  if (ours === undefined) return false;
  return ours.origin !== theirs?.origin || ours.seq !== theirs.seq;
}

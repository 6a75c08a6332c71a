import { log2 } from "../../core/math.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Departure, Machine, MachineWiring, Outbox } from "./aggregate.contract.ts";
import type { AggregatePart, OriginRecord } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";

/** Beside the bytes of a record. [guess] */
const RECORD_HEAD_BYTES = 64;
/** Rounds in which a record is told, beyond the logarithm of their number. [guess] */
const EXTRA_TELLINGS = 3;

interface Held {
  readonly record: OriginRecord;
  /** Epoch in which it was last renewed. */
  epoch: number;
  /** In so many rounds it is told. */
  tellings: number;
}

export interface RecordsParts {
  readonly task: string;
  readonly wiring: MachineWiring;
  readonly options: Pick<
    AggregateOptions,
    "expiryCount" | "messageMaxBytes" | "originsMaxCount" | "recordMaxBytes"
  >;
}

/**
 * What cannot be merged twice is kept by origin: the latest record of each, merged by whoever
 * reads. Doubled messages change nothing, and a departed origin's record is not renewed and
 * expires. Costs as many records as there are nodes. [spec aggregation §7 (a)]
 */
export class OriginRecords implements Machine {
  readonly partner = "neighbour";
  private readonly parts: RecordsParts;
  private readonly held = new Map<PeerId, Held>();
  private ownBytes: Uint8Array | undefined;
  private epoch = 0;
  private seq: number;
  private changedAtMs: number;

  constructor(parts: RecordsParts) {
    const { wiring } = parts;
    this.parts = parts;
    // Of a later life it is larger: the clock is, and it turns faster than epochs.
    this.seq = Math.max(0, Math.floor(wiring.wallClock()));
    this.changedAtMs = wiring.now();
  }

  get originsCount(): number {
    return this.held.size;
  }

  /** When something was last heard. */
  get lastChangeMs(): number {
    return this.changedAtMs;
  }

  records(): readonly OriginRecord[] {
    return [...this.held.values()].map(({ record }) => record);
  }

  /** False when the record is larger than any may be. undefined: no own record. */
  setOwn(bytes: Uint8Array | undefined): boolean {
    if ((bytes?.length ?? 0) > this.parts.options.recordMaxBytes) return false;
    if (isSame(bytes, this.ownBytes)) return true;
    this.ownBytes = bytes;
    if (bytes === undefined) this.held.delete(this.parts.wiring.self);
    else this.renewOwn(bytes);
    return true;
  }

  onRound(): void {}

  onTurn(peer: PeerId, out: Outbox): void {
    this.tell(peer, out);
  }

  onPart(from: PeerId, part: AggregatePart, out: Outbox): void {
    if (part.kind !== "records") return;
    const { counters, self } = this.parts.wiring;
    const { options } = this.parts;
    for (const record of part.records) {
      if (record.origin === self) this.onOwnHeard(record);
      else if (record.bytes.length > options.recordMaxBytes)
        counters.add("aggregate.dropped.value");
      else this.take(record);
    }
    // Whoever has an answer to give gives it once: an answer is never answered.
    this.tell(from, out);
  }

  onEpoch(epoch: number): void {
    this.epoch = epoch;
    for (const [origin, held] of [...this.held]) {
      if (held.epoch <= epoch - this.parts.options.expiryCount) this.held.delete(origin);
    }
    if (this.ownBytes !== undefined) this.renewOwn(this.ownBytes);
  }

  onPeerDown(peer: PeerId, how: Departure): void {
    if (how === "departed") this.held.delete(peer);
  }

  private take(record: OriginRecord): void {
    const { options, wiring } = this.parts;
    if (wiring.isMember?.(record.origin) === false) {
      return wiring.counters.add("aggregate.dropped.stranger");
    }
    const known = this.held.get(record.origin);
    if (known !== undefined && record.seq <= known.record.seq) return;
    if (known === undefined && this.held.size >= options.originsMaxCount) {
      return wiring.counters.add("aggregate.dropped.origins");
    }
    this.put(record);
  }

  /** A former life of this name counted further: it is outdone. */
  private onOwnHeard(record: OriginRecord): void {
    if (record.seq < this.seq || this.ownBytes === undefined) return;
    const isOurs = this.held.get(record.origin)?.record.seq === record.seq;
    if (isOurs || !Number.isSafeInteger(record.seq + 1)) return;
    this.seq = record.seq;
    this.renewOwn(this.ownBytes);
  }

  private renewOwn(bytes: Uint8Array): void {
    this.seq += 1;
    this.put({ origin: this.parts.wiring.self, seq: this.seq, bytes });
  }

  private put(record: OriginRecord): void {
    const tellings = Math.ceil(log2(this.held.size + 2)) + EXTRA_TELLINGS;
    this.held.delete(record.origin);
    this.held.set(record.origin, { record, epoch: this.epoch, tellings });
    this.changedAtMs = this.parts.wiring.now();
  }

  /** The latest first, as many as fit. */
  private tell(peer: PeerId, out: Outbox): void {
    let leftBytes = this.parts.options.messageMaxBytes / 2;
    const records: OriginRecord[] = [];
    for (const held of [...this.held.values()].reverse()) {
      if (held.tellings <= 0) continue;
      const bytes = held.record.bytes.length + RECORD_HEAD_BYTES;
      if (bytes > leftBytes) break;
      leftBytes -= bytes;
      held.tellings -= 1;
      records.push(held.record);
    }
    if (records.length === 0) return;
    out.put(peer, { kind: "records", task: this.parts.task, records });
  }
}

function isSame(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

import { sameBytes } from "../../core/bytes.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Machine, MachineWiring, Outbox } from "./aggregate.contract.ts";
import type { AggregatePart } from "./aggregate.messages.ts";
import type { AggregateOptions } from "./aggregate.options.ts";

/** Something that merges with itself without harm, in its bytes. Nothing here throws. */
export interface Mergeable {
  /** undefined when either makes no sense. */
  merge(one: Uint8Array, other: Uint8Array): Uint8Array | undefined;
}

export interface RegistersParts {
  readonly task: string;
  readonly form: "distinct" | "custom";
  readonly wiring: MachineWiring;
  readonly options: Pick<AggregateOptions, "quietCount" | "recordMaxBytes">;
  readonly mergeable: Mergeable;
  /** What this node puts in; undefined: it only passes on. */
  readonly own: () => Uint8Array | undefined;
}

export interface RegistersValue {
  readonly bytes: Uint8Array;
  readonly epoch: number;
  readonly rounds: number;
  readonly finishedAtMs: number;
}

/**
 * One value that all merge into theirs, over and over: for what merges with itself without harm.
 * Each epoch begins with this node's own again, so that what departed nodes put in is forgotten.
 * [spec aggregation §1, §7]
 */
export class Registers implements Machine {
  readonly partner = "neighbour";
  private readonly parts: RegistersParts;
  private value: Uint8Array | undefined;
  private latest: RegistersValue | undefined;
  private epoch = 0;
  private rounds = 0;
  private quiet = 0;

  constructor(parts: RegistersParts) {
    this.parts = parts;
  }

  /** The last epoch's, or this one's when it has come to rest. */
  read(): RegistersValue | undefined {
    const { epoch, latest, rounds, value } = this;
    if (value === undefined) return latest;
    if (this.quiet < this.parts.options.quietCount && latest !== undefined) return latest;
    return { bytes: value, epoch, rounds, finishedAtMs: this.parts.wiring.now() };
  }

  onRound(): void {
    this.rounds += 1;
    this.quiet += 1;
    const own = this.parts.own();
    if (own !== undefined) this.take(own);
  }

  onTurn(peer: PeerId, out: Outbox): void {
    this.tell(peer, out);
  }

  onPart(from: PeerId, part: AggregatePart, out: Outbox): void {
    if (part.kind !== "registers") return;
    const { counters } = this.parts.wiring;
    if (part.form !== this.parts.form) return counters.add("aggregate.dropped.shape");
    if (part.bytes.length > this.parts.options.recordMaxBytes || !this.take(part.bytes)) {
      return counters.add("aggregate.dropped.value");
    }
    if (this.value !== undefined && !sameBytes(this.value, part.bytes)) this.tell(from, out);
  }

  onEpoch(epoch: number): void {
    const { rounds, value } = this;
    const finishedAtMs = this.parts.wiring.now();
    if (value !== undefined)
      this.latest = { bytes: value, epoch: this.epoch, rounds, finishedAtMs };
    this.epoch = epoch;
    this.rounds = 0;
    this.quiet = 0;
    this.value = this.parts.own();
  }

  onPeerDown(): void {}

  private tell(peer: PeerId, out: Outbox): void {
    const { form, task } = this.parts;
    if (this.value === undefined) return;
    out.put(peer, { kind: "registers", task, form, bytes: this.value });
  }

  /** False when it makes no sense. */
  private take(bytes: Uint8Array): boolean {
    if (this.value !== undefined && sameBytes(this.value, bytes)) return true;
    // Merged with itself, too: what makes no sense alone is found out.
    const merged = this.parts.mergeable.merge(this.value ?? bytes, bytes);
    if (merged === undefined) return false;
    if (this.value === undefined || !sameBytes(this.value, merged)) this.quiet = 0;
    this.value = merged;
    return true;
  }
}

import type { Dot } from "../../core/dot.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import { makeOrigin, parseOrigin } from "../../core/peer.ts";
import { BlockBuilder, type Candidate } from "./block-builder.ts";
import { chainIdOf, configurationProblem, decodeConfiguration } from "./configuration.ts";
import { genesisBlock } from "./genesis.ts";
import { headerHash } from "./header.ts";
import { decodeIntake, encodeIntake, type IntakeState } from "./intake-state.ts";
import type {
  EventKind,
  LedgerConfiguration,
  LedgerCrypto,
  LedgerEvent,
} from "./ledger.contract.ts";
import { type Cut, decodeNote } from "./notes.ts";
import type { ChainHead } from "./verification.ts";

/** What an ordered log tells whoever listens; see data/ordered-log. */
export type OrderItem =
  | {
      readonly kind: "event";
      readonly orderIndex: number;
      readonly dot: Dot;
      readonly clock: ReadonlyMap<string, number>;
      readonly hlc: HybridTime;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "note"; readonly orderIndex: number; readonly bytes: Uint8Array };

export interface IntakeListener {
  /** The order says which chain it is; the genesis is unknown where a snapshot began behind it. */
  onFounded(chainId: Uint8Array, genesis: LedgerConfiguration | undefined): void;
  onKey(name: string, publicKey: Uint8Array): void;
  /** Blocks behind those that were made before. */
  onCandidates(candidates: readonly Candidate[]): void;
  /** Of this index something is final already; `dot` is what the order has there. */
  onOld(orderIndex: number, dot: Dot): void;
  count(name: "ledger.notes.malformed" | "ledger.notes.late" | "ledger.events.early"): void;
}

/** Events before there is a chain stand in its first blocks. [because: nobody appends then] */
const EARLY_MAX_COUNT = 1_000;
const KEYS_MAX_COUNT = 64;
/** Kinds of events by the first byte of what is appended to the log. */
const kinds: readonly EventKind[] = ["data", "configuration"];
const NANOSECONDS = 1_000_000n;

/** What is appended to the ordered log for an event of a ledger. */
export function orderedBytes(kind: EventKind, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 1);
  bytes[0] = kinds.indexOf(kind);
  bytes.set(data, 1);
  return bytes;
}

export function ledgerTime(ms: number, counter: number): { wall: bigint; logical: number } {
  return { wall: BigInt(ms) * NANOSECONDS, logical: counter };
}

/**
 * Reads the one order, and makes blocks of it. All that it knows depends on the order, and on what
 * of the chain is final; the rest it holds, and gives as a snapshot.
 */
export class OrderIntake {
  private readonly crypt: LedgerCrypto;
  private readonly chainName: string;
  private readonly listener: IntakeListener;
  private readonly keys = new Map<string, Uint8Array>();
  /** Behind the last final block, in order, the first with `firstIndex`. */
  private events: LedgerEvent[] = [];
  private firstIndex = 1;
  private cuts: Cut[] = [];
  private builder: BlockBuilder | undefined;
  /** The last final block, or the genesis; of a snapshot it may be unknown here. */
  private base: ChainHead | undefined;
  private readTo = 0;

  constructor(crypt: LedgerCrypto, chainName: string, listener: IntakeListener) {
    this.crypt = crypt;
    this.chainName = chainName;
    this.listener = listener;
  }

  /** Keys that members have said they sign with, before there is a chain. */
  get founders(): ReadonlyMap<string, Uint8Array> {
    return this.keys;
  }

  /** What would be in the next block. */
  get pending(): { readonly count: number; readonly bytesCount: number; readonly upTo: number } {
    const { builder } = this;
    if (builder === undefined) return { count: 0, bytesCount: 0, upTo: 0 };
    const { lastOrderIndex: upTo, pendingBytes: bytesCount, pendingCount: count } = builder;
    return { count, bytesCount, upTo };
  }

  /** Order index of the last event that was read. */
  get lastRead(): number {
    return this.readTo;
  }

  onItems(items: readonly OrderItem[]): void {
    for (const item of items) {
      if (item.kind === "note") this.onNote(item.bytes);
      else this.onEvent(item);
    }
  }

  /** The chain begins with this, which the caller trusts. */
  found(configuration: LedgerConfiguration): void {
    const { header } = genesisBlock(this.crypt, configuration);
    this.startFrom({ header, hash: headerHash(this.crypt, header), configuration });
  }

  /** The chain has come to `head`: what is in it need not be held any more. */
  onFinal(head: ChainHead): void {
    const { lastOrderIndex, number } = head.header;
    const from = Math.max(0, lastOrderIndex + 1 - this.firstIndex);
    if (from > 0) {
      this.events = this.events.slice(from);
      this.firstIndex += from;
    }
    if (this.events.length === 0) this.firstIndex = Math.max(this.firstIndex, lastOrderIndex + 1);
    this.cuts = this.cuts.filter(({ upTo }) => upTo > lastOrderIndex);
    this.base = head;
    const isAhead = this.builder !== undefined && this.builder.base.header.number >= number;
    if (!isAhead) this.startFrom(head);
  }

  /** What was built is not what the chain became: builds again behind its head. */
  rebase(head: ChainHead): void {
    this.startFrom(head);
  }

  snapshot(): Uint8Array {
    const { base, cuts, events, firstIndex, keys, readTo } = this;
    const state: IntakeState = { keys, base, events, firstIndex, cuts, readTo };
    return encodeIntake(this.crypt, state);
  }

  /** False for what is no snapshot. */
  restore(bytes: Uint8Array): boolean {
    const state = decodeIntake(this.crypt, bytes);
    if (state === undefined) return false;
    const wasFounded = this.base !== undefined;
    this.keys.clear();
    for (const [name, key] of state.keys) this.keys.set(name, key);
    this.events = [...state.events];
    this.firstIndex = state.firstIndex;
    this.cuts = [...state.cuts];
    this.readTo = state.readTo;
    this.builder = undefined;
    const { base } = state;
    if (base === undefined) {
      if (this.base !== undefined) this.onFinal(this.base);
      return true;
    }
    if (!wasFounded) this.listener.onFounded(base.header.chainId, undefined);
    if (this.base === undefined || this.base.header.number < base.header.number) {
      this.startFrom(base);
    } else this.onFinal(this.base);
    return true;
  }

  /** Items up to here cannot be had: builds on when the chain has come so far by other ways. */
  onGap(orderIndex: number): void {
    this.events = [];
    this.cuts = [];
    this.firstIndex = orderIndex + 1;
    this.readTo = orderIndex;
    this.builder = undefined;
    if (this.base !== undefined) this.startFrom(this.base);
  }

  private onEvent(item: Extract<OrderItem, { kind: "event" }>): void {
    const { bytes, clock, dot, hlc, orderIndex } = item;
    this.readTo = Math.max(this.readTo, orderIndex);
    const next = this.firstIndex + this.events.length;
    const { boot = 0, name = dot.origin } = parseOrigin(dot.origin) ?? {};
    // Final already, or told twice.
    if (orderIndex < next) {
      return this.listener.onOld(orderIndex, { origin: makeOrigin(name, boot), seq: dot.seq });
    }
    if (orderIndex > next) this.onGap(orderIndex - 1);
    if (this.base === undefined && this.events.length >= EARLY_MAX_COUNT) {
      return this.listener.count("ledger.events.early");
    }
    const event: LedgerEvent = {
      // Of another program; as data it does no harm.
      kind: kinds[bytes[0] ?? 0] ?? "data",
      origin: name,
      boot,
      seq: dot.seq,
      time: ledgerTime(hlc.ms, hlc.counter),
      clock: [...clock],
      data: bytes.slice(1),
    };
    this.events.push(event);
    this.builder?.add(event);
  }

  private onNote(bytes: Uint8Array): void {
    const note = decodeNote(bytes);
    if (note === undefined) return this.listener.count("ledger.notes.malformed");
    if (note.kind === "cut") return this.onCut(note);
    if (this.base !== undefined) return;
    if (note.kind === "key") {
      if (this.keys.size >= KEYS_MAX_COUNT && !this.keys.has(note.name)) return;
      this.keys.set(note.name, note.publicKey);
      return this.listener.onKey(note.name, note.publicKey);
    }
    const configuration = decodeConfiguration(note.configuration);
    const isOurs =
      configuration !== undefined &&
      configuration.chainName === this.chainName &&
      configurationProblem(this.crypt, configuration) === undefined;
    if (!isOurs) return this.listener.count("ledger.notes.malformed");
    this.listener.onFounded(chainIdOf(this.crypt, note.configuration), configuration);
  }

  private onCut(cut: Cut): void {
    const isKnown = cut.upTo < this.firstIndex || cut.upTo > this.readTo;
    if (isKnown || this.base === undefined) return this.listener.count("ledger.notes.late");
    this.cuts.push(cut);
    const made = this.builder?.cut(cut) ?? [];
    if (made.length > 0) this.listener.onCandidates(made);
  }

  /** Builds behind `base` what is held; nothing while events between are missing. */
  private startFrom(base: ChainHead): void {
    this.base = base;
    this.builder = undefined;
    const first = base.header.lastOrderIndex + 1;
    if (this.firstIndex > first) return;
    const builder = new BlockBuilder(this.crypt, base);
    for (const event of this.events.slice(first - this.firstIndex)) builder.add(event);
    this.builder = builder;
    const made = this.cuts.flatMap((cut) => builder.cut(cut));
    if (made.length > 0) this.listener.onCandidates(made);
  }
}

import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import { type Origin, type PeerId, peerId } from "../../core/peer.ts";
import type { HistoryUpdate } from "../../data/history/history.messages.ts";
import type { HistoryPage } from "../../data/history/history.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";
import type { Cause, Gap, Rejection, TopicMessage } from "../api.ts";
import { inCausalOrder } from "./causal-past.ts";
import { KEPT_HEAD_MAX_BYTES, keptUpdate, type SaidMessage } from "./kept-message.ts";
import type {
  KeptSaying,
  Ordering,
  OrderingPorts,
  SeqRun,
  Waiting,
  WaitingRoom,
} from "./ordering.ts";
import { publisherOf } from "./publisher.ts";
import type { Reading, TopicRumor } from "./topic.contract.ts";

const ALL_BYTES = Number.MAX_SAFE_INTEGER;
/** What is read ahead of one publisher whose next message may have to wait. */
const AHEAD_BYTES = 4_096;

/** What a history needs of the topic whose past it is. */
export interface HistoryReader {
  readonly tag: string;
  /** undefined for what is no message of a topic. */
  readKept(dot: Dot, update: HistoryUpdate): Reading | undefined;
  /** What a message came after, as far as it says. */
  causesOf(update: HistoryUpdate): readonly Cause[];
  deliver(message: TopicMessage<unknown>): void;
  tellRejected(rejection: Rejection): void;
  tellGap(gap: Gap): void;
}

/** What keeps a topic's messages: its history, or for a while what was heard last. */
export interface KeptMessages extends Replica<HistoryUpdate> {
  /** Seen, and not held any more. */
  readonly forgotten: ReadonlyDotSet;
  /** By time; absent where nobody may read from the start. */
  read?(after: ReadonlyDotSet, maxCount: number): HistoryPage;
  discard?(): void;
}

export interface TopicHistoryPorts
  extends Pick<OrderingPorts, "afterStep" | "count" | "now" | "timers"> {
  readonly origin: () => Origin;
  /** What this node says next is later than this. */
  observe(clock: HybridTime): void;
  /** True for a life that was put out of the replica set: nothing it says is news. */
  readonly isEvicted?: ((origin: Origin) => boolean) | undefined;
  /** False when it would be more than gossip carries. */
  readonly takeTurn?: (() => boolean) | undefined;
  /** False while the disk is behind. */
  readonly hasRoom: () => boolean;
  /** Resolves once what was written is durable: true, or false without a disk. */
  readonly durable: () => Promise<boolean>;
}

export interface TopicHistoryOptions {
  readonly payloadMaxBytes: number;
  /** The option that says so; people are told to raise it. */
  readonly limitName: "payloadMaxBytes of its history" | "topics.valueMaxBytes";
  /** Absent where messages are delivered as they come. */
  readonly order?: MakeOrder | undefined;
}

export interface MakeOrder {
  readonly kind: "fifo" | "causal";
  make(tag: string, room: WaitingRoom, ports: OrderingPorts): Ordering;
}

export interface WrittenMessage {
  readonly dot: Dot;
  readonly update: HistoryUpdate | undefined;
}

/** The past of a topic at one moment. */
export interface PastPicture {
  /** All that is not to be delivered to its reader again. */
  readonly seen: ReadonlyDotSet;
  /** What is kept, by time; before the first, the reader is told what is not. */
  messages(onGap: (gap: Gap) => void): IterableIterator<TopicMessage<unknown>>;
}

/**
 * Stands between a history and whoever brings it news, broadcast and anti-entropy alike: what is
 * new is read, judged by the topic's schema, kept and delivered, once for each dot.
 */
export class TopicHistory implements Replica<HistoryUpdate>, WaitingRoom {
  private readonly reader: HistoryReader;
  private readonly history: KeptMessages;
  private readonly options: TopicHistoryOptions;
  private readonly ports: TopicHistoryPorts;
  /** Absent where messages are delivered as they come. */
  private readonly ordering: Ordering | undefined;
  /** Delivered before the history was discarded: it comes again, and is not news to readers. */
  private readonly delivered = new DotSet();
  /** In this step; readers are told when it has ended. */
  private arrived: Waiting[] = [];

  /** `history` is as the disk had it: what it holds counts as delivered. */
  constructor(
    reader: HistoryReader,
    history: KeptMessages,
    options: TopicHistoryOptions,
    ports: TopicHistoryPorts,
  ) {
    this.reader = reader;
    this.history = history;
    this.options = options;
    this.ports = ports;
    this.ordering = options.order?.make(reader.tag, this, {
      afterStep: ports.afterStep,
      count: ports.count,
      now: ports.now,
      timers: ports.timers,
      deliver: (message) => reader.deliver(message),
      tellGap: (dots) => this.tellLost(dots),
    });
  }

  get seen(): ReadonlyDotSet {
    return this.history.seen;
  }

  /** The number of the next message of this node. */
  get nextSeq(): number {
    return this.history.seen.last(this.ports.origin()) + 1;
  }

  /** @throws HearsayError VALUE_TOO_LARGE, QUEUE_FULL; then nothing was written. */
  checkRoom(payload: Uint8Array): void {
    const maxBytes = this.options.payloadMaxBytes - KEPT_HEAD_MAX_BYTES;
    const isFine = payload.length <= maxBytes && this.ports.hasRoom();
    if (isFine && this.ports.takeTurn?.() !== false) return;
    const topic = `topic ${JSON.stringify(this.reader.tag)}`;
    if (payload.length > maxBytes) {
      const rule = `${maxBytes} are taken; send it in parts, or raise ${this.options.limitName}`;
      throw new HearsayError("VALUE_TOO_LARGE", `${topic}: ${payload.length} bytes, but ${rule}`);
    }
    const why = this.ports.hasRoom() ? "gossip carries no more" : "the disk is behind";
    throw new HearsayError("QUEUE_FULL", `${topic}: ${why}; publish more slowly`);
  }

  /**
   * Asked right after this node wrote `dot`: resolves once that is durable. False when it never
   * will be: without a disk, or when this node's own schema refused what its codec made of it.
   */
  async durable(dot: Dot): Promise<boolean> {
    const wasTaken = this.history.get(dot) !== undefined || this.history.forgotten.has(dot);
    return (await this.ports.durable()) && wasTaken;
  }

  /**
   * This node writes a message, in a step. undefined when its own schema refuses what its codec
   * made of it: it has a number then, and goes nowhere.
   */
  write(said: SaidMessage): WrittenMessage {
    const dot = { origin: this.ports.origin(), seq: this.nextSeq };
    const update = keptUpdate(said);
    const verdict = this.apply(dot, update, undefined);
    const wasTaken = verdict === "news" || verdict === "superseded";
    return wasTaken ? { dot, update } : { dot, update: undefined };
  }

  /** A message came by broadcast, or is this node's own. */
  hear(rumor: TopicRumor): "accepted" | "rejected" | "unknown" {
    const { historySeq: seq = rumor.seq, origin } = rumor;
    if (this.ports.isEvicted?.(origin) === true) return "rejected";
    const from = origin === this.ports.origin() ? undefined : peerId(publisherOf(origin));
    const verdict = this.apply({ origin, seq }, keptUpdate(rumor), from);
    if (verdict === "rejected") return "rejected";
    // Passed on all the same; anti-entropy brings it again when there is room.
    return verdict === "deferred" ? "unknown" : "accepted";
  }

  apply(dot: Dot, update: HistoryUpdate, from?: PeerId): ApplyVerdict {
    if (this.history.seen.has(dot)) return "known";
    // Nobody else writes in this life's name, and believing it would leave a gap in our own.
    if (from !== undefined && dot.origin === this.ports.origin()) return this.refuse(undefined);
    if (!this.ports.hasRoom()) return "deferred";
    const reading = this.reader.readKept(dot, update);
    if (reading?.kind !== "message") {
      // Seen, and yet not forgotten: others may have a schema that takes it.
      this.history.cover(DotSet.of(dot), new DotSet());
      this.settle(DotSet.of(dot));
      return this.refuse(reading?.rejection);
    }
    const verdict = this.history.apply(dot, update, from);
    // Too old to be kept is still news to whoever listens.
    if (verdict === "news" || verdict === "superseded") {
      if (from !== undefined) this.ports.observe(reading.message.clock);
      this.pass(reading.message, update);
    }
    // Larger than what this node keeps.
    if (verdict === "rejected") this.lose(DotSet.of(dot));
    return verdict;
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    // Nobody else knows of this life's numbers: believing it would take them from us.
    const own = this.ownDots();
    // Nothing replaces a message: one that is said to be replaced is as lost as a forgotten one.
    const lost = covers.union(forgotten).difference(this.history.seen).difference(own);
    if (lost.isEmpty) return;
    this.history.cover(new DotSet(), lost);
    this.lose(lost);
  }

  get(dot: Dot): HistoryUpdate | undefined {
    return this.history.get(dot);
  }

  collect(
    wanted: ReadonlyDotSet,
    theirs: ReadonlyDotSet,
    budgetBytes: number,
  ): Delta<HistoryUpdate> {
    return this.history.collect(wanted, theirs, budgetBytes);
  }

  subscribe(listener: ReplicaListener<HistoryUpdate>): void {
    this.history.subscribe(listener);
  }

  between(origin: Origin, first: number, last: number): readonly Waiting[] {
    return this.readRun(origin, { first, last }, ALL_BYTES);
  }

  firstOf(origin: Origin, run: SeqRun): readonly Waiting[] {
    const ahead = this.readRun(origin, run, AHEAD_BYTES);
    // Of what stands first nothing can be read, perhaps: further ones may be.
    return ahead.length > 0 ? ahead : this.readRun(origin, run, ALL_BYTES);
  }

  sayingsOf(origin: Origin, { first, last }: SeqRun): readonly KeptSaying[] {
    const { updates } = this.history.collect(runOf(origin, first, last), new DotSet(), ALL_BYTES);
    const { reader } = this;
    return updates.map(([{ seq }, update]) => ({ seq, after: reader.causesOf(update) }));
  }

  lostBetween(origin: Origin, first: number, last: number): DotSet {
    return runOf(origin, first, last).intersection(this.history.forgotten);
  }

  /** The past as it is now; undefined where none is kept. */
  picture(): PastPicture | undefined {
    const page = this.history.read?.(new DotSet(), Number.MAX_SAFE_INTEGER);
    if (page === undefined) return undefined;
    const { options, reader } = this;
    const { tag } = reader;
    const isCausal = options.order?.kind === "causal";
    const entries = isCausal ? inCausalOrder(reader, page.updates) : page.updates;
    const passed = this.ordering?.passed();
    // What still waits for its turn comes live; what is waited for no more is a gap.
    const gap =
      passed === undefined
        ? page.gap
        : passed.difference(this.history.seen).union(page.gap.intersection(passed));
    return {
      seen: passed ?? this.history.seen.clone(),
      *messages(onGap) {
        if (!gap.isEmpty) onGap(gapOf(tag, gap));
        for (const [dot, update] of entries) {
          if (passed?.has(dot) === false) continue;
          const reading = reader.readKept(dot, update);
          // Kept under another schema: whoever reads with this one never sees it.
          if (reading?.kind === "message") yield reading.message;
        }
      },
    };
  }

  private readRun(origin: Origin, { first, last }: SeqRun, budgetBytes: number): Waiting[] {
    const { updates } = this.history.collect(runOf(origin, first, last), new DotSet(), budgetBytes);
    return updates.flatMap(([dot, update]) => {
      const reading = this.reader.readKept(dot, update);
      if (reading?.kind !== "message") return [];
      return [{ message: reading.message, bytesCount: update.payload.length }];
    });
  }

  /** All that this life has written or will write. */
  private ownDots(): DotSet {
    const own = new DotSet();
    own.addRange(this.ports.origin(), 1, Number.MAX_SAFE_INTEGER);
    return own;
  }

  close(): void {
    this.ordering?.close();
  }

  /** Forgets what is kept, to be told anew; readers are not told again what they were told. */
  discard(): void {
    this.delivered.addAll(this.ordering?.passed() ?? this.history.seen);
    this.history.discard?.();
  }

  private pass(message: TopicMessage<unknown>, { payload }: HistoryUpdate): void {
    if (this.delivered.has(message.dot)) return;
    this.arrived.push({ message, bytesCount: payload.length });
    // Once a step, which may bring thousands.
    if (this.arrived.length === 1) this.ports.afterStep(() => this.tellArrived());
  }

  private tellArrived(): void {
    const { arrived, ordering, reader } = this;
    this.arrived = [];
    for (const { bytesCount, message } of arrived) {
      if (ordering === undefined) reader.deliver(message);
      else ordering.onMessage(message, bytesCount);
    }
  }

  /** Nobody here will read them: told now, or where their place in the order is. */
  private lose(dots: ReadonlyDotSet): void {
    if (this.ordering === undefined) this.ports.afterStep(() => this.tellLost(dots));
    else this.settle(dots);
  }

  private settle(dots: ReadonlyDotSet): void {
    const { ordering } = this;
    if (ordering !== undefined) this.ports.afterStep(() => ordering.onSettled(dots));
  }

  private tellLost(lost: ReadonlyDotSet): void {
    this.ports.count("topics.gaps");
    this.reader.tellGap(gapOf(this.reader.tag, lost));
  }

  private refuse(rejection: Rejection | undefined): "rejected" {
    this.ports.count("topics.rejected");
    if (rejection !== undefined) this.ports.afterStep(() => this.reader.tellRejected(rejection));
    return "rejected";
  }
}

function runOf(origin: Origin, first: number, last: number): DotSet {
  const run = new DotSet();
  run.addRange(origin, first, last);
  return run;
}

function gapOf(tag: string, dots: ReadonlyDotSet): Gap {
  return { tag, count: dots.size, ranges: [...dots.ranges()] };
}

import { DotSet } from "../../core/dot-set.ts";
import { CodedSymbols } from "../../core/reconcile/coded-symbols.ts";
import { KeyTable } from "../../core/reconcile/key-table.ts";
import type { AntiEntropyWiring } from "./anti-entropy.contract.ts";
import type { AntiEntropyEnv } from "./anti-entropy.env.ts";
import type { MoreMessage, SketchMessage } from "./anti-entropy.messages.ts";
import type { AntiEntropyOptions } from "./anti-entropy.options.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import { digestBytesOf } from "./digest.ts";
import { DotSketch, isSketchable, unitFor } from "./dot-sketch.ts";
import { Lacking } from "./lacking.ts";
import type { Seat } from "./seats.ts";
import { beginTalk, nextAsk, type SketchTalk } from "./sketch-talk.ts";

/** What a symbol takes on the wire, as a rule. */
const SYMBOL_BYTES = 14;
const KEY_BYTES = 8;
/** Symbols peeled in one step: some 5 ms. [bench/reconcile] */
const STEP_PEELS_COUNT = 2_048;

/** Something long, done in steps between which the node lives on. */
interface Job {
  readonly conversation: Conversation;
  /** Does some of it; true when that was all. */
  readonly step: () => boolean;
}

/**
 * The part of a round in which two large sets are found to differ in a few runs. Its work grows
 * with the sets, so it is done in steps of some milliseconds, each a timer.
 */
export class Sketching {
  private readonly env: AntiEntropyEnv;
  private readonly wiring: AntiEntropyWiring;
  private readonly options: AntiEntropyOptions;
  private readonly conversations: Conversations;
  private readonly jobs: Job[] = [];

  constructor(
    env: AntiEntropyEnv,
    wiring: AntiEntropyWiring,
    { conversations, options }: { conversations: Conversations; options: AntiEntropyOptions },
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.conversations = conversations;
  }

  /** The timer of the next step came. */
  onWork(): void {
    const job = this.jobs[0];
    if (job === undefined) return;
    if (!this.conversations.isUnderWay(job.conversation) || job.step()) this.jobs.shift();
    if (this.jobs.length > 0) this.env.setTimer({ kind: "work" }, 0);
  }

  // Q's side

  /** Sends the first symbols instead of a digest, when they are made. */
  offer(conversation: Conversation, seat: Seat): boolean {
    const sketch = this.sketchFor(seat);
    if (sketch === undefined) return false;
    this.wiring.counters.add("antiEntropy.sketches", 1);
    conversation.sketch = beginTalk(seat.name, sketch);
    const count = Math.max(1, Math.floor(this.options.digestMaxBytes / SYMBOL_BYTES));
    this.sendSymbols(conversation, { sketch, seat, first: 0, count });
    return true;
  }

  /** False when the message asks for what was never to be had. */
  onMore(conversation: Conversation, seat: Seat, { count, first }: MoreMessage): boolean {
    const sketch = conversation.sketch?.sketch;
    const end = first + count;
    const isSane = Number.isSafeInteger(end) && first >= 0 && count >= 1;
    if (sketch === undefined || !isSane || end > this.options.sketchMaxCount) return false;
    const capped = Math.min(count, this.symbolsPerMessage);
    this.sendSymbols(conversation, { sketch, seat, first, count: capped });
    return true;
  }

  /** The dots that the initiator named by their keys. */
  runsOf(conversation: Conversation, keys: Uint8Array): DotSet {
    const runs = conversation.sketch?.sketch.runsOf(KeyTable.fromBytes(keys));
    return runs ?? new DotSet();
  }

  // P's side

  /** Symbols came; sooner or later they are answered by `more` or `differing`. */
  onSketch(conversation: Conversation, seat: Seat, message: SketchMessage): void {
    const talk = this.talkOf(conversation, seat, message);
    const theirTotal = talk?.theirTotal ?? 0;
    const symbols = CodedSymbols.fromBytes(message.first, message.symbols, theirTotal);
    const isNext = talk !== undefined && message.first === talk.peeler.symbolsCount;
    if (talk === undefined || !isNext || symbols === undefined || symbols.count === 0) {
      return this.giveUp(conversation, seat, talk === undefined ? "unable" : "forged");
    }
    if (symbols.count > this.symbolsPerMessage) return this.giveUp(conversation, seat, "forged");
    if (message.first === 0) talk.theirTotal = symbols.counts[0] ?? 0;
    const length = message.first + symbols.count;
    let isAdded = false;
    this.begin({
      conversation,
      step: () => {
        if (!isAdded) {
          if (!talk.sketch.extend(length)) return false;
          const own = talk.sketch.slice(message.first, symbols.count);
          if (own !== undefined) symbols.subtract(own);
          talk.peeler.add(symbols);
          isAdded = true;
        }
        talk.peeler.peel(STEP_PEELS_COUNT);
        if (!talk.peeler.isIdle) return false;
        this.onPeeled(conversation, seat, message.digestBytes);
        return true;
      },
    });
  }

  /** Names what only Q has, as far as one message goes. */
  sendDiffering(conversation: Conversation): void {
    const talk = conversation.sketch;
    if (talk === undefined) return;
    const { added } = talk.peeler;
    const from = talk.keysNamedCount;
    const most = Math.floor(this.options.deltaMaxBytes / KEY_BYTES);
    talk.keysNamedCount = Math.min(added.count, from + Math.max(1, most));
    const keys = added.toBytes(from, talk.keysNamedCount);
    const { peer, round, turn } = conversation;
    this.env.send(peer, { kind: "differing", round, turn, replica: talk.replica, keys });
  }

  /** True while keys are left to be named: all are, before anything is asked for. */
  areKeysLeft({ sketch }: Conversation): boolean {
    return sketch?.own !== undefined && sketch.keysNamedCount < sketch.peeler.added.count;
  }

  /** True while there are differences that were neither named nor offered. */
  isLeft({ sketch }: Conversation): boolean {
    if (sketch?.own === undefined) return false;
    return sketch.keysNamedCount < sketch.peeler.added.count || !sketch.own.isEmpty;
  }

  private onPeeled(conversation: Conversation, seat: Seat, digestBytes: number): void {
    const talk = conversation.sketch;
    if (talk === undefined) return;
    const { peeler, replica, sketch } = talk;
    if (peeler.state === "forged") return this.giveUp(conversation, seat, "forged");
    if (peeler.state === "done") {
      if (sketch.lacksAny(peeler.lacking)) return this.giveUp(conversation, seat, "forged");
      const { mode } = this.options;
      talk.own = new Lacking(mode === "pull" ? new DotSet() : sketch.runsOf(peeler.lacking));
      if (mode === "push") talk.keysNamedCount = peeler.added.count;
      return this.sendDiffering(conversation);
    }
    const digestsBytes = digestBytes + digestBytesOf(seat.replica.seen);
    const symbolsMaxCount = this.options.sketchMaxCount;
    const ask = nextAsk(peeler, { digestsBytes, symbolsMaxCount });
    if (ask === "digests") return this.giveUp(conversation, seat, "dear");
    const { peer, round, turn } = conversation;
    const count = Math.min(ask, this.symbolsPerMessage);
    this.env.send(peer, { kind: "more", round, turn, replica, first: peeler.symbolsCount, count });
  }

  private giveUp(conversation: Conversation, seat: Seat, why: "forged" | "dear" | "unable"): void {
    this.wiring.counters.add("antiEntropy.sketchesGivenUp", 1);
    if (why === "forged") this.wiring.counters.add("antiEntropy.dropped.forgedSketch", 1);
    conversation.sketch = undefined;
    const { peer, round, turn } = conversation;
    const replica = seat.name;
    this.env.send(peer, { kind: "differing", round, turn, replica, keys: "unknown" });
  }

  private talkOf(
    conversation: Conversation,
    seat: Seat,
    { first, replica, salt, unit }: SketchMessage,
  ): SketchTalk | undefined {
    const { seen } = seat.replica;
    if (first === 0 && conversation.sketch === undefined && isSketchable(seen, unit)) {
      conversation.sketch = beginTalk(replica, new DotSketch(seen, unit, salt));
    }
    return conversation.sketch?.replica === replica ? conversation.sketch : undefined;
  }

  // Both

  private get symbolsPerMessage(): number {
    return Math.max(64, Math.floor(this.options.deltaMaxBytes / SYMBOL_BYTES));
  }

  private sketchFor(seat: Seat): DotSketch | undefined {
    const { seen } = seat.replica;
    const hash = seen.hash();
    if (seat.sketch?.hash === hash) return seat.sketch.sketch;
    const unit = unitFor(seen);
    if (unit === undefined) return undefined;
    const sketch = new DotSketch(seen, unit, this.env.random.uint32());
    seat.sketch = { hash, sketch };
    return sketch;
  }

  private sendSymbols(
    conversation: Conversation,
    what: { sketch: DotSketch; seat: Seat; first: number; count: number },
  ): void {
    const { count, first, seat, sketch } = what;
    this.begin({
      conversation,
      step: () => {
        if (!sketch.extend(first + count)) return false;
        const symbols = sketch.slice(first, count)?.toBytes(sketch.total) ?? new Uint8Array(0);
        const { peer, round, turn } = conversation;
        const { salt, unit } = sketch;
        const digestBytes = digestBytesOf(seat.replica.seen);
        const about = { replica: seat.name, unit, salt, first, symbols, digestBytes };
        this.env.send(peer, { kind: "sketch", round, turn, ...about });
        return true;
      },
    });
  }

  private begin(job: Job): void {
    this.jobs.push(job);
    if (this.jobs.length === 1) this.env.setTimer({ kind: "work" }, 0);
  }
}

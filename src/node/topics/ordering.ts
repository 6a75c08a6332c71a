import type { DotSet, ReadonlyDotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { Cause, TopicMessage } from "../api.ts";
import type { NodeTimers } from "../node-host.ts";

/** A message that waits for others. */
export interface Waiting {
  readonly message: TopicMessage<unknown>;
  readonly bytesCount: number;
}

/** A message as it is kept, without its value. */
export interface KeptSaying {
  readonly seq: number;
  readonly after: readonly Cause[];
}

export interface SeqRun {
  readonly first: number;
  readonly last: number;
}

/** Where messages wait. */
export interface WaitingRoom {
  /** All that nobody has to wait for: held, refused or forgotten. */
  readonly seen: ReadonlyDotSet;
  /** What is held of these numbers, ascending. */
  between(origin: Origin, first: number, last: number): readonly Waiting[];
  /** The first of them: as many as are worth reading ahead, one at least when there is any. */
  firstOf(origin: Origin, run: SeqRun): readonly Waiting[];
  /** All of them, and no more than their order needs. */
  sayingsOf(origin: Origin, run: SeqRun): readonly KeptSaying[];
  /** What was seen of these numbers and is lost to readers. */
  lostBetween(origin: Origin, first: number, last: number): DotSet;
}

export interface OrderingOptions {
  /** How long messages wait, without any progress, for one that is missing. */
  readonly waitMs: number;
  /** Most messages that wait. */
  readonly waitingMaxCount: number;
  readonly waitingMaxBytes: number;
  /**
   * Where an unknown publisher begins: at its first message, or at the first that is heard here
   * (and those that the network had put before it).
   */
  readonly beginning: "first" | "heard";
}

export interface OrderingPorts {
  readonly timers: NodeTimers;
  readonly now: () => number;
  readonly afterStep: (body: () => void) => void;
  readonly count: (name: string, by?: number) => void;
  deliver(message: TopicMessage<unknown>): void;
  tellGap(dots: ReadonlyDotSet): void;
}

/** Who decides when what a room has taken in is delivered. */
export interface Ordering {
  /** What readers have been given or told of, for those who begin at the start. */
  passed(): DotSet;
  /** A message that the room has taken in. */
  onMessage(message: TopicMessage<unknown>, bytesCount: number): void;
  /** Nobody has to wait for these any more. */
  onSettled(dots: ReadonlyDotSet): void;
  close(): void;
}

/** What is known of the messages of one publisher that wait. */
export interface Tallied {
  waitingCount: number;
  waitingBytes: number;
}

/** How much waits in one room. */
export class WaitingTally {
  count = 0;
  bytesCount = 0;

  add(one: Tallied, count: number, bytesCount: number): void {
    const by = Math.max(count, -one.waitingCount);
    const bytesBy = Math.max(bytesCount, -one.waitingBytes);
    one.waitingCount += by;
    one.waitingBytes += bytesBy;
    this.count += by;
    this.bytesCount += bytesBy;
  }

  /** Nothing of it waits, whatever of it was lost while it did. */
  clear(one: Tallied): void {
    this.add(one, -one.waitingCount, -one.waitingBytes);
  }

  isWithin({ waitingMaxBytes, waitingMaxCount }: OrderingOptions): boolean {
    return this.count <= waitingMaxCount && this.bytesCount <= waitingMaxBytes;
  }
}

/** The end of the run of what was seen that holds `seq`; 0 when none does. */
export function seenRunEnd(seen: ReadonlyDotSet, origin: Origin, seq: number): number {
  const ranges = seen.rangesOf(origin);
  const range = ranges?.rangeFrom(seq) ?? 0;
  if (ranges === undefined || range >= ranges.rangesCount || ranges.firstOf(range) > seq) return 0;
  return ranges.lastOf(range);
}

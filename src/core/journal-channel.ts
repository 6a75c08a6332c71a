import type { JournalPosition } from "./env.ts";

/** One record of a channel, as it was appended. */
export interface JournalRecord {
  readonly position: JournalPosition;
  readonly bytes: Uint8Array;
}

/** What a channel left behind: the snapshot, if any, and the records after it, oldest first. */
export interface Recovered {
  readonly snapshot: Uint8Array | undefined;
  readonly tail: readonly JournalRecord[];
}

/**
 * One user's part of a node's journal, as far as pure code may know it. What is appended in a step
 * is durable before what the step sends leaves; the host sees to that.
 */
export interface JournalChannel {
  /** What was there when the node started; handed out once. */
  takeRecovered(): Recovered;
  /** Queues a record; the bytes must not change afterwards. */
  append(bytes: Uint8Array): JournalPosition;
  /**
   * As `append`, but the disk is not set going for it: it goes with what is appended next by
   * anybody on this node, in the order of all appends, or after `flush`. Absent where nothing is
   * gained.
   */
  appendLater?(bytes: Uint8Array): JournalPosition;
  /** Lets what `appendLater` has queued go to the disk. */
  flush?(): void;
  /** Drops the records behind `position`. */
  truncateAfter(position: JournalPosition): void;
  /** Replaces the records up to `upTo` by `bytes`; `done` tells when that is durable. */
  snapshot(bytes: Uint8Array, upTo: JournalPosition, done?: () => void): void;
  /** True when many files are kept, and the oldest because of this channel: a snapshot helps. */
  isHoldingBack?(): boolean;
}

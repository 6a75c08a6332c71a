import type { Dot } from "../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../core/dot-set.ts";
import type { JournalPosition } from "../core/env.ts";
import type { JournalChannel } from "../core/journal-channel.ts";
import type { SupersededDot } from "./superseded-dots.ts";

/** A write that nothing has superseded. */
export interface Surviving<Update> {
  readonly dot: Dot;
  readonly update: Update;
}

export type StateRecord<Update> =
  | { readonly kind: "update"; readonly dot: Dot; readonly update: Update }
  /** These dots were seen without an update: superseded or forgotten elsewhere. */
  | { readonly kind: "covered"; readonly dots: ReadonlyDotSet }
  /** All that came before is void. */
  | { readonly kind: "discarded" };

/** All that a data model by state transfer holds. */
export interface StateSnapshot<Update> {
  readonly seen: ReadonlyDotSet;
  readonly surviving: readonly Surviving<Update>[];
  readonly superseded: readonly SupersededDot[];
}

/** Records and snapshots in bytes, and back; undefined for bytes that are neither. */
export interface StateCodec<Update> {
  encodeRecord(record: StateRecord<Update>): Uint8Array;
  decodeRecord(bytes: Uint8Array): StateRecord<Update> | undefined;
  encodeSnapshot(snapshot: StateSnapshot<Update>): Uint8Array;
  decodeSnapshot(bytes: Uint8Array): StateSnapshot<Update> | undefined;
}

/** A data model whose state is kept. */
export interface KeptState<Update> {
  /** How many writes survive. */
  readonly survivingCount: number;
  snapshot(): StateSnapshot<Update>;
  /** Takes back what a journal kept; before anything else, and without telling anybody. */
  restore(snapshot: StateSnapshot<Update>): void;
}

/** Where such a state is kept on disk; `StateFile` is one. */
export interface StateJournal<Update> {
  onUpdate(dot: Dot, update: Update): void;
  onCovered(dots: ReadonlyDotSet): void;
  /** All that came before is void. */
  onDiscarded(): void;
}

/** Keeps the state of one replica in a channel of the node's journal. */
export class StateFile<Update> implements StateJournal<Update> {
  private readonly channel: JournalChannel;
  private readonly codec: StateCodec<Update>;
  private readonly snapshotAfterCount: number;
  private state: KeptState<Update> | undefined;
  private recordsCount = 0;
  private lastPosition: JournalPosition | undefined;

  /** A snapshot is written after so many records beyond twice what survives. */
  constructor(channel: JournalChannel, codec: StateCodec<Update>, snapshotAfterCount: number) {
    this.channel = channel;
    this.codec = codec;
    this.snapshotAfterCount = snapshotAfterCount;
  }

  /**
   * Gives `state`, which must be empty, what the channel holds, and records it from now on.
   * @returns how many records could not be understood, which only another program can have written
   */
  open(state: KeptState<Update>): number {
    this.state = state;
    const { snapshot, tail } = this.channel.takeRecovered();
    const base = snapshot === undefined ? undefined : this.codec.decodeSnapshot(snapshot);
    let strangeCount = snapshot !== undefined && base === undefined ? 1 : 0;
    let seen = base?.seen.clone() ?? new DotSet();
    let surviving: Surviving<Update>[] = [...(base?.surviving ?? [])];
    let superseded = base?.superseded ?? [];
    for (const { bytes, position } of tail) {
      this.lastPosition = position;
      const record = this.codec.decodeRecord(bytes);
      if (record === undefined) strangeCount += 1;
      else if (record.kind === "update") surviving.push({ dot: record.dot, update: record.update });
      else if (record.kind === "covered") seen.addAll(record.dots);
      else [seen, surviving, superseded] = [new DotSet(), [], []];
    }
    this.recordsCount = tail.length;
    state.restore({ seen, surviving, superseded });
    return strangeCount;
  }

  onUpdate(dot: Dot, update: Update): void {
    this.append({ kind: "update", dot, update });
  }

  onCovered(dots: ReadonlyDotSet): void {
    this.append({ kind: "covered", dots });
  }

  onDiscarded(): void {
    this.append({ kind: "discarded" });
  }

  /** Writes a snapshot when the records since the last one are many more than what survives. */
  compact(): void {
    const { lastPosition, state } = this;
    if (state === undefined || lastPosition === undefined) return;
    const isLong = this.recordsCount >= this.snapshotAfterCount + 2 * state.survivingCount;
    if (!isLong && this.channel.isHoldingBack?.() !== true) return;
    this.recordsCount = 0;
    this.channel.snapshot(this.codec.encodeSnapshot(state.snapshot()), lastPosition);
  }

  private append(record: StateRecord<Update>): void {
    this.lastPosition = this.channel.append(this.codec.encodeRecord(record));
    this.recordsCount += 1;
  }
}

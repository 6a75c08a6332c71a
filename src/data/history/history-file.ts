import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { JournalPosition } from "../../core/env.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import type {
  HistoryEntry,
  HistoryRecord,
  HistorySnapshot,
  HistoryUpdate,
} from "./history.messages.ts";
import type { HistoryOptions } from "./history.options.ts";
import type { History, HistoryJournal } from "./history.ts";

/** Records and snapshots in bytes, and back; undefined for bytes that are neither. */
export interface HistoryCodec {
  encodeRecord(record: HistoryRecord): Uint8Array;
  decodeRecord(bytes: Uint8Array): HistoryRecord | undefined;
  encodeSnapshot(
    seen: ReadonlyDotSet,
    forgotten: ReadonlyDotSet,
    entries: readonly HistoryEntry[],
  ): Uint8Array;
  decodeSnapshot(bytes: Uint8Array): HistorySnapshot | undefined;
}

/** Keeps one history in a channel of the node's journal. */
export class HistoryFile implements HistoryJournal {
  private readonly channel: JournalChannel;
  private readonly codec: HistoryCodec;
  private readonly options: HistoryOptions;
  private readonly aside: JournalChannel | undefined;
  private history: History | undefined;
  private recordsCount = 0;
  private lastPosition: JournalPosition | undefined;

  /** `aside` is given a snapshot that cannot be read, for the next one takes its place here. */
  constructor(
    channel: JournalChannel,
    codec: HistoryCodec,
    options: HistoryOptions,
    aside?: JournalChannel,
  ) {
    this.aside = aside;
    this.channel = channel;
    this.codec = codec;
    this.options = options;
  }

  /**
   * Gives `history`, which must be empty, what the channel holds, and records it from now on.
   * @returns how many records could not be understood, which only another program can have written
   */
  open(history: History): number {
    this.history = history;
    const { snapshot, tail } = this.channel.takeRecovered();
    const base = snapshot === undefined ? undefined : this.codec.decodeSnapshot(snapshot);
    let strangeCount = 0;
    if (snapshot !== undefined && base === undefined) {
      strangeCount = 1;
      // The record only gives it a place; a snapshot keeps no other file from being dropped.
      this.aside?.snapshot(snapshot, this.aside.append(new Uint8Array(0)));
    }
    let forgotten = base?.forgotten ?? new DotSet();
    let seen = base?.seen ?? new DotSet();
    let entries: HistoryEntry[] = [...(base?.entries ?? [])];
    for (const { bytes, position } of tail) {
      this.lastPosition = position;
      const record = this.codec.decodeRecord(bytes);
      if (record === undefined) strangeCount += 1;
      else if (record.kind === "update") entries.push([record.dot, record.update]);
      else if (record.kind === "discarded") {
        [seen, forgotten, entries] = [new DotSet(), new DotSet(), []];
      } else {
        seen.addAll(record.dots);
        forgotten.addAll(record.dots);
      }
    }
    this.recordsCount = tail.length;
    history.restore(seen, forgotten, entries);
    return strangeCount;
  }

  onUpdate(dot: Dot, update: HistoryUpdate): void {
    this.append({ kind: "update", dot, update });
  }

  onForgotten(dots: ReadonlyDotSet): void {
    this.append({ kind: "forgotten", dots: dots.clone() });
  }

  onDiscarded(): void {
    this.append({ kind: "discarded" });
  }

  /** Writes a snapshot when the records since the last one are many more than what is kept. */
  compact(): void {
    const { history, lastPosition } = this;
    if (history === undefined || lastPosition === undefined) return;
    const isLong = this.recordsCount >= this.options.snapshotAfterCount + 2 * history.size;
    if (!isLong && this.channel.isHoldingBack?.() !== true) return;
    this.recordsCount = 0;
    const { forgotten, seen } = history;
    const bytes = this.codec.encodeSnapshot(seen, forgotten, [...history.entries()]);
    this.channel.snapshot(bytes, lastPosition);
  }

  private append(record: HistoryRecord): void {
    this.lastPosition = this.channel.append(this.codec.encodeRecord(record));
    this.recordsCount += 1;
  }
}

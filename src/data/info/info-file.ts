import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { JournalPosition } from "../../core/env.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import type { InfoEntry, InfoRecord, InfoSnapshot, InfoUpdate } from "./info.messages.ts";
import type { InfoOptions } from "./info.options.ts";
import type { InfoJournal, InfoStore } from "./info.ts";

/** Records and snapshots in bytes, and back; undefined for bytes that are neither. */
export interface InfoCodec {
  encodeRecord(record: InfoRecord): Uint8Array;
  decodeRecord(bytes: Uint8Array): InfoRecord | undefined;
  encodeSnapshot(snapshot: InfoSnapshot): Uint8Array;
  decodeSnapshot(bytes: Uint8Array): InfoSnapshot | undefined;
}

/** Keeps an info store in a channel of the node's journal. */
export class InfoFile implements InfoJournal {
  private readonly channel: JournalChannel;
  private readonly codec: InfoCodec;
  private readonly options: InfoOptions;
  private store: InfoStore | undefined;
  private recordsCount = 0;
  private lastPosition: JournalPosition | undefined;

  constructor(channel: JournalChannel, codec: InfoCodec, options: InfoOptions) {
    this.channel = channel;
    this.codec = codec;
    this.options = options;
  }

  /**
   * Gives `store`, which must be empty, what the channel holds, and records it from now on.
   * @returns how many records could not be understood, which only another program can have written
   */
  open(store: InfoStore): number {
    this.store = store;
    const { snapshot, tail } = this.channel.takeRecovered();
    const base = snapshot === undefined ? undefined : this.codec.decodeSnapshot(snapshot);
    let strangeCount = snapshot !== undefined && base === undefined ? 1 : 0;
    let seen = base?.seen.clone() ?? new DotSet();
    let entries: InfoEntry[] = [...(base?.entries ?? [])];
    let superseded = base?.superseded ?? [];
    for (const { bytes, position } of tail) {
      this.lastPosition = position;
      const record = this.codec.decodeRecord(bytes);
      if (record === undefined) strangeCount += 1;
      else if (record.kind === "update") entries.push({ dot: record.dot, update: record.update });
      else if (record.kind === "covered") seen.addAll(record.dots);
      else [seen, entries, superseded] = [new DotSet(), [], []];
    }
    this.recordsCount = tail.length;
    store.restore({ seen, entries, superseded });
    return strangeCount;
  }

  onUpdate(dot: Dot, update: InfoUpdate): void {
    this.append({ kind: "update", dot, update });
  }

  onCovered(dots: ReadonlyDotSet): void {
    this.append({ kind: "covered", dots });
  }

  onDiscarded(): void {
    this.append({ kind: "discarded" });
  }

  /** Writes a snapshot when the records since the last one are many more than what is kept. */
  compact(): void {
    const { lastPosition, store } = this;
    if (store === undefined || lastPosition === undefined) return;
    const isLong = this.recordsCount >= this.options.snapshotAfterCount + 2 * store.heldCount;
    if (!isLong && this.channel.isHoldingBack?.() !== true) return;
    this.recordsCount = 0;
    const entries = [...store.allEntries()];
    const superseded = [...store.overwritten()];
    const bytes = this.codec.encodeSnapshot({ seen: store.settled, entries, superseded });
    this.channel.snapshot(bytes, lastPosition);
  }

  private append(record: InfoRecord): void {
    this.lastPosition = this.channel.append(this.codec.encodeRecord(record));
    this.recordsCount += 1;
  }
}

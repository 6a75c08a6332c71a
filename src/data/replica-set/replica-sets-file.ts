import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { JournalPosition } from "../../core/env.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import type {
  PlaceEntry,
  PlaceJournalRecord,
  PlaceRecord,
  PlaceSnapshot,
} from "./replica-set.messages.ts";
import type { ReplicaSetOptions } from "./replica-set.options.ts";
import type { ReplicaSetsJournal } from "./replica-sets.contract.ts";
import type { ReplicaSets } from "./replica-sets.ts";

/** Records and snapshots in bytes, and back; undefined for bytes that are neither. */
export interface ReplicaSetsCodec {
  encodeRecord(record: PlaceJournalRecord): Uint8Array;
  decodeRecord(bytes: Uint8Array): PlaceJournalRecord | undefined;
  encodeSnapshot(
    seen: ReadonlyDotSet,
    covered: ReadonlyDotSet,
    entries: readonly PlaceEntry[],
  ): Uint8Array;
  decodeSnapshot(bytes: Uint8Array): PlaceSnapshot | undefined;
}

/** Keeps the replica sets in a channel of the node's journal. */
export class ReplicaSetsFile implements ReplicaSetsJournal {
  private readonly channel: JournalChannel;
  private readonly codec: ReplicaSetsCodec;
  private readonly options: Pick<ReplicaSetOptions, "snapshotAfterCount">;
  private sets: ReplicaSets | undefined;
  private recordsCount = 0;
  private lastPosition: JournalPosition | undefined;

  constructor(
    channel: JournalChannel,
    codec: ReplicaSetsCodec,
    options: Pick<ReplicaSetOptions, "snapshotAfterCount">,
  ) {
    this.channel = channel;
    this.codec = codec;
    this.options = options;
  }

  /**
   * Gives `sets`, which must be empty, what the channel holds, and records it from now on.
   * @returns how many records could not be understood, which only another program can have written
   */
  open(sets: ReplicaSets): number {
    this.sets = sets;
    const { snapshot, tail } = this.channel.takeRecovered();
    const base = snapshot === undefined ? undefined : this.codec.decodeSnapshot(snapshot);
    let strangeCount = snapshot !== undefined && base === undefined ? 1 : 0;
    const covered = base?.covered ?? new DotSet();
    const entries: PlaceEntry[] = [...(base?.entries ?? [])];
    for (const { bytes, position } of tail) {
      this.lastPosition = position;
      const record = this.codec.decodeRecord(bytes);
      if (record === undefined) strangeCount += 1;
      else if (record.kind === "place") entries.push([record.dot, record.record]);
      else covered.addAll(record.dots);
    }
    this.recordsCount = tail.length;
    sets.restore(base?.seen ?? new DotSet(), covered, entries);
    return strangeCount;
  }

  onRecord(dot: Dot, record: PlaceRecord): void {
    this.append({ kind: "place", dot, record });
  }

  onCovered(dots: ReadonlyDotSet): void {
    this.append({ kind: "covered", dots: dots.clone() });
  }

  /** Writes a snapshot when the records since the last one are many more than what is kept. */
  compact(): void {
    const { lastPosition, sets } = this;
    if (sets === undefined || lastPosition === undefined) return;
    const isLong = this.recordsCount >= this.options.snapshotAfterCount + 2 * sets.size;
    if (!isLong && this.channel.isHoldingBack?.() !== true) return;
    this.recordsCount = 0;
    const bytes = this.codec.encodeSnapshot(sets.seen, sets.covered, [...sets.entries()]);
    this.channel.snapshot(bytes, lastPosition);
  }

  private append(record: PlaceJournalRecord): void {
    this.lastPosition = this.channel.append(this.codec.encodeRecord(record));
    this.recordsCount += 1;
  }
}

import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { JournalPosition } from "../../core/env.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import type { VersionJournal } from "./version-tree.contract.ts";
import type {
  Version,
  VersionRecord,
  VersionSnapshot,
  VersionUpdate,
} from "./version-tree.messages.ts";
import type { VersionTreeOptions } from "./version-tree.options.ts";
import type { VersionTree } from "./version-tree.ts";

/** Records and snapshots in bytes, and back; undefined for bytes that are neither. */
export interface VersionCodec {
  encodeRecord(record: VersionRecord): Uint8Array;
  decodeRecord(bytes: Uint8Array): VersionRecord | undefined;
  encodeSnapshot(snapshot: VersionSnapshot): Uint8Array;
  decodeSnapshot(bytes: Uint8Array): VersionSnapshot | undefined;
}

/** Keeps a version tree in a channel of the node's journal. */
export class VersionTreeFile implements VersionJournal {
  private readonly channel: JournalChannel;
  private readonly codec: VersionCodec;
  private readonly options: VersionTreeOptions;
  private tree: VersionTree | undefined;
  private recordsCount = 0;
  private lastPosition: JournalPosition | undefined;

  constructor(channel: JournalChannel, codec: VersionCodec, options: VersionTreeOptions) {
    this.channel = channel;
    this.codec = codec;
    this.options = options;
  }

  /**
   * Gives `tree`, which must be empty, what the channel holds, and records it from now on.
   * @returns how many records could not be understood, which only another program can have written
   */
  open(tree: VersionTree): number {
    this.tree = tree;
    const { snapshot, tail } = this.channel.takeRecovered();
    const base = snapshot === undefined ? undefined : this.codec.decodeSnapshot(snapshot);
    let strangeCount = snapshot !== undefined && base === undefined ? 1 : 0;
    let seen = base?.seen.clone() ?? new DotSet();
    let versions: Version[] = [...(base?.versions ?? [])];
    let superseded = base?.superseded ?? [];
    for (const { bytes, position } of tail) {
      this.lastPosition = position;
      const record = this.codec.decodeRecord(bytes);
      if (record === undefined) strangeCount += 1;
      else if (record.kind === "update") versions.push({ dot: record.dot, update: record.update });
      else if (record.kind === "covered") seen.addAll(record.dots);
      else [seen, versions, superseded] = [new DotSet(), [], []];
    }
    this.recordsCount = tail.length;
    tree.restore({ seen, versions, superseded });
    return strangeCount;
  }

  onUpdate(dot: Dot, update: VersionUpdate): void {
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
    const { lastPosition, tree } = this;
    if (tree === undefined || lastPosition === undefined) return;
    const isLong = this.recordsCount >= this.options.snapshotAfterCount + 2 * tree.versionsCount;
    if (!isLong && this.channel.isHoldingBack?.() !== true) return;
    this.recordsCount = 0;
    const [versions, superseded] = [[...tree.versions()], [...tree.overwritten()]];
    const bytes = this.codec.encodeSnapshot({ seen: tree.settled, versions, superseded });
    this.channel.snapshot(bytes, lastPosition);
  }

  private append(record: VersionRecord): void {
    this.lastPosition = this.channel.append(this.codec.encodeRecord(record));
    this.recordsCount += 1;
  }
}

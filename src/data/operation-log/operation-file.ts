import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import type { JournalPosition } from "../../core/env.ts";
import type { JournalChannel } from "../../core/journal-channel.ts";
import type { Origin } from "../../core/peer.ts";
import type { OperationJournal } from "./operation-log.contract.ts";
import type {
  OperationJournalRecord,
  OperationRecord,
  OperationSnapshot,
} from "./operation-log.messages.ts";
import type { OperationLog } from "./operation-log.ts";

/** Records and snapshots in bytes, and back; undefined for bytes that are neither. */
export interface OperationCodec {
  encodeRecord(record: OperationJournalRecord): Uint8Array;
  decodeRecord(bytes: Uint8Array): OperationJournalRecord | undefined;
  encodeSnapshot(snapshot: OperationSnapshot): Uint8Array;
  decodeSnapshot(bytes: Uint8Array): OperationSnapshot | undefined;
}

export interface RecoveredLog {
  /** Records that could not be understood, which only another program can have written. */
  readonly strangeCount: number;
  /** False when the user's codec does not read the state of the last checkpoint. */
  readonly isReadable: boolean;
}

/**
 * Keeps one operation log in a channel of the node's journal: every record, and now and then a
 * checkpoint of state, `val` and what was executed. Records behind it are executed again, each id
 * once. [spec §13]
 */
export class OperationFile implements OperationJournal {
  private readonly channel: JournalChannel;
  private readonly codec: OperationCodec;
  private readonly checkpointAfterCount: number;
  private log: OperationLog | undefined;
  /** Since the last checkpoint, and of it. */
  private recordsCount = 0;
  private recordsBytes = 0;
  private checkpointBytes = 0;
  private lastPosition: JournalPosition | undefined;
  private isRecovering = false;

  constructor(channel: JournalChannel, codec: OperationCodec, checkpointAfterCount: number) {
    this.channel = channel;
    this.codec = codec;
    this.checkpointAfterCount = checkpointAfterCount;
  }

  /** Gives `log`, which must be empty, what the channel holds, and records it from now on. */
  open(log: OperationLog): RecoveredLog {
    this.log = log;
    const { snapshot, tail } = this.channel.takeRecovered();
    const base = snapshot === undefined ? undefined : this.codec.decodeSnapshot(snapshot);
    let strangeCount = snapshot !== undefined && base === undefined ? 1 : 0;
    const records: OperationJournalRecord[] = [];
    this.checkpointBytes = snapshot?.length ?? 0;
    for (const { bytes, position } of tail) {
      this.lastPosition = position;
      this.recordsBytes += bytes.length;
      const record = this.codec.decodeRecord(bytes);
      if (record === undefined) strangeCount += 1;
      else records.push(record);
    }
    this.recordsCount = tail.length;
    // What follows from them stands there already.
    this.isRecovering = true;
    const isReadable = (snapshot === undefined || base !== undefined) && log.restore(base, records);
    this.isRecovering = false;
    return { strangeCount, isReadable };
  }

  onRecord(dot: Dot, record: OperationRecord): void {
    this.append({ kind: "record", dot, record });
  }

  onForgotten(dots: ReadonlyDotSet): void {
    this.append({ kind: "forgotten", dots });
  }

  onClosed(origin: Origin, upTo: number): void {
    this.append({ kind: "closed", origin, upTo });
  }

  onPlaced(through: number, dots: readonly Dot[]): void {
    this.append({ kind: "placed", through, dots });
  }

  onDiscarded(): void {
    this.append({ kind: "discarded" });
  }

  onInstalled(): void {
    // The record says nothing, and gives the checkpoint a place behind all that it replaces.
    this.append({ kind: "forgotten", dots: new DotSet() });
    this.checkpoint();
  }

  /**
   * Writes a checkpoint when it spares a restart many records, and as many bytes as the last one
   * had: a large state is not written again for each few operations.
   */
  compact(): void {
    const isLong = this.recordsCount >= this.checkpointAfterCount + (this.log?.fill.logCount ?? 0);
    const isWorthIt = this.recordsBytes >= this.checkpointBytes;
    if ((isLong && isWorthIt) || this.channel.isHoldingBack?.() === true) this.checkpoint();
  }

  private checkpoint(): void {
    if (this.log === undefined || this.lastPosition === undefined) return;
    this.recordsCount = 0;
    const snapshot = this.log.snapshot();
    // What cannot be written is replayed from its records as long as it must be.
    if (snapshot === undefined) return;
    const bytes = this.codec.encodeSnapshot(snapshot);
    this.recordsBytes = 0;
    this.checkpointBytes = bytes.length;
    this.channel.snapshot(bytes, this.lastPosition);
  }

  private append(record: OperationJournalRecord): void {
    if (this.isRecovering) return;
    const bytes = this.codec.encodeRecord(record);
    this.lastPosition = this.channel.append(bytes);
    this.recordsCount += 1;
    this.recordsBytes += bytes.length;
  }
}

import { assert } from "../core/assert.ts";
import type { JournalPosition } from "../core/env.ts";
import { HearsayError } from "../core/errors.ts";
import type { JournalChannel, Recovered } from "../core/journal-channel.ts";
import type { Disk } from "./disk.ts";
import {
  asPosition,
  type Entry,
  encodeBatch,
  encodeHead,
  encodeSnapshot,
  hasPosition,
} from "./journal.format.ts";
import { type JournalOptions, journalDefaults } from "./journal.options.ts";
import {
  clampSegments,
  recoverJournal,
  type Segment,
  segmentName,
  snapshotName,
} from "./journal.recovery.ts";

/** What a journal tells whoever opened it; never during a call of theirs. */
export interface JournalListener {
  /** Everything appended up to `position` is durable. */
  onDurable(position: JournalPosition): void;
  /** The disk failed: nothing more becomes durable. Who said otherwise must stop. */
  onFailure(error: HearsayError): void;
}

/** An entry on its way to the disk. */
interface Pending {
  readonly channel: string;
  readonly entry: Unnamed;
  readonly bytesCount: number;
  /** Called when it is durable. */
  readonly settle?: () => void;
}

/** An entry whose channel has no number yet, for numbers belong to a segment. */
type Unnamed = Entry extends infer E ? (E extends { id: number } ? Omit<E, "id"> : E) : never;

const NOTHING: Recovered = { snapshot: undefined, tail: [] };
/** Head of an entry, at most: its kind and two varints. */
const ENTRY_HEAD_BYTES = 17;

/**
 * The records of all channels of one node, in one order, in checksummed files. What is appended
 * while the disk is busy becomes durable by one sync: group commit.
 *
 * An entry's life: `append` → pending → (`flush`, or the end of the sync before) → one batch with
 * all that was pending → append and sync → `onDurable`. A snapshot is a file of its own, made
 * durable before the journal says that it counts; then the files before it are dropped.
 */
export class Journal {
  /** Bytes behind the last whole batch that a crash had torn, cut off when it was opened. */
  readonly tornBytes: number;
  private readonly disk: Disk;
  private readonly listener: JournalListener;
  private readonly options: JournalOptions;
  private readonly recovered: Map<string, Recovered>;
  private readonly snapshotUpTo: Map<string, number>;
  private readonly segments: Segment[];
  private readonly ids = new Map<string, number>();
  private current: (Segment & { bytesCount: number }) | undefined;
  private pending: Pending[] = [];
  private pendingBytesCount = 0;
  private nextPosition: number;
  private durablePosition: number;
  private floor: number;
  private isWriting = false;
  /** What is pending will be written when the moment is over. */
  private isFlushing = false;
  /** Something is pending that does not wait for others. */
  private isDue = false;
  private snapshotsUnderWayCount = 0;
  private failure: HearsayError | undefined;
  private onIdle: (() => void)[] = [];

  /**
   * Reads what is on the disk.
   * @throws HearsayError DATA_DIR
   */
  constructor(disk: Disk, listener: JournalListener, options: Partial<JournalOptions> = {}) {
    this.disk = disk;
    this.listener = listener;
    this.options = { ...journalDefaults, ...options };
    const found = recoverJournal(disk);
    this.recovered = found.channels;
    this.snapshotUpTo = found.snapshotUpTo;
    this.segments = found.segments;
    this.nextPosition = found.nextPosition;
    this.durablePosition = found.nextPosition - 1;
    this.floor = found.floor;
    this.tornBytes = found.tornBytes;
  }

  /** Everything up to here survives a crash; 0 when nothing was appended ever. */
  get durable(): JournalPosition {
    return asPosition(this.durablePosition);
  }

  /** The position appended last. */
  get last(): JournalPosition {
    return asPosition(this.nextPosition - 1);
  }

  /** False while so much waits for the disk that whoever can wait should. */
  get hasRoom(): boolean {
    return this.pendingBytesCount < this.options.pendingMaxBytes;
  }

  /** The part of the journal that belongs to `name`. */
  channel(name: string): JournalChannel {
    return {
      takeRecovered: () => this.takeRecovered(name),
      append: (bytes) => this.append(name, bytes),
      appendLater: (bytes) => this.appendLater(name, bytes),
      flush: () => this.flush(),
      truncateAfter: (position) => this.truncateAfter(name, position),
      snapshot: (bytes, upTo, done) => this.snapshot(name, bytes, upTo, done),
      isHoldingBack: () => this.isHeldBackBy(name),
    };
  }

  private isHeldBackBy(channel: string): boolean {
    const [oldest] = this.segments;
    if (oldest === undefined || this.segments.length <= this.options.segmentsMaxCount) return false;
    return (oldest.lastOf.get(channel) ?? 0) > (this.snapshotUpTo.get(channel) ?? 0);
  }

  /** What `channel` left behind, handed out once: the journal keeps no copy. */
  takeRecovered(channel: string): Recovered {
    const found = this.recovered.get(channel) ?? NOTHING;
    this.recovered.delete(channel);
    return found;
  }

  /**
   * Queues a record; `flush` sends it off. The bytes must not change afterwards.
   * @throws RangeError when it is larger than `recordMaxBytes`
   */
  append(channel: string, bytes: Uint8Array): JournalPosition {
    this.isDue = true;
    return this.appendLater(channel, bytes);
  }

  /**
   * As `append`, but no sync begins for it alone: it goes with what is appended next, by whatever
   * channel, or when `flush` is called.
   * @throws RangeError when it is larger than `recordMaxBytes`
   */
  appendLater(channel: string, bytes: Uint8Array): JournalPosition {
    const { recordMaxBytes } = this.options;
    if (bytes.length > recordMaxBytes) {
      throw new RangeError(`a record has ${bytes.length} bytes, but at most ${recordMaxBytes} fit`);
    }
    return this.put({ channel, entry: { kind: "record", bytes }, bytesCount: bytes.length });
  }

  /** Drops the records of `channel` behind `position`; with 0 all that have no snapshot. */
  truncateAfter(channel: string, position: JournalPosition): void {
    this.isDue = true;
    this.put({ channel, entry: { kind: "truncate", after: position }, bytesCount: 0 });
  }

  /**
   * Replaces the records of `channel` up to `upTo`, once the snapshot is durable; then `done`.
   * @throws RangeError when it is larger than `snapshotMaxBytes`, or `upTo` lies ahead
   */
  snapshot(
    channel: string,
    bytes: Uint8Array,
    upTo: JournalPosition,
    done: () => void = () => {},
  ): void {
    const { snapshotMaxBytes } = this.options;
    if (bytes.length > snapshotMaxBytes) {
      const bound = `at most ${snapshotMaxBytes} fit`;
      throw new RangeError(`a snapshot has ${bytes.length} bytes, but ${bound}`);
    }
    if (upTo >= this.nextPosition || upTo < 1) {
      throw new RangeError(`a snapshot up to ${upTo}, but the last position is ${this.last}`);
    }
    if (this.failure !== undefined) return;
    const name = snapshotName(channel, upTo);
    this.snapshotsUnderWayCount += 1;
    this.disk.replace(name, encodeSnapshot({ channel, upTo, bytes }), (error) => {
      this.snapshotsUnderWayCount -= 1;
      if (error !== undefined) this.fail(`${name} cannot be written`, error);
      else if ((this.snapshotUpTo.get(channel) ?? 0) > upTo) this.removeFile(name);
      else {
        const settle = (): void => {
          this.useSnapshot(channel, upTo);
          done();
        };
        this.put({ channel, entry: { kind: "snapshot", upTo }, bytesCount: 0, settle });
        this.flush();
      }
      this.endIfIdle();
    });
  }

  /** Lets what was appended go to the disk: at the end of a step, and after `snapshot`. */
  flush(): void {
    if (this.pending.length === 0) return;
    this.isDue = true;
    if (this.isWriting || this.isFlushing) return;
    this.isFlushing = true;
    this.disk.soon(() => {
      this.isFlushing = false;
      this.write();
    });
  }

  private write(): void {
    if (this.isWriting || this.pending.length === 0 || this.failure !== undefined) return;
    this.isWriting = true;
    this.isDue = false;
    const batch = this.pending;
    this.pending = [];
    this.pendingBytesCount = 0;
    const first = this.nextPosition - batch.reduce((sum, one) => sum + positionsOf(one), 0);
    const segment = this.segmentFor(first);
    const isNew = segment.bytesCount === 0;
    const entries = isNew ? this.checkpoint() : [];
    for (const { channel, entry } of batch) entries.push(...this.named(channel, entry));
    this.noteRecords(segment, batch, first);
    const durableBefore = this.durablePosition;
    const body = encodeBatch({ firstPosition: first, durableBefore, entries });
    segment.bytesCount += body.length;
    const last = this.nextPosition - 1;
    if (isNew) this.makeFile(segment.name);
    this.disk.append(segment.name, body, (error) => {
      if (error !== undefined) this.fail(`${segment.name} cannot be written`, error);
    });
    this.disk.sync(segment.name, (error) => {
      if (error !== undefined) this.fail(`${segment.name} cannot be synced`, error);
      else if (this.failure === undefined) this.onSynced(last, batch);
      // What is written because of what is durable now goes with the next batch.
      this.isWriting = false;
      if (this.isDue || this.onIdle.length > 0) this.flush();
      this.endIfIdle();
    });
  }

  /** Makes durable what is pending, then lets go of the disk. */
  close(done: () => void): void {
    this.write();
    this.onIdle.push(done);
    this.endIfIdle();
  }

  /** In one piece, for a torn head could not be told from a foreign file. */
  private makeFile(name: string): void {
    this.disk.replace(name, encodeHead("segment"), (error) => {
      if (error !== undefined) this.fail(`${name} cannot be made`, error);
    });
  }

  private onSynced(last: number, batch: readonly Pending[]): void {
    this.durablePosition = last;
    for (const { settle } of batch) settle?.();
    this.listener.onDurable(asPosition(last));
  }

  private endIfIdle(): void {
    const { onIdle } = this;
    const isIdle = this.pending.length === 0 && this.snapshotsUnderWayCount === 0;
    if (onIdle.length === 0 || this.isWriting || !isIdle) return;
    this.onIdle = [];
    this.disk.close(() => {
      for (const done of onIdle) done();
    });
  }

  private put(one: Pending): JournalPosition {
    if (positionsOf(one) === 1) this.nextPosition += 1;
    if (this.failure === undefined) {
      this.pending.push(one);
      this.pendingBytesCount += one.bytesCount + ENTRY_HEAD_BYTES;
    }
    return asPosition(this.nextPosition - 1);
  }

  private segmentFor(first: number): Segment & { bytesCount: number } {
    const { current } = this;
    if (current !== undefined && current.bytesCount < this.options.segmentMaxBytes) return current;
    // Batches are written one after the other, so nothing of the last segment is unsynced.
    const next = { name: segmentName(first), first, lastOf: new Map(), bytesCount: 0 };
    this.segments.push(next);
    this.current = next;
    this.ids.clear();
    return next;
  }

  /** What the segments before this one said and must not be lost with them. */
  private checkpoint(): Entry[] {
    const entries: Entry[] = [{ kind: "keptFloor", position: this.floor }];
    for (const [channel, upTo] of this.snapshotUpTo) {
      entries.push(...this.named(channel, { kind: "keptSnapshot", upTo }));
    }
    return entries;
  }

  private named(channel: string, entry: Unnamed): Entry[] {
    if ("position" in entry) return [entry];
    const known = this.ids.get(channel);
    const id = known ?? this.ids.size;
    this.ids.set(channel, id);
    const numbered = { ...entry, id } as Entry;
    return known === undefined ? [{ kind: "name", id, channel }, numbered] : [numbered];
  }

  private noteRecords(segment: Segment, batch: readonly Pending[], first: number): void {
    let position = first;
    for (const one of batch) {
      const { channel, entry } = one;
      if (entry.kind === "record") segment.lastOf.set(channel, position);
      if (entry.kind === "truncate") clampSegments(this.segments, channel, entry.after);
      position += positionsOf(one);
    }
    assert(position === this.nextPosition, "positions have no gaps");
  }

  private useSnapshot(channel: string, upTo: number): void {
    const before = this.snapshotUpTo.get(channel);
    this.snapshotUpTo.set(channel, upTo);
    if (before !== undefined && before !== upTo) this.removeFile(snapshotName(channel, before));
    const kept = this.segments.findIndex((segment) => !this.isReplaced(segment));
    const floor = this.segments[kept === -1 ? this.segments.length - 1 : kept]?.first ?? 0;
    if (floor <= this.floor) return;
    this.floor = floor;
    const settle = (): void => {
      while ((this.segments[0]?.first ?? floor) < floor) {
        const segment = this.segments.shift();
        if (segment !== undefined) this.removeFile(segment.name);
      }
    };
    this.isDue = true;
    this.put({ channel, entry: { kind: "floor", position: floor }, bytesCount: 0, settle });
  }

  /** True when snapshots hold all that stands in `segment`. */
  private isReplaced(segment: Segment): boolean {
    if (segment === this.current) return false;
    for (const [channel, last] of segment.lastOf) {
      if (last > (this.snapshotUpTo.get(channel) ?? 0)) return false;
    }
    return true;
  }

  private removeFile(name: string): void {
    // What stays is removed, or ignored, at the next start.
    this.disk.remove(name, () => {});
  }

  private fail(what: string, cause: Error): void {
    if (this.failure !== undefined) return;
    const detail = `${this.disk.place}/${what} (${cause.message}); check space, owner and mode`;
    this.failure = new HearsayError("DATA_DIR", detail, { cause });
    this.pending = [];
    this.listener.onFailure(this.failure);
  }
}

function positionsOf({ entry }: Pending): 0 | 1 {
  return hasPosition(entry) ? 1 : 0;
}

import { HearsayError } from "../core/errors.ts";
import type { JournalRecord, Recovered } from "../core/journal-channel.ts";
import type { Disk } from "./disk.ts";
import {
  asPosition,
  type Batch,
  type Entry,
  FORMAT,
  findBatch,
  HEAD_BYTES,
  hasPosition,
  readBatch,
  readHead,
  readSnapshot,
} from "./journal.format.ts";

const SEGMENT_NAME = /^journal-(\d{16})\.log$/;
const SNAPSHOT_NAME = /^snapshot-[0-9a-f]+-\d{16}\.bin$/;
const NEWER = `was written by a newer release (this one reads format ${FORMAT}); upgrade hearsay`;
const FOREIGN = "is no file of Hearsay's; choose another data directory, or move the file away";
const RESTORE =
  "restore it from a copy, or empty the directory: the node then starts as another, with nothing";

/** A file of the journal, and the last position that each channel has in it. */
export interface Segment {
  readonly name: string;
  readonly first: number;
  readonly lastOf: Map<string, number>;
}

export interface RecoveredJournal {
  readonly channels: Map<string, Recovered>;
  readonly snapshotUpTo: Map<string, number>;
  readonly segments: Segment[];
  readonly nextPosition: number;
  readonly floor: number;
  /** Bytes behind the last whole batch that a crash had torn, and that were cut off. */
  readonly tornBytes: number;
}

export function segmentName(first: number): string {
  return `journal-${String(first).padStart(16, "0")}.log`;
}

export function snapshotName(channel: string, upTo: number): string {
  const hex = Array.from(channel, (sign) =>
    (sign.codePointAt(0) ?? 0).toString(16).padStart(2, "0"),
  );
  return `snapshot-${hex.join("")}-${String(upTo).padStart(16, "0")}.bin`;
}

/**
 * Reads what a journal left on its disk, cuts off what a crash had torn, and refuses what no crash
 * can explain.
 * @throws HearsayError DATA_DIR, naming the file and the fix
 */
export function recoverJournal(disk: Disk): RecoveredJournal {
  const names = disk.list();
  const files = names.filter((name) => SEGMENT_NAME.test(name)).map((name) => scan(disk, name));
  const floor = files.reduce((most, file) => Math.max(most, floorOf(file)), 0);
  const living = files.filter((file) => file.first >= floor);
  for (const file of files) if (file.first < floor) discard(disk, file.name);
  const tornBytes = cutTorn(disk, living);
  syncLast(disk, living);
  const replay = new Replay();
  for (const file of living) replay.read(file);
  const snapshots = new Map<string, Uint8Array>();
  for (const [channel, upTo] of replay.snapshotUpTo) {
    snapshots.set(channel, loadSnapshot(disk, channel, upTo));
  }
  dropStraySnapshots(disk, names, replay.snapshotUpTo);
  return { ...replay.result(snapshots), floor, tornBytes };
}

interface ScannedFile {
  readonly name: string;
  readonly first: number;
  readonly bytes: Uint8Array;
  batches: readonly Batch[];
  /** Where the first batch that cannot be read begins; the file's length when all can. */
  badOffset: number;
}

function scan(disk: Disk, name: string): ScannedFile {
  const first = Number(SEGMENT_NAME.exec(name)?.[1]);
  let bytes = disk.read(name);
  const head = readHead("segment", bytes);
  if (head === "newer") throw refusal(disk, name, NEWER);
  if (head === "foreign") throw refusal(disk, name, FOREIGN);
  const batches: Batch[] = [];
  let offset = HEAD_BYTES;
  while (offset < bytes.length) {
    const reading = readBatch(bytes, offset);
    if (reading === undefined) break;
    batches.push(reading.batch);
    offset = reading.nextOffset;
  }
  // Room that was made for batches that never came.
  if (isZero(bytes, offset)) bytes = bytes.subarray(0, offset);
  return { name, first, bytes, batches, badOffset: offset };
}

function isZero(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at += 1) if (bytes[at] !== 0) return false;
  return true;
}

function floorOf(file: ScannedFile): number {
  let floor = 0;
  for (const batch of file.batches) {
    for (const entry of batch.entries) {
      if ("position" in entry) floor = Math.max(floor, entry.position);
    }
  }
  return floor;
}

/** Ends the journal where it stops making sense, unless what is lost there was durable. */
function cutTorn(disk: Disk, files: ScannedFile[]): number {
  let expected = files[0]?.first ?? 1;
  for (const [index, file] of files.entries()) {
    const isInOrder = file.first === expected;
    if (isInOrder) {
      for (const batch of file.batches) expected = batch.firstPosition + positionsIn(batch);
      if (file.badOffset === file.bytes.length && file.batches.length > 0) continue;
    }
    const badOffset = isInOrder ? file.badOffset : 0;
    checkTorn(disk, { files: files.slice(index), badOffset, expected });
    let tornBytes = file.bytes.length - badOffset;
    // With nothing but its head, a file would stand in the way of the next of its name.
    const isEmpty = !isInOrder || file.batches.length === 0;
    if (isEmpty) discard(disk, file.name);
    else disk.cut(file.name, badOffset);
    for (const later of files.slice(index + 1)) {
      tornBytes += later.bytes.length;
      discard(disk, later.name);
    }
    files.length = isEmpty ? index : index + 1;
    return tornBytes;
  }
  return 0;
}

/**
 * Makes durable what was read: the process before may have been killed with its last sync under
 * way, and from here on all of it is called durable.
 */
function syncLast(disk: Disk, files: readonly ScannedFile[]): void {
  const last = files.at(-1);
  if (last !== undefined) disk.cut(last.name, last.badOffset);
}

interface Tear {
  /** The torn file and those behind it. */
  readonly files: readonly ScannedFile[];
  readonly badOffset: number;
  /** The position that stood there. */
  readonly expected: number;
}

/** Throws when a later batch proves that what stood at the tear had been durable. */
function checkTorn(disk: Disk, { badOffset, expected, files }: Tear): void {
  const [torn, ...later] = files;
  if (torn === undefined) return;
  const behind = badOffset === 0 && torn.batches.length > 0 ? torn.batches[0] : undefined;
  const proof = behind ?? findBatch(torn.bytes, badOffset + 1)?.batch ?? firstOf(later);
  if (proof === undefined || proof.durableBefore < expected) return;
  const what = `is damaged at byte ${badOffset}: what was durable there cannot be read`;
  throw refusal(disk, torn.name, `${what}; ${RESTORE}`);
}

function firstOf(files: readonly ScannedFile[]): Batch | undefined {
  for (const file of files) {
    const batch = file.batches[0] ?? findBatch(file.bytes, 0)?.batch;
    if (batch !== undefined) return batch;
  }
  return undefined;
}

function positionsIn(batch: Batch): number {
  return batch.entries.reduce((count, entry) => count + (hasPosition(entry) ? 1 : 0), 0);
}

/** Lives through the journal again. */
class Replay {
  readonly snapshotUpTo = new Map<string, number>();
  private readonly tails = new Map<string, JournalRecord[]>();
  private readonly segments: Segment[] = [];
  private nextPosition = 1;

  read(file: ScannedFile): void {
    const segment: Segment = { name: file.name, first: file.first, lastOf: new Map() };
    const names = new Map<number, string>();
    this.segments.push(segment);
    this.nextPosition = file.first;
    for (const batch of file.batches) {
      this.nextPosition = batch.firstPosition;
      for (const entry of batch.entries) this.apply(entry, names, segment);
    }
  }

  result(snapshots: ReadonlyMap<string, Uint8Array>) {
    const channels = new Map<string, Recovered>();
    for (const channel of new Set([...this.tails.keys(), ...snapshots.keys()])) {
      const upTo = this.snapshotUpTo.get(channel) ?? 0;
      const tail = (this.tails.get(channel) ?? []).filter(({ position }) => position > upTo);
      channels.set(channel, { snapshot: snapshots.get(channel), tail });
    }
    const { nextPosition, segments, snapshotUpTo } = this;
    return { channels, nextPosition, segments, snapshotUpTo };
  }

  private apply(entry: Entry, names: Map<number, string>, segment: Segment): void {
    const position = asPosition(this.nextPosition);
    if (hasPosition(entry)) this.nextPosition += 1;
    if ("position" in entry) return;
    if (entry.kind === "name") {
      names.set(entry.id, entry.channel);
      return;
    }
    const channel = names.get(entry.id) ?? "";
    if ("upTo" in entry) {
      this.snapshotUpTo.set(channel, entry.upTo);
      return;
    }
    const tail = this.tails.get(channel) ?? [];
    this.tails.set(channel, tail);
    if (entry.kind === "record") {
      tail.push({ position, bytes: entry.bytes });
      segment.lastOf.set(channel, position);
      return;
    }
    while ((tail.at(-1)?.position ?? 0) > entry.after) tail.pop();
    clampSegments(this.segments, channel, entry.after);
  }
}

/** After a truncation, segments hold nothing of the channel that lies behind it. */
export function clampSegments(segments: readonly Segment[], channel: string, after: number): void {
  for (const { lastOf } of segments) {
    if ((lastOf.get(channel) ?? 0) > after) lastOf.set(channel, after);
  }
}

function loadSnapshot(disk: Disk, channel: string, upTo: number): Uint8Array {
  const name = snapshotName(channel, upTo);
  const file = disk.read(name);
  const head = readHead("snapshot", file);
  if (head === "newer") throw refusal(disk, name, NEWER);
  if (head === "foreign") throw refusal(disk, name, FOREIGN);
  const snapshot = readSnapshot(file);
  if (snapshot?.channel !== channel || snapshot.upTo !== upTo) {
    throw refusal(disk, name, `is damaged; ${RESTORE}`);
  }
  return snapshot.bytes;
}

/** Snapshots that were never put to use, or replaced just before a crash. */
function dropStraySnapshots(
  disk: Disk,
  names: readonly string[],
  snapshotUpTo: ReadonlyMap<string, number>,
): void {
  const used = new Set([...snapshotUpTo].map(([channel, upTo]) => snapshotName(channel, upTo)));
  for (const name of names) {
    if (SNAPSHOT_NAME.test(name) && !used.has(name)) discard(disk, name);
  }
}

/** A file that stays because it could not be removed is removed, or ignored, the next time. */
function discard(disk: Disk, name: string): void {
  disk.remove(name, () => {});
}

function refusal(disk: Disk, name: string, what: string): HearsayError {
  return new HearsayError("DATA_DIR", `${disk.place}/${name} ${what}`);
}

import { HearsayError } from "../core/errors.ts";
import type { Random } from "../core/random.ts";
import type { Disk, DiskDone } from "./disk.ts";

/** Disks promise to write whole sectors; a torn write ends at one, or holds rubbish up to it. */
const SECTOR_BYTES = 512;

/** What is wrong with a disk. All may be changed at any time. */
export interface DiskFaults {
  /** Bytes that fit; above it appends and replacements fail as on a full disk. */
  capacityBytes: number;
  /** Share of syncs that answer well and make nothing durable. */
  lostSyncRatio: number;
  /** Share of operations that fail with an input/output error. */
  errorRatio: number;
  /** Names of files that cannot be read. */
  readonly unreadable: Set<string>;
}

interface MemoryFile {
  bytes: Uint8Array;
  length: number;
  durableLength: number;
  isNameDurable: boolean;
}

interface Operation {
  readonly what: string;
  readonly run: () => void;
  readonly done: DiskDone;
}

/**
 * A disk in memory that forgets, on a crash, what a real one may forget: whatever was not synced,
 * or a part of it, with torn sectors; names of new files; removals. For simulations and tests.
 */
export class MemoryDisk implements Disk {
  readonly place: string;
  readonly faults: DiskFaults;
  private readonly random: Random;
  private readonly later: (body: () => void) => void;
  private files = new Map<string, MemoryFile>();
  /** Removed, but a crash may bring them back. */
  private readonly removed = new Map<string, MemoryFile>();
  private queue: Operation[] = [];
  private generation = 0;
  private isBusy = false;

  /** `later` runs an operation when the disk is done with it: after a virtual delay, say. */
  constructor(random: Random, later: (body: () => void) => void, place = "memory") {
    this.random = random;
    this.later = later;
    this.place = place;
    this.faults = {
      capacityBytes: Number.POSITIVE_INFINITY,
      lostSyncRatio: 0,
      errorRatio: 0,
      unreadable: new Set(),
    };
  }

  get usedBytes(): number {
    let used = 0;
    for (const file of this.files.values()) used += file.length;
    return used;
  }

  list(): readonly string[] {
    return [...this.files.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  read(name: string): Uint8Array {
    const file = this.files.get(name);
    if (file === undefined || this.faults.unreadable.has(name)) {
      const why = file === undefined ? "is not there" : "cannot be read; check its owner and mode";
      throw new HearsayError("DATA_DIR", `${this.place}/${name} ${why}`);
    }
    return file.bytes.slice(0, file.length);
  }

  cut(name: string, bytesCount: number): void {
    const file = this.files.get(name);
    if (file === undefined) return;
    file.length = Math.min(file.length, bytesCount);
    file.durableLength = file.length;
  }

  append(name: string, bytes: Uint8Array, done: DiskDone): void {
    this.put("append", done, () => {
      this.takeRoom(bytes.length);
      const file = this.open(name);
      grow(file, bytes.length);
      file.bytes.set(bytes, file.length);
      file.length += bytes.length;
    });
  }

  sync(name: string, done: DiskDone): void {
    this.put("sync", done, () => {
      if (this.random.real() < this.faults.lostSyncRatio) return;
      const file = this.open(name);
      file.durableLength = file.length;
      file.isNameDurable = true;
      this.removed.clear();
    });
  }

  replace(name: string, bytes: Uint8Array, done: DiskDone): void {
    this.put("replace", done, () => {
      this.takeRoom(bytes.length - (this.files.get(name)?.length ?? 0));
      const { length } = bytes;
      const content = bytes.slice();
      this.files.set(name, { bytes: content, length, durableLength: length, isNameDurable: true });
    });
  }

  remove(name: string, done: DiskDone): void {
    this.put("remove", done, () => {
      const file = this.files.get(name);
      if (file === undefined) return;
      this.files.delete(name);
      if (file.isNameDurable) this.removed.set(name, file);
    });
  }

  readonly begins = "now";

  soon(body: () => void): void {
    body();
  }

  close(done: DiskDone): void {
    this.put("close", done, () => {});
  }

  /** The process dies: what it had asked for, and what was under way, never happens. */
  abandon(): void {
    this.generation += 1;
    this.queue = [];
    this.isBusy = false;
  }

  /** The machine loses power: what was queued never happens, what was not synced may be lost. */
  crash(): void {
    this.abandon();
    for (const [name, file] of this.removed) {
      if (!this.files.has(name) && this.random.real() < 0.5) this.files.set(name, file);
    }
    this.removed.clear();
    for (const [name, file] of [...this.files]) {
      if (!file.isNameDurable && this.random.real() < 0.5) this.files.delete(name);
      else this.tear(file);
    }
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    this.crash();
    this.files = new Map();
  }

  /** Turns one bit of a file, as age and cosmic rays do. */
  flipBit(name: string, bit: number): void {
    const file = this.files.get(name);
    const index = Math.floor(bit / 8);
    if (file === undefined || index >= file.length)
      throw new RangeError(`${name} has no bit ${bit}`);
    file.bytes[index] = (file.bytes[index] ?? 0) ^ (1 << (bit % 8));
  }

  private put(what: string, done: DiskDone, run: () => void): void {
    this.queue.push({ what, run, done });
    this.next();
  }

  private next(): void {
    if (this.isBusy) return;
    const operation = this.queue.shift();
    if (operation === undefined) return;
    this.isBusy = true;
    const { generation } = this;
    this.later(() => {
      // An operation that was under way when the power went has no end.
      if (generation !== this.generation) return;
      this.isBusy = false;
      const error = this.outcomeOf(operation);
      operation.done(error);
      this.next();
    });
  }

  private outcomeOf({ run, what }: Operation): Error | undefined {
    if (this.random.real() < this.faults.errorRatio) return new Error(`EIO: ${what} failed`);
    try {
      run();
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private takeRoom(bytesCount: number): void {
    if (this.usedBytes + bytesCount > this.faults.capacityBytes) {
      throw new Error("ENOSPC: no space left on device");
    }
  }

  private open(name: string): MemoryFile {
    const known = this.files.get(name);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(SECTOR_BYTES);
    const file = { bytes, length: 0, durableLength: 0, isNameDurable: false };
    this.files.set(name, file);
    return file;
  }

  /** Of what was not synced some sectors were written, and one of them may hold rubbish. */
  private tear(file: MemoryFile): void {
    const { durableLength, length } = file;
    const kept = durableLength + this.random.below(length - durableLength + 1);
    for (let start = durableLength; start < kept; start += SECTOR_BYTES) {
      if (this.random.real() < 0.7) continue;
      const end = Math.min(kept, start + SECTOR_BYTES);
      const rubbish = this.random.real() < 0.5 ? 0 : this.random.below(256);
      file.bytes.fill(rubbish, start, end);
    }
    file.length = kept;
    file.durableLength = kept;
    file.isNameDurable = true;
  }
}

function grow(file: MemoryFile, bytesCount: number): void {
  if (file.length + bytesCount <= file.bytes.length) return;
  const larger = new Uint8Array(Math.max(file.bytes.length * 2, file.length + bytesCount));
  larger.set(file.bytes.subarray(0, file.length));
  file.bytes = larger;
}

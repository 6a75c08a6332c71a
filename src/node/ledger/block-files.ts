import { closeSync, openSync, readSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import { encodeRecord, readRecord } from "../../data/ledger/block-record.ts";
import type { LedgerCrypto } from "../../data/ledger/ledger.contract.ts";
import type { LastSigned } from "../../data/ledger/ledger-store.contract.ts";
import type { VerifiedState } from "../../data/ledger/verification.ts";
import { encodeVerified } from "../../data/ledger/verified-state.ts";
import { makeFolder } from "../../storage/make-folder.ts";
import type { LedgerBlocks } from "./ledger-blocks.contract.ts";
import { attempt, bytesIfAny, evidenceIn, type SegmentName, segmentName } from "./ledger-folder.ts";
import { QueuedFile } from "./queued-file.ts";
import { encodeEntry, entryAt, type IndexEntry } from "./segment-index.ts";
import { indexOfSegment, scanFolder } from "./segment-scan.ts";
import { encodeSigned, readSigned, SIGNED_FILE } from "./signed-file.ts";

/** A segment ends with the block that makes it so large. [because: read whole at start] */
const SEGMENT_MAX_BYTES = 16_777_216;
/** Blocks in memory that are durable, for those who ask for the last ones. [guess] */
const RECENT_COUNT = 64;
/** Indices of old segments in memory. [guess] */
const INDICES_MAX_COUNT = 8;

export interface BlockFilesPorts {
  readonly folder: string;
  readonly crypt: LedgerCrypto;
  readonly segmentMaxBytes?: number;
  /** Runs what follows from the disk as a step of the node. */
  step(body: () => void): void;
  /** The disk has failed. */
  onFailed(error: unknown): void;
}

/** The blocks of one ledger in files, added to at the end alone. [spec ledger §7] */
export class BlockFiles implements LedgerBlocks {
  readonly verified: VerifiedState | undefined;
  readonly evidence: Uint8Array[];
  lastSigned: LastSigned | undefined;
  /** A crash had left half a record, which was cut off. */
  readonly wasTorn: boolean;
  /** The index was not that of the blocks, and was made anew. */
  readonly wasIndexWrong: boolean;
  private readonly ports: BlockFilesPorts;
  private readonly segments: SegmentName[];
  private readonly indices = new BoundedMap<number, Uint8Array>(INDICES_MAX_COUNT);
  private readonly recent = new Map<number, Uint8Array>();
  private readonly signedFile: QueuedFile;
  /** Of the segment that grows. */
  private entries: IndexEntry[];
  private bytesCount: number;
  private blocksFile: QueuedFile | undefined;
  private indexFile: QueuedFile | undefined;
  /** Of the segment before: a block behind another is durable behind it. */
  private fullFile: QueuedFile | undefined;
  private readonly closing: Promise<void>[] = [];
  private durableHeight: number;

  /** @throws HearsayError LEDGER_CORRUPT, DATA_DIR */
  constructor(ports: BlockFilesPorts) {
    this.ports = ports;
    const { crypt, folder } = ports;
    attempt(folder, () => makeFolder(folder));
    const { last, segments, verified } = scanFolder(crypt, folder);
    this.segments = [...segments];
    this.verified = verified;
    this.entries = [...(last?.entries ?? [])];
    this.bytesCount = last?.bytesCount ?? 0;
    this.wasTorn = last?.isTorn ?? false;
    this.wasIndexWrong = last?.isIndexWrong ?? false;
    if (last?.isTorn) this.cut(last.name, last.bytesCount);
    if (last?.isIndexWrong) this.writeIndex(last.first, last.entries);
    this.evidence = evidenceIn(folder);
    this.lastSigned = readSigned(folder);
    this.signedFile = this.file(SIGNED_FILE, "synced");
    this.durableHeight = this.height;
  }

  get height(): number {
    return (this.segments.at(-1)?.first ?? 0) + this.entries.length;
  }

  blockAt(number: number): Uint8Array | undefined {
    const recent = this.recent.get(number);
    if (recent !== undefined) return recent;
    const segment = this.segmentOf(number);
    const entry = segment === undefined ? undefined : this.entryOf(segment, number);
    if (segment === undefined || entry === undefined) return undefined;
    const record = readRecord(this.read(segment.name, entry));
    return record.kind === "block" ? record.bytes : undefined;
  }

  hashAt(number: number): Uint8Array | undefined {
    const segment = this.segmentOf(number);
    return segment === undefined ? undefined : this.entryOf(segment, number)?.hash;
  }

  /** The block that has the event of this order index. */
  numberOf(orderIndex: number): number | undefined {
    let low = 0;
    let high = this.height;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const segment = this.segmentOf(middle);
      const entry = segment === undefined ? undefined : this.entryOf(segment, middle);
      if (entry === undefined) return undefined;
      if (entry.lastOrderIndex < orderIndex) low = middle + 1;
      else high = middle;
    }
    return low < this.height ? low : undefined;
  }

  append(block: Uint8Array, verified: VerifiedState, done: () => void): void {
    const number = this.height;
    const record = encodeRecord(block);
    if (this.segments.length === 0) this.segments.push({ name: segmentName(0, "seg"), first: 0 });
    const { first, name } = this.segments.at(-1) ?? { first: 0, name: segmentName(0, "seg") };
    const { hash, header } = verified.head;
    const entry = { offset: this.bytesCount, length: record.length, hash };
    const whole = { ...entry, lastOrderIndex: header.lastOrderIndex };
    this.entries.push(whole);
    this.bytesCount += record.length;
    this.recent.set(number, block);
    this.blocksFile ??= this.fileBehind(name);
    this.indexFile ??= this.file(segmentName(first, "idx"), "unsynced");
    const { indexFile } = this;
    this.blocksFile.append(record, () => {
      // Behind the block on the disk: it is a witness that the block was there.
      indexFile.append(encodeEntry(whole));
      this.durableHeight = number + 1;
      this.forgetRecent();
      this.ports.step(done);
    });
    const { segmentMaxBytes = SEGMENT_MAX_BYTES } = this.ports;
    if (this.bytesCount >= segmentMaxBytes) this.roll(verified);
  }

  recordSigned(last: LastSigned, done: () => void): void {
    this.signedFile.append(encodeSigned(last), () => {
      this.lastSigned = last;
      this.ports.step(done);
    });
  }

  addEvidence(bytes: Uint8Array): void {
    const { folder } = this.ports;
    const path = join(folder, `evidence-${this.evidence.length}`);
    this.evidence.push(bytes);
    // Once in the life of a chain, and nothing may go on before it is there.
    attempt(folder, () => writeFileSync(path, bytes, { mode: 0o600, flush: true }));
  }

  /** After all that was appended. */
  async close(): Promise<void> {
    await this.blocksFile?.close();
    await this.signedFile.close();
    await this.indexFile?.close();
    await Promise.all(this.closing);
  }

  private roll(verified: VerifiedState): void {
    const { blocksFile, indexFile } = this;
    this.closing.push(closeBoth(blocksFile, indexFile));
    const last = this.segments.at(-1);
    if (last !== undefined) this.indices.set(last.first, joinEntries(this.entries));
    const first = this.height;
    this.replace(segmentName(first, "state"), encodeVerified(verified));
    this.segments.push({ name: segmentName(first, "seg"), first });
    this.entries = [];
    this.bytesCount = 0;
    this.fullFile = blocksFile;
    this.blocksFile = undefined;
    this.indexFile = undefined;
  }

  private forgetRecent(): void {
    for (const number of this.recent.keys()) {
      if (number >= this.durableHeight - RECENT_COUNT) return;
      this.recent.delete(number);
    }
  }

  private segmentOf(number: number): SegmentName | undefined {
    if (number < 0 || number >= this.height) return undefined;
    let low = 0;
    let high = this.segments.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.segments[middle]?.first ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    return this.segments[low];
  }

  private entryOf({ first, name }: SegmentName, number: number): IndexEntry | undefined {
    if (first === this.segments.at(-1)?.first) return this.entries[number - first];
    let index = this.indices.get(first);
    if (index === undefined) {
      index = bytesIfAny(this.ports.folder, segmentName(first, "idx")) ?? new Uint8Array(0);
      this.indices.set(first, index);
    }
    return entryAt(index, number - first) ?? this.searched(name, first, number);
  }

  /** Where the index does not say it. */
  private searched(name: string, first: number, number: number): IndexEntry | undefined {
    const { crypt, folder } = this.ports;
    const found = indexOfSegment(crypt, bytesIfAny(folder, name) ?? new Uint8Array(0));
    this.indices.set(first, joinEntries(found));
    this.writeIndex(first, found);
    return found[number - first];
  }

  private read(name: string, { length, offset }: IndexEntry): Uint8Array {
    const { folder } = this.ports;
    return attempt(folder, () => {
      const handle = openSync(join(folder, name), "r");
      try {
        const bytes = new Uint8Array(length);
        const count = readSync(handle, bytes, 0, length, offset);
        return bytes.subarray(0, count);
      } finally {
        closeSync(handle);
      }
    });
  }

  private cut(name: string, bytesCount: number): void {
    const { folder } = this.ports;
    attempt(folder, () => truncateSync(join(folder, name), bytesCount));
  }

  private writeIndex(first: number, entries: readonly IndexEntry[]): void {
    this.replace(segmentName(first, "idx"), joinEntries(entries));
  }

  private replace(name: string, bytes: Uint8Array): void {
    const { folder } = this.ports;
    attempt(folder, () => {
      const path = join(folder, name);
      writeFileSync(`${path}.new`, bytes, { mode: 0o600, flush: true });
      renameSync(`${path}.new`, path);
    });
  }

  private fileBehind(name: string): QueuedFile {
    const file = this.file(name, "synced");
    file.startAfter(this.fullFile);
    return file;
  }

  private file(name: string, how: "synced" | "unsynced"): QueuedFile {
    const path = join(this.ports.folder, name);
    return new QueuedFile(path, how, (error) => this.ports.onFailed(error));
  }
}

async function closeBoth(blocks?: QueuedFile, index?: QueuedFile): Promise<void> {
  await blocks?.close();
  await index?.close();
}

function joinEntries(entries: readonly IndexEntry[]): Uint8Array {
  return new Uint8Array(Buffer.concat(entries.map(encodeEntry)));
}

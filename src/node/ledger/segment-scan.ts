import { HearsayError } from "../../core/errors.ts";
import { ByteReader } from "../../core/varint.ts";
import { readU32 } from "../../data/ledger/big-endian.ts";
import { decodeBlock } from "../../data/ledger/block.ts";
import { RECORD_HEADER_BYTES, readRecord } from "../../data/ledger/block-record.ts";
import { headerHash } from "../../data/ledger/header.ts";
import type { LedgerCrypto } from "../../data/ledger/ledger.contract.ts";
import { ChainVerifier, type VerifiedState } from "../../data/ledger/verification.ts";
import { decodeVerified } from "../../data/ledger/verified-state.ts";
import { bytesIfAny, bytesOf, type SegmentName, segmentName, segmentsIn } from "./ledger-folder.ts";
import { ENTRY_BYTES, entryAt, type IndexEntry } from "./segment-index.ts";

export interface ScannedSegment extends SegmentName {
  readonly entries: readonly IndexEntry[];
  /** Where its last whole record ends. */
  readonly bytesCount: number;
  /** A crash left more behind that. */
  readonly isTorn: boolean;
  readonly isIndexWrong: boolean;
}

export interface Scan {
  readonly verified: VerifiedState | undefined;
  readonly segments: readonly SegmentName[];
  /** Undefined of an empty folder. */
  readonly last: ScannedSegment | undefined;
}

/**
 * Verifies the last segment, and all before it that have no state to begin from. What a crash left
 * half written is told; all else that is wrong is refused.
 * @throws HearsayError LEDGER_CORRUPT, DATA_DIR
 */
export function scanFolder(crypt: LedgerCrypto, folder: string): Scan {
  const segments = segmentsIn(folder);
  const start = startingPoint(crypt, folder, segments);
  let verifier: ChainVerifier | undefined;
  if (start.state !== undefined) {
    verifier = new ChainVerifier(crypt, start.state.head.header.chainId, "atRest");
    verifier.resume(start.state);
  }
  let last: ScannedSegment | undefined;
  for (const segment of segments.slice(start.from)) {
    if (last?.isTorn === true) throw corrupt(folder, segment.first, "E_FORMAT", "a record is cut");
    const scanned: ScannedSegment & { verifier: ChainVerifier | undefined } = scanSegment(
      { crypt, folder, isLast: segment === segments.at(-1) },
      segment,
      verifier,
    );
    verifier = scanned.verifier;
    last = scanned;
  }
  return { verified: verifier?.state, segments, last };
}

/** The last segment whose beginning somebody has verified before. */
function startingPoint(crypt: LedgerCrypto, folder: string, segments: readonly SegmentName[]) {
  for (let from = segments.length - 1; from > 0; from -= 1) {
    const first = segments[from]?.first ?? 0;
    const bytes = bytesIfAny(folder, segmentName(first, "state"));
    const state = bytes === undefined ? undefined : decodeVerified(crypt, bytes);
    if (state !== undefined && state.head.header.number === first - 1) return { from, state };
  }
  return { from: 0, state: undefined };
}

interface Where {
  readonly crypt: LedgerCrypto;
  readonly folder: string;
  readonly isLast: boolean;
}

function scanSegment(
  { crypt, folder, isLast }: Where,
  segment: SegmentName,
  known: ChainVerifier | undefined,
): ScannedSegment & { verifier: ChainVerifier | undefined } {
  const bytes = bytesOf(folder, segment.name);
  const index = bytesIfAny(folder, segmentName(segment.first, "idx")) ?? new Uint8Array(0);
  const entries: IndexEntry[] = [];
  let verifier = known;
  let offset = 0;
  let isTorn = false;
  while (offset < bytes.length && !isTorn) {
    const number = segment.first + entries.length;
    const record = readRecord(bytes.subarray(offset));
    if (record.kind !== "block") {
      const wasDurable = entryAt(index, entries.length) !== undefined;
      isTorn = isLast && !wasDurable && isTail(bytes.subarray(offset));
      if (!isTorn) throw corrupt(folder, number, "E_FORMAT", "its record was changed or cut");
      break;
    }
    const block = decodeBlock(record.bytes);
    if (block === undefined) throw corrupt(folder, number, "E_FORMAT", "it is no block");
    verifier ??= new ChainVerifier(crypt, block.header.chainId, "atRest");
    const checked = verifier.check(block);
    if (checked.kind === "fault") throw corrupt(folder, number, checked.code, checked.detail);
    verifier.accept(checked);
    const { lastOrderIndex } = block.header;
    entries.push({ offset, length: record.length, hash: checked.hash, lastOrderIndex });
    offset += record.length;
  }
  const missing = segment.first + entries.length;
  if (entryAt(index, entries.length) !== undefined) {
    throw corrupt(folder, missing, "E_FORMAT", "it was there and is no more");
  }
  const isIndexWrong = !isIndexOf(index, entries);
  return { ...segment, entries, bytesCount: offset, isTorn, isIndexWrong, verifier };
}

/** The bytes of the last record of a file, as a crash may leave them: no other one behind. */
function isTail(rest: Uint8Array): boolean {
  if (rest.every((byte) => byte === 0)) return true;
  const length = readU32(new ByteReader(rest)) ?? 0;
  return RECORD_HEADER_BYTES + length >= rest.length;
}

function isIndexOf(index: Uint8Array, entries: readonly IndexEntry[]): boolean {
  if (index.length !== entries.length * ENTRY_BYTES) return false;
  return entries.every(({ length, offset }, place) => {
    const entry = entryAt(index, place);
    return entry !== undefined && entry.offset === offset && entry.length === length;
  });
}

function corrupt(folder: string, number: number, code: string, detail: string): HearsayError {
  const what = `E_CORRUPT at block ${number} of ${folder}: ${code}, ${detail}`;
  const fix = "nothing was changed; restore the folder, or remove it to get the chain from peers";
  return new HearsayError("LEDGER_CORRUPT", `${what}; ${fix}`);
}

/** Where the blocks of a segment stand; what is wrong with them is found when they are read. */
export function indexOfSegment(crypt: LedgerCrypto, bytes: Uint8Array): IndexEntry[] {
  const entries: IndexEntry[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const record = readRecord(bytes.subarray(offset));
    const block = record.kind === "block" ? decodeBlock(record.bytes) : undefined;
    if (record.kind !== "block" || block === undefined) break;
    const { header } = block;
    const hash = headerHash(crypt, header);
    const { lastOrderIndex } = header;
    entries.push({ offset, length: record.length, hash, lastOrderIndex });
    offset += record.length;
  }
  return entries;
}

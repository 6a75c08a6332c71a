import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { encodeHex } from "../../core/hex.ts";
import { decodeUtf8Strict } from "../../core/text.ts";
import { decodeBlock, ENCODED_BLOCK_MAX_BYTES } from "../../data/ledger/block.ts";
import {
  RECORD_HEADER_BYTES,
  type RecordReading,
  readRecord,
} from "../../data/ledger/block-record.ts";
import { decodeEvidence, faultySigners } from "../../data/ledger/evidence.ts";
import { blockOfLine } from "../../data/ledger/export-line.ts";
import { decodeHeadEvidence, faultyHeadSigners } from "../../data/ledger/head-evidence.ts";
import { blockSignatureMessage, headerHash } from "../../data/ledger/header.ts";
import type { Block, LedgerConfiguration } from "../../data/ledger/ledger.contract.ts";
import { countSignatures } from "../../data/ledger/signatures.ts";
import { configurationOfBlock } from "../../data/ledger/succession.ts";
import type { VerifiedState } from "../../data/ledger/verification.ts";
import type { LedgerVerdict } from "./ledger.api.ts";
import { bytesIfAny, evidenceIn, segmentName, segmentsIn } from "./ledger-folder.ts";
import { nodeLedgerCrypto } from "./node-crypto.ts";
import { ENTRY_BYTES, entryAt } from "./segment-index.ts";
import { BlocksVerification } from "./verify-blocks.ts";

const CHUNK_BYTES = 1_048_576;
/** A block as base64, and what stands around it. */
const LINE_MAX_BYTES = Math.ceil((ENCODED_BLOCK_MAX_BYTES * 4) / 3) + 200;
const NEW_LINE = 0x0a;
const BRACE = 0x7b;

/** What verifying a file or a folder of blocks came to. */
export interface FileVerdict extends Omit<LedgerVerdict, "status"> {
  /** "incomplete": what is there is good, but the end is cut, or blocks between are missing. */
  readonly status: LedgerVerdict["status"] | "incomplete";
  /** Why it is incomplete, or which block has forked. */
  readonly detail?: string;
}

export interface VerifyOptions {
  /** What the caller trusts; without it any genesis is taken for what it is. */
  readonly chainId?: Uint8Array | undefined;
  /** An export begins with this block: before it stand the configurations alone. */
  readonly from?: number;
}

/** A block that was verified, and what the chain has come to with it. */
export interface VerifiedBlock {
  readonly block: Block;
  readonly state: VerifiedState;
}

/**
 * Verifies an export (lines or binary) or the folder of a ledger, in constant memory.
 * @throws Error of node:fs where it cannot be read
 */
export function verifyLedgerFile(path: string, options: VerifyOptions = {}): FileVerdict {
  const run = verifiedBlocks(path, options);
  for (;;) {
    const { done, value } = run.next();
    if (done === true) return value;
  }
}

/** The same block by block, for who wants them. */
export function* verifiedBlocks(
  path: string,
  options: VerifyOptions = {},
): Generator<VerifiedBlock, FileVerdict, void> {
  const run = new FileVerification(options);
  if (statSync(path).isDirectory()) yield* run.folder(path);
  else yield* run.file(path);
  return run.verdict();
}

class FileVerification {
  private readonly options: VerifyOptions;
  private readonly verification: BlocksVerification;
  private readonly configurations = new Map<number, LedgerConfiguration>();
  private incomplete: string | undefined;
  private fork: string | undefined;

  constructor(options: VerifyOptions) {
    this.options = options;
    this.verification = new BlocksVerification(options.chainId);
  }

  *folder(path: string): Generator<VerifiedBlock, void, void> {
    for (const { first, name } of segmentsIn(path)) {
      if (!this.isGoing) break;
      if (first !== this.verification.height) this.gap(first);
      yield* this.file(join(path, name));
      if (this.isGoing || this.incomplete !== undefined) this.checkIndex(path, first);
    }
    for (const bytes of evidenceIn(path)) this.checkEvidence(bytes);
  }

  /** Lines, records, or whichever its first byte says. */
  *file(path: string): Generator<VerifiedBlock, void, void> {
    const handle = openSync(path, "r");
    try {
      const first = new Uint8Array(1);
      const { size } = fstatSync(handle);
      readSync(handle, first, 0, 1, 0);
      if (size > 0 && first[0] === BRACE) yield* this.lines(handle);
      else yield* this.records(handle, size);
    } finally {
      closeSync(handle);
    }
  }

  verdict(): FileVerdict {
    const { verdict } = this.verification;
    if (verdict.status !== "valid") return verdict;
    if (this.fork !== undefined) return { ...verdict, status: "fork", detail: this.fork };
    const isEmpty = this.verification.height === 0;
    const detail = this.incomplete ?? (isEmpty ? "there is no block" : undefined);
    return detail === undefined ? verdict : { ...verdict, status: "incomplete", detail };
  }

  private get isGoing(): boolean {
    const { verdict } = this.verification;
    return verdict.status === "valid" && this.incomplete === undefined && this.fork === undefined;
  }

  private *lines(handle: number): Generator<VerifiedBlock, void, void> {
    const read = new ChunkedBytes(handle);
    while (this.isGoing) {
      const end = read.indexOf(NEW_LINE, LINE_MAX_BYTES);
      if (end === "tooLong") return void this.verification.fail("E_FORMAT", "a line is too long");
      if (end === undefined) {
        if (read.length > 0) this.incomplete = "the last line is cut";
        return;
      }
      const line = decodeUtf8Strict(read.take(end));
      read.take(1);
      const block = line === undefined ? undefined : blockOfLine(nodeLedgerCrypto, line);
      if (block === undefined) this.verification.fail("E_FORMAT", "a line is no block");
      else yield* this.taken(block);
    }
  }

  private *records(handle: number, size: number): Generator<VerifiedBlock, void, void> {
    const read = new ChunkedBytes(handle);
    while (this.isGoing) {
      const record = nextRecord(read, size);
      if (read.length === 0) return;
      if (record.kind === "corrupt") {
        return void this.verification.fail("E_FORMAT", "a record was changed");
      }
      if (record.kind === "torn") {
        this.incomplete = "the last record is cut";
        return;
      }
      const block = decodeBlock(record.bytes);
      if (block === undefined) this.verification.fail("E_FORMAT", "a record is no block");
      else yield* this.taken(block);
      read.take(record.length);
    }
  }

  private *taken(block: Block): Generator<VerifiedBlock, void, void> {
    const before = this.verification.height;
    this.take(block);
    const state = this.verification.chain?.state;
    if (this.verification.height > before && state !== undefined) yield { block, state };
  }

  private take(block: Block): void {
    const { from = 0 } = this.options;
    const { height } = this.verification;
    const { number } = block.header;
    if (number < height && this.isOther(block)) {
      this.fork = `there are two final blocks ${number}`;
      return;
    }
    if (number > height && this.isFinal(block)) {
      if (number <= from) return this.skipTo(block);
      return this.gap(number);
    }
    if (!this.verification.take(block)) return;
    const { configuration } = this.verification.chain?.head ?? {};
    if (configuration !== undefined) {
      this.configurations.set(configuration.signerEpoch, configuration);
    }
  }

  private gap(next: number): void {
    const { height } = this.verification;
    this.incomplete = `blocks ${height} to ${next - 1} are missing`;
  }

  /** Between the configurations before `from` nothing is to be expected. */
  private skipTo(block: Block): void {
    const { chain } = this.verification;
    const head = chain?.head;
    if (chain === undefined || head === undefined) return this.gap(block.header.number);
    const { header } = block;
    const state = chain.state;
    const before = {
      ...head.header,
      number: header.number - 1,
      lastOrderIndex: header.firstOrderIndex - 1,
    };
    const { from = 0 } = this.options;
    if (header.number < from) {
      const next = configurationOfBlock(nodeLedgerCrypto, chain.chainId, block, head.configuration);
      if (typeof next === "string") return void this.verification.fail("E_CONFIG", next);
    }
    if (state === undefined) return;
    chain.resume({
      ...state,
      head: { header: before, hash: header.previousHash, configuration: head.configuration },
    });
    this.take(block);
  }

  /** Enough signers of its epoch, as far as it is known, stand behind it. */
  private isFinal({ header, signatures }: Block): boolean {
    const configuration = this.configurations.get(header.signerEpoch);
    if (configuration === undefined) return false;
    const message = blockSignatureMessage(headerHash(nodeLedgerCrypto, header));
    const claim = { configuration, message, signatures };
    const { goodCount } = countSignatures(nodeLedgerCrypto, claim, "live");
    return goodCount >= configuration.threshold;
  }

  /** Of a number that was there: final, and not the one that was there. */
  private isOther(block: Block): boolean {
    const { number } = block.header;
    const hash = encodeHex(headerHash(nodeLedgerCrypto, block.header));
    const isHead = number === this.verification.height - 1;
    return isHead && hash !== this.verification.verdict.head && this.isFinal(block);
  }

  /** An index is no part of the chain, but one that lies is worth knowing. */
  private checkIndex(path: string, first: number): void {
    const index = bytesIfAny(path, segmentName(first, "idx"));
    if (index === undefined) return;
    const count = Math.ceil(index.length / ENTRY_BYTES);
    for (let place = 0; place < count; place += 1) {
      const entry = entryAt(index, place);
      if (entry === undefined) {
        return void this.verification.fail("E_INDEX", `entry ${place} of an index was changed`);
      }
      if (first + place >= this.verification.height) {
        return void this.verification.fail("E_CORRUPT", "it was there and is no more");
      }
    }
  }

  private checkEvidence(bytes: Uint8Array): void {
    const configurationOf = (epoch: number) => this.configurations.get(epoch);
    const evidence = decodeEvidence(bytes);
    const heads = evidence === undefined ? decodeHeadEvidence(bytes) : undefined;
    const faulty =
      (evidence && faultySigners(nodeLedgerCrypto, evidence, configurationOf)) ??
      (heads && faultyHeadSigners(nodeLedgerCrypto, heads, configurationOf));
    if (faulty === undefined) {
      this.verification.fail("E_FORMAT", "a file of evidence shows nothing");
      return;
    }
    const names = faulty.map(encodeHex).join(", ");
    const what =
      evidence === undefined
        ? `two roots of ${heads?.one.size ?? 0} blocks`
        : `two final blocks ${evidence.one.header.number}`;
    this.fork = `there are ${what}, signed by ${names}`;
  }
}

/** More of the file is read only where a record seems to end too early. */
function nextRecord(read: ChunkedBytes, size: number): RecordReading {
  read.fill(CHUNK_BYTES);
  const record = readRecord(read.bytes);
  if (record.kind === "block" || read.offset + read.length >= size) return record;
  read.fill(RECORD_HEADER_BYTES + ENCODED_BLOCK_MAX_BYTES);
  return readRecord(read.bytes);
}

/** The bytes of a file, some at a time. */
class ChunkedBytes {
  /** Of the first byte that is held. */
  offset = 0;
  private readonly handle: number;
  private held: Uint8Array = new Uint8Array(0);
  private isAtEnd = false;

  constructor(handle: number) {
    this.handle = handle;
  }

  get length(): number {
    return this.held.length;
  }

  get bytes(): Uint8Array {
    return this.held;
  }

  /** Holds at least so many bytes, where the file has them. */
  fill(count: number): void {
    while (this.held.length < count && !this.isAtEnd) {
      const chunk = new Uint8Array(Math.max(CHUNK_BYTES, count - this.held.length));
      const place = this.offset + this.held.length;
      const got = readSync(this.handle, chunk, 0, chunk.length, place);
      if (got === 0) this.isAtEnd = true;
      else this.held = joined(this.held, chunk.subarray(0, got));
    }
  }

  take(count: number): Uint8Array {
    const taken = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    this.offset += count;
    return taken;
  }

  indexOf(byte: number, maxCount: number): number | "tooLong" | undefined {
    let searched = 0;
    for (;;) {
      const at = this.held.indexOf(byte, searched);
      if (at >= 0) return at;
      if (this.held.length > maxCount) return "tooLong";
      searched = this.held.length;
      this.fill(this.held.length + CHUNK_BYTES);
      if (this.held.length === searched) return undefined;
    }
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other;
  const whole = new Uint8Array(one.length + other.length);
  whole.set(one);
  whole.set(other, one.length);
  return whole;
}

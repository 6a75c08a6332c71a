import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readI64, readU32, readU64, writeI64, writeU32, writeU64 } from "./big-endian.ts";
import { BLOCK_SIGNATURE_DOMAIN, HEADER_DOMAIN, joinBytes } from "./domains.ts";
import type { BlockHeader, LedgerCrypto, LedgerTime } from "./ledger.contract.ts";

/** Every header has these bytes, no more and no fewer. [spec ledger §2] */
export const HEADER_BYTES = 149;
export const HASH_BYTES = 32;
export const noHash = new Uint8Array(HASH_BYTES);

/** "GLB1". */
const MAGIC = 0x47_4c_42_31;
const VERSION = 1;

export function encodeHeader(header: BlockHeader): Uint8Array {
  const writer = new ByteWriter(HEADER_BYTES);
  writeU32(writer, MAGIC);
  writer.byte(VERSION);
  writer.bytes(header.chainId);
  writeU64(writer, header.number);
  writer.bytes(header.previousHash);
  writer.bytes(header.eventsRoot);
  writeU32(writer, header.eventCount);
  writeU64(writer, header.firstOrderIndex);
  writeU64(writer, header.lastOrderIndex);
  writeTime(writer, header.time);
  writeU64(writer, header.signerEpoch);
  return writer.finish();
}

/** Copies what it takes from `bytes`. undefined for what is no header. */
export function decodeHeader(bytes: Uint8Array): BlockHeader | undefined {
  if (bytes.length !== HEADER_BYTES) return undefined;
  const reader = new ByteReader(bytes);
  if (readU32(reader) !== MAGIC || reader.byte() !== VERSION) return undefined;
  const chainId = reader.bytes(HASH_BYTES)?.slice();
  const number = readU64(reader);
  const previousHash = reader.bytes(HASH_BYTES)?.slice();
  const eventsRoot = reader.bytes(HASH_BYTES)?.slice();
  const eventCount = readU32(reader);
  const firstOrderIndex = readU64(reader);
  const lastOrderIndex = readU64(reader);
  const time = readTime(reader);
  const signerEpoch = readU64(reader);
  if (chainId === undefined || number === undefined || previousHash === undefined) return undefined;
  if (eventsRoot === undefined || eventCount === undefined || time === undefined) return undefined;
  if (firstOrderIndex === undefined || lastOrderIndex === undefined) return undefined;
  if (signerEpoch === undefined) return undefined;
  const content = { eventsRoot, eventCount, firstOrderIndex, lastOrderIndex };
  return { chainId, number, previousHash, ...content, time, signerEpoch };
}

/** What names a block, and stands in the next one. */
export function headerHash(crypt: LedgerCrypto, header: BlockHeader): Uint8Array {
  return crypt.sha256(joinBytes(HEADER_DOMAIN, encodeHeader(header)));
}

/** What a signer of a block signs. */
export function blockSignatureMessage(hash: Uint8Array): Uint8Array {
  return joinBytes(BLOCK_SIGNATURE_DOMAIN, hash);
}

export function writeTime(writer: ByteWriter, { wall, logical }: LedgerTime): void {
  writeI64(writer, wall);
  writeU32(writer, logical);
}

export function readTime(reader: ByteReader): LedgerTime | undefined {
  const wall = readI64(reader);
  const logical = readU32(reader);
  return wall === undefined || logical === undefined ? undefined : { wall, logical };
}

/** Negative, 0 or positive as `one` is before, at or after `other`. */
export function compareTimes(one: LedgerTime, other: LedgerTime): number {
  if (one.wall !== other.wall) return one.wall < other.wall ? -1 : 1;
  return one.logical - other.logical;
}

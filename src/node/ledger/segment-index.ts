import { crc32c } from "../../core/crc32c.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readU32, readU64, writeU32, writeU64 } from "../../data/ledger/big-endian.ts";
import { HASH_BYTES } from "../../data/ledger/header.ts";

/** Where one block stands in its segment. */
export interface IndexEntry {
  readonly offset: number;
  /** Of the record. */
  readonly length: number;
  readonly hash: Uint8Array;
  /** Of the last event in it. */
  readonly lastOrderIndex: number;
}

/** u32 offset ‖ u32 length ‖ hash ‖ u64 last order index ‖ u32 CRC-32C of these. */
export const ENTRY_BYTES = 52;

export function encodeEntry({ hash, lastOrderIndex, length, offset }: IndexEntry): Uint8Array {
  const writer = new ByteWriter(ENTRY_BYTES);
  writeU32(writer, offset);
  writeU32(writer, length);
  writer.bytes(hash);
  writeU64(writer, lastOrderIndex);
  writeU32(writer, crc32c(writer.finish()));
  return writer.finish();
}

/** The `place`-th entry; undefined when there is none, or its bytes were changed. */
export function entryAt(index: Uint8Array, place: number): IndexEntry | undefined {
  const start = place * ENTRY_BYTES;
  if (start + ENTRY_BYTES > index.length) return undefined;
  const reader = new ByteReader(index, start, start + ENTRY_BYTES);
  const offset = readU32(reader);
  const length = readU32(reader);
  const hash = reader.bytes(HASH_BYTES);
  const lastOrderIndex = readU64(reader);
  const sum = readU32(reader);
  if (offset === undefined || length === undefined || hash === undefined) return undefined;
  if (lastOrderIndex === undefined) return undefined;
  const isWhole = crc32c(index.subarray(start, start + ENTRY_BYTES - 4)) === sum;
  return isWhole ? { offset, length, hash: hash.slice(), lastOrderIndex } : undefined;
}

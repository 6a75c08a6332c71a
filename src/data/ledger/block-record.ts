import { crc32c } from "../../core/crc32c.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readU32, writeU32 } from "./big-endian.ts";
import { ENCODED_BLOCK_MAX_BYTES, readBlock } from "./block.ts";

/*
 * In segments and binary exports: u32 length ‖ u32 CRC-32C of the length and the block ‖ block.
 * [spec ledger §7; that the sum covers the length, too, is ours]
 */

export const RECORD_HEADER_BYTES = 8;

export function encodeRecord(block: Uint8Array): Uint8Array {
  const writer = new ByteWriter(RECORD_HEADER_BYTES + block.length);
  writeU32(writer, block.length);
  writeU32(writer, recordSum(block));
  writer.bytes(block);
  return writer.finish();
}

/**
 * torn     the bytes end before the record does, as a crash leaves it
 * corrupt  no crash leaves it so
 */
export type RecordReading =
  | { readonly kind: "block"; readonly bytes: Uint8Array; readonly length: number }
  | { readonly kind: "torn" }
  | { readonly kind: "corrupt" };

/** The record at the beginning of `bytes`, which are all that comes up to the end of the file. */
export function readRecord(bytes: Uint8Array): RecordReading {
  const reader = new ByteReader(bytes);
  const length = readU32(reader);
  const sum = readU32(reader);
  if (length === undefined || sum === undefined) return { kind: "torn" };
  if (length > ENCODED_BLOCK_MAX_BYTES) return { kind: "corrupt" };
  const block = reader.bytes(length);
  if (block === undefined) return { kind: isWholeBlock(bytes) ? "corrupt" : "torn" };
  if (recordSum(block) !== sum) return { kind: "corrupt" };
  return { kind: "block", bytes: block, length: RECORD_HEADER_BYTES + length };
}

/** A block tells its own length: a whole one behind a length that is too large was not torn. */
function isWholeBlock(bytes: Uint8Array): boolean {
  return readBlock(new ByteReader(bytes, RECORD_HEADER_BYTES)) !== undefined;
}

function recordSum(block: Uint8Array): number {
  const writer = new ByteWriter(4);
  writeU32(writer, block.length);
  return crc32c(block, crc32c(writer.finish()));
}

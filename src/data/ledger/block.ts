import { compareBytes } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { readSized, readU16, readU32, writeSized, writeU16, writeU32 } from "./big-endian.ts";
import { decodeHeader, encodeHeader, HASH_BYTES, HEADER_BYTES } from "./header.ts";
import type { Block, BlockSignature } from "./ledger.contract.ts";

/*
 *   header, 149 bytes ‖ u32 count ‖ lp(event) … ‖ u16 count ‖ (key id ‖ signature) …
 *
 * The spec leaves open how the parts of a block stand together. The count of events stands twice,
 * so that a header can be checked before its body is believed.
 */

/** Whatever a configuration says. [spec ledger §2] */
export const BLOCK_MAX_BYTES = 2_097_152;
export const EVENTS_MAX_COUNT = 1_000;
export const EVENT_MAX_BYTES = 1_048_576;
/** More than any signer set has, for a peer may add some that count for nothing. */
export const SIGNATURES_MAX_COUNT = 128;
export const SIGNATURE_BYTES = 64;
/** All that stands around the events of a block of the largest size. */
const AROUND_BYTES = HEADER_BYTES + 4 + 2 + SIGNATURES_MAX_COUNT * (HASH_BYTES + SIGNATURE_BYTES);
/** No encoded block is longer: what it may hold, the lengths, and what stands around it. */
export const ENCODED_BLOCK_MAX_BYTES = BLOCK_MAX_BYTES + 4 * EVENTS_MAX_COUNT + AROUND_BYTES;

/** Signatures are written ascending by key id. */
export function encodeBlock({ events, header, signatures }: Block): Uint8Array {
  const writer = new ByteWriter(blockBytes({ events, header, signatures }));
  writer.bytes(encodeHeader(header));
  writeU32(writer, events.length);
  for (const event of events) writeSized(writer, event);
  writeSignatures(writer, signatures);
  return writer.finish();
}

function blockBytes({ events, signatures }: Block): number {
  const around = HEADER_BYTES + 4 + 2 + signatures.length * (HASH_BYTES + SIGNATURE_BYTES);
  return events.reduce((sum, event) => sum + 4 + event.length, around);
}

/** Bytes that its events have: what `blockMaxBytes` bounds. */
export function eventBytes(events: readonly Uint8Array[]): number {
  return events.reduce((sum, event) => sum + event.length, 0);
}

/** Events are views of `bytes`. undefined for what is not the one form of a block. */
export function decodeBlock(bytes: Uint8Array): Block | undefined {
  const reader = new ByteReader(bytes);
  const block = readBlock(reader);
  return reader.remainingBytes === 0 ? block : undefined;
}

/** A block tells its own length: what comes behind it stays in the reader. */
export function readBlock(reader: ByteReader): Block | undefined {
  const headerBytes = reader.bytes(HEADER_BYTES);
  const header = headerBytes === undefined ? undefined : decodeHeader(headerBytes);
  const count = readU32(reader);
  if (header === undefined || count === undefined || count > EVENTS_MAX_COUNT) return undefined;
  const events: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) {
    const event = readSized(reader);
    if (event === undefined) return undefined;
    events.push(event);
  }
  if (eventBytes(events) > BLOCK_MAX_BYTES) return undefined;
  const signatures = readSignatures(reader);
  return signatures === undefined ? undefined : { header, events, signatures };
}

export function writeSignatures(writer: ByteWriter, signatures: readonly BlockSignature[]): void {
  writeU16(writer, signatures.length);
  for (const { keyId, signature } of ascending(signatures)) {
    writer.bytes(keyId);
    writer.bytes(signature);
  }
}

/** In the order in which they stand, which strict checks look at. */
export function readSignatures(reader: ByteReader): BlockSignature[] | undefined {
  const count = readU16(reader);
  if (count === undefined || count > SIGNATURES_MAX_COUNT) return undefined;
  const signatures: BlockSignature[] = [];
  for (let index = 0; index < count; index += 1) {
    const keyId = reader.bytes(HASH_BYTES)?.slice();
    const signature = reader.bytes(SIGNATURE_BYTES)?.slice();
    if (keyId === undefined || signature === undefined) return undefined;
    signatures.push({ keyId, signature });
  }
  return signatures;
}

function ascending(signatures: readonly BlockSignature[]): BlockSignature[] {
  return [...signatures].sort((one, other) => compareBytes(one.keyId, other.keyId));
}

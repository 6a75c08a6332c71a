import { crc32 } from "../../core/crc32.ts";
import { utf8ByteLength, writeUtf8 } from "../../core/text.ts";

const CHECKSUM_BYTES = 4;
const HEADER_BYTES = CHECKSUM_BYTES + 1;
/** Tag of plain bytes. [infostore §1] */
const BYTES_TAG = 3;
/** "Not checked" has no checksum of its own; a sum that is 0 is written as 1. */
const UNCHECKED = 0;

/**
 * What stands in an info whose key was deleted: no bytes at all, not even a header, so that an
 * empty value is another thing. In CockroachDB too a value without raw bytes is a deletion.
 */
export const DELETED_BYTES = new Uint8Array(0);

export type RawReading =
  | { readonly status: "deleted" }
  | { readonly status: "corrupt" }
  | { readonly status: "ok"; readonly payload: Uint8Array };

/** Checksum over key, tag and payload; the tag; the payload. */
export function sealPayload(key: string, payload: Uint8Array): Uint8Array {
  const raw = new Uint8Array(HEADER_BYTES + payload.length);
  raw[CHECKSUM_BYTES] = BYTES_TAG;
  raw.set(payload, HEADER_BYTES);
  new DataView(raw.buffer).setUint32(0, checksumOf(key, raw));
  return raw;
}

/** Payload of a value of any tag, when its checksum holds. */
export function openPayload(key: string, raw: Uint8Array): RawReading {
  if (raw.length === 0) return { status: "deleted" };
  if (raw.length < HEADER_BYTES) return { status: "corrupt" };
  const written = new DataView(raw.buffer, raw.byteOffset, raw.length).getUint32(0);
  if (written !== UNCHECKED && written !== checksumOf(key, raw)) return { status: "corrupt" };
  return { status: "ok", payload: raw.subarray(HEADER_BYTES) };
}

function checksumOf(key: string, raw: Uint8Array): number {
  const keyBytes = utf8ByteLength(key);
  const bytes = new Uint8Array(keyBytes + raw.length - CHECKSUM_BYTES);
  writeUtf8(key, bytes, 0);
  bytes.set(raw.subarray(CHECKSUM_BYTES), keyBytes);
  const sum = crc32(bytes);
  return sum === UNCHECKED ? 1 : sum;
}

/**
 * Bytes kept as text, a character each: immutable, equal when `===`, and about a quarter of the
 * size. A short Uint8Array costs some 200 bytes beside its content, such text 16.
 * [bench/member-memory]
 */
export type PackedBytes = string & { readonly __packedBytes: unique symbol };

/** Most bytes handed to String.fromCharCode at once, for they travel on the stack. */
const CHUNK_BYTES = 4_096;

export function packBytes(bytes: Uint8Array): PackedBytes {
  if (bytes.length <= CHUNK_BYTES) return String.fromCharCode(...bytes) as PackedBytes;
  let text = "";
  for (let from = 0; from < bytes.length; from += CHUNK_BYTES) {
    text += String.fromCharCode(...bytes.subarray(from, from + CHUNK_BYTES));
  }
  return text as PackedBytes;
}

/** A copy of the bytes, the caller's own. */
export function unpackBytes(packed: PackedBytes): Uint8Array {
  const bytes = new Uint8Array(packed.length);
  for (let index = 0; index < packed.length; index += 1) bytes[index] = packed.charCodeAt(index);
  return bytes;
}

/** True when `packed` holds exactly `bytes`; allocates nothing. */
export function holdsBytes(packed: PackedBytes, bytes: Uint8Array): boolean {
  if (packed.length !== bytes.length) return false;
  for (let index = 0; index < bytes.length; index += 1) {
    if (packed.charCodeAt(index) !== bytes[index]) return false;
  }
  return true;
}

import { markAsUntransferable } from "node:worker_threads";

const CHUNK_BYTES = 16_384;
/** Larger ones have a buffer of their own: they would leave too much of a chunk unused. */
const POOLED_MAX_BYTES = CHUNK_BYTES / 8;

let chunk = new Uint8Array(0);
let usedBytes = 0;

/**
 * Room for `length` bytes, zero or not. Small ones are pieces of one buffer, for one of its own
 * costs several times what a hundred bytes do; that buffer cannot be transferred to another
 * thread, as the others would go with it.
 */
export function pooledBytes(length: number): Uint8Array {
  if (length > POOLED_MAX_BYTES) return new Uint8Array(length);
  if (usedBytes + length > chunk.length) {
    chunk = new Uint8Array(CHUNK_BYTES);
    markAsUntransferable(chunk.buffer);
    usedBytes = 0;
  }
  usedBytes += length;
  return chunk.subarray(usedBytes - length, usedBytes);
}

/** A copy of `bytes` from `start` on. */
export function pooledCopy(bytes: Uint8Array, start = 0): Uint8Array {
  const copy = pooledBytes(bytes.length - start);
  copy.set(start === 0 ? bytes : bytes.subarray(start));
  return copy;
}

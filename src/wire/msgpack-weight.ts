import { valueShape } from "./msgpack-reader.ts";

/** Deeper than any encoder goes of itself: the library's own stops at 100. */
export const NESTING_MAX = 100;
/** An array, map or extension costs the reader about as much as so many numbers. */
const CONTAINER_WEIGHT = 8;
/** A pair of a map costs more than two elements of an array: its key is looked for. */
const PAIR_WEIGHT = 2;
/**
 * What one value may weigh: a mebibyte of small numbers. Reading so much takes some 20 ms; bytes
 * that are all empty maps would take five times as long.
 */
export const WEIGHT_MAX = 1_048_576;

/**
 * What reading a msgpack value would cost, without reading it: decoders make room for as many
 * elements as a head declares, so five bytes can ask for a gigabyte.
 * @returns what is wrong with it, or undefined when it is whole and within bounds.
 */
export function msgpackExcess(
  bytes: Uint8Array,
): "truncated" | "malformed" | "tooDeep" | "tooLarge" | undefined {
  /** Values still to come on each level. */
  const pending = [1];
  let at = 0;
  let weight = 0;
  /** Values still to come on all levels. Each takes a byte at least. */
  let owed = 1;
  while (pending.length > 0) {
    const level = pending.length - 1;
    const left = pending[level] ?? 0;
    if (left === 0) {
      pending.pop();
      continue;
    }
    pending[level] = left - 1;
    const head = bytes[at] ?? 0;
    const shape = valueShape(bytes, at, bytes.length);
    if (shape === undefined) return "malformed";
    at += shape.bytes;
    owed += shape.children - 1;
    if (at + owed > bytes.length) return "truncated";
    weight += isCostly(head) ? CONTAINER_WEIGHT : 1;
    if (isMap(head)) weight += shape.children * (PAIR_WEIGHT / 2);
    if (weight > WEIGHT_MAX) return "tooLarge";
    if (shape.children === 0) continue;
    if (pending.length > NESTING_MAX) return "tooDeep";
    pending.push(shape.children);
  }
  return undefined;
}

function isMap(head: number): boolean {
  return (head >= 0x80 && head <= 0x8f) || head === 0xde || head === 0xdf;
}

function isCostly(head: number): boolean {
  if (head >= 0xe0) return false;
  if (head >= 0x80 && head <= 0x9f) return true;
  return (head >= 0xc7 && head <= 0xc9) || (head >= 0xd4 && head <= 0xd8) || head >= 0xdc;
}

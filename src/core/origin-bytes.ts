import { byteAt } from "./collections/at.ts";
import { type Origin, parseOrigin } from "./peer.ts";
import { decodeUtf8Strict, encodeUtf8 } from "./text.ts";

/** Origins remembered; a power of two. [because: clusters have hundreds, of 200 bytes each] */
const PLACES_COUNT = 1_024;

interface Known {
  readonly origin: Origin;
  readonly bytes: Uint8Array;
}

/*
 * The same few origins stand in nearly every update. Each is read once, so that the same text is
 * the same string: quick to compare, and in memory once.
 */
const byBytes: (Known | undefined)[] = new Array<Known | undefined>(PLACES_COUNT).fill(undefined);
const byOrigin = new Map<Origin, Uint8Array>();

/** In UTF-8; not to be changed. */
export function originBytes(origin: Origin): Uint8Array {
  const known = byOrigin.get(origin);
  if (known !== undefined) return known;
  if (byOrigin.size >= PLACES_COUNT) byOrigin.clear();
  const bytes = encodeUtf8(origin);
  byOrigin.set(origin, bytes);
  return bytes;
}

/** The origin that stands in `bytes` between these places; undefined when none does. */
export function originOf(bytes: Uint8Array, start = 0, end = bytes.length): Origin | undefined {
  const place = placeOf(bytes, start, end);
  const known = byBytes[place];
  if (known !== undefined && isSame(known.bytes, bytes, [start, end])) return known.origin;
  const text = decodeUtf8Strict(bytes, start, end);
  if (text === undefined || !isOrigin(text)) return undefined;
  byBytes[place] = { origin: text, bytes: bytes.slice(start, end) };
  return text;
}

/** Where it would stand; another one of the same place pushes it out. */
function placeOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let index = start; index < end; index += 1)
    hash = (Math.imul(hash, 31) + byteAt(bytes, index)) | 0;
  return (hash ^ (hash >>> 15)) & (PLACES_COUNT - 1);
}

function isSame(one: Uint8Array, other: Uint8Array, [start, end]: readonly [number, number]) {
  if (one.length !== end - start) return false;
  for (let index = 0; index < one.length; index += 1) {
    if (one[index] !== other[start + index]) return false;
  }
  return true;
}

function isOrigin(text: string): text is Origin {
  return parseOrigin(text) !== undefined;
}

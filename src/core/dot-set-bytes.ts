import type { DotSet, ReadonlyDotSet } from "./dot-set.ts";
import { FixedDots } from "./fixed-dots.ts";
import { NameReader, NameWriter } from "./name-bytes.ts";
import { originBytes, originOf } from "./origin-bytes.ts";
import type { Origin } from "./peer.ts";
import { compareUtf8 } from "./text.ts";
import { ByteReader, ByteWriter } from "./varint.ts";

/** What is read of a set: more is refused. */
export interface DotSetBounds {
  readonly originsMaxCount: number;
  readonly rangesMaxCount: number;
}

/** Longest origin read. [because: names have at most 128 bytes, a boot at most 17 with its #] */
const ORIGIN_MAX_BYTES = 160;
/** Longer lists are not kept for the next set. [because: it may be the last of its kind] */
const SHARED_MAX_COUNT = 64;
/** Of a set that another node sent. */
const remoteBounds: DotSetBounds = {
  /** [guess] */
  originsMaxCount: 65_536,
  /** [because: each costs this node about 100 bytes, and its sender two] */
  rangesMaxCount: 262_144,
};

/**
 * A set in bytes, equal sets in equal bytes: varint count of origins; per origin, ascending by
 * bytes, its text as `NameWriter` has it, the count of its ranges, and per range the gap before it
 * and its length, each less what cannot be smaller. So no overlapping, empty or mergeable range can
 * be written at all.
 */
export function encodeDotSet(set: ReadonlyDotSet): Uint8Array {
  const writer = new ByteWriter();
  writeDotSet(writer, set);
  return writer.finish();
}

/** The same within a longer message. */
export function writeDotSet(writer: ByteWriter, set: ReadonlyDotSet): void {
  const dots = FixedDots.from(set);
  writer.varint(dots.originsCount);
  const names = new NameWriter(writer);
  let end = 0;
  for (let start = 0; start < dots.rangesCount; start = end) {
    const origin = dots.originOf(start);
    end = start + 1;
    while (end < dots.rangesCount && dots.originOf(end) === origin) end += 1;
    names.write(originBytes(origin));
    writer.varint(end - start);
    let least = 1;
    for (let range = start; range < end; range += 1) {
      const [first, last] = [dots.firstOf(range), dots.lastOf(range)];
      writer.varint(first - least);
      writer.varint(last - first);
      least = last + 2;
    }
  }
}

/**
 * The set in `bytes`; undefined when they are no set in its one form, or more than this node takes.
 */
export function decodeDotSet(bytes: Uint8Array): DotSet | undefined {
  const reader = new ByteReader(bytes);
  const set = readDotSet(reader);
  return reader.remainingBytes === 0 ? set : undefined;
}

/** The same from within a longer message: reads just the set. */
export function readDotSet(reader: ByteReader, bounds = remoteBounds): DotSet | undefined {
  return readFixedDots(reader, bounds)?.clone();
}

/** A set that will not change. */
export function readFixedDots(
  reader: ByteReader,
  { originsMaxCount, rangesMaxCount } = remoteBounds,
): FixedDots | undefined {
  const originsCount = reader.varint();
  if (originsCount === undefined || originsCount > originsMaxCount) return undefined;
  if (originsCount === 0) return FixedDots.none;
  const ofRange: Origin[] = [];
  const bounds: number[] = [];
  let previous: Origin | undefined;
  const names = new NameReader(reader, ORIGIN_MAX_BYTES);
  for (let count = 0; count < originsCount; count += 1) {
    const origin = readOrigin(names);
    if (origin === undefined) return undefined;
    if (previous !== undefined && compareUtf8(previous, origin) >= 0) return undefined;
    previous = origin;
    const rangesCount = reader.varint();
    const left = rangesMaxCount - ofRange.length;
    if (rangesCount === undefined || rangesCount < 1 || rangesCount > left) return undefined;
    if (!readRanges(reader, { ofRange, bounds }, [origin, rangesCount])) return undefined;
  }
  return FixedDots.ofRanges(shared(ofRange), bounds);
}

/** Sets that come one after the other are mostly of the same origins: they share one list. */
let lastList: readonly Origin[] = [];

function shared(list: readonly Origin[]): readonly Origin[] {
  let index = 0;
  while (index < list.length && list[index] === lastList[index]) index += 1;
  if (index === list.length && index === lastList.length) return lastList;
  if (list.length <= SHARED_MAX_COUNT) lastList = list;
  return list;
}

/** Distinct origins, ascending by bytes: varint count, then names. */
export function encodeOrigins(origins: readonly Origin[]): Uint8Array {
  const writer = new ByteWriter();
  const names = new NameWriter(writer);
  writer.varint(origins.length);
  for (const origin of origins) names.write(originBytes(origin));
  return writer.finish();
}

/** undefined for bytes that are no such list, or one of more than `maxCount`. */
export function decodeOrigins(bytes: Uint8Array, maxCount: number): Origin[] | undefined {
  const reader = new ByteReader(bytes);
  const names = new NameReader(reader, ORIGIN_MAX_BYTES);
  const count = reader.varint();
  if (count === undefined || count > maxCount) return undefined;
  const origins: Origin[] = [];
  while (origins.length < count) {
    const origin = readOrigin(names);
    const previous = origins.at(-1) ?? "";
    if (origin === undefined || compareUtf8(previous, origin) >= 0) return undefined;
    origins.push(origin);
  }
  return reader.remainingBytes === 0 ? origins : undefined;
}

function readOrigin(names: NameReader): Origin | undefined {
  const bytes = names.read();
  return bytes && originOf(bytes);
}

function readRanges(
  reader: ByteReader,
  { bounds, ofRange }: { readonly ofRange: Origin[]; readonly bounds: number[] },
  [origin, count]: readonly [Origin, number],
): boolean {
  let least = 1;
  for (let range = 0; range < count; range += 1) {
    const gap = reader.varint();
    const length = reader.varint();
    if (gap === undefined || length === undefined) return false;
    const first = least + gap;
    const last = first + length;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return false;
    ofRange.push(origin);
    bounds.push(first, last);
    least = last + 2;
  }
  return true;
}

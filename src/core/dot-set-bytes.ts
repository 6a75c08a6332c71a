import { type DotRange, DotSet, type ReadonlyDotSet } from "./dot-set.ts";
import { NameReader, NameWriter } from "./name-bytes.ts";
import { makeOrigin, type Origin, parseOrigin } from "./peer.ts";
import { compareUtf8, decodeUtf8Strict, encodeUtf8 } from "./text.ts";
import { ByteReader, ByteWriter } from "./varint.ts";

/** What is read of a set: more is refused. */
export interface DotSetBounds {
  readonly originsMaxCount: number;
  readonly rangesMaxCount: number;
}

/** Longest origin read. [because: names have at most 128 bytes, a boot at most 17 with its #] */
const ORIGIN_MAX_BYTES = 160;
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
  const byOrigin = new Map<Origin, DotRange[]>();
  for (const range of set.ranges()) {
    const ranges = byOrigin.get(range.origin);
    if (ranges === undefined) byOrigin.set(range.origin, [range]);
    else ranges.push(range);
  }
  const writer = new ByteWriter();
  writer.varint(byOrigin.size);
  const names = new NameWriter(writer);
  for (const [origin, ranges] of [...byOrigin].sort(([a], [b]) => compareUtf8(a, b))) {
    names.write(encodeUtf8(origin));
    writer.varint(ranges.length);
    let least = 1;
    for (const { first, last } of ranges) {
      writer.varint(first - least);
      writer.varint(last - first);
      least = last + 2;
    }
  }
  return writer.finish();
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
export function readDotSet(
  reader: ByteReader,
  { originsMaxCount, rangesMaxCount } = remoteBounds,
): DotSet | undefined {
  const originsCount = reader.varint();
  if (originsCount === undefined || originsCount > originsMaxCount) return undefined;
  const set = new DotSet();
  let rangesLeft = rangesMaxCount;
  let previous = "";
  const names = new NameReader(reader, ORIGIN_MAX_BYTES);
  for (let count = 0; count < originsCount; count += 1) {
    const origin = readOrigin(names);
    if (origin === undefined || compareUtf8(previous, origin) >= 0) return undefined;
    previous = origin;
    const rangesCount = reader.varint();
    if (rangesCount === undefined || rangesCount < 1 || rangesCount > rangesLeft) return undefined;
    rangesLeft -= rangesCount;
    if (!readRanges(reader, set, origin, rangesCount)) return undefined;
  }
  return set;
}

/** Distinct origins, ascending by bytes: varint count, then names. */
export function encodeOrigins(origins: readonly Origin[]): Uint8Array {
  const writer = new ByteWriter();
  const names = new NameWriter(writer);
  writer.varint(origins.length);
  for (const origin of origins) names.write(encodeUtf8(origin));
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
  const text = bytes === undefined ? undefined : decodeUtf8Strict(bytes);
  const parts = text === undefined ? undefined : parseOrigin(text);
  return parts === undefined ? undefined : makeOrigin(parts.name, parts.boot);
}

function readRanges(reader: ByteReader, set: DotSet, origin: Origin, count: number): boolean {
  let least = 1;
  for (let range = 0; range < count; range += 1) {
    const gap = reader.varint();
    const length = reader.varint();
    if (gap === undefined || length === undefined) return false;
    const first = least + gap;
    const last = first + length;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return false;
    set.addRange(origin, first, last);
    least = last + 2;
  }
  return true;
}

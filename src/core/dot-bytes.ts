import type { Dot } from "./dot.ts";
import type { DotSet } from "./dot-set.ts";
import { type DotSetBounds, readDotSet } from "./dot-set-bytes.ts";
import { originOf } from "./origin-bytes.ts";
import type { Origin } from "./peer.ts";
import type { ByteReader, ByteWriter } from "./varint.ts";

/*
 * The words of which records are made, on disk and in deltas:
 *   text      length varint ‖ UTF-8
 *   dot       origin as text ‖ seq varint
 *   list      count varint ‖ its elements
 */

/** What this node wrote itself is read however large: only its length bounds it. */
const ownBounds: DotSetBounds = {
  originsMaxCount: Number.POSITIVE_INFINITY,
  rangesMaxCount: Number.POSITIVE_INFINITY,
};

export function writeText(writer: ByteWriter, text: string): void {
  writer.text(text);
}

/** undefined when the bytes end too early, or are no UTF-8. */
export function readText(reader: ByteReader): string | undefined {
  return reader.text();
}

export function readOrigin(reader: ByteReader): Origin | undefined {
  const bytes = reader.bytes(reader.varint() ?? -1);
  return bytes && originOf(bytes);
}

export function writeDot(writer: ByteWriter, { origin, seq }: Dot): void {
  writeText(writer, origin);
  writer.varint(seq);
}

export function readDot(reader: ByteReader): Dot | undefined {
  const origin = readOrigin(reader);
  const seq = reader.varint();
  return origin === undefined || seq === undefined || seq < 1 ? undefined : { origin, seq };
}

/** undefined for more than `maxCount`, too. */
export function readList<One>(
  reader: ByteReader,
  read: (reader: ByteReader) => One | undefined,
  maxCount = Number.POSITIVE_INFINITY,
): One[] | undefined {
  const count = reader.varint();
  if (count === undefined || count > maxCount) return undefined;
  const ones: One[] = [];
  while (ones.length < count) {
    const one = read(reader);
    if (one === undefined) return undefined;
    ones.push(one);
  }
  return ones;
}

/** A set that this node wrote. */
export function readOwnDotSet(reader: ByteReader): DotSet | undefined {
  return readDotSet(reader, ownBounds);
}

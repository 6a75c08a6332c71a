import {
  readDot,
  readOrigin,
  readOwnDotSet,
  readText,
  writeDot,
  writeText,
} from "../../core/dot-bytes.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { encodeDotSet } from "../../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type {
  PlaceEntry,
  PlaceJournalRecord,
  PlaceRecord,
  PlaceSnapshot,
} from "./replica-set.messages.ts";

/*
 * On disk, and in deltas:
 *   place     kind u8 ‖ name of the replica ‖ origin ‖ number
 *             1 announced, since which boot · 2 left, 0 · 3 evicted, the weight, and then
 *             count ‖ marks of 4 bytes, big-endian, ascending
 *   record    1 ‖ origin ‖ seq ‖ place        somebody's place changed
 *             2 ‖ dot set                     these dots say nothing any more
 *   snapshot  dot set of what was seen ‖ dot set of what is not kept ‖ count ‖ entries, each
 *             origin ‖ seq ‖ length ‖ place
 */

const RECORD = 1;
const COVERED = 2;
const kinds = { announced: 1, left: 2, evicted: 3 } as const;
const MARK_BYTES = 4;
/** Lengths, kind and number beside the two names. */
const HEAD_BYTES = 32;

export function encodePlace(record: PlaceRecord): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(kinds[record.kind]);
  writeText(writer, record.replica);
  writeText(writer, record.origin);
  writer.varint(numberOf(record));
  if (record.kind === "evicted") writeMarks(writer, record.known);
  return writer.finish();
}

/** undefined when the bytes are no record. */
export function decodePlace(bytes: Uint8Array): PlaceRecord | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  const replica = readText(reader);
  const origin = readOrigin(reader);
  const number = reader.varint();
  if (replica === undefined || origin === undefined || number === undefined) return undefined;
  const known = kind === kinds.evicted ? readMarks(reader) : [];
  if (known === undefined || reader.remainingBytes > 0) return undefined;
  if (kind === kinds.announced) return { kind: "announced", replica, origin, sinceBoot: number };
  if (kind === kinds.evicted) return { kind: "evicted", replica, origin, weight: number, known };
  return kind === kinds.left && number === 0 ? { kind: "left", replica, origin } : undefined;
}

export function encodePlaceRecord(record: PlaceJournalRecord): Uint8Array {
  const writer = new ByteWriter();
  if (record.kind === "covered") {
    writer.byte(COVERED);
    writer.bytes(encodeDotSet(record.dots));
    return writer.finish();
  }
  writer.byte(RECORD);
  writeDot(writer, record.dot);
  writer.bytes(encodePlace(record.record));
  return writer.finish();
}

export function decodePlaceRecord(bytes: Uint8Array): PlaceJournalRecord | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  if (kind === COVERED) {
    const dots = readOwnDotSet(reader);
    return dots === undefined ? undefined : { kind: "covered", dots };
  }
  const dot = kind === RECORD ? readDot(reader) : undefined;
  const record = decodePlace(reader.bytes(reader.remainingBytes) ?? new Uint8Array());
  return dot === undefined || record === undefined ? undefined : { kind: "place", dot, record };
}

export function encodePlaceSnapshot(
  seen: ReadonlyDotSet,
  covered: ReadonlyDotSet,
  entries: readonly PlaceEntry[],
): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.bytes(encodeDotSet(seen));
  writer.bytes(encodeDotSet(covered));
  writer.varint(entries.length);
  for (const [dot, record] of entries) {
    const bytes = encodePlace(record);
    writeDot(writer, dot);
    writer.varint(bytes.length);
    writer.bytes(bytes);
  }
  return writer.finish();
}

export function decodePlaceSnapshot(bytes: Uint8Array): PlaceSnapshot | undefined {
  const reader = new ByteReader(bytes);
  const seen = readOwnDotSet(reader);
  const covered = readOwnDotSet(reader);
  const count = reader.varint();
  if (seen === undefined || covered === undefined || count === undefined) return undefined;
  const entries: PlaceEntry[] = [];
  while (entries.length < count) {
    const dot = readDot(reader);
    const body = reader.bytes(reader.varint() ?? -1);
    const record = body === undefined ? undefined : decodePlace(body);
    if (dot === undefined || record === undefined) return undefined;
    entries.push([dot, record]);
  }
  return { seen, covered, entries };
}

function numberOf(record: PlaceRecord): number {
  if (record.kind === "announced") return record.sinceBoot;
  return record.kind === "evicted" ? record.weight : 0;
}

function writeMarks(writer: ByteWriter, marks: readonly number[]): void {
  writer.varint(marks.length);
  for (const mark of marks) {
    for (const shift of [24, 16, 8, 0]) writer.byte((mark >>> shift) & 0xff);
  }
}

function readMarks(reader: ByteReader): number[] | undefined {
  const count = reader.varint();
  const bytes = reader.bytes(MARK_BYTES * (count ?? -1));
  if (count === undefined || bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, at) => view.getUint32(MARK_BYTES * at));
}

/** All of it, for whoever keeps the sets on disk. */
export const replicaSetsCodec = {
  encodeRecord: encodePlaceRecord,
  decodeRecord: decodePlaceRecord,
  encodeSnapshot: encodePlaceSnapshot,
  decodeSnapshot: decodePlaceSnapshot,
};

/** Records in the messages of exchanges, which do not know whose they are. */
export const placeCodec = {
  encode: (update: unknown) => encodePlace(update as PlaceRecord),
  decode: (bytes: Uint8Array): unknown => decodePlace(bytes),
};

export function placeBytes(update: unknown): number {
  const record = update as PlaceRecord;
  const marksBytes = record.kind === "evicted" ? MARK_BYTES * record.known.length : 0;
  return record.origin.length + record.replica.length + HEAD_BYTES + marksBytes;
}

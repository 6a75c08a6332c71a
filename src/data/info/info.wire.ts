import {
  readDot,
  readList,
  readOwnDotSet,
  readText,
  writeDot,
  writeText,
} from "../../core/dot-bytes.ts";
import { encodeDotSet } from "../../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type {
  InfoEntry,
  InfoRecord,
  InfoSnapshot,
  InfoUpdate,
  SupersededInfo,
} from "./info.messages.ts";
import { infoBytes } from "./info-table.ts";

/*
 * On disk, and in deltas:
 *   update    flags u8 (1 has a value, 2 expires, 4 in the place of another) ‖ stamp ms varint
 *             ‖ stamp counter varint ‖ [expiry ms varint] ‖ [its own dot: origin ‖ seq]
 *             ‖ key length varint ‖ key ‖ value, to the end
 *   record    1 ‖ origin ‖ seq ‖ update       a write was taken in
 *             2 ‖ dot set                     these dots were seen without an update
 *             3                               all that came before is void
 *   snapshot  dot set of what was seen ‖ count ‖ entries, each origin ‖ seq ‖ length ‖ update
 *             ‖ count ‖ overwritten writes, each origin ‖ seq ‖ key length ‖ key
 */

const HAS_VALUE = 1;
const EXPIRES = 2;
const IN_PLACE = 4;
const UPDATE = 1;
const COVERED = 2;
const DISCARDED = 3;

export function encodeInfoUpdate(update: InfoUpdate): Uint8Array {
  const { expiresAtMs, key, stamp, value, writtenAs } = update;
  const writer = new ByteWriter(infoBytes(update));
  const flags =
    (value === undefined ? 0 : HAS_VALUE) |
    (expiresAtMs === undefined ? 0 : EXPIRES) |
    (writtenAs === undefined ? 0 : IN_PLACE);
  writer.byte(flags);
  writer.varint(stamp.ms);
  writer.varint(stamp.counter);
  if (expiresAtMs !== undefined) writer.varint(expiresAtMs);
  if (writtenAs !== undefined) writeDot(writer, writtenAs);
  writeText(writer, key);
  if (value !== undefined) writer.bytes(value);
  return writer.finish();
}

/** undefined when the bytes are no update. */
export function decodeInfoUpdate(bytes: Uint8Array): InfoUpdate | undefined {
  const reader = new ByteReader(bytes);
  const flags = reader.byte();
  const ms = reader.varint();
  const counter = reader.varint();
  if (flags === undefined || flags > (HAS_VALUE | EXPIRES | IN_PLACE)) return undefined;
  if (ms === undefined || counter === undefined) return undefined;
  const expiresAtMs = (flags & EXPIRES) === 0 ? undefined : reader.varint();
  if ((flags & EXPIRES) !== 0 && expiresAtMs === undefined) return undefined;
  const writtenAs = (flags & IN_PLACE) === 0 ? undefined : readDot(reader);
  if ((flags & IN_PLACE) !== 0 && writtenAs === undefined) return undefined;
  const key = readText(reader);
  const rest = reader.bytes(reader.remainingBytes);
  if (key === undefined || rest === undefined) return undefined;
  const hasValue = (flags & HAS_VALUE) !== 0;
  if (!hasValue && rest.length > 0) return undefined;
  const value = hasValue ? rest : undefined;
  const update = { key, stamp: { ms, counter }, expiresAtMs, value };
  return writtenAs === undefined ? update : { ...update, writtenAs };
}

export function encodeInfoRecord(record: InfoRecord): Uint8Array {
  const writer = new ByteWriter();
  if (record.kind === "discarded") return Uint8Array.of(DISCARDED);
  if (record.kind === "covered") {
    writer.byte(COVERED);
    writer.bytes(encodeDotSet(record.dots));
    return writer.finish();
  }
  writer.byte(UPDATE);
  writeDot(writer, record.dot);
  writer.bytes(encodeInfoUpdate(record.update));
  return writer.finish();
}

export function decodeInfoRecord(bytes: Uint8Array): InfoRecord | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  if (kind === DISCARDED) return bytes.length === 1 ? { kind: "discarded" } : undefined;
  if (kind === COVERED) {
    const dots = readOwnDotSet(reader);
    return dots === undefined ? undefined : { kind: "covered", dots };
  }
  const dot = kind === UPDATE ? readDot(reader) : undefined;
  const update = decodeInfoUpdate(reader.bytes(reader.remainingBytes) ?? new Uint8Array());
  return dot === undefined || update === undefined ? undefined : { kind: "update", dot, update };
}

export function encodeInfoSnapshot({ entries, seen, superseded }: InfoSnapshot): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.bytes(encodeDotSet(seen));
  writer.varint(entries.length);
  for (const { dot, update } of entries) {
    const bytes = encodeInfoUpdate(update);
    writeDot(writer, dot);
    writer.varint(bytes.length);
    writer.bytes(bytes);
  }
  writer.varint(superseded.length);
  for (const { dot, key } of superseded) {
    writeDot(writer, dot);
    writeText(writer, key);
  }
  return writer.finish();
}

export function decodeInfoSnapshot(bytes: Uint8Array): InfoSnapshot | undefined {
  const reader = new ByteReader(bytes);
  const seen = readOwnDotSet(reader);
  const entries = readList(reader, readEntry);
  const superseded = readList(reader, readSuperseded);
  if (seen === undefined || entries === undefined || superseded === undefined) return undefined;
  return { seen, entries, superseded };
}

function readEntry(reader: ByteReader): InfoEntry | undefined {
  const dot = readDot(reader);
  const body = reader.bytes(reader.varint() ?? -1);
  const update = body === undefined ? undefined : decodeInfoUpdate(body);
  return dot === undefined || update === undefined ? undefined : { dot, update };
}

function readSuperseded(reader: ByteReader): SupersededInfo | undefined {
  const dot = readDot(reader);
  const key = readText(reader);
  return dot === undefined || key === undefined ? undefined : { dot, key };
}

/** All of it, for whoever keeps infos on disk. */
export const infoCodec = {
  encodeRecord: encodeInfoRecord,
  decodeRecord: decodeInfoRecord,
  encodeSnapshot: encodeInfoSnapshot,
  decodeSnapshot: decodeInfoSnapshot,
};

/** Updates in the messages of exchanges, which do not know whose they are. */
export const infoUpdateCodec = {
  encode: (update: unknown) => encodeInfoUpdate(update as InfoUpdate),
  decode: (bytes: Uint8Array): unknown => decodeInfoUpdate(bytes),
};

/** Bytes of a write on the wire. */
export function infoUpdateBytes(update: unknown): number {
  return infoBytes(update as InfoUpdate);
}

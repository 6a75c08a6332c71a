import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { type DotSetBounds, encodeDotSet, readDotSet } from "../../core/dot-set-bytes.ts";
import { type Origin, parseOrigin } from "../../core/peer.ts";
import { decodeUtf8Strict, encodeUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { InfoEntry, InfoRecord, InfoSnapshot, InfoUpdate } from "./info.messages.ts";
import { infoBytes } from "./info-table.ts";

/*
 * On disk, and in deltas:
 *   update    flags u8 (1 has a value, 2 expires) ‖ stamp ms varint ‖ stamp counter varint
 *             ‖ [expiry ms varint] ‖ key length varint ‖ key ‖ value, to the end
 *   record    1 ‖ origin ‖ seq ‖ update       a write was taken in
 *             2 ‖ dot set                     these dots were seen without an update
 *             3                               all that came before is void
 *   snapshot  dot set of what was seen ‖ count ‖ entries, each origin ‖ seq ‖ length ‖ update
 */

const HAS_VALUE = 1;
const EXPIRES = 2;
const UPDATE = 1;
const COVERED = 2;
const DISCARDED = 3;

/** What this node wrote itself is read however large: only its length bounds it. */
const ownBounds: DotSetBounds = {
  originsMaxCount: Number.POSITIVE_INFINITY,
  rangesMaxCount: Number.POSITIVE_INFINITY,
};

export function encodeInfoUpdate(update: InfoUpdate): Uint8Array {
  const { expiresAtMs, key, stamp, value } = update;
  const writer = new ByteWriter(infoBytes(update));
  writer.byte((value === undefined ? 0 : HAS_VALUE) | (expiresAtMs === undefined ? 0 : EXPIRES));
  writer.varint(stamp.ms);
  writer.varint(stamp.counter);
  if (expiresAtMs !== undefined) writer.varint(expiresAtMs);
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
  if (flags === undefined || flags > (HAS_VALUE | EXPIRES)) return undefined;
  if (ms === undefined || counter === undefined) return undefined;
  const expiresAtMs = (flags & EXPIRES) === 0 ? undefined : reader.varint();
  if ((flags & EXPIRES) !== 0 && expiresAtMs === undefined) return undefined;
  const key = readText(reader);
  const rest = reader.bytes(reader.remainingBytes);
  if (key === undefined || rest === undefined) return undefined;
  const hasValue = (flags & HAS_VALUE) !== 0;
  if (!hasValue && rest.length > 0) return undefined;
  return { key, stamp: { ms, counter }, expiresAtMs, value: hasValue ? rest : undefined };
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
    const dots = readDotSet(reader, ownBounds);
    return dots === undefined ? undefined : { kind: "covered", dots };
  }
  const dot = kind === UPDATE ? readDot(reader) : undefined;
  const update = decodeInfoUpdate(reader.bytes(reader.remainingBytes) ?? new Uint8Array());
  return dot === undefined || update === undefined ? undefined : { kind: "update", dot, update };
}

export function encodeInfoSnapshot(
  seen: ReadonlyDotSet,
  entries: readonly InfoEntry[],
): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.bytes(encodeDotSet(seen));
  writer.varint(entries.length);
  for (const { dot, update } of entries) {
    const bytes = encodeInfoUpdate(update);
    writeDot(writer, dot);
    writer.varint(bytes.length);
    writer.bytes(bytes);
  }
  return writer.finish();
}

export function decodeInfoSnapshot(bytes: Uint8Array): InfoSnapshot | undefined {
  const reader = new ByteReader(bytes);
  const seen = readDotSet(reader, ownBounds);
  const count = reader.varint();
  if (seen === undefined || count === undefined) return undefined;
  const entries: InfoEntry[] = [];
  while (entries.length < count) {
    const dot = readDot(reader);
    const body = reader.bytes(reader.varint() ?? -1);
    const update = body === undefined ? undefined : decodeInfoUpdate(body);
    if (dot === undefined || update === undefined) return undefined;
    entries.push({ dot, update });
  }
  return { seen, entries };
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = encodeUtf8(text);
  writer.varint(bytes.length);
  writer.bytes(bytes);
}

function readText(reader: ByteReader): string | undefined {
  const bytes = reader.bytes(reader.varint() ?? -1);
  return bytes === undefined ? undefined : decodeUtf8Strict(bytes);
}

function writeDot(writer: ByteWriter, { origin, seq }: Dot): void {
  writeText(writer, origin);
  writer.varint(seq);
}

function readDot(reader: ByteReader): Dot | undefined {
  const origin = readText(reader);
  const seq = reader.varint();
  if (origin === undefined || seq === undefined || seq < 1) return undefined;
  return parseOrigin(origin) === undefined ? undefined : { origin: origin as Origin, seq };
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

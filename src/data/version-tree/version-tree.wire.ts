import {
  readDot,
  readList,
  readOwnDotSet,
  readText,
  writeDot,
  writeText,
} from "../../core/dot-bytes.ts";
import { encodeDotSet, readDotSet } from "../../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { SupersededDot } from "../superseded-dots.ts";
import { versionBytes } from "./version-table.ts";
import type {
  Version,
  VersionRecord,
  VersionSnapshot,
  VersionUpdate,
} from "./version-tree.messages.ts";

/*
 * On disk, and in deltas:
 *   update    flags u8 (1 has a value, 2 in the place of another) ‖ stamp ms varint
 *             ‖ stamp counter varint ‖ first varint ‖ [its own dot: origin ‖ seq]
 *             ‖ key length varint ‖ key ‖ dot set of its parents ‖ value, to the end
 *   record    1 ‖ origin ‖ seq ‖ update       a write was taken in
 *             2 ‖ dot set                     these dots were seen without an update
 *             3                               all that came before is void
 *   snapshot  dot set of what was seen ‖ count ‖ writes, each origin ‖ seq ‖ length ‖ update
 *             ‖ count ‖ overwritten writes, each origin ‖ seq ‖ key length ‖ key
 */

const HAS_VALUE = 1;
const IN_PLACE = 2;
const UPDATE = 1;
const COVERED = 2;
const DISCARDED = 3;

export function encodeVersionUpdate(update: VersionUpdate): Uint8Array {
  const { first, key, parents, stamp, value, writtenAs } = update;
  const writer = new ByteWriter(versionBytes(update));
  writer.byte((value === undefined ? 0 : HAS_VALUE) | (writtenAs === undefined ? 0 : IN_PLACE));
  writer.varint(stamp.ms);
  writer.varint(stamp.counter);
  writer.varint(first);
  if (writtenAs !== undefined) writeDot(writer, writtenAs);
  writeText(writer, key);
  writer.bytes(encodeDotSet(parents));
  if (value !== undefined) writer.bytes(value);
  return writer.finish();
}

/** undefined when the bytes are no update. */
export function decodeVersionUpdate(bytes: Uint8Array): VersionUpdate | undefined {
  const reader = new ByteReader(bytes);
  const flags = reader.byte();
  const ms = reader.varint();
  const counter = reader.varint();
  const first = reader.varint();
  if (flags === undefined || flags > (HAS_VALUE | IN_PLACE)) return undefined;
  if (ms === undefined || counter === undefined || first === undefined) return undefined;
  const isInPlace = (flags & IN_PLACE) !== 0;
  const writtenAs = isInPlace ? readDot(reader) : undefined;
  if (isInPlace && writtenAs === undefined) return undefined;
  const key = readText(reader);
  const parents = key === undefined ? undefined : readDotSet(reader);
  const rest = reader.bytes(reader.remainingBytes);
  if (key === undefined || parents === undefined || rest === undefined) return undefined;
  const hasValue = (flags & HAS_VALUE) !== 0;
  if (!hasValue && rest.length > 0) return undefined;
  const value = hasValue ? rest : undefined;
  const update = { key, value, stamp: { ms, counter }, parents, first };
  return writtenAs === undefined ? update : { ...update, writtenAs };
}

function encodeVersionRecord(record: VersionRecord): Uint8Array {
  const writer = new ByteWriter();
  if (record.kind === "discarded") return Uint8Array.of(DISCARDED);
  if (record.kind === "covered") {
    writer.byte(COVERED);
    writer.bytes(encodeDotSet(record.dots));
    return writer.finish();
  }
  writer.byte(UPDATE);
  writeDot(writer, record.dot);
  writer.bytes(encodeVersionUpdate(record.update));
  return writer.finish();
}

function decodeVersionRecord(bytes: Uint8Array): VersionRecord | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  if (kind === DISCARDED) return bytes.length === 1 ? { kind: "discarded" } : undefined;
  if (kind === COVERED) {
    const dots = readOwnDotSet(reader);
    if (dots === undefined || reader.remainingBytes > 0) return undefined;
    return { kind: "covered", dots };
  }
  const dot = kind === UPDATE ? readDot(reader) : undefined;
  const rest = dot === undefined ? undefined : reader.bytes(reader.remainingBytes);
  const update = rest === undefined ? undefined : decodeVersionUpdate(rest);
  return dot === undefined || update === undefined ? undefined : { kind: "update", dot, update };
}

function encodeVersionSnapshot({ seen, superseded, versions }: VersionSnapshot): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.bytes(encodeDotSet(seen));
  writer.varint(versions.length);
  for (const { dot, update } of versions) {
    const bytes = encodeVersionUpdate(update);
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

function decodeVersionSnapshot(bytes: Uint8Array): VersionSnapshot | undefined {
  const reader = new ByteReader(bytes);
  const seen = readOwnDotSet(reader);
  if (seen === undefined) return undefined;
  const versions = readList(reader, readVersion);
  const superseded = versions === undefined ? undefined : readList(reader, readSuperseded);
  if (versions === undefined || superseded === undefined) return undefined;
  return reader.remainingBytes > 0 ? undefined : { seen, versions, superseded };
}

function readVersion(reader: ByteReader): Version | undefined {
  const dot = readDot(reader);
  const body = reader.bytes(reader.varint() ?? -1);
  const update = body === undefined ? undefined : decodeVersionUpdate(body);
  return dot === undefined || update === undefined ? undefined : { dot, update };
}

function readSuperseded(reader: ByteReader): SupersededDot | undefined {
  const dot = readDot(reader);
  const key = readText(reader);
  return dot === undefined || key === undefined ? undefined : { dot, key };
}

/** All of it, for whoever keeps versions on disk. */
export const versionCodec = {
  encodeRecord: encodeVersionRecord,
  decodeRecord: decodeVersionRecord,
  encodeSnapshot: encodeVersionSnapshot,
  decodeSnapshot: decodeVersionSnapshot,
};

/** Updates in the messages of exchanges, which do not know whose they are. */
export const versionUpdateCodec = {
  encode: (update: unknown) => encodeVersionUpdate(update as VersionUpdate),
  decode: (bytes: Uint8Array): unknown => decodeVersionUpdate(bytes),
};

/** Bytes of a write on the wire. */
export function versionUpdateBytes(update: unknown): number {
  return versionBytes(update as VersionUpdate);
}

import { readDot, readText, writeDot, writeText } from "../../core/dot-bytes.ts";
import { readFixedDots, writeDotSet } from "../../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { stateCodec } from "../state-bytes.ts";
import { versionBytes } from "./version-table.ts";
import type { VersionUpdate } from "./version-tree.messages.ts";

/*
 * On disk, and in deltas:
 *   update    flags u8 (1 has a value, 2 in the place of another) ‖ stamp ms varint
 *             ‖ stamp counter varint ‖ first varint ‖ [its own dot: origin ‖ seq]
 *             ‖ key length varint ‖ key ‖ dot set of its parents ‖ value, to the end
 *
 * Records and snapshots are as in state-bytes.
 */

const HAS_VALUE = 1;
const IN_PLACE = 2;

export function encodeVersionUpdate(update: VersionUpdate): Uint8Array {
  const writer = new ByteWriter(versionBytes(update));
  writeVersionUpdate(writer, update);
  return writer.finish();
}

export function writeVersionUpdate(writer: ByteWriter, update: VersionUpdate): void {
  const { first, key, parents, stamp, value, writtenAs } = update;
  writer.byte((value === undefined ? 0 : HAS_VALUE) | (writtenAs === undefined ? 0 : IN_PLACE));
  writer.varint(stamp.ms);
  writer.varint(stamp.counter);
  writer.varint(first);
  if (writtenAs !== undefined) writeDot(writer, writtenAs);
  writeText(writer, key);
  writeDotSet(writer, parents);
  if (value !== undefined) writer.bytes(value);
}

/** undefined when the bytes are no update. */
export function decodeVersionUpdate(bytes: Uint8Array): VersionUpdate | undefined {
  return readVersionUpdate(bytes, 0, bytes.length);
}

/** What stands between these places. */
export function readVersionUpdate(
  bytes: Uint8Array,
  start: number,
  end: number,
): VersionUpdate | undefined {
  const reader = new ByteReader(bytes, start, end);
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
  const parents = key === undefined ? undefined : readFixedDots(reader);
  if (key === undefined || parents === undefined) return undefined;
  const hasValue = (flags & HAS_VALUE) !== 0;
  if (!hasValue && reader.remainingBytes > 0) return undefined;
  const value = hasValue ? reader.bytes(reader.remainingBytes) : undefined;
  const update = { key, value, stamp: { ms, counter }, parents, first };
  return writtenAs === undefined ? update : { ...update, writtenAs };
}

/** All of it, for whoever keeps versions on disk. */
export const versionCodec = stateCodec({
  encode: encodeVersionUpdate,
  decode: decodeVersionUpdate,
});

/** Updates in the messages of exchanges, which do not know whose they are. */
export const versionUpdateCodec = {
  encode: (update: unknown) => encodeVersionUpdate(update as VersionUpdate),
  decode: (bytes: Uint8Array): unknown => decodeVersionUpdate(bytes),
  inPlace: {
    write: (update: unknown, writer: ByteWriter) =>
      writeVersionUpdate(writer, update as VersionUpdate),
    read: (bytes: Uint8Array, start: number, end: number): unknown =>
      readVersionUpdate(bytes, start, end),
  },
};

/** Bytes of a write on the wire. */
export function versionUpdateBytes(update: unknown): number {
  return versionBytes(update as VersionUpdate);
}

import { readDot, readText, writeDot, writeText } from "../../core/dot-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { stateCodec } from "../state-bytes.ts";
import type { InfoUpdate } from "./info.messages.ts";
import { infoBytes } from "./info-table.ts";

/*
 * On disk, and in deltas:
 *   update    flags u8 (1 has a value, 2 expires, 4 in the place of another) ‖ stamp ms varint
 *             ‖ stamp counter varint ‖ [expiry ms varint] ‖ [its own dot: origin ‖ seq]
 *             ‖ key length varint ‖ key ‖ value, to the end
 *
 * Records and snapshots are as in state-bytes.
 */

const HAS_VALUE = 1;
const EXPIRES = 2;
const IN_PLACE = 4;

export function encodeInfoUpdate(update: InfoUpdate): Uint8Array {
  const writer = new ByteWriter(infoBytes(update));
  writeInfoUpdate(writer, update);
  return writer.finish();
}

function writeInfoUpdate(writer: ByteWriter, update: InfoUpdate): void {
  const { expiresAtMs, key, stamp, value, writtenAs } = update;
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
}

/** undefined when the bytes are no update. */
export function decodeInfoUpdate(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): InfoUpdate | undefined {
  const reader = new ByteReader(bytes, start, end);
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

/** All of it, for whoever keeps infos on disk. */
export const infoCodec = stateCodec({
  encode: encodeInfoUpdate,
  decode: (bytes) => decodeInfoUpdate(bytes),
});

/** Updates in the messages of exchanges, which do not know whose they are. */
export const infoUpdateCodec = {
  encode: (update: unknown) => encodeInfoUpdate(update as InfoUpdate),
  decode: (bytes: Uint8Array): unknown => decodeInfoUpdate(bytes),
  inPlace: {
    write: (update: unknown, writer: ByteWriter) => writeInfoUpdate(writer, update as InfoUpdate),
    read: (bytes: Uint8Array, start: number, end: number): unknown =>
      decodeInfoUpdate(bytes, start, end),
  },
};

/** Bytes of a write on the wire. */
export function infoUpdateBytes(update: unknown): number {
  return infoBytes(update as InfoUpdate);
}

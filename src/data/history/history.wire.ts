import { readDot, readOwnDotSet, writeDot } from "../../core/dot-bytes.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { encodeDotSet } from "../../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter, varintByteLength } from "../../core/varint.ts";
import type {
  HistoryEntry,
  HistoryRecord,
  HistorySnapshot,
  HistoryUpdate,
} from "./history.messages.ts";

/*
 * On disk, and in deltas:
 *   update    time varint ‖ payload, to the end
 *   record    1 ‖ origin ‖ seq ‖ update        an update was taken in
 *             2 ‖ dot set                      these dots were forgotten elsewhere
 *             3                                all before it was discarded
 *   snapshot  dot set of what was seen ‖ dot set of what is kept no more ‖ count ‖ entries, each
 *             origin ‖ seq ‖ length ‖ update
 */

const UPDATE = 1;
const FORGOTTEN = 2;
const DISCARDED = 3;
/** Its time, and its dot in a message that names origins once. */
const UPDATE_HEAD_BYTES = 20;

export function encodeHistoryUpdate(update: HistoryUpdate): Uint8Array {
  const writer = new ByteWriter(updateLength(update));
  writeUpdate(writer, update);
  return writer.finish();
}

function updateLength({ atMs, payload }: HistoryUpdate): number {
  return varintByteLength(atMs) + payload.length;
}

function writeUpdate(writer: ByteWriter, { atMs, payload }: HistoryUpdate): void {
  writer.varint(atMs);
  writer.bytes(payload);
}

/** undefined when the bytes are no update. */
export function decodeHistoryUpdate(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): HistoryUpdate | undefined {
  const reader = new ByteReader(bytes, start, end);
  const atMs = reader.varint();
  const payload = reader.bytes(reader.remainingBytes);
  return atMs === undefined || payload === undefined ? undefined : { atMs, payload };
}

export function encodeHistoryRecord(record: HistoryRecord): Uint8Array {
  const writer = new ByteWriter();
  if (record.kind === "forgotten") {
    writer.byte(FORGOTTEN);
    writer.bytes(encodeDotSet(record.dots));
    return writer.finish();
  }
  if (record.kind === "discarded") {
    writer.byte(DISCARDED);
    return writer.finish();
  }
  writer.byte(UPDATE);
  writeDot(writer, record.dot);
  writer.bytes(encodeHistoryUpdate(record.update));
  return writer.finish();
}

export function decodeHistoryRecord(bytes: Uint8Array): HistoryRecord | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  if (kind === FORGOTTEN) {
    const dots = readOwnDotSet(reader);
    return dots === undefined ? undefined : { kind: "forgotten", dots };
  }
  if (kind === DISCARDED) return reader.remainingBytes === 0 ? { kind: "discarded" } : undefined;
  const dot = kind === UPDATE ? readDot(reader) : undefined;
  const update = decodeHistoryUpdate(reader.bytes(reader.remainingBytes) ?? new Uint8Array());
  return dot === undefined || update === undefined ? undefined : { kind: "update", dot, update };
}

export function encodeHistorySnapshot(
  seen: ReadonlyDotSet,
  forgotten: ReadonlyDotSet,
  entries: readonly HistoryEntry[],
): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.bytes(encodeDotSet(seen));
  writer.bytes(encodeDotSet(forgotten));
  writer.varint(entries.length);
  for (const [dot, update] of entries) {
    const bytes = encodeHistoryUpdate(update);
    writeDot(writer, dot);
    writer.varint(bytes.length);
    writer.bytes(bytes);
  }
  return writer.finish();
}

export function decodeHistorySnapshot(bytes: Uint8Array): HistorySnapshot | undefined {
  const reader = new ByteReader(bytes);
  const seen = readOwnDotSet(reader);
  const forgotten = readOwnDotSet(reader);
  const count = reader.varint();
  if (seen === undefined || forgotten === undefined || count === undefined) return undefined;
  const entries: HistoryEntry[] = [];
  while (entries.length < count) {
    const dot = readDot(reader);
    const body = reader.bytes(reader.varint() ?? -1);
    const update = body === undefined ? undefined : decodeHistoryUpdate(body);
    if (dot === undefined || update === undefined) return undefined;
    entries.push([dot, update]);
  }
  return { seen, forgotten, entries };
}

/** All of it, for whoever keeps a history on disk. */
export const historyCodec = {
  encodeRecord: encodeHistoryRecord,
  decodeRecord: decodeHistoryRecord,
  encodeSnapshot: encodeHistorySnapshot,
  decodeSnapshot: decodeHistorySnapshot,
};

/** Updates in the messages of exchanges, which do not know whose they are. */
export const historyUpdateCodec = {
  encode: (update: unknown) => encodeHistoryUpdate(update as HistoryUpdate),
  decode: (bytes: Uint8Array): unknown => decodeHistoryUpdate(bytes),
  inPlace: {
    byteLength: (update: unknown) => updateLength(update as HistoryUpdate),
    write: (update: unknown, writer: ByteWriter) => writeUpdate(writer, update as HistoryUpdate),
    read: (bytes: Uint8Array, start: number, end: number): unknown =>
      decodeHistoryUpdate(bytes, start, end),
  },
};

/** Its time and payload, and what names it. */
export function historyUpdateBytes(update: unknown): number {
  return (update as HistoryUpdate).payload.length + UPDATE_HEAD_BYTES;
}

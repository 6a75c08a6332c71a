import { sameBytes } from "../core/bytes.ts";
import { crc32 } from "../core/crc32.ts";
import type { JournalPosition } from "../core/env.ts";
import { decodeUtf8, encodeUtf8 } from "../core/text.ts";
import { ByteReader, ByteWriter } from "../core/varint.ts";

/*
 *   segment   head: "HSAYJRNL" ‖ format u16 ‖ 0 u16        then batches, one behind the other
 *   batch     magic u32 ‖ length u32 ‖ crc32(body) u32 ‖ body, all numbers big-endian
 *   body      first position ‖ durable before ‖ entries' count, as varints ‖ entries
 *   entry     kind u8 ‖ fields
 *
 * Behind the last batch zeros may stand: room that was made for more.
 *
 * A batch is what one sync makes durable. `durable before` is the last position known to be durable
 * when the batch was made: a damaged batch that a later one calls durable was not torn by a crash.
 */

export const FORMAT = 1;
const SEGMENT_MAGIC = "HSAYJRNL";
const SNAPSHOT_MAGIC = "HSAYSNAP";
const MAGIC_BYTES = 8;
export const HEAD_BYTES = MAGIC_BYTES + 4;
const BATCH_MAGIC = 0x48_6a_42_31;
const BATCH_HEAD_BYTES = 12;

/** What stands in a journal. */
export type Entry =
  /** From here to the end of the segment, `id` stands for this channel. */
  | { readonly kind: "name"; readonly id: number; readonly channel: string }
  | { readonly kind: "record"; readonly id: number; readonly bytes: Uint8Array }
  /** The channel's records after this position are gone. */
  | { readonly kind: "truncate"; readonly id: number; readonly after: number }
  /** The channel's records up to this position are replaced by the snapshot file of that name. */
  | { readonly kind: "snapshot"; readonly id: number; readonly upTo: number }
  /** Nothing before this position counts any more. */
  | { readonly kind: "floor"; readonly position: number }
  /** The two again, at the head of each segment, for earlier ones may be gone. */
  | { readonly kind: "keptSnapshot"; readonly id: number; readonly upTo: number }
  | { readonly kind: "keptFloor"; readonly position: number };

const kinds = [
  "name",
  "record",
  "truncate",
  "snapshot",
  "floor",
  "keptSnapshot",
  "keptFloor",
] as const;

/** Whether an entry has a position of its own; the others only help to read a segment. */
export function hasPosition({ kind }: { readonly kind: Entry["kind"] }): boolean {
  return kind !== "name" && kind !== "keptSnapshot" && kind !== "keptFloor";
}

export interface Batch {
  readonly firstPosition: number;
  readonly durableBefore: number;
  readonly entries: readonly Entry[];
}

export function encodeHead(kind: "segment" | "snapshot"): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES);
  head.set(encodeUtf8(kind === "segment" ? SEGMENT_MAGIC : SNAPSHOT_MAGIC));
  new DataView(head.buffer).setUint16(MAGIC_BYTES, FORMAT);
  return head;
}

/** What the first bytes of a file say. Files are made whole, so a torn head is a foreign one. */
export function readHead(
  kind: "segment" | "snapshot",
  file: Uint8Array,
): "good" | "foreign" | "newer" {
  const magic = encodeHead(kind).subarray(0, MAGIC_BYTES);
  if (file.length < HEAD_BYTES || !sameBytes(file.subarray(0, MAGIC_BYTES), magic))
    return "foreign";
  return viewOf(file).getUint16(MAGIC_BYTES) > FORMAT ? "newer" : "good";
}

export function encodeBatch(batch: Batch): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.bytes(new Uint8Array(BATCH_HEAD_BYTES));
  writer.varint(batch.firstPosition);
  writer.varint(batch.durableBefore);
  writer.varint(batch.entries.length);
  for (const entry of batch.entries) writeEntry(writer, entry);
  const bytes = writer.finish();
  const view = viewOf(bytes);
  view.setUint32(0, BATCH_MAGIC);
  view.setUint32(4, bytes.length - BATCH_HEAD_BYTES);
  view.setUint32(8, crc32(bytes, BATCH_HEAD_BYTES));
  return bytes;
}

export interface BatchReading {
  readonly batch: Batch;
  readonly nextOffset: number;
}

/** The batch at `offset`, or undefined when what stands there is none, or damaged. */
export function readBatch(file: Uint8Array, offset: number): BatchReading | undefined {
  if (offset + BATCH_HEAD_BYTES > file.length) return undefined;
  const view = viewOf(file);
  if (view.getUint32(offset) !== BATCH_MAGIC) return undefined;
  const first = offset + BATCH_HEAD_BYTES;
  const end = first + view.getUint32(offset + 4);
  if (end > file.length || view.getUint32(offset + 8) !== crc32(file, first, end)) return undefined;
  const batch = readBody(new ByteReader(file, first, end));
  return batch === undefined ? undefined : { batch, nextOffset: end };
}

/** The first whole batch after `offset`, wherever it begins. */
export function findBatch(file: Uint8Array, offset: number): BatchReading | undefined {
  const view = viewOf(file);
  for (let at = offset; at + BATCH_HEAD_BYTES <= file.length; at += 1) {
    if (view.getUint32(at) !== BATCH_MAGIC) continue;
    const found = readBatch(file, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

export interface Snapshot {
  readonly channel: string;
  readonly upTo: number;
  readonly bytes: Uint8Array;
}

export function encodeSnapshot({ bytes, channel, upTo }: Snapshot): Uint8Array {
  const writer = new ByteWriter(bytes.length + 128);
  writer.bytes(encodeHead("snapshot"));
  writer.bytes(new Uint8Array(4));
  writeText(writer, channel);
  writer.varint(upTo);
  writer.varint(bytes.length);
  writer.bytes(bytes);
  const file = writer.finish();
  viewOf(file).setUint32(HEAD_BYTES, crc32(file, HEAD_BYTES + 4));
  return file;
}

export function readSnapshot(file: Uint8Array): Snapshot | undefined {
  if (file.length < HEAD_BYTES + 4) return undefined;
  if (viewOf(file).getUint32(HEAD_BYTES) !== crc32(file, HEAD_BYTES + 4)) return undefined;
  const reader = new ByteReader(file, HEAD_BYTES + 4);
  const channel = readText(reader);
  const upTo = reader.varint();
  const bytes = reader.bytes(reader.varint() ?? -1);
  if (channel === undefined || upTo === undefined || bytes === undefined) return undefined;
  return { channel, upTo, bytes };
}

export function asPosition(value: number): JournalPosition {
  return value as JournalPosition;
}

function writeEntry(writer: ByteWriter, entry: Entry): void {
  writer.byte(kinds.indexOf(entry.kind));
  if ("position" in entry) return writer.varint(entry.position);
  writer.varint(entry.id);
  switch (entry.kind) {
    case "name":
      return writeText(writer, entry.channel);
    case "record":
      writer.varint(entry.bytes.length);
      return writer.bytes(entry.bytes);
    case "truncate":
      return writer.varint(entry.after);
    case "snapshot":
    case "keptSnapshot":
      return writer.varint(entry.upTo);
  }
}

function readBody(reader: ByteReader): Batch | undefined {
  const firstPosition = reader.varint();
  const durableBefore = reader.varint();
  const count = reader.varint();
  if (firstPosition === undefined || durableBefore === undefined) return undefined;
  if (count === undefined || count > reader.remainingBytes) return undefined;
  const entries: Entry[] = [];
  while (entries.length < count) {
    const entry = readEntry(reader);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return reader.remainingBytes === 0 ? { firstPosition, durableBefore, entries } : undefined;
}

function readEntry(reader: ByteReader): Entry | undefined {
  const kind = kinds[reader.byte() ?? kinds.length];
  const number = reader.varint();
  if (kind === undefined || number === undefined) return undefined;
  if (kind === "floor" || kind === "keptFloor") return { kind, position: number };
  if (kind === "name") {
    const channel = readText(reader);
    return channel === undefined ? undefined : { kind, id: number, channel };
  }
  const value = reader.varint();
  if (value === undefined) return undefined;
  if (kind === "truncate") return { kind, id: number, after: value };
  if (kind === "snapshot" || kind === "keptSnapshot") return { kind, id: number, upTo: value };
  const bytes = reader.bytes(value);
  return bytes === undefined ? undefined : { kind, id: number, bytes };
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = encodeUtf8(text);
  writer.varint(bytes.length);
  writer.bytes(bytes);
}

function readText(reader: ByteReader): string | undefined {
  const bytes = reader.bytes(reader.varint() ?? -1);
  return bytes === undefined ? undefined : decodeUtf8(bytes);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

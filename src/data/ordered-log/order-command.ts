import type { Need } from "../../core/causal-buffer.ts";
import type { Dot } from "../../core/dot.ts";
import { readDot, readList, readOrigin, writeDot, writeText } from "../../core/dot-bytes.ts";
import type { Origin } from "../../core/peer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { HASH_BYTES } from "./event.ts";

/*
 * What an ordered log has ordered:
 *   1 ‖ list of origins ‖ list of entries, each: number of its origin varint ‖ seq varint ‖
 *       list of needs, each the same two varints ‖ 32 bytes of hash
 *   2 ‖ list of dots            they never will have a place
 *   3 ‖ bytes, to the end       a note
 *   4 ‖ place varint            what is up to there may be dropped
 */
const kinds = { batch: 1, void: 2, note: 3, trim: 4 } as const;
/** Of each list. [because: an orderer's largest command holds no more] */
const LIST_MAX_COUNT = 65_536;

/** An event that is to have the next place. */
export interface BatchEntry {
  readonly dot: Dot;
  readonly hash: Uint8Array;
  /** What must have a place before it and had none yet, its origin's event before it aside. */
  readonly needs: readonly Need[];
}

export type OrderCommand =
  | { readonly kind: "batch"; readonly entries: readonly BatchEntry[] }
  | { readonly kind: "void"; readonly dots: readonly Dot[] }
  | { readonly kind: "note"; readonly bytes: Uint8Array }
  | { readonly kind: "trim"; readonly place: number };

export function encodeCommand(command: OrderCommand): Uint8Array {
  const writer = new ByteWriter(256);
  writer.byte(kinds[command.kind]);
  if (command.kind === "batch") writeBatch(writer, command.entries);
  else if (command.kind === "note") writer.bytes(command.bytes);
  else if (command.kind === "trim") writer.varint(command.place);
  else {
    writer.varint(command.dots.length);
    for (const dot of command.dots) writeDot(writer, dot);
  }
  return writer.finish();
}

/** undefined for bytes that are no command. What it holds are copies. */
export function decodeCommand(bytes: Uint8Array): OrderCommand | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  if (kind === kinds.note) return { kind: "note", bytes: bytes.slice(1) };
  if (kind === kinds.trim) {
    const place = reader.varint();
    return place === undefined || reader.remainingBytes > 0 ? undefined : { kind: "trim", place };
  }
  if (kind === kinds.void) {
    const dots = readList(reader, readDot, LIST_MAX_COUNT);
    return dots === undefined || reader.remainingBytes > 0 ? undefined : { kind: "void", dots };
  }
  if (kind !== kinds.batch) return undefined;
  const entries = readBatch(reader);
  return entries === undefined || reader.remainingBytes > 0
    ? undefined
    : { kind: "batch", entries };
}

function writeBatch(writer: ByteWriter, entries: readonly BatchEntry[]): void {
  const numbers = new Map<Origin, number>();
  const numberOf = (origin: Origin): number => {
    const known = numbers.get(origin) ?? numbers.size;
    numbers.set(origin, known);
    return known;
  };
  for (const { dot, needs } of entries) {
    numberOf(dot.origin);
    for (const [origin] of needs) numberOf(origin);
  }
  writer.varint(numbers.size);
  for (const origin of numbers.keys()) writeText(writer, origin);
  writer.varint(entries.length);
  for (const { dot, hash, needs } of entries) {
    writer.varint(numberOf(dot.origin));
    writer.varint(dot.seq);
    writer.varint(needs.length);
    for (const [origin, seq] of needs) {
      writer.varint(numberOf(origin));
      writer.varint(seq);
    }
    writer.bytes(hash);
  }
}

function readBatch(reader: ByteReader): BatchEntry[] | undefined {
  const origins = readList(reader, readOrigin, LIST_MAX_COUNT);
  if (origins === undefined) return undefined;
  const readNumbered = (from: ByteReader): Need | undefined => {
    const origin = origins[from.varint() ?? -1];
    const seq = from.varint();
    return origin === undefined || seq === undefined || seq < 1 ? undefined : [origin, seq];
  };
  return readList(
    reader,
    (from) => {
      const name = readNumbered(from);
      const needs = name && readList(from, readNumbered, LIST_MAX_COUNT);
      const hash = needs && from.bytes(HASH_BYTES);
      if (name === undefined || needs === undefined || hash === undefined) return undefined;
      const [origin, seq] = name;
      return { dot: { origin, seq }, hash: hash.slice(), needs };
    },
    LIST_MAX_COUNT,
  );
}

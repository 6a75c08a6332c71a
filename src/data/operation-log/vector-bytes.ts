import { readOrigin, writeText } from "../../core/dot-bytes.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { readDotSet, writeDotSet } from "../../core/dot-set-bytes.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Origin } from "../../core/peer.ts";
import { textLanes } from "../../core/seq-ranges.ts";
import { compareUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { Vector } from "./operation-log.messages.ts";

/*
 *   vector   count varint ‖ per origin, ascending by bytes: its text ‖ varint
 *   time     milliseconds varint ‖ counter varint
 *   token    3 ‖ tag ‖ time ‖ vector, or 4 ‖ tag ‖ time ‖ vector ‖ dot set
 *   tag      32 bits of the name of the log, big-endian: its numbers say nothing in another
 */

const TOKEN_OF_VECTOR = 3;
const TOKEN_WITH_DOTS = 4;

/** What a client carries from replica to replica: V-client, and how late it is there. [spec §11] */
export interface ClientClock {
  readonly prev: Vector;
  /** Seen behind gaps. Absent when nothing. */
  readonly beyond?: ReadonlyDotSet;
  readonly at: HybridTime;
}

export function writeVector(writer: ByteWriter, vector: Vector): void {
  writer.varint(vector.size);
  const entries = vector.size > 1 ? [...vector].sort(([a], [b]) => compareUtf8(a, b)) : vector;
  for (const [origin, upTo] of entries) {
    writeText(writer, origin);
    writer.varint(upTo);
  }
}

/** undefined for what is no vector in its one form. */
export function readVector(reader: ByteReader): Map<Origin, number> | undefined {
  const count = reader.varint();
  if (count === undefined) return undefined;
  const vector = new Map<Origin, number>();
  let previous = "";
  while (vector.size < count) {
    const origin = readOrigin(reader);
    const upTo = reader.varint();
    if (origin === undefined || upTo === undefined) return undefined;
    if (compareUtf8(previous, origin) >= 0) return undefined;
    vector.set(origin, upTo);
    previous = origin;
  }
  return vector;
}

export function writeTime(writer: ByteWriter, { counter, ms }: HybridTime): void {
  writer.varint(ms);
  writer.varint(counter);
}

export function readTime(reader: ByteReader): HybridTime | undefined {
  const ms = reader.varint();
  const counter = reader.varint();
  return ms === undefined || counter === undefined ? undefined : { ms, counter };
}

/** A token of the log of that name. */
export function encodeClientClock(name: string, { at, beyond, prev }: ClientClock): Uint8Array {
  const writer = new ByteWriter();
  const dots = beyond === undefined || beyond.isEmpty ? undefined : beyond;
  writer.byte(dots === undefined ? TOKEN_OF_VECTOR : TOKEN_WITH_DOTS);
  for (const byte of tagOf(name)) writer.byte(byte);
  writeTime(writer, at);
  writeVector(writer, prev);
  if (dots !== undefined) writeDotSet(writer, dots);
  return writer.finish();
}

/** undefined for bytes that are no token of the log of that name. */
export function decodeClientClock(name: string, bytes: Uint8Array): ClientClock | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== TOKEN_OF_VECTOR && version !== TOKEN_WITH_DOTS) return undefined;
  if (tagOf(name).some((byte) => reader.byte() !== byte)) return undefined;
  const at = readTime(reader);
  const prev = readVector(reader);
  if (at === undefined || prev === undefined) return undefined;
  if (version === TOKEN_OF_VECTOR) return reader.remainingBytes > 0 ? undefined : { at, prev };
  const beyond = readDotSet(reader);
  return beyond === undefined || reader.remainingBytes > 0 ? undefined : { at, prev, beyond };
}

function tagOf(name: string): number[] {
  const { low } = textLanes(name);
  return [24, 16, 8, 0].map((shift) => (low >>> shift) & 0xff);
}

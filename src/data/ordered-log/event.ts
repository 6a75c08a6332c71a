import type { Need } from "../../core/causal-buffer.ts";
import type { Dot } from "../../core/dot.ts";
import { readDot, readList, readOrigin, writeDot, writeText } from "../../core/dot-bytes.ts";
import type { JournalPosition } from "../../core/env.ts";
import { type HybridTime, isHybridTime } from "../../core/hybrid-clock.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";

/*
 * An event in bytes, of which its hash is made:
 *   1 ‖ dot ‖ ms varint ‖ counter varint ‖ list of needs, each origin as text ‖ seq varint ‖ data
 */
const FORMAT = 1;
/** Origins whose numbers changed since the origin's last event. [because: writers of one log] */
const NEEDS_MAX_COUNT = 4_096;

/** What its origin says of an event. */
export interface EventContent {
  readonly dot: Dot;
  readonly hlc: HybridTime;
  /**
   * What the origin had been told since its event before this one: of each other origin the last.
   * Its own event before this one is needed always, and does not stand here.
   */
  readonly needs: readonly Need[];
  readonly data: Uint8Array;
}

/** An event that this node holds. */
export interface HeldEvent extends EventContent {
  /** SHA-256 of `encoded`. */
  readonly hash: Uint8Array;
  readonly encoded: Uint8Array;
  /** Of its record in the journal. */
  position: JournalPosition;
  /** When it came. */
  readonly sinceMs: number;
  /** The leader of this term has taken note of it. */
  ackedTerm: number;
  /** How often it was announced since the last change of leaders. */
  announcedCount: number;
  /** When it is to be announced next. */
  dueMs: number;
  state: "pending" | "placed";
  /** An id in this node's log names it: it is not dropped before its place is known. */
  isProposed: boolean;
}

/** What is said of an event where its data is not: which one, and what its bytes come to. */
export interface EventName {
  readonly dot: Dot;
  readonly hash: Uint8Array;
}

export const HASH_BYTES = 32;

export function encodeEvent({ data, dot, hlc, needs }: EventContent): Uint8Array {
  const writer = new ByteWriter(64 + data.length);
  writer.byte(FORMAT);
  writeDot(writer, dot);
  writer.varint(hlc.ms);
  writer.varint(hlc.counter);
  writer.varint(needs.length);
  for (const [origin, seq] of needs) {
    writeText(writer, origin);
    writer.varint(seq);
  }
  writer.bytes(data);
  return writer.finish();
}

/** undefined for bytes that are no event, or one larger than this node takes. */
export function decodeEvent(bytes: Uint8Array, dataMaxBytes: number): EventContent | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) return undefined;
  const dot = readDot(reader);
  const ms = reader.varint();
  const counter = reader.varint();
  const needs = readNeeds(reader);
  if (dot === undefined || ms === undefined || counter === undefined) return undefined;
  if (needs === undefined || !isHybridTime({ ms, counter })) return undefined;
  if (reader.remainingBytes > dataMaxBytes) return undefined;
  const data = bytes.subarray(reader.at);
  return { dot, hlc: { ms, counter }, needs, data };
}

function readNeeds(reader: ByteReader): Need[] | undefined {
  return readList(reader, readNeed, NEEDS_MAX_COUNT);
}

function readNeed(reader: ByteReader): Need | undefined {
  const origin = readOrigin(reader);
  const seq = reader.varint();
  return origin === undefined || seq === undefined ? undefined : [origin, seq];
}

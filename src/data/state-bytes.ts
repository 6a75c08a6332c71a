import {
  readDot,
  readList,
  readOwnDotSet,
  readText,
  writeDot,
  writeText,
} from "../core/dot-bytes.ts";
import { encodeDotSet } from "../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter } from "../core/varint.ts";
import type { StateCodec, StateRecord, StateSnapshot, Surviving } from "./state-file.ts";
import type { SupersededDot } from "./superseded-dots.ts";

/*
 * The state of a data model by state transfer on disk:
 *   record    1 ‖ dot ‖ update, to the end    a write was taken in
 *             2 ‖ dot set                     these dots were seen without an update
 *             3                               all that came before is void
 *   snapshot  dot set of what was seen ‖ list of surviving writes, each dot ‖ length ‖ update
 *             ‖ list of overwritten writes, each dot ‖ key
 */

const UPDATE = 1;
const COVERED = 2;
const DISCARDED = 3;

/** Updates of one data model in bytes, and back; undefined for bytes that are none. */
export interface StateUpdateCodec<Update> {
  encode(update: Update): Uint8Array;
  decode(bytes: Uint8Array): Update | undefined;
}

export function stateCodec<Update>(updates: StateUpdateCodec<Update>): StateCodec<Update> {
  return {
    encodeRecord: (record) => encodeRecord(record, updates),
    decodeRecord: (bytes) => decodeRecord(bytes, updates),
    encodeSnapshot: (snapshot) => encodeSnapshot(snapshot, updates),
    decodeSnapshot: (bytes) => decodeSnapshot(bytes, updates),
  };
}

function encodeRecord<Update>(
  record: StateRecord<Update>,
  updates: StateUpdateCodec<Update>,
): Uint8Array {
  const writer = new ByteWriter();
  if (record.kind === "discarded") return Uint8Array.of(DISCARDED);
  if (record.kind === "covered") {
    writer.byte(COVERED);
    writer.bytes(encodeDotSet(record.dots));
    return writer.finish();
  }
  writer.byte(UPDATE);
  writeDot(writer, record.dot);
  writer.bytes(updates.encode(record.update));
  return writer.finish();
}

function decodeRecord<Update>(
  bytes: Uint8Array,
  updates: StateUpdateCodec<Update>,
): StateRecord<Update> | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  if (kind === DISCARDED) return bytes.length === 1 ? { kind: "discarded" } : undefined;
  if (kind === COVERED) {
    const dots = readOwnDotSet(reader);
    return dots === undefined || reader.remainingBytes > 0 ? undefined : { kind: "covered", dots };
  }
  const dot = kind === UPDATE ? readDot(reader) : undefined;
  const rest = dot === undefined ? undefined : reader.bytes(reader.remainingBytes);
  const update = rest === undefined ? undefined : updates.decode(rest);
  return dot === undefined || update === undefined ? undefined : { kind: "update", dot, update };
}

function encodeSnapshot<Update>(
  { seen, superseded, surviving }: StateSnapshot<Update>,
  updates: StateUpdateCodec<Update>,
): Uint8Array {
  const writer = new ByteWriter(1_024);
  writer.bytes(encodeDotSet(seen));
  writer.varint(surviving.length);
  for (const { dot, update } of surviving) {
    const bytes = updates.encode(update);
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

function decodeSnapshot<Update>(
  bytes: Uint8Array,
  updates: StateUpdateCodec<Update>,
): StateSnapshot<Update> | undefined {
  const reader = new ByteReader(bytes);
  const seen = readOwnDotSet(reader);
  if (seen === undefined) return undefined;
  const surviving = readList(reader, (from) => readSurviving(from, updates));
  const superseded = surviving === undefined ? undefined : readList(reader, readSuperseded);
  if (surviving === undefined || superseded === undefined) return undefined;
  return reader.remainingBytes > 0 ? undefined : { seen, surviving, superseded };
}

function readSurviving<Update>(
  reader: ByteReader,
  updates: StateUpdateCodec<Update>,
): Surviving<Update> | undefined {
  const dot = readDot(reader);
  const body = reader.bytes(reader.varint() ?? -1);
  const update = body === undefined ? undefined : updates.decode(body);
  return dot === undefined || update === undefined ? undefined : { dot, update };
}

function readSuperseded(reader: ByteReader): SupersededDot | undefined {
  const dot = readDot(reader);
  const key = readText(reader);
  return dot === undefined || key === undefined ? undefined : { dot, key };
}

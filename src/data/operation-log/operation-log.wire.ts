import type { Dot } from "../../core/dot.ts";
import {
  readDot,
  readList,
  readOrigin,
  readOwnDotSet,
  readText,
  writeDot,
  writeText,
} from "../../core/dot-bytes.ts";
import { DotSet } from "../../core/dot-set.ts";
import { encodeDotSet, readDotSet, writeDotSet } from "../../core/dot-set-bytes.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import type { UpdateCodec } from "../../exchange/enrolled.ts";
import type { OperationCodec } from "./operation-file.ts";
import type { LoggedOperation } from "./operation-log.contract.ts";
import type {
  ClockMark,
  ExecutedId,
  LoggedRecord,
  Operation,
  OperationClass,
  OperationJournalRecord,
  OperationRecord,
  OperationSnapshot,
  OriginClock,
  PlacedOrder,
} from "./operation-log.messages.ts";
import { recordBytes } from "./record-log.ts";
import { readTime, readVector, writeTime, writeVector } from "./vector-bytes.ts";

/*
 * In deltas, in snapshots that travel, and on disk:
 *   record     kind u8 ‖ time ‖ vector ‖ rest
 *              0 a mark: the rest is its view, varint ‖ vector of what is closed
 *              1 causal · 2 commutative · 3 total · 4 ordered, 16 added when final, 32 when it
 *              names single operations: the rest is (their dot set) ‖ id text ‖ submitted varint ‖
 *              payload, to the end
 *   journal    1 ‖ dot ‖ record       received, or written here
 *              2 ‖ dot set            lost for good
 *              3                      all that came before is void
 *              4 ‖ origin ‖ varint    a line was drawn under what this origin wrote
 *              5 ‖ varint ‖ list of dots   these are next in the ordered log, known up to there
 *   snapshot   1 ‖ seen ‖ applied ‖ forgotten, each a dot set ‖ list of executed ids
 *              (id text ‖ dot ‖ submitted varint ‖ final u8) ‖ list of records (dot ‖ length ‖
 *              record) ‖ list of clocks (origin ‖ seq ‖ time ‖ length ‖ mark, or length 0) ‖
 *              vector of what is closed ‖ state, to the end
 *              2 ‖ … the same with an ordered log: place ‖ time ‖ list of dots before the state
 *   event      dot ‖ record, in the ordered log that orders it
 */

const MARK = 0;
const FINAL = 16;
const BEYOND = 32;
const classes: readonly OperationClass[] = ["causal", "commutative", "total", "ordered"];
const RECORD = 1;
const FORGOTTEN = 2;
const DISCARDED = 3;
const CLOSED = 4;
const PLACED = 5;
const SNAPSHOT_VERSION = 1;
const PLACED_SNAPSHOT_VERSION = 2;

export function encodeOperationRecord(record: OperationRecord): Uint8Array {
  const writer = new ByteWriter(recordBytes(record));
  writeRecord(writer, record);
  return writer.finish();
}

function writeRecord(writer: ByteWriter, record: OperationRecord): void {
  writer.byte(kindOf(record));
  writeTime(writer, record.at);
  writeVector(writer, record.prev);
  if (record.kind === "mark") {
    writer.varint(record.view);
    writeVector(writer, record.closed);
  } else {
    if (record.beyond !== undefined) writeDotSet(writer, record.beyond);
    writeText(writer, record.id);
    writer.varint(record.submittedAtMs);
    writer.bytes(record.payload);
  }
}

/** undefined when the bytes are no record. */
export function decodeOperationRecord(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
): OperationRecord | undefined {
  const reader = new ByteReader(bytes, start, end);
  const kind = reader.byte();
  const at = readTime(reader);
  const prev = at === undefined ? undefined : readVector(reader);
  if (kind === undefined || at === undefined || prev === undefined) return undefined;
  if (kind === MARK) {
    const view = reader.varint();
    const closed = view === undefined ? undefined : readVector(reader);
    if (view === undefined || closed === undefined || reader.remainingBytes > 0) return undefined;
    return { kind: "mark", at, prev, view, closed };
  }
  const isFinal = (kind & FINAL) !== 0;
  const found = classes[(kind & ~(FINAL | BEYOND)) - 1];
  const beyond = (kind & BEYOND) === 0 ? new DotSet() : readDotSet(reader);
  if (beyond === undefined) return undefined;
  const id = readText(reader);
  const submittedAtMs = reader.varint();
  if (found === undefined || id === undefined || submittedAtMs === undefined) return undefined;
  // A copy: what came is a view of a whole message, which a record in the log would keep alive.
  const payload = reader.bytes(reader.remainingBytes)?.slice() ?? new Uint8Array(0);
  const causes = beyond.isEmpty ? { prev } : { prev, beyond };
  return { kind: "operation", class: found, id, isFinal, ...causes, at, submittedAtMs, payload };
}

/** Updates are objects to the exchanges; this log's are records. */
export const operationUpdateCodec: UpdateCodec = {
  encode: (update) => encodeOperationRecord(update as OperationRecord),
  decode: (bytes) => decodeOperationRecord(bytes),
  inPlace: {
    write: (update, writer) => writeRecord(writer, update as OperationRecord),
    read: decodeOperationRecord,
  },
};

export function operationUpdateBytes(update: unknown): number {
  return recordBytes(update as OperationRecord);
}

export const operationCodec: OperationCodec = {
  encodeRecord: encodeJournalRecord,
  decodeRecord: decodeJournalRecord,
  encodeSnapshot: encodeOperationSnapshot,
  decodeSnapshot: decodeOperationSnapshot,
};

function encodeJournalRecord(one: OperationJournalRecord): Uint8Array {
  if (one.kind === "discarded") return Uint8Array.of(DISCARDED);
  const writer = new ByteWriter();
  if (one.kind === "forgotten") {
    writer.byte(FORGOTTEN);
    writer.bytes(encodeDotSet(one.dots));
  } else if (one.kind === "placed") {
    writer.byte(PLACED);
    writePlaced(writer, one.through, one.dots);
  } else if (one.kind === "closed") {
    writer.byte(CLOSED);
    writeText(writer, one.origin);
    writer.varint(one.upTo);
  } else {
    writer.byte(RECORD);
    writeDot(writer, one.dot);
    writer.bytes(encodeOperationRecord(one.record));
  }
  return writer.finish();
}

function decodeJournalRecord(bytes: Uint8Array): OperationJournalRecord | undefined {
  const reader = new ByteReader(bytes);
  const kind = reader.byte();
  if (kind === DISCARDED) return bytes.length === 1 ? { kind: "discarded" } : undefined;
  if (kind === FORGOTTEN) {
    const dots = readOwnDotSet(reader);
    return dots === undefined || reader.remainingBytes > 0
      ? undefined
      : { kind: "forgotten", dots };
  }
  if (kind === CLOSED) {
    const origin = readOrigin(reader);
    const upTo = reader.varint();
    return origin === undefined || upTo === undefined
      ? undefined
      : { kind: "closed", origin, upTo };
  }
  if (kind === PLACED) {
    const through = reader.varint();
    const dots = readList(reader, readDot);
    if (through === undefined || dots === undefined || reader.remainingBytes > 0) return undefined;
    return { kind: "placed", through, dots };
  }
  const dot = kind === RECORD ? readDot(reader) : undefined;
  const record = decodeOperationRecord(reader.bytes(reader.remainingBytes) ?? new Uint8Array(0));
  return dot === undefined || record === undefined ? undefined : { kind: "record", dot, record };
}

export function encodeOperationSnapshot(snapshot: OperationSnapshot): Uint8Array {
  const writer = new ByteWriter(1_024);
  const { placed } = snapshot.order;
  writer.byte(placed === undefined ? SNAPSHOT_VERSION : PLACED_SNAPSHOT_VERSION);
  writer.bytes(encodeDotSet(snapshot.seen));
  writer.bytes(encodeDotSet(snapshot.applied));
  writer.bytes(encodeDotSet(snapshot.forgotten));
  writer.varint(snapshot.executed.length);
  for (const { dot, id, isFinal, submittedAtMs } of snapshot.executed) {
    writeText(writer, id);
    writeDot(writer, dot);
    writer.varint(submittedAtMs);
    writer.byte(isFinal ? 1 : 0);
  }
  writer.varint(snapshot.log.length);
  for (const { dot, record } of snapshot.log) {
    writeDot(writer, dot);
    writeSized(writer, encodeOperationRecord(record));
  }
  writer.varint(snapshot.order.clocks.length);
  for (const { at, mark, origin, seq } of snapshot.order.clocks) {
    writeDot(writer, { origin, seq });
    writeTime(writer, at);
    writeSized(writer, mark === undefined ? new Uint8Array(0) : encodeOperationRecord(mark));
  }
  writeVector(writer, snapshot.order.closed);
  if (placed !== undefined) {
    writeTime(writer, placed.at);
    writePlaced(writer, placed.place, placed.queue);
  }
  writer.bytes(snapshot.state);
  return writer.finish();
}

/** undefined for bytes that are no snapshot. */
export function decodeOperationSnapshot(bytes: Uint8Array): OperationSnapshot | undefined {
  const reader = new ByteReader(bytes);
  const version = reader.byte();
  if (version !== SNAPSHOT_VERSION && version !== PLACED_SNAPSHOT_VERSION) return undefined;
  const seen = readOwnDotSet(reader);
  const applied = seen && readOwnDotSet(reader);
  const forgotten = applied && readOwnDotSet(reader);
  const executed = forgotten && readList(reader, readExecuted);
  const log = executed && readList(reader, readLogged);
  const clocks = log && readList(reader, readClock);
  const closed = clocks && readVector(reader);
  const placed = closed && (version === SNAPSHOT_VERSION ? "none" : readPlacedOrder(reader));
  const state = placed && reader.bytes(reader.remainingBytes);
  if (seen === undefined || applied === undefined || forgotten === undefined) return undefined;
  if (executed === undefined || log === undefined || clocks === undefined) return undefined;
  if (closed === undefined || placed === undefined || state === undefined) return undefined;
  const order = placed === "none" ? { clocks, closed } : { clocks, closed, placed };
  return { seen, applied, forgotten, executed, log, order, state };
}

function writePlaced(writer: ByteWriter, place: number, dots: readonly Dot[]): void {
  writer.varint(place);
  writer.varint(dots.length);
  for (const dot of dots) writeDot(writer, dot);
}

function readPlacedOrder(reader: ByteReader): PlacedOrder | undefined {
  const at = readTime(reader);
  const place = at && reader.varint();
  const queue = place === undefined ? undefined : readList(reader, readDot);
  return at && place !== undefined && queue ? { place, at, queue } : undefined;
}

/** An operation as it stands in the ordered log that orders it. */
export function encodeOrderedOperation(dot: Dot, record: Operation): Uint8Array {
  const writer = new ByteWriter(recordBytes(record));
  writeDot(writer, dot);
  writeRecord(writer, record);
  return writer.finish();
}

/** undefined when the bytes are none. */
export function decodeOrderedOperation(bytes: Uint8Array): LoggedOperation | undefined {
  const reader = new ByteReader(bytes);
  const dot = readDot(reader);
  const record =
    dot && decodeOperationRecord(reader.bytes(reader.remainingBytes) ?? new Uint8Array(0));
  if (dot === undefined || record?.kind !== "operation" || record.class !== "ordered") {
    return undefined;
  }
  return { dot, record };
}

function readExecuted(reader: ByteReader): ExecutedId | undefined {
  const id = readText(reader);
  const dot = readDot(reader);
  const submittedAtMs = reader.varint();
  const final = reader.byte();
  if (id === undefined || dot === undefined || submittedAtMs === undefined) return undefined;
  return final === undefined ? undefined : { id, dot, submittedAtMs, isFinal: final === 1 };
}

function readLogged(reader: ByteReader): LoggedRecord | undefined {
  const dot = readDot(reader);
  const record = decodeOperationRecord(reader.bytes(reader.varint() ?? -1) ?? new Uint8Array(0));
  return dot === undefined || record === undefined ? undefined : { dot, record };
}

function readClock(reader: ByteReader): OriginClock | undefined {
  const origin = readOrigin(reader);
  const seq = reader.varint();
  const at = readTime(reader);
  const body = reader.bytes(reader.varint() ?? -1);
  if (origin === undefined || seq === undefined || at === undefined) return undefined;
  if (body === undefined) return undefined;
  const mark = body.length === 0 ? undefined : markFrom(body);
  return body.length > 0 && mark === undefined ? undefined : { origin, seq, at, mark };
}

function markFrom(body: Uint8Array): ClockMark | undefined {
  const record = decodeOperationRecord(body);
  return record?.kind === "mark" ? record : undefined;
}

function writeSized(writer: ByteWriter, bytes: Uint8Array): void {
  writer.varint(bytes.length);
  writer.bytes(bytes);
}

function kindOf(record: OperationRecord): number {
  if (record.kind === "mark") return MARK;
  return kindOfOperation(record);
}

function kindOfOperation({ beyond, class: kind, isFinal }: Operation): number {
  const flags = (isFinal ? FINAL : 0) + (beyond === undefined ? 0 : BEYOND);
  return classes.indexOf(kind) + 1 + flags;
}

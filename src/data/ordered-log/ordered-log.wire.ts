import type { Dot } from "../../core/dot.ts";
import { readDot, readList, writeDot, writeText } from "../../core/dot-bytes.ts";
import { type DotSetBounds, readDotSet, writeDotSet } from "../../core/dot-set-bytes.ts";
import type { PeerId } from "../../core/peer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import { type EventName, HASH_BYTES } from "./event.ts";
import { readPlace, writePlace } from "./order-state-bytes.ts";
import type {
  LogRecord,
  MessageOf,
  OrderedLogMessage,
  PeerReport,
  PushWay,
} from "./ordered-log.messages.ts";

/*
 * A message of an ordered log: 1 ‖ kind ‖ body, numbers as varints, lists as count and elements:
 *   push           way ‖ list of events, each length ‖ bytes
 *   announce       list of names, each dot ‖ 32 bytes
 *   ack            load ‖ dot set that is noted ‖ dot set that is safe
 *   fetch, whoHas, lacks   list of dots
 *   events         list of events ‖ list of dots
 *   pending        dot set
 *   report         0, or 1 ‖ place applied ‖ place of data ‖ place of snapshot
 *   snapshotAsk    place ‖ offset ‖ 0, or 1 ‖ 32 bytes
 *   snapshotPiece  place ‖ offset ‖ total ‖ 32 bytes ‖ the piece, to the end
 *   snapshotNone   place
 *   viewAsk        epoch
 *   view           term ‖ epoch ‖ list of names
 *   want, lost     term ‖ list of names, as announce
 * A dot is its origin as text ‖ seq; a place two numbers. [spec raft §4 to §8]
 */
const FORMAT = 1;

const kinds = {
  push: 1,
  announce: 2,
  ack: 3,
  fetch: 4,
  events: 5,
  pending: 6,
  whoHas: 7,
  lacks: 8,
  report: 9,
  snapshotAsk: 10,
  snapshotPiece: 11,
  snapshotNone: 12,
  viewAsk: 13,
  view: 14,
  want: 15,
  lost: 16,
} as const satisfies Record<OrderedLogMessage["kind"], number>;
const ways: readonly PushWay[] = ["direct", "rumor"];

/** Of each list. [because: no option lets a message have more] */
const LIST_MAX_COUNT = 16_384;
const PEERS_MAX_COUNT = 1_024;
/** [because: an acknowledgement speaks of what has no place, of a few lives] */
const setBounds: DotSetBounds = { originsMaxCount: 4_096, rangesMaxCount: 16_384 };

/** How a name becomes a peer: on a real node it is one. */
export type ReadPeer = (name: string) => PeerId | undefined;

/** Records are events as they are. */
export const logRecordCodec = {
  encode: ({ encoded }: LogRecord): Uint8Array => encoded,
  decode: (bytes: Uint8Array): LogRecord => ({ encoded: bytes }),
};

export function encodeOrderedLog(message: OrderedLogMessage): Uint8Array {
  const writer = new ByteWriter(64);
  writer.byte(FORMAT);
  writer.byte(kinds[message.kind]);
  writeBody(writer, message);
  return writer.finish();
}

/** Never throws. @returns undefined for bytes that are no message of an ordered log. */
export function decodeOrderedLog(
  bytes: Uint8Array,
  readPeer: ReadPeer,
): OrderedLogMessage | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) return undefined;
  const message = readBody(reader, readPeer);
  return reader.remainingBytes > 0 ? undefined : message;
}

function writeBody(writer: ByteWriter, message: OrderedLogMessage): void {
  switch (message.kind) {
    case "push":
      writer.byte(ways.indexOf(message.way));
      return writeAll(writer, message.events);
    case "announce":
      return writeNames(writer, message.names);
    case "want":
    case "lost":
      writer.varint(message.term);
      return writeNames(writer, message.names);
    case "ack":
      writer.byte(message.load === "overload" ? 1 : 0);
      writeDotSet(writer, message.noted);
      return writeDotSet(writer, message.safe);
    case "fetch":
    case "whoHas":
    case "lacks":
      return writeDots(writer, message.dots);
    case "events":
      writeAll(writer, message.events);
      return writeDots(writer, message.missing);
    case "pending":
      return writeDotSet(writer, message.dots);
    case "report":
      return writeReport(writer, message.report);
    case "snapshotAsk":
      return writeAsk(writer, message);
    case "snapshotPiece":
      return writePiece(writer, message);
    case "snapshotNone":
      return writer.varint(message.place);
    case "viewAsk":
      return writer.varint(message.epoch);
    case "view":
      writer.varint(message.term);
      writer.varint(message.epoch);
      writer.varint(message.peers.length);
      for (const peer of message.peers) writeText(writer, String(peer));
  }
}

function readBody(reader: ByteReader, readPeer: ReadPeer): OrderedLogMessage | undefined {
  switch (reader.byte()) {
    case kinds.push: {
      const way = ways[reader.byte() ?? -1];
      const events = way && readAll(reader);
      return way && events && { kind: "push", way, events };
    }
    case kinds.announce: {
      const names = readList(reader, readName, LIST_MAX_COUNT);
      return names && { kind: "announce", names };
    }
    case kinds.want:
      return readWanted(reader, "want");
    case kinds.lost:
      return readWanted(reader, "lost");
    case kinds.ack:
      return readAck(reader);
    case kinds.fetch:
      return withDots(reader, "fetch");
    case kinds.whoHas:
      return withDots(reader, "whoHas");
    case kinds.lacks:
      return withDots(reader, "lacks");
    case kinds.events: {
      const events = readAll(reader);
      const missing = events && readList(reader, readDot, LIST_MAX_COUNT);
      return events && missing && { kind: "events", events, missing };
    }
    case kinds.pending: {
      const dots = readDotSet(reader, setBounds);
      return dots && { kind: "pending", dots };
    }
    case kinds.report: {
      const report = readReport(reader);
      return report && { kind: "report", report };
    }
    case kinds.snapshotAsk:
      return readAsk(reader);
    case kinds.snapshotPiece:
      return readPiece(reader);
    case kinds.snapshotNone: {
      const place = reader.varint();
      return place === undefined ? undefined : { kind: "snapshotNone", place };
    }
    case kinds.viewAsk: {
      const epoch = reader.varint();
      return epoch === undefined ? undefined : { kind: "viewAsk", epoch };
    }
    case kinds.view:
      return readView(reader, readPeer);
    default:
      return undefined;
  }
}

function writeAll(writer: ByteWriter, events: readonly Uint8Array[]): void {
  writer.varint(events.length);
  for (const event of events) {
    writer.varint(event.length);
    writer.bytes(event);
  }
}

function readAll(reader: ByteReader): Uint8Array[] | undefined {
  return readList(reader, (from) => from.bytes(from.varint() ?? -1), LIST_MAX_COUNT);
}

function writeDots(writer: ByteWriter, dots: readonly Dot[]): void {
  writer.varint(dots.length);
  for (const dot of dots) writeDot(writer, dot);
}

function withDots<Kind extends "fetch" | "whoHas" | "lacks">(
  reader: ByteReader,
  kind: Kind,
): { kind: Kind; dots: Dot[] } | undefined {
  const dots = readList(reader, readDot, LIST_MAX_COUNT);
  return dots && { kind, dots };
}

function writeNames(writer: ByteWriter, names: readonly EventName[]): void {
  writer.varint(names.length);
  for (const name of names) writeName(writer, name);
}

function readWanted<Kind extends "want" | "lost">(
  reader: ByteReader,
  kind: Kind,
): { kind: Kind; term: number; names: EventName[] } | undefined {
  const term = reader.varint();
  const names = readList(reader, readName, LIST_MAX_COUNT);
  return term === undefined || names === undefined ? undefined : { kind, term, names };
}

function writeName(writer: ByteWriter, { dot, hash }: EventName): void {
  writeDot(writer, dot);
  writer.bytes(hash);
}

function readName(reader: ByteReader): EventName | undefined {
  const dot = readDot(reader);
  const hash = reader.bytes(HASH_BYTES);
  return dot && hash && { dot, hash };
}

function readAck(reader: ByteReader): MessageOf<"ack"> | undefined {
  const load = reader.byte();
  const noted = readDotSet(reader, setBounds);
  const safe = noted && readDotSet(reader, setBounds);
  if (noted === undefined || safe === undefined || load === undefined || load > 1) return undefined;
  return { kind: "ack", noted, safe, load: load === 1 ? "overload" : "normal" };
}

function writeReport(writer: ByteWriter, { applied, dataThrough, snapshot }: PeerReport): void {
  writer.byte(applied === undefined ? 0 : 1);
  if (applied !== undefined) writePlace(writer, applied);
  writePlace(writer, dataThrough);
  writePlace(writer, snapshot);
}

function readReport(reader: ByteReader): PeerReport | undefined {
  const has = reader.byte();
  const applied = has === 1 ? readPlace(reader) : undefined;
  if (has === undefined || has > 1 || (has === 1 && applied === undefined)) return undefined;
  const dataThrough = readPlace(reader);
  const snapshot = dataThrough && readPlace(reader);
  return dataThrough && snapshot && { applied, dataThrough, snapshot };
}

function writeAsk(writer: ByteWriter, { hash, offset, place }: MessageOf<"snapshotAsk">): void {
  writer.varint(place);
  writer.varint(offset);
  writer.byte(hash.length === 0 ? 0 : 1);
  writer.bytes(hash);
}

function readAsk(reader: ByteReader): MessageOf<"snapshotAsk"> | undefined {
  const place = reader.varint();
  const offset = reader.varint();
  const has = reader.byte();
  if (place === undefined || offset === undefined || has === undefined || has > 1) return undefined;
  const hash = reader.bytes(has === 1 ? HASH_BYTES : 0);
  return hash && { kind: "snapshotAsk", place, offset, hash };
}

function writePiece(writer: ByteWriter, piece: MessageOf<"snapshotPiece">): void {
  writer.varint(piece.place);
  writer.varint(piece.offset);
  writer.varint(piece.totalBytes);
  writer.bytes(piece.hash);
  writer.bytes(piece.bytes);
}

function readPiece(reader: ByteReader): MessageOf<"snapshotPiece"> | undefined {
  const place = reader.varint();
  const offset = reader.varint();
  const totalBytes = reader.varint();
  const hash = reader.bytes(HASH_BYTES);
  const bytes = hash && reader.bytes(reader.remainingBytes);
  if (place === undefined || offset === undefined || totalBytes === undefined) return undefined;
  return hash && bytes && { kind: "snapshotPiece", place, offset, totalBytes, hash, bytes };
}

function readView(reader: ByteReader, readPeer: ReadPeer): MessageOf<"view"> | undefined {
  const term = reader.varint();
  const epoch = reader.varint();
  const peers = readList(
    reader,
    (from) => {
      const name = from.text();
      return name === undefined ? undefined : readPeer(name);
    },
    PEERS_MAX_COUNT,
  );
  if (term === undefined || epoch === undefined || peers === undefined) return undefined;
  return { kind: "view", term, epoch, peers };
}

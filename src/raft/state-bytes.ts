/** What a group keeps on disk, in bytes: records of the journal, and its snapshot. */
import { type PeerId, peerId } from "../core/peer.ts";
import { decodeUtf8Strict, encodeUtf8 } from "../core/text.ts";
import { ByteReader, ByteWriter } from "../core/varint.ts";
import type { Entry, GroupConfig, RaftRecord, Seat } from "./entry.ts";
import type { LogPoint } from "./log.ts";

/** Of both formats; another number is another program's. */
const FORMAT = 1;
const SEATS_MAX_COUNT = 65_536;

const recordKinds = { seat: 1, term: 2, command: 3, noop: 4, config: 5 } as const;
const peerKinds = { none: 0, number: 1, text: 2 } as const;

/** What stands for the part of the log that was compacted. */
export interface Snapshot extends LogPoint {
  /** Who took part as of `index`. */
  readonly config: GroupConfig;
  /** What the application made of all commands up to `index`. */
  readonly bytes: Uint8Array;
}

/** A snapshot as it is kept, with all else that the records before it said. */
export interface KeptSnapshot {
  readonly disk: number;
  readonly group: number;
  readonly term: number;
  readonly vote: PeerId | undefined;
  /** The last entry whose record it replaces; some entries may be kept behind it. */
  readonly base: LogPoint;
  /** Who took part as of `base`. */
  readonly baseConfig: GroupConfig;
  readonly snapshot: Snapshot;
}

export function encodeRecord(record: RaftRecord): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(FORMAT);
  if (record.kind === "seat") {
    writer.byte(recordKinds.seat);
    writer.varint(record.disk);
    writer.varint(record.group);
  } else if (record.kind === "term") {
    writer.byte(recordKinds.term);
    writer.varint(record.term);
    writePeer(writer, record.vote);
  } else {
    writeEntry(writer, record.entry);
  }
  return writer.finish();
}

/** @returns undefined for bytes that no version of this program has written. */
export function decodeRecord(bytes: Uint8Array): RaftRecord | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) return undefined;
  const kind = reader.byte();
  const first = reader.varint();
  if (first === undefined) return undefined;
  if (kind === recordKinds.seat) {
    const group = reader.varint();
    return group === undefined ? undefined : { kind: "seat", disk: first, group };
  }
  if (kind === recordKinds.term) {
    const vote = readPeer(reader);
    return vote === undefined ? undefined : { kind: "term", term: first, vote: vote.peer };
  }
  const term = reader.varint();
  const entry = term === undefined ? undefined : readEntry(reader, kind, { index: first, term });
  return entry && { kind: "entry", entry };
}

export function encodeSnapshot(kept: KeptSnapshot): Uint8Array {
  const { base, snapshot } = kept;
  const writer = new ByteWriter(snapshot.bytes.length + 256);
  writer.byte(FORMAT);
  for (const number of [kept.disk, kept.group, kept.term]) writer.varint(number);
  writePeer(writer, kept.vote);
  writePoint(writer, base);
  writeConfig(writer, kept.baseConfig);
  writePoint(writer, snapshot);
  writeConfig(writer, snapshot.config);
  writer.bytes(snapshot.bytes);
  return writer.finish();
}

/** @returns undefined for bytes that no version of this program has written. */
export function decodeSnapshot(bytes: Uint8Array): KeptSnapshot | undefined {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) return undefined;
  const disk = reader.varint();
  const group = reader.varint();
  const term = reader.varint();
  const vote = readPeer(reader);
  const base = readPoint(reader);
  const baseConfig = readConfig(reader);
  const point = readPoint(reader);
  const config = readConfig(reader);
  if (disk === undefined || group === undefined || term === undefined) return undefined;
  if (base === undefined || point === undefined || vote === undefined) return undefined;
  if (baseConfig === undefined || config === undefined) return undefined;
  const state = reader.bytes(reader.remainingBytes) ?? new Uint8Array(0);
  const snapshot = { ...point, config, bytes: state };
  return { disk, group, term, vote: vote.peer, base, baseConfig, snapshot };
}

function writeEntry(writer: ByteWriter, entry: Entry): void {
  writer.byte(recordKinds[entry.kind]);
  writePoint(writer, entry);
  if (entry.kind === "command") writer.bytes(entry.command);
  if (entry.kind === "config") writeConfig(writer, entry.config);
}

function readEntry(
  reader: ByteReader,
  kind: number | undefined,
  point: LogPoint,
): Entry | undefined {
  if (kind === recordKinds.noop) return { kind: "noop", ...point };
  if (kind === recordKinds.command) {
    const command = reader.bytes(reader.remainingBytes);
    return command && { kind: "command", ...point, command };
  }
  const config = kind === recordKinds.config ? readConfig(reader) : undefined;
  return config && { kind: "config", ...point, config };
}

function writePoint(writer: ByteWriter, { index, term }: LogPoint): void {
  writer.varint(index);
  writer.varint(term);
}

function readPoint(reader: ByteReader): LogPoint | undefined {
  const index = reader.varint();
  const term = reader.varint();
  return index === undefined || term === undefined ? undefined : { index, term };
}

function writeConfig(writer: ByteWriter, config: GroupConfig): void {
  for (const seats of [config.voters, config.learners]) {
    writer.varint(seats.length);
    for (const { disk, peer } of seats) {
      writePeer(writer, peer);
      writer.varint(disk);
    }
  }
}

function readConfig(reader: ByteReader): GroupConfig | undefined {
  const voters = readSeats(reader);
  const learners = readSeats(reader);
  return voters && learners && { voters, learners };
}

function readSeats(reader: ByteReader): Seat[] | undefined {
  const count = reader.varint();
  if (count === undefined || count > SEATS_MAX_COUNT) return undefined;
  const seats: Seat[] = [];
  while (seats.length < count) {
    const peer = readPeer(reader)?.peer;
    const disk = reader.varint();
    if (peer === undefined || disk === undefined) return undefined;
    seats.push({ peer, disk });
  }
  return seats;
}

/** Peers are names on a real node, and numbers in a simulation. */
function writePeer(writer: ByteWriter, peer: PeerId | undefined): void {
  if (peer === undefined) return writer.byte(peerKinds.none);
  if (typeof peer === "number") {
    writer.byte(peerKinds.number);
    return writer.varint(peer);
  }
  const text = encodeUtf8(peer);
  writer.byte(peerKinds.text);
  writer.varint(text.length);
  writer.bytes(text);
}

function readPeer(reader: ByteReader): { readonly peer: PeerId | undefined } | undefined {
  const kind = reader.byte();
  if (kind === peerKinds.none) return { peer: undefined };
  const number = reader.varint();
  if (number === undefined) return undefined;
  if (kind === peerKinds.number) return { peer: peerId(number) };
  const text = reader.bytes(number);
  const name = text === undefined ? undefined : decodeUtf8Strict(text);
  return kind === peerKinds.text && name !== undefined ? { peer: peerId(name) } : undefined;
}

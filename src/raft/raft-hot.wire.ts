/**
 * The messages that each command takes, as the same protobuf `hearsay.v1.Raft` that `raft.wire.ts`
 * reads and writes, without objects in between: what all messages of a busy group cost is mostly
 * these. [bench/order]
 */
import { ByteReader, ByteWriter, varintByteLength } from "../core/varint.ts";
import type { Entry } from "./entry.ts";
import type { MessageOf, RaftBody, RaftMessage } from "./raft.messages.ts";

/** A field's tag is its number and how its value is written: 0 a varint, 2 a length and bytes. */
const varintTag = (number: number): number => number * 8;
const bytesTag = (number: number): number => number * 8 + 2;

const tags = {
  append: bytesTag(12),
  taken: bytesTag(13),
  heartbeat: bytesTag(15),
  heartbeatReply: bytesTag(16),
  wish: bytesTag(20),
  wishReply: bytesTag(21),
} as const;
const GROUP_MAX = 0xff_ff_ff_ff;
/** [because: raft.appendMaxCount is less; above it the other parser counts fields] */
const ENTRIES_MAX_COUNT = 4_096;

/** undefined for a message that is none of these: `raft.wire.ts` writes it. */
export function encodeHotRaft(message: RaftMessage): Uint8Array | undefined {
  switch (message.kind) {
    case "taken":
      return numbersOnly(message, tags.taken, [message.match, message.keeps === "asked" ? 1 : 0]);
    case "heartbeat":
      return numbersOnly(message, tags.heartbeat, [message.commit, message.round]);
    case "heartbeatReply":
      return numbersOnly(message, tags.heartbeatReply, [message.round]);
    case "append":
      return encodeAppend(message);
    case "wish":
      return encodeWish(message);
    case "wishReply":
      return encodeWishReply(message);
    default:
      return undefined;
  }
}

/** undefined for bytes that say something else, or in another form: see `raft.wire.ts`. */
export function decodeHotRaft(bytes: Uint8Array): RaftMessage | undefined {
  const reader = new ByteReader(bytes);
  const group = numberAt(reader, 1);
  const disk = group && numberAt(reader, 2);
  const term = disk && numberAt(reader, 3);
  if (group === undefined || disk === undefined || term === undefined) return undefined;
  const tag = reader.varint();
  const isWhole = reader.varint() === reader.remainingBytes;
  if (tag === undefined || !isWhole || group > GROUP_MAX) return undefined;
  const body = readBody(reader, tag);
  if (body === undefined || reader.remainingBytes > 0) return undefined;
  return { group, disk, term, ...body };
}

function readBody(reader: ByteReader, tag: number): RaftBody | undefined {
  switch (tag) {
    case tags.taken:
      return readTaken(reader);
    case tags.heartbeatReply: {
      const round = numberAt(reader, 1);
      return round === undefined ? undefined : { kind: "heartbeatReply", round };
    }
    case tags.heartbeat:
      return readHeartbeat(reader);
    case tags.append:
      return readAppend(reader);
    case tags.wish: {
      const request = numberAt(reader, 1);
      const command = request === undefined ? undefined : bytesAt(reader, 2);
      if (request === undefined || command === undefined) return undefined;
      return { kind: "wish", request, wish: { kind: "propose", command } };
    }
    case tags.wishReply:
      return readWishReply(reader);
    default:
      return undefined;
  }
}

function readTaken(reader: ByteReader): RaftBody | undefined {
  const match = numberAt(reader, 1);
  if (match === undefined) return undefined;
  if (reader.remainingBytes === 0) return { kind: "taken", match, keeps: "unasked" };
  return numberAt(reader, 2) === 1 ? { kind: "taken", match, keeps: "asked" } : undefined;
}

/** Zeros are not written, and here they are read nowhere but where something ends with one. */
function readHeartbeat(reader: ByteReader): RaftBody | undefined {
  const commit = numberAt(reader, 1);
  if (commit === undefined) return undefined;
  const round = reader.remainingBytes === 0 ? 0 : numberAt(reader, 2);
  return round === undefined ? undefined : { kind: "heartbeat", commit, round };
}

function readAppend(reader: ByteReader): RaftBody | undefined {
  const prevIndex = numberAt(reader, 1);
  const prevTerm = prevIndex && numberAt(reader, 2);
  const commit = prevTerm && numberAt(reader, 3);
  if (prevIndex === undefined || prevTerm === undefined || commit === undefined) return undefined;
  const entries: Entry[] = [];
  while (reader.remainingBytes > 0) {
    if (reader.varint() !== bytesTag(4) || entries.length >= ENTRIES_MAX_COUNT) return undefined;
    const length = reader.varint() ?? -1;
    const end = reader.remainingBytes - length;
    const term = numberAt(reader, 1);
    const command = term === undefined ? undefined : bytesAt(reader, 2);
    if (term === undefined || command === undefined || reader.remainingBytes !== end) {
      return undefined;
    }
    const index = prevIndex + 1 + entries.length;
    if (!Number.isSafeInteger(index)) return undefined;
    entries.push({ kind: "command", index, term, command });
  }
  return { kind: "append", prevIndex, prevTerm, commit, entries };
}

function readWishReply(reader: ByteReader): RaftBody | undefined {
  const request = numberAt(reader, 1);
  if (request === undefined || reader.varint() !== bytesTag(2)) return undefined;
  if (reader.varint() !== reader.remainingBytes) return undefined;
  const index = numberAt(reader, 1);
  const entryTerm = index && numberAt(reader, 2);
  if (index === undefined || entryTerm === undefined) return undefined;
  return { kind: "wishReply", request, reply: { kind: "appended", index, entryTerm } };
}

/** Above 0, or it would not be there. */
function numberAt(reader: ByteReader, number: number): number | undefined {
  if (reader.varint() !== varintTag(number)) return undefined;
  const value = reader.varint();
  return value === 0 ? undefined : value;
}

function bytesAt(reader: ByteReader, number: number): Uint8Array | undefined {
  return reader.varint() === bytesTag(number) ? reader.bytes(reader.varint() ?? -1) : undefined;
}

function encodeAppend(message: MessageOf<"append">): Uint8Array | undefined {
  const { commit, entries, prevIndex, prevTerm } = message;
  let length = sizeOf(1, prevIndex) + sizeOf(2, prevTerm) + sizeOf(3, commit);
  for (const entry of entries) {
    if (entry.kind !== "command") return undefined;
    const size = entrySize(entry.term, entry.command);
    length += 1 + varintByteLength(size) + size;
  }
  const writer = begun(message, tags.append, length);
  writeNumbers(writer, [prevIndex, prevTerm, commit]);
  for (const entry of entries) {
    if (entry.kind !== "command") continue;
    writer.varint(bytesTag(4));
    writer.varint(entrySize(entry.term, entry.command));
    writeNumbers(writer, [entry.term]);
    writeBytes(writer, 2, entry.command);
  }
  return writer.finish();
}

function encodeWish(message: MessageOf<"wish">): Uint8Array | undefined {
  const { request, wish } = message;
  if (wish.kind !== "propose") return undefined;
  const writer = begun(message, tags.wish, entrySize(request, wish.command));
  writeNumbers(writer, [request]);
  writeBytes(writer, 2, wish.command);
  return writer.finish();
}

function encodeWishReply(message: MessageOf<"wishReply">): Uint8Array | undefined {
  const { reply, request } = message;
  if (reply.kind !== "appended") return undefined;
  const numbers = [reply.index, reply.entryTerm];
  const size = sizeOfAll(numbers);
  const length = sizeOf(1, request) + 1 + varintByteLength(size) + size;
  const writer = begun(message, tags.wishReply, length);
  writeNumbers(writer, [request]);
  writer.varint(bytesTag(2));
  writer.varint(size);
  writeNumbers(writer, numbers);
  return writer.finish();
}

function numbersOnly(
  message: RaftMessage,
  tag: number,
  numbers: readonly number[],
): Uint8Array | undefined {
  const writer = begun(message, tag, sizeOfAll(numbers));
  writeNumbers(writer, numbers);
  return writer.finish();
}

/** What all messages begin with, and the head of a body of `length` bytes. */
function begun({ disk, group, term }: RaftMessage, tag: number, length: number): ByteWriter {
  const writer = new ByteWriter(length + HEAD_MAX_BYTES);
  writeNumbers(writer, [group, disk, term]);
  writer.varint(tag);
  writer.varint(length);
  return writer;
}

/** Three numbers of eight bytes and their tags, a tag of two bytes and a length. */
const HEAD_MAX_BYTES = 48;

/** As fields 1, 2, 3 …; a zero is not written. [protobuf 3, "Default Field Values"] */
function writeNumbers(writer: ByteWriter, numbers: readonly number[]): void {
  for (const [at, value] of numbers.entries()) {
    if (value === 0) continue;
    writer.varint(varintTag(at + 1));
    writer.varint(value);
  }
}

function writeBytes(writer: ByteWriter, number: number, bytes: Uint8Array): void {
  writer.varint(bytesTag(number));
  writer.varint(bytes.length);
  writer.bytes(bytes);
}

/** Of a number as field 1 and bytes as field 2. */
function entrySize(number: number, bytes: Uint8Array): number {
  return sizeOf(1, number) + 1 + varintByteLength(bytes.length) + bytes.length;
}

function sizeOfAll(numbers: readonly number[]): number {
  return numbers.reduce((sum, value, at) => sum + sizeOf(at + 1, value), 0);
}

function sizeOf(number: number, value: number): number {
  return value === 0 ? 0 : varintByteLength(varintTag(number)) + varintByteLength(value);
}

/**
 * SWIM's messages as memberlist's bytes: type byte, then the body.
 * Source: specs/memberlist-wire.md sections 2, 4, 6 and 8.
 */
import { crc32 } from "node:zlib";
import type { DropReason } from "../../../wire/drop-reason.ts";
import type { MsgpackReader } from "../../../wire/msgpack-reader.ts";
import { MsgpackWriter } from "../../../wire/msgpack-writer.ts";
import type { SwimMessage } from "../swim.messages.ts";
import type { PacketMeter } from "./packet-meter.ts";
import {
  readAck,
  readError,
  readIndirectPing,
  readNack,
  readPing,
  writeAck,
  writeError,
  writeIndirectPing,
  writeNack,
  writePing,
} from "./swim-probe.wire.ts";
import {
  readAlive,
  readDead,
  readSuspect,
  writeAlive,
  writePushPullHeader,
  writePushPullNode,
  writeVerdict,
} from "./swim-state.wire.ts";

/** The first byte of each message (section 2). */
export const swimTypes = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  compound: 7,
  user: 8,
  nack: 11,
  hasCrc: 12,
  err: 13,
} as const satisfies Record<SwimMessage["kind"], number>;

/** First byte of a sealed stream; never in packets (section 9.3). */
export const ENCRYPT_TYPE = 10;

/** A compound counts its parts in one byte, and their lengths in two (section 6). */
export const COMPOUND_PARTS_MAX = 255;
export const PART_MAX_BYTES = 65_535;

const writer = new MsgpackWriter();

/** A message as it stands in a packet, before compression, sealing and label. */
export function encodeSwim(message: SwimMessage): Uint8Array {
  writer.cutTo(0);
  writeSwim(writer, message);
  return writer.take();
}

/** Appends a message to what `out` holds of the packet already; `meter` hears of each one in it. */
export function writeSwim(out: MsgpackWriter, message: SwimMessage, meter?: PacketMeter): void {
  if (message.kind === "hasCrc") return writeChecksummed(out, message.message, meter);
  const start = out.length;
  out.byte(swimTypes[message.kind]);
  if (message.kind === "compound") return writeParts(out, message.parts, meter);
  writeBody(out, message);
  meter?.onWritten(message, out.length - start);
}

type SingleMessage = Exclude<SwimMessage, { readonly kind: "compound" | "hasCrc" }>;

function writeBody(out: MsgpackWriter, message: SingleMessage): void {
  switch (message.kind) {
    case "ping":
      return writePing(out, message);
    case "ack":
      return writeAck(out, message);
    case "user":
      return out.append(message.payload);
    case "indirectPing":
      return writeIndirectPing(out, message);
    case "nack":
      return writeNack(out, message);
    case "suspect":
    case "dead":
      return writeVerdict(out, message);
    case "alive":
      return writeAlive(out, message);
    case "pushPull":
      writePushPullHeader(out, {
        nodesCount: message.nodes.length,
        userStateBytes: message.userState.length,
        join: message.join,
      });
      for (const node of message.nodes) writePushPullNode(out, node);
      return out.append(message.userState);
    case "err":
      return writeError(out, message);
  }
}

function writeChecksummed(out: MsgpackWriter, message: SwimMessage, meter?: PacketMeter): void {
  const start = out.length;
  out.append(checksumHead);
  writeSwim(out, message, meter);
  out.patchUint32(start + 1, crc32(out.view(start + checksumHead.length)));
}

/** Type byte and room for the checksum (section 8). */
export const checksumHead: Uint8Array = Uint8Array.of(swimTypes.hasCrc, 0, 0, 0, 0);

function writeParts(
  out: MsgpackWriter,
  parts: readonly SwimMessage[],
  meter: PacketMeter | undefined,
): void {
  if (parts.length > COMPOUND_PARTS_MAX) {
    throw new RangeError(`a compound of ${parts.length} parts; split it at ${COMPOUND_PARTS_MAX}`);
  }
  out.byte(parts.length);
  let lengthAt = out.length;
  for (let i = 0; i < parts.length * 2; i += 1) out.byte(0);
  for (const part of parts) {
    const start = out.length;
    writeSwim(out, part, meter);
    const length = out.length - start;
    if (length > PART_MAX_BYTES) throw new RangeError(`a compound's part of ${length} bytes`);
    out.patchUint16(lengthAt, length);
    lengthAt += 2;
  }
}

/**
 * Reads the body of the message of this type, the reader standing behind the type byte. For single
 * messages only: what wraps others is `PacketCodec`'s, what only streams carry `StreamBody`'s.
 */
export function readSwim(type: number, reader: MsgpackReader): SwimMessage | DropReason {
  const message = readBody(type, reader);
  if (message === undefined) {
    const isMisplaced = type === swimTypes.pushPull || type === swimTypes.hasCrc;
    return isMisplaced || type === ENCRYPT_TYPE ? "misplacedType" : "unknownType";
  }
  return reader.failure ?? message;
}

function readBody(type: number, reader: MsgpackReader): SwimMessage | undefined {
  switch (type) {
    case swimTypes.ping:
      return readPing(reader);
    case swimTypes.ack:
      return readAck(reader);
    case swimTypes.user:
      return { kind: "user", payload: reader.rest() };
    case swimTypes.indirectPing:
      return readIndirectPing(reader);
    case swimTypes.nack:
      return readNack(reader);
    case swimTypes.suspect:
      return readSuspect(reader);
    case swimTypes.dead:
      return readDead(reader);
    case swimTypes.alive:
      return readAlive(reader);
    case swimTypes.err:
      return readError(reader);
    default:
      return undefined;
  }
}

/**
 * A rumour as the body of a frame of the broadcast channel: protobuf `hearsay.v1.Broadcast`.
 * Source: proto/hearsay/v1/broadcast.proto.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type PeerId, peerId } from "../../core/peer.ts";
import { decodeFrame, encodeFrame, type Frame } from "../../wire/frame.ts";
import { type Broadcast, BroadcastSchema } from "../../wire/gen/hearsay/v1/broadcast_pb.ts";
import { hasFewProtoFields } from "../../wire/proto-fields.ts";
import type { BroadcastCodec } from "./broadcast.contract.ts";
import { BROADCAST_CHANNEL, type Rumor } from "./broadcast.messages.ts";

const CODEC_MAX = 255;
/** As DESIGN has it for names; memberlist's are shorter. */
const NAME_MAX_BYTES = 128;
/** Version 1 has eight; later ones may add some. */
const FIELDS_MAX = 64;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

export const broadcastCodec: BroadcastCodec = {
  encode({ origin, seq, tag, codec, payload, clock, historySeq }) {
    const message = create(BroadcastSchema, {
      seq: BigInt(seq),
      tag,
      codec,
      payload,
      clockMs: BigInt(clock.ms),
      clockCounter: clock.counter,
      historySeq: BigInt(historySeq ?? 0),
    });
    const body = toBinary(BroadcastSchema, message);
    return encodeFrame({ origin, channel: BROADCAST_CHANNEL, body });
  },
};

/** `frame` is what `bytes` hold. Never throws. @returns undefined for what is no rumour. */
export function decodeRumor(bytes: Uint8Array, frame: Frame): Rumor | undefined {
  const body = parse(frame.body);
  return body && rumorOf(body, bytes, frame);
}

function rumorOf(body: Broadcast, bytes: Uint8Array, frame: Frame): Rumor | undefined {
  if (body.seq < 1n || body.seq > SAFE_MAX) return undefined;
  if (body.clockMs > SAFE_MAX || body.codec > CODEC_MAX) return undefined;
  if (body.historySeq > SAFE_MAX) return undefined;
  return {
    origin: frame.origin,
    seq: Number(body.seq),
    tag: body.tag,
    codec: body.codec,
    payload: plain(body.payload),
    clock: { ms: Number(body.clockMs), counter: body.clockCounter },
    ...(body.historySeq > 0n && { historySeq: Number(body.historySeq) }),
    frame: bytes,
  };
}

/** A rumour as it goes by mail: with the name of who sends it as the last field. */
export function encodeMail(frame: Uint8Array, sender: string): Uint8Array {
  const field = senderField(sender);
  const bytes = new Uint8Array(frame.length + field.length);
  bytes.set(frame);
  bytes.set(field, frame.length);
  return bytes;
}

/** The rumour as its publisher wrote it, and who says that it sent it. Never throws. */
export function decodeMail(
  bytes: Uint8Array,
  frame: Frame,
): { readonly rumor: Rumor; readonly sender: PeerId | undefined } | undefined {
  const body = parse(frame.body);
  const rumor = body && rumorOf(body, bytes, frame);
  if (body === undefined || rumor === undefined) return undefined;
  if (body.sender === "" || body.sender.length > NAME_MAX_BYTES)
    return { rumor, sender: undefined };
  const field = senderField(body.sender);
  const frameEnd = bytes.length - field.length;
  const isLast = field.every((byte, at) => bytes[frameEnd + at] === byte);
  // What is passed on does not name those before.
  const own = isLast ? { ...rumor, frame: bytes.subarray(0, frameEnd) } : rumor;
  return { rumor: own, sender: peerId(body.sender) };
}

function senderField(sender: string): Uint8Array {
  return toBinary(BroadcastSchema, create(BroadcastSchema, { sender }));
}

/** For tests and tools: a whole user message. */
export function decodeRumorFrame(bytes: Uint8Array): Rumor | undefined {
  const frame = decodeFrame(bytes);
  return frame?.channel === BROADCAST_CHANNEL ? decodeRumor(bytes, frame) : undefined;
}

/** Not the Buffer that the socket may have given: users see bytes as bytes. */
function plain({ buffer, byteLength, byteOffset }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function parse(bytes: Uint8Array): Broadcast | undefined {
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX })) return undefined;
  try {
    // Relays pass the frame on as it came, so what is not known here is kept there.
    return fromBinary(BroadcastSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}

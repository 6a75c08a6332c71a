/**
 * A rumour as the body of a frame of the broadcast channel: protobuf `hearsay.v1.Broadcast`.
 * Source: proto/hearsay/v1/broadcast.proto.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { decodeFrame, encodeFrame, type Frame } from "../../wire/frame.ts";
import { type Broadcast, BroadcastSchema } from "../../wire/gen/hearsay/v1/broadcast_pb.ts";
import { readVarint } from "../../wire/varint.ts";
import type { BroadcastCodec } from "./broadcast.contract.ts";
import { BROADCAST_CHANNEL, type Rumor } from "./broadcast.messages.ts";

const CODEC_MAX = 255;
/** Version 1 has six; later ones may add some. */
const FIELDS_MAX = 64;
/** The lowest three bits of a tag. Source: protobuf's encoding, "Message Structure". */
const WIRE_TYPES = 8;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

export const broadcastCodec: BroadcastCodec = {
  encode({ origin, seq, tag, codec, payload, clock }) {
    const message = create(BroadcastSchema, {
      seq: BigInt(seq),
      tag,
      codec,
      payload,
      clockMs: BigInt(clock.ms),
      clockCounter: clock.counter,
    });
    const body = toBinary(BroadcastSchema, message);
    return encodeFrame({ origin, channel: BROADCAST_CHANNEL, body });
  },
};

/** `frame` is what `bytes` hold. Never throws. @returns undefined for what is no rumour. */
export function decodeRumor(bytes: Uint8Array, frame: Frame): Rumor | undefined {
  const body = parse(frame.body);
  if (body === undefined || body.seq < 1n || body.seq > SAFE_MAX) return undefined;
  if (body.clockMs > SAFE_MAX || body.codec > CODEC_MAX) return undefined;
  return {
    origin: frame.origin,
    seq: Number(body.seq),
    tag: body.tag,
    codec: body.codec,
    payload: plain(body.payload),
    clock: { ms: Number(body.clockMs), counter: body.clockCounter },
    frame: bytes,
  };
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

/** Each field costs the parser as much as a call, however few bytes it has. */
function hasFewFields(bytes: Uint8Array): boolean {
  let at = 0;
  for (let count = 0; at < bytes.length; count += 1) {
    const tag = readVarint(bytes, at);
    if (tag === undefined || count >= FIELDS_MAX) return false;
    const end = fieldEnd(bytes, tag.at, tag.value % WIRE_TYPES);
    if (end === undefined) return false;
    at = end;
  }
  return at === bytes.length;
}

/** Where the field ends whose value stands at `at`; undefined for groups, which nobody writes. */
function fieldEnd(bytes: Uint8Array, at: number, wireType: number): number | undefined {
  switch (wireType) {
    case 0:
      return varintEnd(bytes, at);
    case 1:
      return at + 8;
    case 2: {
      const length = readVarint(bytes, at);
      return length === undefined ? undefined : length.at + length.value;
    }
    case 5:
      return at + 4;
    default:
      return undefined;
  }
}

/** A number of protobuf has ten bytes at most, two more than `readVarint` takes. */
function varintEnd(bytes: Uint8Array, at: number): number | undefined {
  for (let i = at; i < at + 10; i += 1) if ((bytes[i] ?? 0x80) < 0x80) return i + 1;
  return undefined;
}

function parse(bytes: Uint8Array): Broadcast | undefined {
  if (!hasFewFields(bytes)) return undefined;
  try {
    // Relays pass the frame on as it came, so what is not known here is kept there.
    return fromBinary(BroadcastSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}

/**
 * One pushed update as the body of a frame: protobuf `hearsay.v1.PushedUpdate`, the same for every
 * exchange that only pushes. Source: proto/hearsay/v1/pushed_update.proto.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { assert } from "../core/assert.ts";
import { makeOrigin, type Origin, parseOrigin } from "../core/peer.ts";
import { encodeFrame } from "../wire/frame.ts";
import { PushedUpdateSchema } from "../wire/gen/hearsay/v1/pushed_update_pb.ts";
import { hasFewProtoFields } from "../wire/proto-fields.ts";
import type { FindCodec, PushedUpdate } from "./enrolled.ts";

/** Longest name of a replica. [because: a topic's tag has 255 bytes, and its kind before it] */
const NAME_MAX_LENGTH = 320;
/** Fields of one message. [because: it has four, and each may come twice] */
const FIELDS_MAX_COUNT = 8;

/** The whole user message: head, origin, channel and body. */
export function encodePushed(
  { dot, replica, update }: PushedUpdate,
  { channel, sender }: { readonly channel: number; readonly sender: Origin },
  codecOf: FindCodec,
): Uint8Array {
  const codec = codecOf(replica);
  assert(codec !== undefined, `an update of ${replica}, which has no codec`);
  const bytes = codec.encode(update);
  const pushed = { replica, origin: dot.origin, seq: BigInt(dot.seq), update: bytes };
  const body = toBinary(PushedUpdateSchema, create(PushedUpdateSchema, pushed));
  return encodeFrame({ origin: sender, channel, body });
}

/**
 * Never throws. @returns undefined for bytes that are no message of these channels, "unknown" for
 * an update of a replica that this node does not have.
 */
export function decodePushed(
  body: Uint8Array,
  codecOf: FindCodec,
): PushedUpdate | "unknown" | undefined {
  const parsed = parse(body);
  if (parsed === undefined) return undefined;
  const { replica, seq } = parsed;
  const author = parseOrigin(parsed.origin);
  if (replica === "" || replica.length > NAME_MAX_LENGTH || author === undefined) return undefined;
  if (seq < 1n || seq > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const codec = codecOf(replica);
  if (codec === undefined) return "unknown";
  // A copy: the bytes that came are a view of a whole packet, which a kept one would keep.
  const update = codec.decode(Uint8Array.from(parsed.update));
  if (update === undefined) return undefined;
  const dot = { origin: makeOrigin(author.name, author.boot), seq: Number(seq) };
  return { kind: "update", replica, dot, update };
}

function parse(bytes: Uint8Array) {
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX_COUNT })) return undefined;
  try {
    return fromBinary(PushedUpdateSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}

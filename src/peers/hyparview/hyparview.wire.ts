/**
 * A message of HyParView as the body of a frame: protobuf `hearsay.v1.HyParView`. The names of
 * peers are text here; what travels with them is bytes that this file does not look into.
 * Source: proto/hearsay/v1/hyparview.proto.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Origin, type PeerId, peerId } from "../../core/peer.ts";
import { encodeFrame } from "../../wire/frame.ts";
import * as gen from "../../wire/gen/hearsay/v1/hyparview_pb.ts";
import { hasFewProtoFields } from "../../wire/proto-fields.ts";
import {
  type Beacon,
  HYPARVIEW_CHANNEL,
  type HyParViewMessage,
  type KnownPeer,
} from "./hyparview.messages.ts";

/** Fields of one message, in all its parts. [because: three a peer, and few peers] */
const FIELDS_MAX_COUNT = 1_024;
/** Nesting: message, step, peer. */
const DEPTH_MAX = 2;
/** Longest name, in bytes. [memberlist: names of 128 bytes] */
const NAME_MAX_LENGTH = 128;
const AGE_MAX_MS = 2 ** 32 - 1;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

type StepInit = NonNullable<MessageInitShape<typeof gen.HyParViewSchema>["step"]>;
type ProbeInit = MessageInitShape<typeof gen.HyParViewProbeSchema>;

/** What was read makes no sense; it never leaves this file. */
class Refusal extends Error {}

/** The whole message: head, origin, channel and body. */
export function encodeHyParView(message: HyParViewMessage, origin: Origin): Uint8Array {
  return encodeFrame({ origin, channel: HYPARVIEW_CHANNEL, body: encodeHyParViewBody(message) });
}

export function encodeHyParViewBody(message: HyParViewMessage): Uint8Array {
  return toBinary(gen.HyParViewSchema, create(gen.HyParViewSchema, { step: stepOf(message) }));
}

/** Never throws. @returns undefined for bytes that are no message of this channel. */
export function decodeHyParView(body: Uint8Array): HyParViewMessage | undefined {
  if (!hasFewProtoFields(body, { maxCount: FIELDS_MAX_COUNT, maxDepth: DEPTH_MAX }))
    return undefined;
  let parsed: gen.HyParView;
  try {
    parsed = fromBinary(gen.HyParViewSchema, body, { readUnknownFields: false });
  } catch {
    return undefined;
  }
  try {
    return messageOf(parsed.step);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function stepOf(message: HyParViewMessage): StepInit {
  switch (message.kind) {
    case "join":
      return { case: "join", value: dataInit(message.data) };
    case "forwardJoin": {
      const { joiner, ttl } = message;
      return { case: "forwardJoin", value: { joiner: peerInit(joiner), ttl } };
    }
    case "neighbor": {
      const isHigh = message.priority === "high";
      return { case: "neighbor", value: { isHigh, ...dataInit(message.data) } };
    }
    case "neighborReply":
      return { case: "neighborReply", value: dataInit(message.data) };
    case "disconnect":
      return { case: "disconnect", value: { leaves: message.why === "leave" } };
    case "shuffle": {
      const { origin, peers, ttl } = message;
      return {
        case: "shuffle",
        value: { origin: peerInit(origin), peers: peers.map(peerInit), ttl },
      };
    }
    case "shuffleReply":
      return { case: "shuffleReply", value: { peers: message.peers.map(peerInit) } };
    case "probe":
      return { case: "probe", value: probeInit(message) };
    case "probeReply":
      return { case: "probeReply", value: probeInit(message) };
    case "beacon":
      return { case: "beacon", value: beaconInit(message.beacon) };
  }
}

function peerInit({ data, peer }: KnownPeer) {
  return { name: String(peer), ...dataInit(data) };
}

function dataInit(data: Uint8Array | undefined): { data?: Uint8Array } {
  return data === undefined ? {} : { data };
}

function probeInit({
  peers,
  root,
}: {
  readonly peers: readonly KnownPeer[];
  readonly root?: PeerId;
}): ProbeInit {
  const known = peers.map(peerInit);
  return root === undefined ? { peers: known } : { peers: known, root: String(root) };
}

function beaconInit({ ageMs, count, root }: Beacon) {
  const age = Math.min(Math.ceil(ageMs), AGE_MAX_MS);
  return { root: String(root), count: BigInt(count), ageMs: age };
}

function messageOf(step: gen.HyParView["step"]): HyParViewMessage | undefined {
  switch (step.case) {
    case "join":
    case "neighborReply":
      return { kind: step.case, ...dataOf(step.value.data) };
    case "forwardJoin": {
      const { joiner, ttl } = step.value;
      return { kind: "forwardJoin", joiner: peerOf(joiner), ttl };
    }
    case "neighbor": {
      const priority = step.value.isHigh ? "high" : "low";
      return { kind: "neighbor", priority, ...dataOf(step.value.data) };
    }
    case "disconnect":
      return { kind: "disconnect", why: step.value.leaves ? "leave" : "room" };
    case "shuffle": {
      const { origin, peers, ttl } = step.value;
      return { kind: "shuffle", origin: peerOf(origin), peers: peers.map(peerOf), ttl };
    }
    case "shuffleReply":
      return { kind: "shuffleReply", peers: step.value.peers.map(peerOf) };
    case "probe":
    case "probeReply": {
      const { peers, root } = step.value;
      const message = { kind: step.case, peers: peers.map(peerOf) };
      return root === undefined ? message : { ...message, root: nameOf(root) };
    }
    case "beacon": {
      const { ageMs, count, root } = step.value;
      if (count > SAFE_MAX) throw new Refusal();
      return { kind: "beacon", beacon: { root: nameOf(root), count: Number(count), ageMs } };
    }
    default:
      return undefined;
  }
}

function peerOf(peer: gen.HyParViewPeer | undefined): KnownPeer {
  if (peer === undefined) throw new Refusal();
  return { peer: nameOf(peer.name), ...dataOf(peer.data) };
}

/** A copy: the bytes that came are a view of a whole message, which a kept one would keep. */
function dataOf(data: Uint8Array | undefined): { data?: Uint8Array } {
  return data === undefined ? {} : { data: Uint8Array.from(data) };
}

function nameOf(name: string): PeerId {
  if (name === "" || name.length > NAME_MAX_LENGTH) throw new Refusal();
  return peerId(name);
}

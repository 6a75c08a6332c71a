/**
 * A message of peer sampling as the body of a frame: protobuf `hearsay.v1.Sampling`.
 * Source: proto/hearsay/v1/sampling.proto.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type Origin, type PeerId, peerId } from "../../core/peer.ts";
import { encodeFrame } from "../../wire/frame.ts";
import * as gen from "../../wire/gen/hearsay/v1/sampling_pb.ts";
import { hasFewProtoFields } from "../../wire/proto-fields.ts";
import {
  type AnswerMessage,
  type Descriptor,
  type Goodbye,
  type OfferMessage,
  SAMPLING_CHANNEL,
  type SamplingMessage,
  type SketchCell,
} from "./sampling.messages.ts";

/** Fields of one message, in all its parts. [because: three a descriptor, and views of 256] */
const FIELDS_MAX_COUNT = 2_048;
/** Nesting: message, step, descriptor. */
const DEPTH_MAX = 2;
/** Longest name, in bytes. [memberlist: names of 128 bytes] */
const NAME_MAX_LENGTH = 128;
/** What a host may need to reach a peer. [because: an address has 22 bytes, a key 32] */
const DATA_MAX_BYTES = 256;
/** Hashes of one message. */
const HASHES_MAX_COUNT = 256;
/** Older than any cluster; larger ages are read as this. */
const AGE_MAX_COUNT = 2 ** 30;

type OfferInit = MessageInitShape<typeof gen.SamplingOfferSchema>;
type StepInit = NonNullable<MessageInitShape<typeof gen.SamplingSchema>["step"]>;

/** The whole user message: head, origin, channel and body. */
export function encodeSampling(message: SamplingMessage, origin: Origin): Uint8Array {
  const step = stepOf(message);
  const body = toBinary(gen.SamplingSchema, create(gen.SamplingSchema, { step }));
  return encodeFrame({ origin, channel: SAMPLING_CHANNEL, body });
}

/** Never throws. @returns undefined for bytes that are no message of this channel. */
export function decodeSampling(body: Uint8Array): SamplingMessage | undefined {
  if (!hasFewProtoFields(body, { maxCount: FIELDS_MAX_COUNT, maxDepth: DEPTH_MAX }))
    return undefined;
  let parsed: gen.Sampling;
  try {
    parsed = fromBinary(gen.SamplingSchema, body, { readUnknownFields: false });
  } catch {
    return undefined;
  }
  const { step } = parsed;
  switch (step.case) {
    case "offer": {
      const answer = step.value.wantsAnswer ? "wanted" : "none";
      const sample = sampleOf(step.value);
      return sample && { kind: "offer", token: step.value.token, answer, ...sample };
    }
    case "answer": {
      const sample = sampleOf(step.value);
      return sample && { kind: "answer", token: step.value.token, ...sample };
    }
    case "goodbye":
      return { kind: "goodbye" };
    default:
      return undefined;
  }
}

function stepOf(message: SamplingMessage): StepInit {
  switch (message.kind) {
    case "offer":
      return {
        case: "offer",
        value: { ...offerOf(message), wantsAnswer: message.answer === "wanted" },
      };
    case "answer":
      return { case: "answer", value: offerOf(message) };
    case "goodbye":
      return { case: "goodbye", value: {} };
  }
}

function offerOf({
  descriptors,
  goodbyes,
  sketch,
  token,
}: OfferMessage | AnswerMessage): OfferInit {
  return {
    token,
    descriptors: descriptors.map(({ age, data, peer }) => ({
      name: String(peer),
      age: agedAtMost(age),
      data,
    })),
    departures: goodbyes.map(({ age, peer }) => ({ name: String(peer), age: agedAtMost(age) })),
    hashes: sketch.map(({ hash }) => hash),
    hashAges: sketch.map(({ age }) => agedAtMost(age)),
  };
}

type Sample = Pick<OfferMessage, "descriptors" | "goodbyes" | "sketch">;

function sampleOf(offer: gen.SamplingOffer): Sample | undefined {
  const { departures, descriptors, hashAges, hashes } = offer;
  if (hashes.length !== hashAges.length || hashes.length > HASHES_MAX_COUNT) return undefined;
  const read: Descriptor[] = [];
  for (const { age, data, name } of descriptors) {
    const peer = peerOf(name);
    if (peer === undefined || data.length > DATA_MAX_BYTES) return undefined;
    // A copy: what came is a view of a whole packet, which a kept descriptor would keep alive.
    read.push({ peer, age: agedAtMost(age), data: Uint8Array.from(data) });
  }
  const goodbyes: Goodbye[] = [];
  for (const { age, name } of departures) {
    const peer = peerOf(name);
    if (peer === undefined) return undefined;
    goodbyes.push({ peer, age: agedAtMost(age) });
  }
  const sketch: SketchCell[] = hashes.map((hash, index) => ({
    hash,
    age: agedAtMost(hashAges[index] ?? AGE_MAX_COUNT),
  }));
  return { descriptors: read, goodbyes, sketch };
}

function peerOf(name: string): PeerId | undefined {
  return name.length >= 1 && name.length <= NAME_MAX_LENGTH ? peerId(name) : undefined;
}

function agedAtMost(age: number): number {
  return Math.min(age, AGE_MAX_COUNT);
}

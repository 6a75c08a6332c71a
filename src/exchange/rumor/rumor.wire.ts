/**
 * A message of a conversation as the body of a frame of the rumor channel: protobuf
 * `hearsay.v1.Rumor`. Updates are written by the codec of their replica.
 * Source: proto/hearsay/v1/rumor.proto.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { assert } from "../../core/assert.ts";
import { makeOrigin, type Origin, parseOrigin } from "../../core/peer.ts";
import { encodeFrame } from "../../wire/frame.ts";
import * as gen from "../../wire/gen/hearsay/v1/rumor_pb.ts";
import { hasFewProtoFields } from "../../wire/proto-fields.ts";
import type { FindCodec } from "../enrolled.ts";
import { RUMOR_CHANNEL, type RumorMessage, type RumorMode, type Told } from "./rumor.messages.ts";

/** Rumors in one message. [because: it has 64 KiB of them, each of 16 bytes or more] */
const RUMORS_MAX_COUNT = 4_096;
/** Fields of one message, in all its parts. [because: a rumor has five, and one in its batch] */
const FIELDS_MAX_COUNT = 8 * RUMORS_MAX_COUNT;
/** Longest name of a replica. [because: a topic's tag has 255 bytes, and its kind before it] */
const NAME_MAX_LENGTH = 320;
const STANDING_MAX = 255;
/** A rumor that says that it came further is not believed. */
const HOPS_MAX = 255;
/** Nesting: message, step, batch, update. */
const DEPTH_MAX = 3;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

const modes = { push: 1, pull: 2, pushPull: 3 } as const;

type BatchInit = MessageInitShape<typeof gen.RumorBatchSchema>;
type StepInit = NonNullable<MessageInitShape<typeof gen.RumorSchema>["step"]>;
type UpdateInit = MessageInitShape<typeof gen.RumorUpdateSchema>;

/** The whole user message: head, origin, channel and body. */
export function encodeRumor(message: RumorMessage, origin: Origin, codecOf: FindCodec): Uint8Array {
  const init = { round: message.round, step: stepOf(message, codecOf) };
  const body = toBinary(gen.RumorSchema, create(gen.RumorSchema, init));
  return encodeFrame({ origin, channel: RUMOR_CHANNEL, body });
}

/** Never throws. @returns undefined for bytes that are no message of this channel. */
export function decodeRumor(body: Uint8Array, codecOf: FindCodec): RumorMessage | undefined {
  const parsed = parse(body);
  if (parsed === undefined) return undefined;
  try {
    return messageOf(parsed, codecOf);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** What was read makes no sense; it never leaves this file. */
class Refusal extends Error {}

function stepOf(message: RumorMessage, codecOf: FindCodec): StepInit {
  switch (message.kind) {
    case "knock":
    case "welcome":
    case "busy":
      return { case: message.kind, value: {} };
    case "call": {
      const batches = batchesOf(message.rumors, codecOf);
      const blind = message.feedback === "blind";
      const mode = modes[message.mode];
      return { case: "call", value: { mode, blind, batches, wantsNames: message.wantsNames } };
    }
    case "answer": {
      const standings = Uint8Array.from(message.standings);
      const batches = batchesOf(message.rumors, codecOf);
      return {
        case: "answer",
        value: { blind: message.feedback === "blind", standings, batches },
      };
    }
    case "feedback":
      return { case: "feedback", value: { standings: Uint8Array.from(message.standings) } };
    case "payloads":
      return { case: "payloads", value: { batches: batchesOf(message.rumors, codecOf) } };
  }
}

/** A batch for each run of rumors of one replica: their order is that of the standings. */
function batchesOf(rumors: readonly Told[], codecOf: FindCodec): BatchInit[] {
  const batches: BatchInit[] = [];
  let places = new Map<Origin, number>();
  let updates: UpdateInit[] = [];
  let replica: string | undefined;
  for (const told of rumors) {
    if (told.replica !== replica) {
      replica = told.replica;
      places = new Map();
      updates = [];
      const origins: string[] = [];
      batches.push({ replica, origins, updates });
    }
    const { origin, seq } = told.dot;
    let place = places.get(origin);
    if (place === undefined) {
      place = places.size;
      places.set(origin, place);
      batches[batches.length - 1]?.origins?.push(origin);
    }
    const { hops, standing } = told;
    const body = bodyOf(told, codecOf);
    const head = { origin: place, seq: BigInt(seq), standing, hops };
    updates.push(body === undefined ? head : { ...head, body });
  }
  return batches;
}

function bodyOf({ replica, update }: Told, codecOf: FindCodec): Uint8Array | undefined {
  if (update === undefined) return undefined;
  const codec = codecOf(replica);
  assert(codec !== undefined, `updates of ${replica}, which has no codec`);
  return codec.encode(update);
}

function messageOf({ round, step }: gen.Rumor, codecOf: FindCodec): RumorMessage | undefined {
  switch (step.case) {
    case "knock":
    case "welcome":
    case "busy":
      return { kind: step.case, round };
    case "call": {
      const { batches, blind, mode, wantsNames } = step.value;
      const rumors = rumorsOf(batches, codecOf);
      return {
        kind: "call",
        round,
        mode: modeOf(mode),
        feedback: blind ? "blind" : "feedback",
        wantsNames,
        rumors,
      };
    }
    case "answer": {
      const { batches, blind, standings } = step.value;
      const rumors = rumorsOf(batches, codecOf);
      const theirs = standingsOf(standings);
      return {
        kind: "answer",
        round,
        feedback: blind ? "blind" : "feedback",
        standings: theirs,
        rumors,
      };
    }
    case "feedback":
      return { kind: "feedback", round, standings: standingsOf(step.value.standings) };
    case "payloads":
      return { kind: "payloads", round, rumors: rumorsOf(step.value.batches, codecOf) };
    default:
      return undefined;
  }
}

function modeOf(number: number): RumorMode {
  const found = (["push", "pull", "pushPull"] as const).find((name) => modes[name] === number);
  if (found === undefined) throw new Refusal();
  return found;
}

function standingsOf(bytes: Uint8Array): number[] {
  if (bytes.length > RUMORS_MAX_COUNT) throw new Refusal();
  return [...bytes];
}

function rumorsOf(batches: readonly gen.RumorBatch[], codecOf: FindCodec): Told[] {
  const rumors: Told[] = [];
  for (const batch of batches) {
    const replica = nameOf(batch.replica);
    const origins = batch.origins.map(originOf);
    if (rumors.length + batch.updates.length > RUMORS_MAX_COUNT) throw new Refusal();
    for (const one of batch.updates) {
      const origin = origins[one.origin];
      if (origin === undefined || one.seq < 1n || one.seq > SAFE_MAX) throw new Refusal();
      if (one.standing > STANDING_MAX) throw new Refusal();
      const update = updateOf(one, replica, codecOf);
      const hops = Math.min(one.hops, HOPS_MAX);
      const dot = { origin, seq: Number(one.seq) };
      rumors.push({ replica, dot, update, standing: one.standing, hops });
    }
  }
  return rumors;
}

/** That of a replica which is not open here is not read: it keeps its place in the list. */
function updateOf({ body }: gen.RumorUpdate, replica: string, codecOf: FindCodec): unknown {
  const codec = codecOf(replica);
  if (body === undefined || codec === undefined) return undefined;
  // A copy: the bytes that came are a view of a whole message, which a kept one would keep.
  const update = codec.decode(Uint8Array.from(body));
  if (update === undefined) throw new Refusal();
  return update;
}

function nameOf(replica: string): string {
  if (replica === "" || replica.length > NAME_MAX_LENGTH) throw new Refusal();
  return replica;
}

function originOf(text: string): Origin {
  const parts = parseOrigin(text);
  if (parts === undefined) throw new Refusal();
  return makeOrigin(parts.name, parts.boot);
}

function parse(bytes: Uint8Array): gen.Rumor | undefined {
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX_COUNT, maxDepth: DEPTH_MAX }))
    return undefined;
  try {
    return fromBinary(gen.RumorSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}

/**
 * A message of a round as the body of a frame of the anti-entropy channel: protobuf
 * `hearsay.v1.AntiEntropy`. Dot sets are bytes in their one form (core/dot-set-bytes.ts), updates
 * are written by the codec of their replica.
 * Source: proto/hearsay/v1/anti_entropy.proto.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { assert } from "../../core/assert.ts";
import type { Dot } from "../../core/dot.ts";
import { DotSet } from "../../core/dot-set.ts";
import { decodeDotSet, encodeDotSet } from "../../core/dot-set-bytes.ts";
import { makeOrigin, type Origin, parseOrigin } from "../../core/peer.ts";
import { encodeFrame } from "../../wire/frame.ts";
import * as gen from "../../wire/gen/hearsay/v1/anti_entropy_pb.ts";
import { everyProtoField } from "../../wire/proto-fields.ts";
import type { FindCodec } from "../enrolled.ts";
import {
  ANTI_ENTROPY_CHANNEL,
  type AntiEntropyMessage,
  type Claim,
  type CompareMessage,
  type Digest,
  type Items,
  type Wants,
} from "./anti-entropy.messages.ts";

/** Replicas in one message: claims, digests, wants or deltas. [because: a sender takes 30] */
const REPLICAS_MAX_COUNT = 1_024;
/** Updates in one message. [because: a message has 64 KiB of them, and each has 20 bytes or more] */
const UPDATES_MAX_COUNT = 16_384;
/** Fields of one message, in all its parts. [because: an update has three, and one in the delta] */
const FIELDS_MAX_COUNT = 8 * UPDATES_MAX_COUNT;
/** Longest name of a replica. [because: a topic's tag has 255 bytes, and its kind before it] */
const NAME_MAX_LENGTH = 320;
/** Nesting: message, step, part, update. */
const DEPTH_MAX = 3;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const NO_BYTES = new Uint8Array(0);

const modes = { push: 1, pull: 2, pushPull: 3 } as const;

/** The whole user message: head, origin, channel and body. */
export function encodeAntiEntropy(
  message: AntiEntropyMessage,
  origin: Origin,
  codecOf: FindCodec,
): Uint8Array {
  const body = toBinary(
    gen.AntiEntropySchema,
    create(gen.AntiEntropySchema, { round: message.round, step: stepOf(message, codecOf) }),
  );
  return encodeFrame({ origin, channel: ANTI_ENTROPY_CHANNEL, body });
}

/** Never throws. @returns undefined for bytes that are no message of this channel. */
export function decodeAntiEntropy(
  body: Uint8Array,
  codecOf: FindCodec,
): AntiEntropyMessage | undefined {
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

type StepInit = NonNullable<MessageInitShape<typeof gen.AntiEntropySchema>["step"]>;
type DeltaInit = MessageInitShape<typeof gen.DeltaSchema>;

function stepOf(message: AntiEntropyMessage, codecOf: FindCodec): StepInit {
  const deltas = (items: readonly Items[]) => items.map((one) => deltaOf(one, codecOf));
  switch (message.kind) {
    case "compare": {
      const claims = message.claims.map(({ replica, hash, recent }) => {
        return { replica, hash: BigInt(hash), recent: bytesOf(recent) };
      });
      return { case: "compare", value: { mode: modes[message.mode], claims } };
    }
    case "same":
      return { case: "same", value: {} };
    case "busy":
      return { case: "busy", value: {} };
    case "digests": {
      const { digests, wants } = message;
      return { case: "digests", value: { digests: digests.map(seenOf), wants: wants.map(dotsOf) } };
    }
    case "wants": {
      const [digests, wants] = [message.digests.map(seenOf), message.wants.map(dotsOf)];
      return { case: "wants", value: { digests, wants, items: deltas(message.items) } };
    }
    case "itemsWants": {
      const [items, wants] = [deltas(message.items), message.wants.map(dotsOf)];
      return { case: "itemsWants", value: { items, wants } };
    }
    case "items":
      return { case: "items", value: { items: deltas(message.items) } };
  }
}

/** An empty set is no bytes at all: most are. */
function bytesOf(set: DotSet): Uint8Array {
  return set.isEmpty ? NO_BYTES : encodeDotSet(set);
}

function seenOf({ extent, replica, seen }: Digest) {
  return { replica, seen: bytesOf(seen), partial: extent === "partial" };
}

function dotsOf({ dots, replica }: Wants) {
  return { replica, dots: bytesOf(dots) };
}

function deltaOf({ delta, replica }: Items, codecOf: FindCodec): DeltaInit {
  const codec = codecOf(replica);
  assert(codec !== undefined, `updates of ${replica}, which has no codec`);
  const places = new Map<Origin, number>();
  const updates = delta.updates.map(([{ origin, seq }, update]) => {
    const place = places.get(origin) ?? places.size;
    places.set(origin, place);
    return { origin: place, seq: BigInt(seq), body: codec.encode(update) };
  });
  const { covers, forgotten, more } = delta;
  const sets = { covers: bytesOf(covers), forgotten: bytesOf(forgotten) };
  return { replica, origins: [...places.keys()], updates, ...sets, more };
}

function messageOf(
  { round, step }: gen.AntiEntropy,
  codecOf: FindCodec,
): AntiEntropyMessage | undefined {
  const itemsOf = (deltas: readonly gen.Delta[]) => readItems(deltas, codecOf);
  switch (step.case) {
    case "compare":
      return readCompare(round, step.value);
    case "same":
    case "busy":
      return { kind: step.case, round };
    case "digests": {
      const { digests, wants } = step.value;
      return { kind: "digests", round, digests: readDigests(digests), wants: readWants(wants) };
    }
    case "wants": {
      const { digests, items, wants } = step.value;
      const offers = { digests: readDigests(digests), wants: readWants(wants) };
      return { kind: "wants", round, ...offers, items: itemsOf(items) };
    }
    case "itemsWants": {
      const { items, wants } = step.value;
      return { kind: "itemsWants", round, items: itemsOf(items), wants: readWants(wants) };
    }
    case "items":
      return { kind: "items", round, items: itemsOf(step.value.items) };
    default:
      return undefined;
  }
}

function readCompare(round: number, { claims, mode }: gen.Compare): CompareMessage | undefined {
  const found = (["push", "pull", "pushPull"] as const).find((name) => modes[name] === mode);
  return found && { kind: "compare", round, mode: found, claims: bounded(claims).map(readClaim) };
}

function readClaim({ hash, recent, replica }: gen.Claim): Claim {
  if (hash > SAFE_MAX) throw new Refusal();
  return { replica: nameOf(replica), hash: Number(hash), recent: setOf(recent) };
}

function readDigests(digests: readonly gen.Digest[]): Digest[] {
  return bounded(digests).map(({ partial, replica, seen }) => {
    return { replica: nameOf(replica), seen: setOf(seen), extent: partial ? "partial" : "whole" };
  });
}

function readWants(wants: readonly gen.Wanted[]): Wants[] {
  return bounded(wants).map(({ dots, replica }) => {
    return { replica: nameOf(replica), dots: setOf(dots) };
  });
}

function readItems(deltas: readonly gen.Delta[], codecOf: FindCodec): Items[] {
  const items: Items[] = [];
  for (const delta of bounded(deltas)) {
    const replica = nameOf(delta.replica);
    const codec = codecOf(replica);
    const sets = { covers: setOf(delta.covers), forgotten: setOf(delta.forgotten) };
    const origins = delta.origins.map(originOf);
    const updates: (readonly [Dot, unknown])[] = [];
    // Closed here meanwhile: whoever asked for the updates is gone.
    if (codec === undefined) continue;
    for (const { body, origin, seq } of delta.updates) {
      const author = origins[origin];
      const update = codec.decode(body);
      if (author === undefined || update === undefined) throw new Refusal();
      if (seq < 1n || seq > SAFE_MAX) throw new Refusal();
      updates.push([{ origin: author, seq: Number(seq) }, update]);
    }
    items.push({ replica, delta: { updates, ...sets, more: delta.more } });
  }
  return items;
}

function bounded<T>(list: readonly T[]): readonly T[] {
  if (list.length > REPLICAS_MAX_COUNT) throw new Refusal();
  return list;
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

function setOf(bytes: Uint8Array): DotSet {
  const set = bytes.length === 0 ? new DotSet() : decodeDotSet(bytes);
  if (set === undefined) throw new Refusal();
  return set;
}

/**
 * Counts the fields of the message and of what may be a message in it: bytes that only look like
 * one are counted too, up to where they do not, which is a bound all the same.
 */
function hasFewFields(bytes: Uint8Array): boolean {
  let count = 0;
  const scan = (start: number, end: number, depth: number): boolean =>
    everyProtoField(
      bytes,
      ({ content }) => {
        count += 1;
        if (content !== undefined && depth < DEPTH_MAX) scan(content.start, content.end, depth + 1);
        return count <= FIELDS_MAX_COUNT;
      },
      { start, end },
    );
  return scan(0, bytes.length, 0) && count <= FIELDS_MAX_COUNT;
}

function parse(bytes: Uint8Array): gen.AntiEntropy | undefined {
  if (!hasFewFields(bytes)) return undefined;
  try {
    return fromBinary(gen.AntiEntropySchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}

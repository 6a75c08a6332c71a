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
import {
  decodeDotSet,
  decodeOrigins,
  encodeDotSet,
  encodeOrigins,
} from "../../core/dot-set-bytes.ts";
import type { FlowReport } from "../../core/flow-control.ts";
import { makeOrigin, type Origin, parseOrigin } from "../../core/peer.ts";
import { compareUtf8 } from "../../core/text.ts";
import { encodeFrame } from "../../wire/frame.ts";
import * as gen from "../../wire/gen/hearsay/v1/anti_entropy_pb.ts";
import { hasFewProtoFields } from "../../wire/proto-fields.ts";
import type { FindCodec } from "../enrolled.ts";
import {
  ANTI_ENTROPY_CHANNEL,
  type AntiEntropyMessage,
  type Claim,
  type DifferingMessage,
  type Digest,
  type ExchangeMode,
  type Items,
  type MoreMessage,
  type SketchMessage,
  type SketchUnit,
  type Wants,
} from "./anti-entropy.messages.ts";

/** Replicas in one message: claims, digests, wants or deltas. [because: a sender takes 30] */
const REPLICAS_MAX_COUNT = 1_024;
/** Updates in one message. [because: it has 64 KiB of them, each of 20 bytes or more] */
const UPDATES_MAX_COUNT = 16_384;
/** Fields of one message, in all its parts. [because: an update has three, and one in the delta] */
const FIELDS_MAX_COUNT = 8 * UPDATES_MAX_COUNT;
/** Longest name of a replica. [because: a topic's tag has 255 bytes, and its kind before it] */
const NAME_MAX_LENGTH = 320;
/** Nesting: message, step, part, update. */
const DEPTH_MAX = 3;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const NO_BYTES = new Uint8Array(0);

const units = { dots: 1, runs: 2 } as const;
const modes = { push: 1, pull: 2, pushPull: 3 } as const;

/** The whole user message: head, origin, channel and body. */
export function encodeAntiEntropy(
  message: AntiEntropyMessage,
  origin: Origin,
  codecOf: FindCodec,
): Uint8Array {
  const body = toBinary(
    gen.AntiEntropySchema,
    create(gen.AntiEntropySchema, {
      round: message.round,
      turn: message.turn,
      step: stepOf(message, codecOf),
    }),
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
      const claims = message.claims.map(claimOf);
      const value = { mode: modes[message.mode], claims, ...flowOf(message) };
      return { case: "compare", value };
    }
    case "same":
      return { case: "same", value: {} };
    case "busy":
      return { case: "busy", value: {} };
    case "digests": {
      const { digests, wants } = message;
      const value = { digests: digests.map(seenOf), wants: wants.map(dotsOf), ...flowOf(message) };
      return { case: "digests", value };
    }
    case "wants": {
      const [digests, wants] = [message.digests.map(seenOf), message.wants.map(dotsOf)];
      return {
        case: "wants",
        value: { digests, wants, items: deltas(message.items), more: message.more },
      };
    }
    case "itemsWants": {
      const [items, wants] = [deltas(message.items), message.wants.map(dotsOf)];
      return { case: "itemsWants", value: { items, wants } };
    }
    case "items":
      return { case: "items", value: { items: deltas(message.items) } };
    default:
      return sketchStepOf(message);
  }
}

function sketchStepOf(message: SketchMessage | MoreMessage | DifferingMessage): StepInit {
  const { replica } = message;
  switch (message.kind) {
    case "sketch": {
      const { digestBytes, first, salt, symbols, unit } = message;
      const counts = { first: BigInt(first), digestBytes: BigInt(digestBytes) };
      return { case: "sketch", value: { replica, unit: units[unit], salt, symbols, ...counts } };
    }
    case "more": {
      const [first, count] = [BigInt(message.first), BigInt(message.count)];
      return { case: "more", value: { replica, first, count } };
    }
    case "differing": {
      const { keys } = message;
      const told = keys === "unknown" ? { unknown: true } : { keys };
      return { case: "differing", value: { replica, ...told } };
    }
  }
}

/** In thousandths: a few writes a minute are a rate, too. */
function flowOf({ flow }: { readonly flow?: FlowReport }) {
  if (flow === undefined) return {};
  const thousandths = (rate: number): bigint => BigInt(Math.round(rate * 1_000));
  const { demandPerSecond, limitPerSecond } = flow;
  return { flow: { limit: thousandths(limitPerSecond), demand: thousandths(demandPerSecond) } };
}

function readFlow(flow: gen.Flow | undefined): { readonly flow?: FlowReport } {
  if (flow === undefined) return {};
  const limitPerSecond = wholeOf(flow.limit) / 1_000;
  return { flow: { limitPerSecond, demandPerSecond: wholeOf(flow.demand) / 1_000 } };
}

/** A set that holds what a hostile node called forgotten may have more dots than can be told. */
function sizeOf(size: number): bigint {
  return BigInt(Math.min(size, Number.MAX_SAFE_INTEGER));
}

function claimOf({ hash, recent, replica, resume, size }: Claim) {
  const at = resume === undefined ? {} : { resume: dotOf(resume) };
  return { replica, hash: BigInt(hash), recent: bytesOf(recent), size: sizeOf(size), ...at };
}

function dotOf({ origin, seq }: Dot) {
  return { origin, seq: BigInt(seq) };
}

/** An empty set is no bytes at all: most are. */
function bytesOf(set: DotSet): Uint8Array {
  return set.isEmpty ? NO_BYTES : encodeDotSet(set);
}

function seenOf({ extent, next, replica, seen, size }: Digest) {
  const after = next === undefined ? {} : { next: dotOf(next) };
  const counts = { partial: extent === "partial", size: sizeOf(size) };
  return { replica, seen: bytesOf(seen), ...counts, ...after };
}

function dotsOf({ dots, replica }: Wants) {
  return { replica, dots: bytesOf(dots) };
}

function deltaOf({ delta, replica }: Items, codecOf: FindCodec): DeltaInit {
  const codec = codecOf(replica);
  assert(codec !== undefined, `updates of ${replica}, which has no codec`);
  const origins = [...new Set(delta.updates.map(([{ origin }]) => origin))].sort(compareUtf8);
  const places = new Map(origins.map((origin, place) => [origin, place]));
  const updates = delta.updates.map(([{ origin, seq }, update]) => {
    return { origin: places.get(origin) ?? 0, seq: BigInt(seq), body: codec.encode(update) };
  });
  const { covers, forgotten, more } = delta;
  const sets = { covers: bytesOf(covers), forgotten: bytesOf(forgotten) };
  const names = origins.length === 0 ? NO_BYTES : encodeOrigins(origins);
  return { replica, origins: names, updates, ...sets, more };
}

function messageOf(
  { round, step, turn }: gen.AntiEntropy,
  codecOf: FindCodec,
): AntiEntropyMessage | undefined {
  const itemsOf = (deltas: readonly gen.Delta[]) => readItems(deltas, codecOf);
  const at = { round, turn };
  switch (step.case) {
    case "compare": {
      const mode = modeOf(step.value.mode);
      const claims = bounded(step.value.claims).map(readClaim);
      return { kind: "compare", ...at, mode, claims, ...readFlow(step.value.flow) };
    }
    case "same":
    case "busy":
      return { kind: step.case, ...at };
    case "digests": {
      const { flow } = step.value;
      const [digests, wants] = [readDigests(step.value.digests), readWants(step.value.wants)];
      return { kind: "digests", ...at, digests, wants, ...readFlow(flow) };
    }
    case "wants": {
      const { digests, items, more, wants } = step.value;
      const offers = { digests: readDigests(digests), wants: readWants(wants) };
      return { kind: "wants", ...at, ...offers, items: itemsOf(items), more };
    }
    case "itemsWants": {
      const { items, wants } = step.value;
      return { kind: "itemsWants", ...at, items: itemsOf(items), wants: readWants(wants) };
    }
    case "items":
      return { kind: "items", ...at, items: itemsOf(step.value.items) };
    default:
      return sketchMessageOf(step, at);
  }
}

function sketchMessageOf(
  step: gen.AntiEntropy["step"],
  at: { readonly round: number; readonly turn: number },
): AntiEntropyMessage | undefined {
  switch (step.case) {
    case "sketch": {
      const { salt } = step.value;
      const symbols = Uint8Array.from(step.value.symbols);
      const replica = nameOf(step.value.replica);
      const unit = unitOf(step.value.unit);
      const first = wholeOf(step.value.first);
      const digestBytes = wholeOf(step.value.digestBytes);
      return { kind: "sketch", ...at, replica, unit, salt, first, symbols, digestBytes };
    }
    case "more": {
      const [first, count] = [wholeOf(step.value.first), wholeOf(step.value.count)];
      return { kind: "more", ...at, replica: nameOf(step.value.replica), first, count };
    }
    case "differing": {
      const { keys, unknown } = step.value;
      const replica = nameOf(step.value.replica);
      return {
        kind: "differing",
        ...at,
        replica,
        keys: unknown ? "unknown" : Uint8Array.from(keys),
      };
    }
    default:
      return undefined;
  }
}

function modeOf(number: number): ExchangeMode {
  const found = (["push", "pull", "pushPull"] as const).find((name) => modes[name] === number);
  if (found === undefined) throw new Refusal();
  return found;
}

function unitOf(number: number): SketchUnit {
  const found = (["dots", "runs"] as const).find((name) => units[name] === number);
  if (found === undefined) throw new Refusal();
  return found;
}

function readClaim({ hash, recent, replica, resume, size }: gen.Claim): Claim {
  const claim = { replica: nameOf(replica), hash: wholeOf(hash), recent: setOf(recent) };
  const at = resume === undefined ? {} : { resume: readDot(resume) };
  return { ...claim, size: wholeOf(size), ...at };
}

function readDigests(digests: readonly gen.Digest[]): Digest[] {
  return bounded(digests).map(({ next, partial, replica, seen, size }) => {
    const extent = partial ? "partial" : "whole";
    const after = next === undefined ? {} : { next: readDot(next) };
    return { replica: nameOf(replica), seen: setOf(seen), extent, size: wholeOf(size), ...after };
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
    const origins = originsOf(delta.origins);
    const updates: (readonly [Dot, unknown])[] = [];
    // Closed here meanwhile: whoever asked for the updates is gone.
    if (codec === undefined) continue;
    for (const { body, origin, seq } of delta.updates) {
      const author = origins[origin];
      // A copy: the bytes that came are a view of a whole message, which a kept one would keep.
      const update = codec.decode(Uint8Array.from(body));
      if (author === undefined || update === undefined) throw new Refusal();
      updates.push([{ origin: author, seq: seqOf(seq) }, update]);
    }
    items.push({ replica, delta: { updates, ...sets, more: delta.more } });
  }
  return items;
}

function readDot({ origin, seq }: gen.Dot): Dot {
  return { origin: originOf(origin), seq: seqOf(seq) };
}

function seqOf(seq: bigint): number {
  if (seq < 1n) throw new Refusal();
  return wholeOf(seq);
}

function wholeOf(number: bigint): number {
  if (number > SAFE_MAX) throw new Refusal();
  return Number(number);
}

/** A replica named twice would be answered twice, at length. */
function bounded<T extends { readonly replica: string }>(list: readonly T[]): readonly T[] {
  if (list.length > REPLICAS_MAX_COUNT) throw new Refusal();
  if (new Set(list.map(({ replica }) => replica)).size < list.length) throw new Refusal();
  return list;
}

function nameOf(replica: string): string {
  if (replica === "" || replica.length > NAME_MAX_LENGTH) throw new Refusal();
  return replica;
}

function originsOf(bytes: Uint8Array): readonly Origin[] {
  const origins = bytes.length === 0 ? [] : decodeOrigins(bytes, UPDATES_MAX_COUNT);
  if (origins === undefined) throw new Refusal();
  return origins;
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

function parse(bytes: Uint8Array): gen.AntiEntropy | undefined {
  if (!hasFewProtoFields(bytes, { maxCount: FIELDS_MAX_COUNT, maxDepth: DEPTH_MAX }))
    return undefined;
  try {
    return fromBinary(gen.AntiEntropySchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}

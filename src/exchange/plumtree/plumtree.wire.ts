/**
 * All that is said to a neighbour at once, as the body of a message of the plumtree channel:
 * protobuf `hearsay.v1.Plumtree`. Updates are written by the codec of their replica, and once:
 * what is passed on to several neighbours, or as it came, is the same bytes.
 * Source: proto/hearsay/v1/plumtree.proto.
 */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { assert } from "../../core/assert.ts";
import type { DotRange } from "../../core/dot-set.ts";
import { makeOrigin, type Origin, parseOrigin } from "../../core/peer.ts";
import { ByteReader, ByteWriter, varintByteLength } from "../../core/varint.ts";
import * as gen from "../../wire/gen/hearsay/v1/plumtree_pb.ts";
import { everyProtoField } from "../../wire/proto-fields.ts";
import type { FindCodec, UpdateCodec } from "../enrolled.ts";
import type { Announced, Gossip, Part, PlumtreeMessage, Root } from "./plumtree.messages.ts";

/** Parts, origins, runs of payloads, and names of trees in one message. [guess] */
const FIELDS_MAX_COUNT = 16_384;
/** Updates in one message. [because: it has 64 KiB of them, or one that is larger] */
const UPDATES_MAX_COUNT = 65_536;
/** Announced, wanted and lacked runs in one list. [guess] */
const RUNS_MAX_COUNT = 16_384;
/** Longest name of a replica. [because: a topic's tag has 255 bytes, and its kind before it] */
const NAME_MAX_LENGTH = 320;
/** A payload that says that it came farther is not believed. */
const ROUND_MAX = 65_535;
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);
const NO_BYTES = new Uint8Array(0);
/** `PlumtreePart` in `Plumtree`, and `PlumtreeGossip` in `PlumtreePart`. */
const PARTS_FIELD = 1;
const GOSSIPS_FIELD = 3;

type GossipInit = MessageInitShape<typeof gen.PlumtreeGossipSchema>;
type PartInit = MessageInitShape<typeof gen.PlumtreePartSchema>;

/** Lists of updates as they stand in messages: a list is passed on as it came. */
const written = new WeakMap<readonly unknown[], Uint8Array>();

export function encodePlumtree({ parts }: PlumtreeMessage, codecOf: FindCodec): Uint8Array {
  const inits = parts.map((part) => partOf(part, codecOf));
  return toBinary(gen.PlumtreeSchema, create(gen.PlumtreeSchema, { parts: inits }));
}

/** Never throws. @returns undefined for bytes that are no message of this channel. */
export function decodePlumtree(body: Uint8Array, codecOf: FindCodec): PlumtreeMessage | undefined {
  const parsed = parse(body);
  if (parsed === undefined) return undefined;
  try {
    const left = { updates: UPDATES_MAX_COUNT };
    return { kind: "batch", parts: parsed.parts.map((part) => readPart(part, codecOf, left)) };
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** What was read makes no sense; it never leaves this file. */
class Refusal extends Error {}

/** Each origin once, by its place in the part. */
class Places {
  readonly origins: Origin[] = [];
  private readonly places = new Map<Origin, number>();

  of(origin: Origin): number {
    const known = this.places.get(origin);
    if (known !== undefined) return known;
    this.places.set(origin, this.origins.length);
    this.origins.push(origin);
    return this.origins.length - 1;
  }
}

function partOf(part: Part, codecOf: FindCodec): PartInit {
  const { announced, gossips, grafts, lacked, prunes, replica, wanted } = part;
  const places = new Places();
  const codec = gossips.length === 0 ? undefined : codecOf(replica);
  const loads: GossipInit[] = [];
  for (const { first, origin, round, updates } of gossips) {
    assert(codec !== undefined, `updates of ${replica}, which has no codec`);
    const counts = { first: BigInt(first), round, count: updates.length };
    loads.push({ origin: places.of(origin), ...counts, updates: updatesOf(updates, codec) });
  }
  return {
    replica,
    gossips: loads,
    announced: runsOf(announced, places),
    lacked: runsOf(lacked, places),
    wanted: runsOf(wanted, places),
    grafts: rootsOf(grafts, places),
    prunes: rootsOf(prunes, places),
    // Last: all the others have named theirs.
    origins: places.origins,
  };
}

function updatesOf(updates: readonly unknown[], codec: UpdateCodec): Uint8Array {
  const known = written.get(updates);
  if (known !== undefined) return known;
  const bodies = updates.map((update) => codec.encode(update));
  let length = 0;
  for (const body of bodies) length += varintByteLength(body.length) + body.length;
  const writer = new ByteWriter(length);
  for (const body of bodies) {
    writer.varint(body.length);
    writer.bytes(body);
  }
  const bytes = writer.finish();
  written.set(updates, bytes);
  return bytes;
}

function runsOf(runs: readonly (DotRange | Announced)[], places: Places): Uint8Array {
  if (runs.length === 0) return NO_BYTES;
  const writer = new ByteWriter(16 * runs.length);
  for (const run of runs) {
    writer.varint(places.of(run.origin));
    writer.varint(run.first);
    writer.varint(run.last - run.first);
    if ("round" in run) writer.varint(run.round);
  }
  return writer.finish();
}

function rootsOf(roots: readonly Root[], places: Places): Uint8Array {
  if (roots.length === 0) return NO_BYTES;
  const writer = new ByteWriter(2 * roots.length);
  for (const root of roots) writer.varint(root === "" ? 0 : places.of(root) + 1);
  return writer.finish();
}

function readPart(part: gen.PlumtreePart, codecOf: FindCodec, left: { updates: number }): Part {
  const { replica } = part;
  if (replica === "" || replica.length > NAME_MAX_LENGTH) throw new Refusal();
  const origins = part.origins.map(originOf);
  const codec = codecOf(replica);
  const gossips: Gossip[] = [];
  for (const gossip of part.gossips) {
    left.updates -= gossip.count;
    if (left.updates < 0) throw new Refusal();
    gossips.push(readGossip(gossip, origins, codec));
  }
  return {
    replica,
    gossips,
    announced: readRuns(part.announced, origins),
    lacked: readRanges(part.lacked, origins),
    wanted: readRuns(part.wanted, origins),
    grafts: readRoots(part.grafts, origins),
    prunes: readRoots(part.prunes, origins),
  };
}

function readGossip(
  gossip: gen.PlumtreeGossip,
  origins: readonly Origin[],
  codec: UpdateCodec | undefined,
): Gossip {
  const { count, round } = gossip;
  const origin = origins[gossip.origin];
  const first = Number(gossip.first);
  const isSane = gossip.first >= 1n && gossip.first <= SAFE_MAX && round <= ROUND_MAX && count >= 1;
  if (origin === undefined || !isSane) throw new Refusal();
  if (!Number.isSafeInteger(first + count)) throw new Refusal();
  // This node has no such replica: its sender is told so, whatever it has sent.
  if (codec === undefined) return { origin, first, round, updates: [] };
  // A copy: the bytes that came are a view of a whole message, which a kept one would keep.
  const bytes = Uint8Array.from(gossip.updates);
  const reader = new ByteReader(bytes);
  const updates: unknown[] = [];
  for (let at = 0; at < count; at += 1) {
    const body = reader.bytes(reader.varint() ?? -1);
    const update = body === undefined ? undefined : codec.decode(body);
    if (update === undefined) throw new Refusal();
    updates.push(update);
  }
  if (reader.remainingBytes > 0) throw new Refusal();
  written.set(updates, bytes);
  return { origin, first, round, updates };
}

function readRuns(bytes: Uint8Array, origins: readonly Origin[]): Announced[] {
  const reader = new ByteReader(bytes);
  const runs: Announced[] = [];
  while (reader.remainingBytes > 0) {
    const range = readRange(reader, origins);
    const round = reader.varint();
    if (round === undefined || round > ROUND_MAX || runs.length >= RUNS_MAX_COUNT) {
      throw new Refusal();
    }
    runs.push({ ...range, round });
  }
  return runs;
}

function readRanges(bytes: Uint8Array, origins: readonly Origin[]): DotRange[] {
  const reader = new ByteReader(bytes);
  const ranges: DotRange[] = [];
  while (reader.remainingBytes > 0) {
    if (ranges.length >= RUNS_MAX_COUNT) throw new Refusal();
    ranges.push(readRange(reader, origins));
  }
  return ranges;
}

function readRange(reader: ByteReader, origins: readonly Origin[]): DotRange {
  const origin = origins[reader.varint() ?? -1];
  const first = reader.varint();
  const length = reader.varint();
  if (origin === undefined || first === undefined || length === undefined || first < 1) {
    throw new Refusal();
  }
  if (!Number.isSafeInteger(first + length)) throw new Refusal();
  return { origin, first, last: first + length };
}

function readRoots(bytes: Uint8Array, origins: readonly Origin[]): Root[] {
  const reader = new ByteReader(bytes);
  const roots: Root[] = [];
  while (reader.remainingBytes > 0) {
    const place = reader.varint();
    if (place === undefined || roots.length >= RUNS_MAX_COUNT) throw new Refusal();
    const root = place === 0 ? "" : origins[place - 1];
    if (root === undefined) throw new Refusal();
    roots.push(root);
  }
  return roots;
}

function originOf(text: string): Origin {
  const parts = parseOrigin(text);
  if (parts === undefined) throw new Refusal();
  return makeOrigin(parts.name, parts.boot);
}

/** Each field costs the parser as much as a call, however few bytes it has. */
function hasFewFields(bytes: Uint8Array): boolean {
  let count = 0;
  const isFew = () => {
    count += 1;
    return count <= FIELDS_MAX_COUNT;
  };
  return everyProtoField(bytes, ({ content, number }) => {
    if (!isFew()) return false;
    if (number !== PARTS_FIELD || content === undefined) return true;
    const inPart = everyProtoField(
      bytes,
      (field) => {
        if (!isFew()) return false;
        if (field.number !== GOSSIPS_FIELD || field.content === undefined) return true;
        return everyProtoField(bytes, isFew, field.content);
      },
      content,
    );
    return inPart;
  });
}

function parse(bytes: Uint8Array): gen.Plumtree | undefined {
  if (!hasFewFields(bytes)) return undefined;
  try {
    return fromBinary(gen.PlumtreeSchema, bytes, { readUnknownFields: false });
  } catch {
    return undefined;
  }
}

/**
 * All that is said to a neighbour at once, as the body of a message of the plumtree channel:
 * protobuf `hearsay.v1.Plumtree`. Updates are written by the codec of their replica, and once:
 * what is passed on to several neighbours, or as it came, is the same bytes.
 * Source: proto/hearsay/v1/plumtree.proto.
 */
import { assert } from "../../core/assert.ts";
import type { DotRange } from "../../core/dot-set.ts";
import { type Origin, parseOrigin } from "../../core/peer.ts";
import { decodeUtf8Strict, encodeUtf8 } from "../../core/text.ts";
import { ByteReader, ByteWriter, varintByteLength } from "../../core/varint.ts";
import type { FindCodec, UpdateCodec } from "../enrolled.ts";
import {
  type Announced,
  type Gossip,
  type Offered,
  type Part,
  type PlumtreeMessage,
  ROUND_MAX,
  type Root,
} from "./plumtree.messages.ts";
import { decodeUpdates, encodeUpdates } from "./update-lists.wire.ts";

/*
 * Written and read by hand, as protobuf-es would (the test compares them): a flood is many small
 * messages, and each would cost ten times what is in it.
 */

/** Parts, origins and runs of payloads in one message. [guess] */
const FIELDS_MAX_COUNT = 16_384;
/** Updates in one message. [because: it has 64 KiB of them, or one that is larger] */
const UPDATES_MAX_COUNT = 65_536;
/** Announced, wanted and lacked runs in one list. [guess] */
const RUNS_MAX_COUNT = 16_384;
/** Longest name of a replica. [because: a topic's tag has 255 bytes, and its kind before it] */
const NAME_MAX_LENGTH = 320;
const NO_BYTES = new Uint8Array(0);
/** Texts whose bytes, or origins whose texts, are remembered. [guess] */
const NAMES_MAX_COUNT = 4_096;

/** A protobuf tag is the number of the field, then three bits: 0 a number, 2 bytes. */
const tags = {
  parts: 0x0a,
  replica: 0x0a,
  origins: 0x12,
  gossips: 0x1a,
  announced: 0x22,
  lacked: 0x2a,
  wanted: 0x32,
  grafts: 0x3a,
  prunes: 0x42,
  offered: 0x4a,
  origin: 0x08,
  first: 0x10,
  round: 0x18,
  count: 0x20,
  updates: 0x2a,
} as const;

export function encodePlumtree({ parts }: PlumtreeMessage, codecOf: FindCodec): Uint8Array {
  const drafts = parts.map((part) => draftOf(part, codecOf));
  let length = 0;
  for (const draft of drafts) length += fieldLength(draft.length);
  const writer = new ByteWriter(length);
  for (const draft of drafts) writePart(writer, draft);
  return writer.finish();
}

/** Never throws. @returns undefined for bytes that are no message of this channel. */
export function decodePlumtree(body: Uint8Array, codecOf: FindCodec): PlumtreeMessage | undefined {
  const left = { updates: UPDATES_MAX_COUNT, fields: FIELDS_MAX_COUNT };
  const parts: Part[] = [];
  try {
    readFields(body, left, (tag, bytes) => {
      if (tag === tags.parts) parts.push(readPart(bytes, codecOf, left));
    });
    return { kind: "batch", parts };
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

/** One part, measured and ready to be written. */
interface Draft {
  readonly replica: Uint8Array;
  readonly origins: readonly Uint8Array[];
  readonly gossips: readonly GossipDraft[];
  /** By tag. */
  readonly lists: readonly (readonly [number, Uint8Array])[];
  readonly length: number;
}

interface GossipDraft {
  readonly gossip: Gossip;
  readonly place: number;
  readonly updates: Uint8Array;
  readonly length: number;
}

function draftOf(part: Part, codecOf: FindCodec): Draft {
  const { announced, grafts, lacked, offered, prunes, wanted } = part;
  const places = new Places();
  const codec = part.gossips.length === 0 ? undefined : codecOf(part.replica);
  const gossips = part.gossips.map((gossip): GossipDraft => {
    assert(codec !== undefined, `updates of ${part.replica}, which has no codec`);
    const place = places.of(gossip.origin);
    const updates = encodeUpdates(gossip.updates, codec);
    const { first, round } = gossip;
    const counts =
      numberLength(place) +
      numberLength(first) +
      numberLength(round) +
      numberLength(gossip.updates.length);
    return { gossip, place, updates, length: counts + bytesLength(updates) };
  });
  const lists = [
    [tags.announced, runsOf(announced, places)],
    [tags.lacked, runsOf(lacked, places)],
    [tags.wanted, runsOf(wanted, places)],
    [tags.grafts, rootsOf(grafts, places)],
    [tags.prunes, rootsOf(prunes, places)],
    [tags.offered, offersOf(offered, places)],
  ] as const;
  const replica = textOf(part.replica);
  const origins = places.origins.map(textOf);
  let length = bytesLength(replica);
  for (const origin of origins) length += fieldLength(origin.length);
  for (const one of gossips) length += fieldLength(one.length);
  for (const [, bytes] of lists) length += bytesLength(bytes);
  return { replica, origins, gossips, lists, length };
}

function writePart(writer: ByteWriter, draft: Draft): void {
  writer.byte(tags.parts);
  writer.varint(draft.length);
  writeBytes(writer, tags.replica, draft.replica);
  for (const origin of draft.origins) writeField(writer, tags.origins, origin);
  for (const { gossip, length, place, updates } of draft.gossips) {
    writer.byte(tags.gossips);
    writer.varint(length);
    writeNumber(writer, tags.origin, place);
    writeNumber(writer, tags.first, gossip.first);
    writeNumber(writer, tags.round, gossip.round);
    writeNumber(writer, tags.count, gossip.updates.length);
    writeBytes(writer, tags.updates, updates);
  }
  for (const [tag, bytes] of draft.lists) writeBytes(writer, tag, bytes);
}

/** Tag, length and content. */
function fieldLength(length: number): number {
  return 1 + varintByteLength(length) + length;
}

/** What is empty or 0 is not written: it is what a reader takes for what it does not find. */
function bytesLength({ length }: Uint8Array): number {
  return length === 0 ? 0 : fieldLength(length);
}

function numberLength(value: number): number {
  return value === 0 ? 0 : 1 + varintByteLength(value);
}

function writeField(writer: ByteWriter, tag: number, bytes: Uint8Array): void {
  writer.byte(tag);
  writer.varint(bytes.length);
  writer.bytes(bytes);
}

function writeBytes(writer: ByteWriter, tag: number, bytes: Uint8Array): void {
  if (bytes.length > 0) writeField(writer, tag, bytes);
}

function writeNumber(writer: ByteWriter, tag: number, value: number): void {
  if (value === 0) return;
  writer.byte(tag);
  writer.varint(value);
}

/** Few names come again and again. */
const texts = new Map<string, Uint8Array>();

function textOf(name: string): Uint8Array {
  const known = texts.get(name);
  if (known !== undefined) return known;
  if (texts.size >= NAMES_MAX_COUNT) texts.clear();
  const text = encodeUtf8(name);
  texts.set(name, text);
  return text;
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

function offersOf(offers: readonly Offered[], places: Places): Uint8Array {
  if (offers.length === 0) return NO_BYTES;
  const writer = new ByteWriter(16 * offers.length);
  for (const { bytes, origin, round, seq } of offers) {
    writer.varint(places.of(origin));
    writer.varint(seq);
    writer.varint(round);
    writer.varint(bytes);
  }
  return writer.finish();
}

function rootsOf(roots: readonly Root[], places: Places): Uint8Array {
  if (roots.length === 0) return NO_BYTES;
  const writer = new ByteWriter(2 * roots.length);
  for (const root of roots) writer.varint(root === "" ? 0 : places.of(root) + 1);
  return writer.finish();
}

interface ReadLeft {
  updates: number;
  fields: number;
}

type VisitField = (tag: number, bytes: Uint8Array, value: number) => void;

/** Fields that are not known have other tags, and are passed over. */
function readFields(bytes: Uint8Array, left: ReadLeft, visit: VisitField): void {
  const reader = new ByteReader(bytes);
  while (reader.remainingBytes > 0) {
    left.fields -= 1;
    const tag = reader.varint();
    if (tag === undefined || left.fields < 0) throw new Refusal();
    const kind = tag % 8;
    const value = kind === 0 || kind === 2 ? reader.varint() : undefined;
    const length = kind === 1 ? 8 : kind === 5 ? 4 : kind === 2 ? value : 0;
    const content = length === undefined ? undefined : reader.bytes(length);
    const isWhole = content !== undefined && (kind !== 0 || value !== undefined);
    if (!isWhole || kind === 3 || kind === 4 || kind > 5) throw new Refusal();
    visit(tag, content, value ?? 0);
  }
}

function readPart(bytes: Uint8Array, codecOf: FindCodec, left: ReadLeft): Part {
  let replica = "";
  const origins: Origin[] = [];
  const loads: Uint8Array[] = [];
  const lists = new Map<number, Uint8Array>();
  readFields(bytes, left, (tag, content) => {
    if (tag === tags.replica) replica = decodeUtf8Strict(content) ?? "";
    else if (tag === tags.origins) origins.push(originOf(content));
    else if (tag === tags.gossips) loads.push(content);
    else lists.set(tag, content);
  });
  if (replica === "" || replica.length > NAME_MAX_LENGTH) throw new Refusal();
  const codec = codecOf(replica);
  const list = (tag: number): Uint8Array => lists.get(tag) ?? NO_BYTES;
  return {
    replica,
    gossips: loads.map((load) => readGossip(load, { origins, codec, left })),
    announced: readRuns(list(tags.announced), origins),
    lacked: readRanges(list(tags.lacked), origins),
    wanted: readRuns(list(tags.wanted), origins),
    grafts: readRoots(list(tags.grafts), origins),
    prunes: readRoots(list(tags.prunes), origins),
    offered: readOffers(list(tags.offered), origins),
  };
}

interface GossipWorld {
  readonly origins: readonly Origin[];
  readonly codec: UpdateCodec | undefined;
  readonly left: ReadLeft;
}

function readGossip(bytes: Uint8Array, { codec, left, origins }: GossipWorld): Gossip {
  let [place, first, round, count] = [0, 0, 0, 0];
  let loads: Uint8Array = NO_BYTES;
  readFields(bytes, left, (tag, content, value) => {
    if (tag === tags.origin) place = value;
    else if (tag === tags.first) first = value;
    else if (tag === tags.round) round = value;
    else if (tag === tags.count) count = value;
    else if (tag === tags.updates) loads = content;
  });
  const origin = origins[place];
  left.updates -= count;
  const isSane = first >= 1 && count >= 1 && round <= ROUND_MAX && left.updates >= 0;
  if (origin === undefined || !isSane || !Number.isSafeInteger(first + count)) throw new Refusal();
  // This node has no such replica: its sender is told so, whatever it has sent.
  if (codec === undefined) return { origin, first, round, updates: [] };
  const updates = decodeUpdates(loads, count, codec);
  if (updates === undefined) throw new Refusal();
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

function readOffers(from: Uint8Array, origins: readonly Origin[]): Offered[] {
  const reader = new ByteReader(from);
  const offers: Offered[] = [];
  while (reader.remainingBytes > 0) {
    const origin = origins[reader.varint() ?? -1];
    const seq = reader.varint() ?? 0;
    const round = reader.varint() ?? ROUND_MAX + 1;
    const bytes = reader.varint();
    const isSane = seq >= 1 && round <= ROUND_MAX && offers.length < RUNS_MAX_COUNT;
    if (origin === undefined || bytes === undefined || !isSane) throw new Refusal();
    offers.push({ origin, seq, round, bytes });
  }
  return offers;
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

/** Origins that were read: the same text is then the same string, which is quick to find. */
const known = new Set<string>();

function originOf(bytes: Uint8Array): Origin {
  const text = decodeUtf8Strict(bytes) ?? "";
  if (known.has(text)) return text as Origin;
  const parts = parseOrigin(text);
  if (parts === undefined) throw new Refusal();
  if (known.size >= NAMES_MAX_COUNT) known.clear();
  known.add(text);
  return text as Origin;
}

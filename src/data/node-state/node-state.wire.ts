/**
 * Messages of per-node state as the body of a frame of channel 13. By hand, for Scuttlebutt must
 * know what an entry takes before it takes it (node-state.sizes.ts):
 *
 *   body      kind u8 ‖ what the kind has, in this order: [cluster text] [hash: two u32, most
 *             significant first] [digest] [deltas, to the end]
 *   digest    flags u8 (1 all states, 2 has flow) ‖ [limit varint ‖ demand varint, thousandths]
 *             ‖ count varint ‖ states
 *   state     name text ‖ boot varint ‖ heartbeat varint ‖ gcVersion varint ‖ maxVersion varint
 *   deltas    0 ‖ name text ‖ boot varint ‖ from varint ‖ gcVersion varint      another node's
 *             1 ‖ status u8 ‖ version − last one varint ‖ key text ‖ length varint ‖ value
 *             2 ‖ maxVersion − last version varint
 *
 * A text is its length as varint, and UTF-8. What stands behind the end of a digest in a message
 * without deltas is left to later versions.
 */
import { readText, writeText } from "../../core/dot-bytes.ts";
import { makeOrigin, type Origin, parseOrigin } from "../../core/peer.ts";
import { ByteReader, ByteWriter } from "../../core/varint.ts";
import {
  type Digest,
  type EntryStatus,
  type NodeStateMessage,
  OPS_MAX_COUNT,
  STATES_MAX_COUNT,
  type StateDelta,
  type StateDigest,
  type StateEntry,
  type StateFlow,
} from "./node-state.messages.ts";
import { thousandths } from "./node-state.sizes.ts";

const kinds = [
  "probe",
  "syn",
  "synAck",
  "ack",
  "badCluster",
  "gossipSyn",
  "gossipAck",
  "gossipAck2",
] as const;
const statuses: readonly EntryStatus[] = ["set", "deleted", "fading"];

const ALL_STATES = 1;
const HAS_FLOW = 2;
const NODE_OP = 0;
const ENTRY_OP = 1;
const MAX_OP = 2;
/** Longest name of a node. [because: startNode takes no longer one] */
const NAME_MAX_LENGTH = 128;
const CLUSTER_MAX_LENGTH = 255;
const TWO_32 = 2 ** 32;

export function encodeNodeState(message: NodeStateMessage): Uint8Array {
  const writer = new ByteWriter(256);
  writer.byte(kinds.indexOf(message.kind));
  switch (message.kind) {
    case "probe":
      writeText(writer, message.cluster);
      writeHash(writer, message.hash);
      break;
    case "syn":
    case "gossipSyn":
      writeText(writer, message.cluster);
      writeDigest(writer, message.digest);
      break;
    case "synAck":
      writeDigest(writer, message.digest);
      writeDeltas(writer, message.deltas);
      break;
    case "gossipAck":
      writeDigest(writer, { states: message.wanted, extent: "part" });
      writeDeltas(writer, message.deltas);
      break;
    case "ack":
    case "gossipAck2":
      writeDeltas(writer, message.deltas);
      break;
    case "badCluster":
  }
  return writer.finish();
}

/** Never throws. Values are copied. @returns undefined for what is no message. */
export function decodeNodeState(bytes: Uint8Array): NodeStateMessage | undefined {
  const reader = new ByteReader(bytes);
  const kind = kinds[reader.byte() ?? kinds.length];
  switch (kind) {
    case "probe": {
      const cluster = readCluster(reader);
      const hash = readHash(reader);
      return cluster === undefined || hash === undefined ? undefined : { kind, cluster, hash };
    }
    case "syn":
    case "gossipSyn": {
      const cluster = readCluster(reader);
      const digest = readDigest(reader);
      return cluster === undefined || digest === undefined ? undefined : { kind, cluster, digest };
    }
    case "synAck": {
      const digest = readDigest(reader);
      const deltas = digest && readDeltas(reader);
      return digest === undefined || deltas === undefined ? undefined : { kind, digest, deltas };
    }
    case "gossipAck": {
      const wanted = readDigest(reader)?.states;
      const deltas = wanted && readDeltas(reader);
      return wanted === undefined || deltas === undefined ? undefined : { kind, wanted, deltas };
    }
    case "ack":
    case "gossipAck2": {
      const deltas = readDeltas(reader);
      return deltas && { kind, deltas };
    }
    case "badCluster":
      return { kind };
    default:
      return undefined;
  }
}

function writeHash(writer: ByteWriter, hash: number): void {
  for (const word of [Math.floor(hash / TWO_32), hash % TWO_32]) {
    for (const shift of [24, 16, 8, 0]) writer.byte((word >>> shift) & 0xff);
  }
}

function readHash(reader: ByteReader): number | undefined {
  const bytes = reader.bytes(8);
  if (bytes === undefined) return undefined;
  let hash = 0;
  for (const byte of bytes) hash = hash * 256 + byte;
  return Number.isSafeInteger(hash) ? hash : undefined;
}

function readCluster(reader: ByteReader): string | undefined {
  const cluster = readText(reader);
  return cluster !== undefined && cluster.length <= CLUSTER_MAX_LENGTH ? cluster : undefined;
}

function writeOrigin(writer: ByteWriter, origin: Origin): void {
  const { boot, name } = parseOrigin(origin) ?? { boot: 0, name: origin };
  writeText(writer, name);
  writer.varint(boot);
}

function readOrigin(reader: ByteReader): Origin | undefined {
  const name = readText(reader);
  const boot = reader.varint();
  if (name === undefined || boot === undefined) return undefined;
  return name === "" || name.length > NAME_MAX_LENGTH ? undefined : makeOrigin(name, boot);
}

function writeDigest(writer: ByteWriter, { extent, flow, states }: Digest): void {
  writer.byte((extent === "all" ? ALL_STATES : 0) | (flow === undefined ? 0 : HAS_FLOW));
  if (flow !== undefined) {
    writer.varint(thousandths(flow.limitPerSecond));
    writer.varint(thousandths(flow.demandPerSecond));
  }
  writer.varint(states.length);
  for (const { gcVersion, heartbeat, maxVersion, origin } of states) {
    writeOrigin(writer, origin);
    writer.varint(heartbeat);
    writer.varint(gcVersion);
    writer.varint(maxVersion);
  }
}

function readDigest(reader: ByteReader): Digest | undefined {
  const flags = reader.byte();
  if (flags === undefined || flags > (ALL_STATES | HAS_FLOW)) return undefined;
  const flow = (flags & HAS_FLOW) === 0 ? undefined : readFlow(reader);
  if ((flags & HAS_FLOW) !== 0 && flow === undefined) return undefined;
  const count = reader.varint();
  if (count === undefined || count > STATES_MAX_COUNT) return undefined;
  const states: StateDigest[] = [];
  while (states.length < count) {
    const state = readState(reader);
    if (state === undefined) return undefined;
    states.push(state);
  }
  const digest: Digest = { states, extent: (flags & ALL_STATES) === 0 ? "part" : "all" };
  return flow === undefined ? digest : { ...digest, flow };
}

function readFlow(reader: ByteReader): StateFlow | undefined {
  const limit = reader.varint();
  const demand = reader.varint();
  if (limit === undefined || demand === undefined) return undefined;
  return { limitPerSecond: limit / 1_000, demandPerSecond: demand / 1_000 };
}

function readState(reader: ByteReader): StateDigest | undefined {
  const origin = readOrigin(reader);
  const heartbeat = reader.varint();
  const gcVersion = reader.varint();
  const maxVersion = reader.varint();
  if (origin === undefined || heartbeat === undefined) return undefined;
  if (gcVersion === undefined || maxVersion === undefined) return undefined;
  return { origin, heartbeat, gcVersion, maxVersion };
}

function writeDeltas(writer: ByteWriter, deltas: readonly StateDelta[]): void {
  for (const { entries, from, gcVersion, maxVersion, origin } of deltas) {
    writer.byte(NODE_OP);
    writeOrigin(writer, origin);
    writer.varint(from);
    writer.varint(gcVersion);
    let last = from;
    for (const { key, status, value, version } of entries) {
      writer.byte(ENTRY_OP);
      writer.byte(statuses.indexOf(status));
      writer.varint(version - last);
      writeText(writer, key);
      writer.varint(value.length);
      writer.bytes(value);
      last = version;
    }
    if (maxVersion === last) continue;
    writer.byte(MAX_OP);
    writer.varint(maxVersion - last);
  }
}

interface OpenDelta extends StateDelta {
  readonly entries: StateEntry[];
  maxVersion: number;
}

/** undefined for bytes that make no sense, a node named twice, and versions that do not rise. */
function readDeltas(reader: ByteReader): StateDelta[] | undefined {
  const deltas = new Map<Origin, OpenDelta>();
  let open: OpenDelta | undefined;
  let hasEnded = false;
  for (let ops = 0; reader.remainingBytes > 0; ops += 1) {
    if (ops >= OPS_MAX_COUNT) return undefined;
    const op = reader.byte();
    if (op === NODE_OP) {
      open = readHead(reader);
      if (open === undefined || deltas.has(open.origin)) return undefined;
      deltas.set(open.origin, open);
      hasEnded = false;
    } else if (open === undefined || hasEnded) {
      return undefined;
    } else if (op === ENTRY_OP) {
      const entry = readEntry(reader, open.maxVersion);
      if (entry === undefined) return undefined;
      open.entries.push(entry);
      open.maxVersion = entry.version;
    } else if (op === MAX_OP) {
      const maxVersion = readRise(reader, open.maxVersion);
      if (maxVersion === undefined) return undefined;
      open.maxVersion = maxVersion;
      hasEnded = true;
    } else {
      return undefined;
    }
  }
  return [...deltas.values()];
}

function readHead(reader: ByteReader): OpenDelta | undefined {
  const origin = readOrigin(reader);
  const from = reader.varint();
  const gcVersion = reader.varint();
  if (origin === undefined || from === undefined || gcVersion === undefined) return undefined;
  return { origin, from, gcVersion, entries: [], maxVersion: from };
}

function readEntry(reader: ByteReader, last: number): StateEntry | undefined {
  const status = statuses[reader.byte() ?? statuses.length];
  const version = readRise(reader, last);
  const key = readText(reader);
  const value = key === undefined ? undefined : reader.bytes(reader.varint() ?? -1);
  if (status === undefined || version === undefined) return undefined;
  if (key === undefined || value === undefined) return undefined;
  return { key, value: value.slice(), version, status };
}

function readRise(reader: ByteReader, last: number): number | undefined {
  const step = reader.varint();
  if (step === undefined || step === 0) return undefined;
  const version = last + step;
  return Number.isSafeInteger(version) ? version : undefined;
}

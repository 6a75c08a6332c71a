/**
 * The bodies of the messages that carry the state of members, and the headers of streams.
 * Source: specs/memberlist-wire.md sections 3, 4 and 12; fields are in the order declared there.
 */
import { Buffer } from "node:buffer";
import { sameBytes } from "../../../core/bytes.ts";
import { type MsgpackReader, nilBytes } from "../../../wire/msgpack-reader.ts";
import { StructFields } from "../../../wire/msgpack-struct.ts";
import { keyBytes, type MsgpackWriter } from "../../../wire/msgpack-writer.ts";
import type { AliveMessage, DeadMessage, PushPullNode, SuspectMessage } from "../swim.messages.ts";

const UINT32_MAX = 0xffff_ffff;
const UINT16_MAX = 0xffff;

const keys = {
  addr: keyBytes("Addr"),
  from: keyBytes("From"),
  incarnation: keyBytes("Incarnation"),
  join: keyBytes("Join"),
  meta: keyBytes("Meta"),
  name: keyBytes("Name"),
  node: keyBytes("Node"),
  nodes: keyBytes("Nodes"),
  port: keyBytes("Port"),
  state: keyBytes("State"),
  userMsgLen: keyBytes("UserMsgLen"),
  userStateLen: keyBytes("UserStateLen"),
  vsn: keyBytes("Vsn"),
} as const;

// --- suspect, dead ----------------------------------------------------------

const verdictFields = new StructFields(["Incarnation", "Node", "From"]);

export function writeVerdict(writer: MsgpackWriter, message: SuspectMessage | DeadMessage): void {
  writer.mapHead(3);
  writer.append(keys.from);
  writer.text(message.from);
  writer.append(keys.incarnation);
  writer.int(message.incarnation);
  writer.append(keys.node);
  writer.text(message.node);
}

export function readSuspect(reader: MsgpackReader): SuspectMessage {
  return { kind: "suspect", ...readVerdict(reader) };
}

export function readDead(reader: MsgpackReader): DeadMessage {
  return { kind: "dead", ...readVerdict(reader) };
}

function readVerdict(reader: MsgpackReader): { incarnation: number; node: string; from: string } {
  let incarnation = 0;
  let node = "";
  let from = "";
  const fields = verdictFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "From") from = reader.text();
    else if (field === "Incarnation") incarnation = reader.uint(UINT32_MAX);
    else node = reader.text();
  }
  return { incarnation, node, from };
}

// --- alive, push/pull node --------------------------------------------------

const aliveFields = new StructFields(["Incarnation", "Node", "Addr", "Port", "Meta", "Vsn"]);

export function writeAlive(writer: MsgpackWriter, message: AliveMessage): void {
  writer.mapHead(6);
  writer.append(keys.addr);
  writer.raw(message.addr);
  writer.append(keys.incarnation);
  writer.int(message.incarnation);
  writer.append(keys.meta);
  writer.raw(message.meta);
  writer.append(keys.node);
  writer.text(message.node);
  writer.append(keys.port);
  writer.int(message.port);
  writer.append(keys.vsn);
  writer.raw(message.vsn);
}

export function readAlive(reader: MsgpackReader): AliveMessage {
  let incarnation = 0;
  let node = "";
  let addr = nilBytes;
  let port = 0;
  let meta = nilBytes;
  let vsn = nilBytes;
  const fields = aliveFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Addr") addr = ownBytes(reader.raw());
    else if (field === "Incarnation") incarnation = reader.uint(UINT32_MAX);
    else if (field === "Meta") meta = ownBytes(reader.raw());
    else if (field === "Node") node = reader.text();
    else if (field === "Port") port = reader.uint(UINT16_MAX);
    else vsn = sharedVersion(reader.raw());
  }
  return { kind: "alive", incarnation, node, addr, port, meta, vsn };
}

const nodeFields = new StructFields([
  "Name",
  "Addr",
  "Port",
  "Meta",
  "Incarnation",
  "State",
  "Vsn",
]);

export function writePushPullNode(writer: MsgpackWriter, node: PushPullNode): void {
  writer.mapHead(7);
  writer.append(keys.addr);
  writer.raw(node.addr);
  writer.append(keys.incarnation);
  writer.int(node.incarnation);
  writer.append(keys.meta);
  writer.raw(node.meta);
  writer.append(keys.name);
  writer.text(node.name);
  writer.append(keys.port);
  writer.int(node.port);
  writer.append(keys.state);
  writer.int(node.state);
  writer.append(keys.vsn);
  writer.raw(node.vsn);
}

export function readPushPullNode(reader: MsgpackReader): PushPullNode {
  let name = "";
  let addr = nilBytes;
  let port = 0;
  let meta = nilBytes;
  let incarnation = 0;
  let state = 0;
  let vsn = nilBytes;
  const fields = nodeFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Addr") addr = ownBytes(reader.raw());
    else if (field === "Incarnation") incarnation = reader.uint(UINT32_MAX);
    else if (field === "Meta") meta = ownBytes(reader.raw());
    else if (field === "Name") name = reader.text();
    else if (field === "Port") port = reader.uint(UINT16_MAX);
    else if (field === "State") state = reader.int();
    else vsn = sharedVersion(reader.raw());
  }
  return { name, addr, port, meta, incarnation, state, vsn };
}

/**
 * A copy of its own: what a member's record keeps for hours must not keep alive the packet, or the
 * 20 MiB of a push/pull, that it came in.
 */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? bytes : Buffer.from(bytes);
}

let lastVersion: Uint8Array = nilBytes;

/** Nearly all members of a cluster have the same six bytes; they share one copy. */
function sharedVersion(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return bytes;
  if (!sameBytes(bytes, lastVersion)) lastVersion = ownBytes(bytes);
  return lastVersion;
}

// --- headers on streams -----------------------------------------------------

export interface PushPullHeader {
  readonly nodesCount: number;
  readonly userStateBytes: number;
  readonly join: boolean;
}

const pushPullHeaderFields = new StructFields(["Nodes", "UserStateLen", "Join"]);
const userHeaderFields = new StructFields(["UserMsgLen"]);

export function writePushPullHeader(writer: MsgpackWriter, header: PushPullHeader): void {
  writer.mapHead(3);
  writer.append(keys.join);
  writer.boolean(header.join);
  writer.append(keys.nodes);
  writer.int(header.nodesCount);
  writer.append(keys.userStateLen);
  writer.int(header.userStateBytes);
}

export function readPushPullHeader(reader: MsgpackReader): PushPullHeader {
  let nodesCount = 0;
  let userStateBytes = 0;
  let join = false;
  const fields = pushPullHeaderFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Join") join = reader.boolean();
    else if (field === "Nodes") nodesCount = reader.uint(UINT32_MAX);
    else userStateBytes = reader.uint(UINT32_MAX);
  }
  return { nodesCount, userStateBytes, join };
}

export function writeUserHeader(writer: MsgpackWriter, payloadBytes: number): void {
  writer.mapHead(1);
  writer.append(keys.userMsgLen);
  writer.int(payloadBytes);
}

export function readUserHeader(reader: MsgpackReader): number {
  let payloadBytes = 0;
  const fields = userHeaderFields.open(reader);
  while (fields.next() !== undefined) payloadBytes = reader.uint(UINT32_MAX);
  return payloadBytes;
}

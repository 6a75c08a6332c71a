/**
 * The bodies of the messages that probe: what stands behind the type byte.
 * Source: specs/memberlist-wire.md sections 3 and 4; field lists are in declaration order there.
 */
import { type MsgpackReader, nilBytes } from "../../../wire/msgpack-reader.ts";
import { StructFields } from "../../../wire/msgpack-struct.ts";
import { keyBytes, type MsgpackWriter } from "../../../wire/msgpack-writer.ts";
import type {
  AckMessage,
  ErrorMessage,
  IndirectPingMessage,
  NackMessage,
  PingMessage,
  SourceFields,
} from "../swim.messages.ts";

const UINT32_MAX = 0xffff_ffff;
const UINT16_MAX = 0xffff;

const keys = {
  error: keyBytes("Error"),
  nack: keyBytes("Nack"),
  node: keyBytes("Node"),
  payload: keyBytes("Payload"),
  port: keyBytes("Port"),
  seqNo: keyBytes("SeqNo"),
  sourceAddr: keyBytes("SourceAddr"),
  sourceNode: keyBytes("SourceNode"),
  sourcePort: keyBytes("SourcePort"),
  target: keyBytes("Target"),
} as const;

// --- ping -----------------------------------------------------------------

const pingFields = new StructFields(["SeqNo", "Node", "SourceAddr", "SourcePort", "SourceNode"]);

export function writePing(writer: MsgpackWriter, message: PingMessage): void {
  writer.mapHead(2 + sourceFieldsCount(message));
  writer.append(keys.node);
  writer.text(message.node);
  writer.append(keys.seqNo);
  writer.int(message.seqNo);
  writeSource(writer, message);
}

export function readPing(reader: MsgpackReader): PingMessage {
  let seqNo = 0;
  let node = "";
  let sourceAddr = nilBytes;
  let sourcePort = 0;
  let sourceNode = "";
  const fields = pingFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Node") node = reader.text();
    else if (field === "SeqNo") seqNo = reader.uint(UINT32_MAX);
    else if (field === "SourceAddr") sourceAddr = reader.raw();
    else if (field === "SourceNode") sourceNode = reader.text();
    else sourcePort = reader.uint(UINT16_MAX);
  }
  return { kind: "ping", seqNo, node, sourceAddr, sourcePort, sourceNode };
}

/** Left out one by one when zero or empty, as the real encoder does (section 4, "omit"). */
function writeSource(writer: MsgpackWriter, message: SourceFields): void {
  if (message.sourceAddr.length > 0) {
    writer.append(keys.sourceAddr);
    writer.raw(message.sourceAddr);
  }
  if (message.sourceNode !== "") {
    writer.append(keys.sourceNode);
    writer.text(message.sourceNode);
  }
  if (message.sourcePort !== 0) {
    writer.append(keys.sourcePort);
    writer.int(message.sourcePort);
  }
}

function sourceFieldsCount(message: SourceFields): number {
  return (
    (message.sourceAddr.length > 0 ? 1 : 0) +
    (message.sourceNode === "" ? 0 : 1) +
    (message.sourcePort === 0 ? 0 : 1)
  );
}

// --- indirectPing -----------------------------------------------------------

const indirectPingFields = new StructFields([
  "SeqNo",
  "Target",
  "Port",
  "Node",
  "Nack",
  "SourceAddr",
  "SourcePort",
  "SourceNode",
]);

export function writeIndirectPing(writer: MsgpackWriter, message: IndirectPingMessage): void {
  writer.mapHead(5 + sourceFieldsCount(message));
  writer.append(keys.nack);
  writer.boolean(message.nack);
  writer.append(keys.node);
  writer.text(message.node);
  writer.append(keys.port);
  writer.int(message.port);
  writer.append(keys.seqNo);
  writer.int(message.seqNo);
  writeSource(writer, message);
  writer.append(keys.target);
  writer.raw(message.target);
}

export function readIndirectPing(reader: MsgpackReader): IndirectPingMessage {
  let seqNo = 0;
  let target = nilBytes;
  let port = 0;
  let node = "";
  let nack = false;
  let sourceAddr = nilBytes;
  let sourcePort = 0;
  let sourceNode = "";
  const fields = indirectPingFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Nack") nack = reader.boolean();
    else if (field === "Node") node = reader.text();
    else if (field === "Port") port = reader.uint(UINT16_MAX);
    else if (field === "SeqNo") seqNo = reader.uint(UINT32_MAX);
    else if (field === "SourceAddr") sourceAddr = reader.raw();
    else if (field === "SourceNode") sourceNode = reader.text();
    else if (field === "SourcePort") sourcePort = reader.uint(UINT16_MAX);
    else target = reader.raw();
  }
  return {
    kind: "indirectPing",
    seqNo,
    target,
    port,
    node,
    nack,
    sourceAddr,
    sourcePort,
    sourceNode,
  };
}

// --- ack, nack, err ---------------------------------------------------------

const ackFields = new StructFields(["SeqNo", "Payload"]);
const nackFields = new StructFields(["SeqNo"]);
const errorFields = new StructFields(["Error"]);

export function writeAck(writer: MsgpackWriter, message: AckMessage): void {
  writer.mapHead(2);
  writer.append(keys.payload);
  writer.raw(message.payload);
  writer.append(keys.seqNo);
  writer.int(message.seqNo);
}

export function readAck(reader: MsgpackReader): AckMessage {
  let seqNo = 0;
  let payload = nilBytes;
  const fields = ackFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Payload") payload = reader.raw();
    else seqNo = reader.uint(UINT32_MAX);
  }
  return { kind: "ack", seqNo, payload };
}

export function writeNack(writer: MsgpackWriter, message: NackMessage): void {
  writer.mapHead(1);
  writer.append(keys.seqNo);
  writer.int(message.seqNo);
}

export function readNack(reader: MsgpackReader): NackMessage {
  let seqNo = 0;
  const fields = nackFields.open(reader);
  while (fields.next() !== undefined) seqNo = reader.uint(UINT32_MAX);
  return { kind: "nack", seqNo };
}

export function writeError(writer: MsgpackWriter, message: ErrorMessage): void {
  writer.mapHead(1);
  writer.append(keys.error);
  writer.text(message.error);
}

export function readError(reader: MsgpackReader): ErrorMessage {
  let error = "";
  const fields = errorFields.open(reader);
  while (fields.next() !== undefined) error = reader.text();
  return { kind: "err", error };
}

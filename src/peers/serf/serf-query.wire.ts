/**
 * Bodies of queries, their filters, their answers and of relays.
 * Source: specs/memberlist-wire.md section 24; fields in declaration order there.
 */
import { MsgpackReader, nilBytes } from "../../wire/msgpack-reader.ts";
import { StructFields } from "../../wire/msgpack-struct.ts";
import { keyBytes, MsgpackWriter } from "../../wire/msgpack-writer.ts";
import type { SerfFilter } from "./serf.contract.ts";
import type { QueryMessage, QueryResponseMessage, RelayMessage } from "./serf.messages.ts";
import { readTexts } from "./serf-gossip.wire.ts";

const keys = {
  addr: keyBytes("Addr"),
  destAddr: keyBytes("DestAddr"),
  destName: keyBytes("DestName"),
  expr: keyBytes("Expr"),
  filters: keyBytes("Filters"),
  flags: keyBytes("Flags"),
  from: keyBytes("From"),
  id: keyBytes("ID"),
  ip: keyBytes("IP"),
  lTime: keyBytes("LTime"),
  name: keyBytes("Name"),
  payload: keyBytes("Payload"),
  port: keyBytes("Port"),
  relayFactor: keyBytes("RelayFactor"),
  sourceNode: keyBytes("SourceNode"),
  tag: keyBytes("Tag"),
  timeout: keyBytes("Timeout"),
  zone: keyBytes("Zone"),
} as const;

const TIME_MAX = Number.MAX_SAFE_INTEGER;
const UINT32_MAX = 0xffff_ffff;
const UINT16_MAX = 0xffff;
const UINT8_MAX = 0xff;

// --- query ------------------------------------------------------------------

const queryFields = new StructFields([
  "LTime",
  "ID",
  "Addr",
  "Port",
  "SourceNode",
  "Filters",
  "Flags",
  "RelayFactor",
  "Timeout",
  "Name",
  "Payload",
]);

export function writeQuery(writer: MsgpackWriter, message: QueryMessage): void {
  writer.mapHead(11);
  writer.append(keys.addr);
  writer.raw(message.addr);
  writer.append(keys.filters);
  if (message.filters.length === 0) writer.nil();
  else {
    writer.arrayHead(message.filters.length);
    for (const filter of message.filters) writer.raw(filter);
  }
  writer.append(keys.flags);
  writer.int(message.flags);
  writer.append(keys.id);
  writer.int(message.id);
  writer.append(keys.lTime);
  writer.int(message.lTime);
  writer.append(keys.name);
  writer.text(message.name);
  writer.append(keys.payload);
  writer.raw(message.payload);
  writer.append(keys.port);
  writer.int(message.port);
  writer.append(keys.relayFactor);
  writer.int(message.relayFactor);
  writer.append(keys.sourceNode);
  writer.text(message.sourceNode);
  writer.append(keys.timeout);
  writer.int(message.timeoutNs);
}

export function readQuery(reader: MsgpackReader): QueryMessage {
  let lTime = 0;
  let id = 0;
  let addr = nilBytes;
  let port = 0;
  let sourceNode = "";
  let filters: readonly Uint8Array[] = [];
  let flags = 0;
  let relayFactor = 0;
  let timeoutNs = 0;
  let name = "";
  let payload = nilBytes;
  const fields = queryFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Addr") addr = reader.raw();
    else if (field === "Filters") filters = readFilters(reader);
    else if (field === "Flags") flags = reader.uint(UINT32_MAX);
    else if (field === "ID") id = reader.uint(UINT32_MAX);
    else if (field === "LTime") lTime = reader.uint(TIME_MAX);
    else if (field === "Name") name = reader.text();
    else if (field === "Payload") payload = reader.raw();
    else if (field === "Port") port = reader.uint(UINT16_MAX);
    else if (field === "RelayFactor") relayFactor = reader.uint(UINT8_MAX);
    else if (field === "SourceNode") sourceNode = reader.text();
    else timeoutNs = reader.int();
  }
  const where = { addr, port, sourceNode };
  const what = { filters, flags, relayFactor, timeoutNs, name, payload };
  return { kind: "query", lTime, id, ...where, ...what };
}

function readFilters(reader: MsgpackReader): readonly Uint8Array[] {
  const filters: Uint8Array[] = [];
  const count = reader.arrayLength();
  for (let i = 0; i < count && reader.failure === undefined; i += 1) filters.push(reader.raw());
  return filters;
}

// --- filters ----------------------------------------------------------------

const NODES_FILTER = 0;
const TAG_FILTER = 1;
const tagFilterFields = new StructFields(["Tag", "Expr"]);

export function encodeFilter(filter: SerfFilter): Uint8Array {
  const writer = new MsgpackWriter();
  if (filter.kind === "nodes") {
    writer.byte(NODES_FILTER);
    writer.arrayHead(filter.names.length);
    for (const name of filter.names) writer.text(name);
  } else {
    writer.byte(TAG_FILTER);
    writer.mapHead(2);
    writer.append(keys.expr);
    writer.text(filter.expression);
    writer.append(keys.tag);
    writer.text(filter.tag);
  }
  return Uint8Array.from(writer.take());
}

/** Never throws. @returns undefined for unknown types and bytes that make no sense. */
export function decodeFilter(bytes: Uint8Array): SerfFilter | undefined {
  const reader = new MsgpackReader(bytes, Math.min(1, bytes.length));
  const filter = readFilter(bytes[0], reader);
  return reader.failure === undefined ? filter : undefined;
}

function readFilter(type: number | undefined, reader: MsgpackReader): SerfFilter | undefined {
  if (type === NODES_FILTER) return { kind: "nodes", names: readTexts(reader) };
  if (type !== TAG_FILTER) return undefined;
  let tag = "";
  let expression = "";
  const fields = tagFilterFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Expr") expression = reader.text();
    else tag = reader.text();
  }
  return { kind: "tag", tag, expression };
}

// --- answers ----------------------------------------------------------------

const responseFields = new StructFields(["LTime", "ID", "From", "Flags", "Payload"]);

export function writeQueryResponse(writer: MsgpackWriter, message: QueryResponseMessage): void {
  writer.mapHead(5);
  writer.append(keys.flags);
  writer.int(message.flags);
  writer.append(keys.from);
  writer.text(message.from);
  writer.append(keys.id);
  writer.int(message.id);
  writer.append(keys.lTime);
  writer.int(message.lTime);
  writer.append(keys.payload);
  writer.raw(message.payload);
}

export function readQueryResponse(reader: MsgpackReader): QueryResponseMessage {
  let lTime = 0;
  let id = 0;
  let from = "";
  let flags = 0;
  let payload = nilBytes;
  const fields = responseFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Flags") flags = reader.uint(UINT32_MAX);
    else if (field === "From") from = reader.text();
    else if (field === "ID") id = reader.uint(UINT32_MAX);
    else if (field === "LTime") lTime = reader.uint(TIME_MAX);
    else payload = reader.raw();
  }
  return { kind: "queryResponse", lTime, id, from, flags, payload };
}

// --- relay ------------------------------------------------------------------

const relayFields = new StructFields(["DestAddr", "DestName"]);
const addressFields = new StructFields(["IP", "Port", "Zone"]);

/** A header, then the bytes to pass on, up to the end. */
export function writeRelay(writer: MsgpackWriter, message: RelayMessage): void {
  writer.mapHead(2);
  writer.append(keys.destAddr);
  writer.mapHead(3);
  writer.append(keys.ip);
  writer.raw(message.destAddr);
  writer.append(keys.port);
  writer.int(message.destPort);
  writer.append(keys.zone);
  writer.text(message.destZone);
  writer.append(keys.destName);
  writer.text(message.destName);
  writer.append(message.payload);
}

export function readRelay(reader: MsgpackReader): RelayMessage {
  let address = { destAddr: nilBytes, destPort: 0, destZone: "" };
  let destName = "";
  const fields = relayFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "DestAddr") address = readAddress(reader);
    else destName = reader.text();
  }
  return { kind: "relay", ...address, destName, payload: reader.rest() };
}

function readAddress(reader: MsgpackReader): {
  destAddr: Uint8Array;
  destPort: number;
  destZone: string;
} {
  let destAddr = nilBytes;
  let destPort = 0;
  let destZone = "";
  const fields = addressFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "IP") destAddr = reader.raw();
    else if (field === "Port") destPort = reader.uint(UINT16_MAX);
    else destZone = reader.text();
  }
  return { destAddr, destPort, destZone };
}

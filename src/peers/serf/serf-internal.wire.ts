/**
 * What travels inside Serf's own queries and their answers.
 * Source: specs/memberlist-wire.md sections 21.1 and 24.5; fields in declaration order there.
 */
import { type MsgpackReader, nilBytes } from "../../wire/msgpack-reader.ts";
import { StructFields } from "../../wire/msgpack-struct.ts";
import { keyBytes, type MsgpackWriter } from "../../wire/msgpack-writer.ts";
import type {
  ConflictResponseMessage,
  KeyRequestMessage,
  KeyResponseMessage,
  SerfMemberRecord,
} from "./serf.messages.ts";
import { readTexts } from "./serf-gossip.wire.ts";
import { readTags, writeTags } from "./serf-tags.wire.ts";

const keys = {
  addr: keyBytes("Addr"),
  key: keyBytes("Key"),
  keys: keyBytes("Keys"),
  message: keyBytes("Message"),
  name: keyBytes("Name"),
  port: keyBytes("Port"),
  primaryKey: keyBytes("PrimaryKey"),
  result: keyBytes("Result"),
  status: keyBytes("Status"),
  tags: keyBytes("Tags"),
} as const;

const UINT16_MAX = 0xffff;
const UINT8_MAX = 0xff;
const NIL = 0xc0;

// --- conflict ---------------------------------------------------------------

const versionNames = [
  "ProtocolMin",
  "ProtocolMax",
  "ProtocolCur",
  "DelegateMin",
  "DelegateMax",
  "DelegateCur",
] as const;
const memberFields = new StructFields(["Name", "Addr", "Port", "Tags", "Status", ...versionNames]);
/** Places in `vsn` in the order of the sorted keys, Cur before Max before Min. */
const versionKeys = versionNames.map((name, place) => ({ key: keyBytes(name), place }));
const delegateKeys = versionKeys.slice(3).reverse();
const protocolKeys = versionKeys.slice(0, 3).reverse();

export function writeConflictResponse(
  writer: MsgpackWriter,
  message: ConflictResponseMessage,
): void {
  const { member } = message;
  if (member === undefined) {
    writer.nil();
    return;
  }
  writer.mapHead(11);
  writer.append(keys.addr);
  writer.raw(member.addr);
  writeVersions(writer, delegateKeys, member);
  writer.append(keys.name);
  writer.text(member.name);
  writer.append(keys.port);
  writer.int(member.port);
  writeVersions(writer, protocolKeys, member);
  writer.append(keys.status);
  writer.int(member.status);
  writer.append(keys.tags);
  writeTags(writer, member.tags);
}

/** Min, Cur, Max in declaration order sort as Cur, Max, Min. */
function writeVersions(
  writer: MsgpackWriter,
  sorted: typeof versionKeys,
  member: SerfMemberRecord,
): void {
  for (const { key, place } of sorted) {
    writer.append(key);
    writer.int(member.vsn[place] ?? 0);
  }
}

export function readConflictResponse(reader: MsgpackReader): ConflictResponseMessage {
  if (reader.peek() === NIL) return { kind: "conflictResponse", member: undefined };
  let name = "";
  let addr = nilBytes;
  let port = 0;
  let tags: ReadonlyMap<string, string> = new Map();
  let status = 0;
  const vsn: [number, number, number, number, number, number] = [0, 0, 0, 0, 0, 0];
  const fields = memberFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Name") name = reader.text();
    else if (field === "Addr") addr = reader.raw();
    else if (field === "Port") port = reader.uint(UINT16_MAX);
    else if (field === "Tags") tags = readTags(reader);
    else if (field === "Status") status = reader.int();
    else vsn[versionNames.indexOf(field)] = reader.uint(UINT8_MAX);
  }
  return { kind: "conflictResponse", member: { name, addr, port, tags, status, vsn } };
}

// --- keys -------------------------------------------------------------------

const keyRequestFields = new StructFields(["Key"]);
const keyResponseFields = new StructFields(["Result", "Message", "Keys", "PrimaryKey"]);

/** The list of no keys is asked for with an empty key, not with nil. */
export function writeKeyRequest(writer: MsgpackWriter, message: KeyRequestMessage): void {
  writer.mapHead(1);
  writer.append(keys.key);
  if (message.key.length === 0) writer.text("");
  else writer.raw(message.key);
}

export function readKeyRequest(reader: MsgpackReader): KeyRequestMessage {
  let key = nilBytes;
  const fields = keyRequestFields.open(reader);
  while (fields.next() !== undefined) key = reader.raw();
  return { kind: "keyRequest", key };
}

export function writeKeyResponse(writer: MsgpackWriter, message: KeyResponseMessage): void {
  writer.mapHead(4);
  writer.append(keys.keys);
  if (message.keys.length === 0) writer.nil();
  else {
    writer.arrayHead(message.keys.length);
    for (const key of message.keys) writer.text(key);
  }
  writer.append(keys.message);
  writer.text(message.message);
  writer.append(keys.primaryKey);
  writer.text(message.primaryKey);
  writer.append(keys.result);
  writer.boolean(message.result);
}

export function readKeyResponse(reader: MsgpackReader): KeyResponseMessage {
  let result = false;
  let message = "";
  let list: readonly string[] = [];
  let primaryKey = "";
  const fields = keyResponseFields.open(reader);
  for (let field = fields.next(); field !== undefined; field = fields.next()) {
    if (field === "Keys") list = readTexts(reader);
    else if (field === "Message") message = reader.text();
    else if (field === "PrimaryKey") primaryKey = reader.text();
    else result = reader.boolean();
  }
  return { kind: "keyResponse", result, message, keys: list, primaryKey };
}

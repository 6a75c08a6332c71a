/**
 * Serf's messages as bytes: type byte, then a msgpack map with sorted keys.
 * Source: specs/memberlist-wire.md sections 21 to 25.
 */
import { MsgpackReader } from "../../wire/msgpack-reader.ts";
import { MsgpackWriter } from "../../wire/msgpack-writer.ts";
import type { SerfCodec } from "./serf.contract.ts";
import type { SerfMessage } from "./serf.messages.ts";
import { decodeCoordinate, encodeCoordinate } from "./serf-coordinate.wire.ts";
import { matchesExpression } from "./serf-expression.wire.ts";
import {
  readIntent,
  readSerfPushPull,
  readUserEvent,
  writeIntent,
  writeSerfPushPull,
  writeUserEvent,
} from "./serf-gossip.wire.ts";
import {
  readConflictResponse,
  readKeyRequest,
  readKeyResponse,
  writeConflictResponse,
  writeKeyRequest,
  writeKeyResponse,
} from "./serf-internal.wire.ts";
import {
  decodeFilter,
  encodeFilter,
  readQuery,
  readQueryResponse,
  readRelay,
  writeQuery,
  writeQueryResponse,
  writeRelay,
} from "./serf-query.wire.ts";
import { decodeTags, encodeTags } from "./serf-tags.wire.ts";

export {
  decodeCoordinate,
  decodeFilter,
  decodeTags,
  encodeCoordinate,
  encodeFilter,
  encodeTags,
  matchesExpression,
};

/** The first byte of each message (section 21.1). */
export const serfTypes = {
  leave: 0,
  join: 1,
  pushPull: 2,
  userEvent: 3,
  query: 4,
  queryResponse: 5,
  conflictResponse: 6,
  keyRequest: 7,
  keyResponse: 8,
  relay: 9,
} as const satisfies Record<SerfMessage["kind"], number>;

const writer = new MsgpackWriter();

/** The whole message, type byte first, in bytes of its own: queues keep it for long. */
export function encodeSerf(message: SerfMessage): Uint8Array {
  writer.cutTo(0);
  writer.byte(serfTypes[message.kind]);
  writeBody(message);
  const bytes = Uint8Array.from(writer.view(0));
  writer.cutTo(0);
  return bytes;
}

function writeBody(message: SerfMessage): void {
  switch (message.kind) {
    case "leave":
    case "join":
      return writeIntent(writer, message);
    case "pushPull":
      return writeSerfPushPull(writer, message);
    case "userEvent":
      return writeUserEvent(writer, message);
    case "query":
      return writeQuery(writer, message);
    case "queryResponse":
      return writeQueryResponse(writer, message);
    case "conflictResponse":
      return writeConflictResponse(writer, message);
    case "keyRequest":
      return writeKeyRequest(writer, message);
    case "keyResponse":
      return writeKeyResponse(writer, message);
    case "relay":
      return writeRelay(writer, message);
  }
}

/** Never throws. @returns undefined when the bytes are no Serf message. */
export function decodeSerf(bytes: Uint8Array): SerfMessage | undefined {
  if (bytes.length === 0) return undefined;
  const reader = new MsgpackReader(bytes, 1);
  const message = readBody(bytes[0] ?? 0, reader);
  return reader.failure === undefined ? message : undefined;
}

function readBody(type: number, reader: MsgpackReader): SerfMessage | undefined {
  switch (type) {
    case serfTypes.leave:
      return readIntent(reader, "leave");
    case serfTypes.join:
      return readIntent(reader, "join");
    case serfTypes.pushPull:
      return readSerfPushPull(reader);
    case serfTypes.userEvent:
      return readUserEvent(reader);
    case serfTypes.query:
      return readQuery(reader);
    case serfTypes.queryResponse:
      return readQueryResponse(reader);
    case serfTypes.conflictResponse:
      return readConflictResponse(reader);
    case serfTypes.keyRequest:
      return readKeyRequest(reader);
    case serfTypes.keyResponse:
      return readKeyResponse(reader);
    case serfTypes.relay:
      return readRelay(reader);
    default:
      return undefined;
  }
}

export const serfCodec: SerfCodec = {
  encode: encodeSerf,
  decode: decodeSerf,
  encodeTags,
  decodeTags,
  encodeFilter,
  decodeFilter,
  matchesExpression,
  encodeCoordinate,
  decodeCoordinate,
};

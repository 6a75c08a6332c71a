/** Our messages in the shape of the vectors' `decoded` field: Go's names, nil apart from empty. */
import type { SerfMessage } from "../../src/peers/serf/serf.messages.ts";
import {
  decodeCoordinate,
  decodeFilter,
  decodeSerf,
  decodeTags,
} from "../../src/peers/serf/serf.wire.ts";
import type { SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { nilBytes } from "../../src/wire/msgpack-reader.ts";
import { hexOf } from "./vector-files.ts";

export type Shape = Record<string, unknown>;

export function swimShape(message: SwimMessage): Shape {
  switch (message.kind) {
    case "ping":
      return {
        type: "ping",
        body: { Node: message.node, SeqNo: message.seqNo, ...source(message) },
      };
    case "indirectPing":
      return {
        type: "indirectPing",
        body: {
          Nack: message.nack,
          Node: message.node,
          Port: message.port,
          SeqNo: message.seqNo,
          Target: ip(message.target),
          ...source(message),
        },
      };
    case "ack":
      return {
        type: "ackResp",
        body: { Payload: ackPayload(message.payload), SeqNo: message.seqNo },
      };
    case "nack":
      return { type: "nackResp", body: { SeqNo: message.seqNo } };
    case "suspect":
    case "dead": {
      const { from, incarnation, node } = message;
      return { type: message.kind, body: { From: from, Incarnation: incarnation, Node: node } };
    }
    case "alive":
      return { type: "alive", body: { Node: message.node, ...record(message) } };
    case "user":
      return userShape(message.payload);
    case "err":
      return { type: "err", body: { Error: message.error } };
    case "pushPull":
      return {
        type: "pushPull",
        header: {
          Join: message.join,
          Nodes: message.nodes.length,
          UserStateLen: message.userState.length,
        },
        nodes: message.nodes.map((node) => ({
          Name: node.name,
          State: node.state,
          ...record(node),
        })),
        userState: userState(message.userState),
      };
    default:
      throw new Error(`${message.kind} is no single message`);
  }
}

function source(message: {
  sourceAddr: Uint8Array;
  sourcePort: number;
  sourceNode: string;
}): Shape {
  return {
    ...(message.sourceAddr.length > 0 && { SourceAddr: ip(message.sourceAddr) }),
    ...(message.sourceNode !== "" && { SourceNode: message.sourceNode }),
    ...(message.sourcePort !== 0 && { SourcePort: message.sourcePort }),
  };
}

function record(message: {
  addr: Uint8Array;
  incarnation: number;
  meta: Uint8Array;
  port: number;
  vsn: Uint8Array;
}): Shape {
  return {
    Addr: ip(message.addr),
    Incarnation: message.incarnation,
    Meta: orNil(message.meta, metaShape),
    Port: message.port,
    Vsn: orNil(message.vsn, (vsn) => [...vsn]),
  };
}

function metaShape(meta: Uint8Array): Shape {
  const hex = hexOf(meta);
  if (meta.length === 0) return { hex };
  const tags = Object.fromEntries(decodeTags(meta));
  return meta[0] === 0xff ? { hex, tags } : { hex, ...tags };
}

function ackPayload(payload: Uint8Array): unknown {
  return orNil(payload, (bytes) => {
    const coordinate = decodeCoordinate(bytes);
    if (coordinate === undefined) return { hex: hexOf(bytes) };
    return {
      hex: hexOf(bytes),
      pingVersion: bytes[0],
      coordinate: {
        Vec: coordinate.vector,
        Error: coordinate.error,
        Adjustment: coordinate.adjustment,
        Height: coordinate.height,
      },
    };
  });
}

function userState(bytes: Uint8Array): unknown {
  if (bytes.length === 0) return null;
  const message = decodeSerf(bytes);
  return message === undefined ? hexOf(bytes) : { serf: message.kind, body: serfBody(message) };
}

function userShape(payload: Uint8Array): Shape {
  const message = decodeSerf(payload);
  if (message === undefined) return { type: "user", hex: hexOf(payload) };
  return { type: "user", ...serfShape(message) };
}

function serfShape(message: SerfMessage): Shape {
  if (message.kind !== "relay") return { serf: message.kind, body: serfBody(message) };
  const inner = decodeSerf(message.payload);
  if (inner === undefined) throw new Error("a relay carries no message");
  const { destAddr, destPort, destZone, destName } = message;
  return {
    serf: "relay",
    header: {
      DestAddr: { IP: ip(destAddr), Port: destPort, Zone: destZone },
      DestName: destName,
    },
    inner: serfShape(inner),
  };
}

function serfBody(message: SerfMessage): Shape {
  switch (message.kind) {
    case "leave":
      return { LTime: message.lTime, Node: message.node, Prune: message.prune };
    case "join":
      return { LTime: message.lTime, Node: message.node };
    case "userEvent":
      return {
        CC: message.cc,
        LTime: message.lTime,
        Name: message.name,
        Payload: payloadShape(message.payload),
      };
    case "query":
      return {
        Addr: ip(message.addr),
        Filters: message.filters.length === 0 ? null : message.filters.map(filterShape),
        Flags: message.flags,
        ID: message.id,
        LTime: message.lTime,
        Name: message.name,
        Payload: payloadShape(message.payload),
        Port: message.port,
        RelayFactor: message.relayFactor,
        SourceNode: message.sourceNode,
        Timeout: message.timeoutNs,
      };
    case "queryResponse":
      return {
        Flags: message.flags,
        From: message.from,
        ID: message.id,
        LTime: message.lTime,
        Payload: payloadShape(message.payload),
      };
    case "pushPull":
      return {
        EventLTime: message.eventLTime,
        Events: ringShape(message),
        LTime: message.lTime,
        LeftMembers: message.leftMembers,
        QueryLTime: message.queryLTime,
        StatusLTimes: Object.fromEntries(message.statusLTimes),
      };
    default:
      return internalBody(message);
  }
}

function internalBody(message: SerfMessage): Shape {
  switch (message.kind) {
    case "keyRequest":
      return { Key: payloadShape(message.key) };
    case "keyResponse":
      return {
        Keys: message.keys.length === 0 ? null : message.keys,
        Message: message.message,
        PrimaryKey: message.primaryKey,
        Result: message.result,
      };
    case "conflictResponse": {
      const { member } = message;
      if (member === undefined) throw new Error("the vectors know the member in conflict");
      const [ProtocolMin, ProtocolMax, ProtocolCur, DelegateMin, DelegateMax, DelegateCur] =
        member.vsn;
      return {
        Addr: ip(member.addr),
        Name: member.name,
        Port: member.port,
        Status: member.status,
        Tags: Object.fromEntries(member.tags),
        ...{ ProtocolMin, ProtocolMax, ProtocolCur, DelegateMin, DelegateMax, DelegateCur },
      };
    }
    default:
      throw new Error(`${message.kind} does not travel inside a query`);
  }
}

function ringShape(message: SerfMessage & { kind: "pushPull" }): Shape {
  const length = message.eventSlots ?? 0;
  return {
    length,
    nonNil: message.events.map((slot) => ({
      index: slot.lTime % length,
      LTime: slot.lTime,
      Events: slot.events.map((event) => ({
        Name: event.name,
        Payload: payloadShape(event.payload),
      })),
    })),
  };
}

function filterShape(bytes: Uint8Array): Shape {
  const filter = decodeFilter(bytes);
  const hex = hexOf(bytes);
  if (filter === undefined) throw new Error("a filter of the vectors is not understood");
  return filter.kind === "nodes"
    ? { hex, filterType: 0, value: filter.names }
    : { hex, filterType: 1, value: { Expr: filter.expression, Tag: filter.tag } };
}

/** What Serf's users send: text where it is printable, Serf's own messages where it is one. */
function payloadShape(payload: Uint8Array): unknown {
  return orNil(payload, (bytes) => {
    const hex = hexOf(bytes);
    const inner = decodeSerf(bytes);
    if (inner !== undefined) return { hex, inner: { type: inner.kind, body: serfBody(inner) } };
    const isPrintable = bytes.every((byte) => byte >= 0x20 && byte <= 0x7e);
    return isPrintable ? { hex, text: Buffer.from(bytes).toString("latin1") } : { hex };
  });
}

function orNil<T>(bytes: Uint8Array, shape: (bytes: Uint8Array) => T): T | null {
  return bytes === nilBytes ? null : shape(bytes);
}

function ip(bytes: Uint8Array): Shape {
  return { ip: ipText(bytes), hex: hexOf(bytes) };
}

function ipText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const isMapped = hexOf(bytes).startsWith("00000000000000000000ffff");
  if (isMapped) return `::ffff:${bytes.subarray(12).join(".")}`;
  const groups = hexOf(bytes).match(/.{4}/g) ?? [];
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":");
}

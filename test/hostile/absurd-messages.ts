/** Messages made to cost: few bytes that ask for much. What a mutator would take ages to find. */
import type { QueryMessage } from "../../src/peers/serf/serf.messages.ts";
import { encodeFilter, encodeSerf } from "../../src/peers/serf/serf.wire.ts";
import { lzwEncode } from "../../src/wire/lzw.ts";
import { MsgpackWriter } from "../../src/wire/msgpack-writer.ts";
import { joined } from "./mutation/byte-mutations.ts";
import { addrOf, packetOf, userPacket } from "./mutation/own-messages.ts";

/** More messages than the codec reads of one packet. */
const PARTS = 700;
const COMPOUND_MAX = 255;

/** Compounds in a compound, if one cannot hold them. */
export function compoundOf(parts: readonly Uint8Array[]): Uint8Array {
  const compounds: Uint8Array[] = [];
  for (let from = 0; from < parts.length; from += COMPOUND_MAX) {
    const some = parts.slice(from, from + COMPOUND_MAX);
    const lengths = some.flatMap(({ length }) => [length >> 8, length & 255]);
    compounds.push(joined(Uint8Array.of(7, some.length, ...lengths), ...some));
  }
  const [only] = compounds;
  return compounds.length === 1 && only !== undefined ? only : compoundOf(compounds);
}

export function compressed(bytes: Uint8Array): Uint8Array {
  const writer = new MsgpackWriter();
  writer.byte(9);
  writer.mapHead(2);
  writer.text("Algo");
  writer.int(0);
  writer.text("Buf");
  writer.raw(lzwEncode(bytes));
  return Uint8Array.from(writer.take());
}

function query(at: number, change: Partial<QueryMessage>): Uint8Array {
  const message: QueryMessage = {
    kind: "query",
    lTime: 200 + (at % 300),
    id: at,
    addr: addrOf("peer1"),
    port: 7_946,
    sourceNode: "peer1",
    filters: [],
    flags: 1,
    relayFactor: 0,
    timeoutNs: 3e9,
    name: "x",
    payload: new Uint8Array(0),
    ...change,
  };
  return userPacket(encodeSerf(message));
}

function many(make: (at: number) => Uint8Array, count = PARTS): Uint8Array {
  return compressed(compoundOf(Array.from({ length: count }, (_, at) => make(at))));
}

const tagFilter = (expression: string) => encodeFilter({ kind: "tag", tag: "who", expression });
const key = encodeSerf({ kind: "keyRequest", key: new Uint8Array(0) });
const source = { sourceAddr: addrOf("peer1"), sourcePort: 7_946, sourceNode: "peer1" };

/** Each is one packet. */
export const costlyPackets: Readonly<Record<string, () => Uint8Array>> = {
  "queries that ask for 255 relays each": () =>
    many((at) => query(at, { relayFactor: 255, name: "_serf_conflict", payload: addrOf("us") })),
  "expressions that are long to compile": () =>
    many((at) => query(at, { filters: [tagFilter(`${at}(a{50}){5}`)] })),
  "expressions of nested repetitions": () =>
    many((at) => query(at, { filters: [tagFilter(`${at}${"(x+x+)+y".repeat(10)}`)] }), 400),
  "queries for a long list of keys": () =>
    many((at) => query(at, { name: "_serf_list-keys", payload: key })),
  pings: () => many((seqNo) => packetOf({ kind: "ping", seqNo, node: "us", ...source })),
  "indirect pings": () =>
    many((seqNo) => {
      const target = Uint8Array.of(10, 1, seqNo >> 8, seqNo & 255);
      return packetOf({
        kind: "indirectPing",
        seqNo,
        target,
        port: 1,
        node: "x",
        nack: true,
        ...source,
      });
    }),
  "accusations of this node": () =>
    many((at) => packetOf({ kind: "suspect", incarnation: at * 3, node: "us", from: "peer1" })),
  "user events": () =>
    many((at) =>
      userPacket(
        encodeSerf({
          kind: "userEvent",
          lTime: at,
          name: `e${at}`,
          payload: source.sourceAddr,
          cc: false,
        }),
      ),
    ),
  "leave intents about strangers": () =>
    many((at) => userPacket(encodeSerf({ kind: "leave", lTime: at, node: `u${at}`, prune: true }))),
  "a name that is no text": () =>
    compressed(packetOf({ kind: "ping", seqNo: 1, node: "\udcff".repeat(60_000), ...source })),
};

function head(nodesCount: number, userStateBytes: number): Uint8Array {
  const writer = new MsgpackWriter();
  writer.byte(6);
  writer.mapHead(3);
  writer.text("Join");
  writer.boolean(false);
  writer.text("Nodes");
  writer.int(nodesCount);
  writer.text("UserStateLen");
  writer.int(userStateBytes);
  return Uint8Array.from(writer.take());
}

/** `count` as a head of 32 bits. */
function declared(type: number, count: number): Uint8Array {
  const bytes = Buffer.alloc(5, type);
  bytes.writeUInt32BE(count, 1);
  return bytes;
}

function serfState(field: string, type: number, element: number, count: number): Uint8Array {
  const name = Uint8Array.of(2, 0x81, 0xa0 | field.length, ...Buffer.from(field));
  const elements = new Uint8Array(count * (type === 0xdf ? 2 : 1)).fill(element);
  const state = joined(name, declared(type, count), elements);
  return joined(head(0, state.length), state);
}

const MANY = 6_000_000;
const nameField = Uint8Array.of(0x81, 0xa4, ...Buffer.from("Name"));

/** Each is one stream, or the beginning of one. */
export const costlyStreams: Readonly<Record<string, () => Uint8Array>> = {
  "65,536 members of a byte each": () => joined(head(65_536, 0), new Uint8Array(65_536).fill(0x80)),
  "the same, compressed": () =>
    compressed(joined(head(65_536, 0), new Uint8Array(65_536).fill(0x80))),
  "more members than there may be": () => joined(head(4e9, 0), new Uint8Array(9_000).fill(0x80)),
  "a state of 4 GiB": () => joined(head(0, 2 ** 32 - 1), new Uint8Array(9_000)),
  "a user message of 4 GiB": () =>
    joined(Uint8Array.of(8, 0x81, 0xaa), Buffer.from("UserMsgLen"), declared(0xce, 2 ** 32 - 1)),
  "a sealed frame of 4 GiB": () => joined(declared(10, 2 ** 32 - 1), new Uint8Array(9_000)),
  "a bomb": () => compressed(joined(head(1, 0), new Uint8Array(19_000_000).fill(0x80))),
  "a bomb beyond the bound": () => compressed(new Uint8Array(60_000_000)),
  "millions of names that left": () => serfState("LeftMembers", 0xdd, 0xa0, MANY),
  "millions of times": () => serfState("StatusLTimes", 0xdf, 0xa0, MANY / 2),
  "millions of events": () => serfState("Events", 0xdd, 0x80, MANY),
  "a member's name of megabytes that are no text": () =>
    joined(head(1, 0), nameField, declared(0xdb, MANY), new Uint8Array(MANY).fill(0xff)),
  "a member of millions of fields": () =>
    joined(head(1, 0), declared(0xdf, MANY / 2), new Uint8Array(MANY).fill(0xa0)),
  "a member nested millions deep": () =>
    joined(head(1, 0), Uint8Array.of(0x81, 0xa1, 0x78), new Uint8Array(MANY).fill(0x91)),
  "a compressed frame of millions of fields": () =>
    joined(Uint8Array.of(9), declared(0xdf, MANY / 2), new Uint8Array(MANY).fill(0xa0)),
};

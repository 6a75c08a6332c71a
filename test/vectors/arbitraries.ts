/** Any message of each kind, for properties of the codecs. */
import fc from "fast-check";
import type { SerfMessage } from "../../src/peers/serf/serf.messages.ts";
import type { SwimMessage } from "../../src/peers/swim/swim.messages.ts";
import { decodeText } from "../../src/wire/text.ts";

const uint32 = fc.oneof(fc.nat(200), fc.nat(70_000), fc.nat(0xffff_ffff));
const time = fc.oneof(fc.nat(300), fc.nat(0xffff_ffff), fc.maxSafeNat());
const port = fc.nat(65_535);
const bytes = fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.uint8Array({ maxLength: 300 }));
const address = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);
/** Also what is no UTF-8: the codec has a form for it. */
const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.uint8Array({ maxLength: 40 }).map((any) => decodeText(any)),
);
const source = {
  sourceAddr: fc.oneof(fc.constant(new Uint8Array(0)), address),
  sourcePort: port,
  sourceNode: text,
};

export const anySingle: fc.Arbitrary<SwimMessage> = fc.oneof(
  fc.record({ kind: fc.constant("ping" as const), seqNo: uint32, node: text, ...source }),
  fc.record({
    kind: fc.constant("indirectPing" as const),
    seqNo: uint32,
    target: address,
    port,
    node: text,
    nack: fc.boolean(),
    ...source,
  }),
  fc.record({ kind: fc.constant("ack" as const), seqNo: uint32, payload: bytes }),
  fc.record({ kind: fc.constant("nack" as const), seqNo: uint32 }),
  fc.record({
    kind: fc.constantFrom("suspect" as const, "dead" as const),
    incarnation: uint32,
    node: text,
    from: text,
  }),
  fc.record({
    kind: fc.constant("alive" as const),
    incarnation: uint32,
    node: text,
    addr: address,
    port,
    meta: bytes,
    vsn: fc.uint8Array({ maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant("user" as const), payload: bytes }),
);

/** What a packet may hold. */
export const anyPacketMessage: fc.Arbitrary<SwimMessage> = fc
  .tuple(
    fc.oneof(
      anySingle,
      fc
        .array(anySingle, { minLength: 1, maxLength: 12 })
        .map((parts): SwimMessage => ({ kind: "compound", parts })),
    ),
    fc.boolean(),
  )
  .map(([message, hasCrc]) => (hasCrc ? { kind: "hasCrc", message } : message));

const pushPull: fc.Arbitrary<SwimMessage> = fc.record({
  kind: fc.constant("pushPull" as const),
  join: fc.boolean(),
  nodes: fc.array(
    fc.record({
      name: text,
      addr: address,
      port,
      meta: bytes,
      incarnation: uint32,
      state: fc.nat(3),
      vsn: fc.uint8Array({ maxLength: 6 }),
    }),
    { maxLength: 8 },
  ),
  userState: bytes,
});

/** What a dialer may send. */
export const anyRequest: fc.Arbitrary<SwimMessage> = fc.oneof(
  pushPull,
  anySingle.filter((message) => message.kind === "ping" || message.kind === "user"),
);

/** What an acceptor may answer. */
export const anyReply: fc.Arbitrary<SwimMessage> = fc.oneof(
  pushPull,
  anySingle.filter((message) => message.kind === "ack"),
  fc.record({ kind: fc.constant("err" as const), error: text }),
);

const event = fc.record({ name: text, payload: bytes });
const vsn = fc.tuple(...Array.from({ length: 6 }, () => fc.nat(255)));

export const anySerf: fc.Arbitrary<SerfMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("leave" as const),
    lTime: time,
    node: text,
    prune: fc.boolean(),
  }),
  fc.record({ kind: fc.constant("join" as const), lTime: time, node: text }),
  fc
    .record({
      lTime: time,
      statusLTimes: fc.dictionary(text, time, { maxKeys: 6 }),
      leftMembers: fc.array(text, { maxLength: 4 }),
      eventLTime: time,
      events: fc.array(fc.record({ lTime: time, events: fc.array(event, { maxLength: 3 }) }), {
        maxLength: 4,
      }),
      queryLTime: time,
    })
    .map(
      (state): SerfMessage => ({
        kind: "pushPull",
        ...state,
        statusLTimes: new Map(Object.entries(state.statusLTimes)),
      }),
    ),
  fc.record({
    kind: fc.constant("userEvent" as const),
    lTime: time,
    name: text,
    payload: bytes,
    cc: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("query" as const),
    lTime: time,
    id: uint32,
    addr: address,
    port,
    sourceNode: text,
    filters: fc.array(bytes, { maxLength: 4 }),
    flags: uint32,
    relayFactor: fc.nat(255),
    timeoutNs: fc.maxSafeInteger(),
    name: text,
    payload: bytes,
  }),
  fc.record({
    kind: fc.constant("queryResponse" as const),
    lTime: time,
    id: uint32,
    from: text,
    flags: uint32,
    payload: bytes,
  }),
  fc.record({ kind: fc.constant("keyRequest" as const), key: bytes }),
  fc.record({
    kind: fc.constant("keyResponse" as const),
    result: fc.boolean(),
    message: text,
    keys: fc.array(text, { maxLength: 4 }),
    primaryKey: text,
  }),
  fc.record({
    kind: fc.constant("relay" as const),
    destAddr: address,
    destPort: port,
    destZone: text,
    destName: text,
    payload: bytes,
  }),
  fc
    .record({
      name: text,
      addr: address,
      port,
      tags: fc.dictionary(text, text, { maxKeys: 5 }),
      status: fc.nat(4),
      vsn,
    })
    .map(
      (member): SerfMessage => ({
        kind: "conflictResponse",
        member: {
          ...member,
          tags: new Map(Object.entries(member.tags)),
          vsn: sixOf(member.vsn),
        },
      }),
    ),
);

function sixOf(six: readonly number[]): readonly [number, number, number, number, number, number] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = six;
  return [a, b, c, d, e, f];
}

/** A message with its bytes as hex and its maps as lists, so that only what it says is compared. */
export function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return `hex ${Buffer.from(value).toString("hex")}`;
  if (value instanceof Map) return { map: [...value].map(comparable) };
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, comparable(one)]));
}

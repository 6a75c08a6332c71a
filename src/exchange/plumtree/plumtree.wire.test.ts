import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeOrigin, type Origin } from "../../core/peer.ts";
import type { ByteWriter } from "../../core/varint.ts";
import * as gen from "../../wire/gen/hearsay/v1/plumtree_pb.ts";
import type { UpdateCodec } from "../enrolled.ts";
import type { Part, PlumtreeMessage, Root } from "./plumtree.messages.ts";
import { decodePlumtree, encodePlumtree } from "./plumtree.wire.ts";

/** Updates are lists of bytes that do not begin with 255. */
const bytes: UpdateCodec = {
  encode: (update) => Uint8Array.from(update as number[]),
  decode: (body) => (body[0] === 255 ? undefined : [...body]),
};
const codecOf = (replica: string) => (replica === "closed" ? undefined : bytes);

const origins: Origin[] = [makeOrigin("p1", 1_790_000_000_000), makeOrigin("ünï#code", 7)];
const origin = fc.constantFrom(...origins);
const round = fc.integer({ min: 0, max: 65_535 });
const first = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.constant(2 ** 52));
const range = fc
  .record({ origin, first, length: fc.integer({ min: 0, max: 1_000 }) })
  .map(({ length, ...at }) => ({ ...at, last: at.first + length }));
const announced = fc.tuple(range, round).map(([one, hops]) => ({ ...one, round: hops }));
const root: fc.Arbitrary<Root> = fc.constantFrom(...origins, "" as const);
const update = fc.array(fc.integer({ min: 0, max: 254 }), { maxLength: 5 });
const gossip = fc.record({
  origin,
  first,
  round,
  updates: fc.array(update, { minLength: 1, maxLength: 9 }),
});
const offered = fc.record({ origin, seq: first, round, bytes: fc.nat() });
const part: fc.Arbitrary<Part> = fc.record({
  replica: fc.constantFrom("a", "topic:Commit"),
  gossips: fc.array(gossip, { maxLength: 4 }),
  announced: fc.array(announced, { maxLength: 4 }),
  lacked: fc.array(range, { maxLength: 4 }),
  wanted: fc.array(announced, { maxLength: 4 }),
  grafts: fc.array(root, { maxLength: 3 }),
  prunes: fc.array(root, { maxLength: 3 }),
  offered: fc.array(offered, { maxLength: 3 }),
});
const message: fc.Arbitrary<PlumtreeMessage> = fc.record({
  kind: fc.constant("batch" as const),
  parts: fc.array(part, { maxLength: 3 }),
});

test("a codec that writes in place writes the same", () => {
  const inPlace = {
    byteLength: (one: unknown) => (one as number[]).length,
    write: (one: unknown, writer: ByteWriter) => writer.bytes(Uint8Array.from(one as number[])),
    read: (whole: Uint8Array, start: number, end: number) => bytes.decode(whole.slice(start, end)),
  };
  const codecs = () => ({ ...bytes, inPlace });
  fc.assert(
    fc.property(message, (one) => {
      const whole = encodePlumtree(one, codecs);
      expect(whole).toEqual(encodePlumtree(structuredClone(one), codecOf));
      expect(decodePlumtree(whole, codecs)).toEqual(one);
    }),
  );
});

test("every message makes the round trip", () => {
  fc.assert(
    fc.property(message, (one) => {
      expect(decodePlumtree(encodePlumtree(one, codecOf), codecOf)).toEqual(one);
    }),
  );
});

test("it is what the schema says, and is written as protobuf-es writes it", () => {
  fc.assert(
    fc.property(message, (one) => {
      const whole = encodePlumtree(one, codecOf);
      const read = fromBinary(gen.PlumtreeSchema, whole);
      expect(read.parts.map(({ replica }) => replica)).toEqual(one.parts.map((p) => p.replica));
      expect(read.parts.map(({ gossips }) => gossips.map((g) => Number(g.first)))).toEqual(
        one.parts.map(({ gossips }) => gossips.map((g) => g.first)),
      );
      expect(toBinary(gen.PlumtreeSchema, read)).toEqual(whole);
    }),
  );
});

test("fields of a later version are passed over", () => {
  const part = create(gen.PlumtreePartSchema, { replica: "a", prunes: Uint8Array.of(0) });
  const later = [
    ...toBinary(gen.PlumtreeSchema, create(gen.PlumtreeSchema, { parts: [part] })),
    ...[0x78, 5, 0x79, 1, 2, 3, 4, 5, 6, 7, 8, 0x7a, 2, 9, 9, 0x7d, 1, 2, 3, 4],
  ];
  expect(decodePlumtree(Uint8Array.from(later), codecOf)?.parts[0]?.prunes).toEqual([""]);
  expect(decodePlumtree(Uint8Array.of(0x7b), codecOf)).toBeUndefined();
});

test("what came is passed on as the same bytes, whatever the codec would write now", () => {
  fc.assert(
    fc.property(message, (one) => {
      const came = encodePlumtree(one, codecOf);
      const read = decodePlumtree(came, codecOf);
      const other: UpdateCodec = { ...bytes, encode: () => Uint8Array.of(0) };
      expect(read && encodePlumtree(read, () => other)).toEqual(came);
    }),
  );
});

test("spoilt bytes are refused or read, and never throw", () => {
  const spoil = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(message, fc.array(spoil, { maxLength: 4 }), fc.nat(9), (one, spoils, cut) => {
      const whole = encodePlumtree(one, codecOf);
      for (const { at, value } of spoils) {
        if (whole.length > 0) whole[at % whole.length] = value;
      }
      for (const read of [whole, whole.subarray(0, whole.length - cut)]) {
        const found = decodePlumtree(read, codecOf);
        if (found !== undefined) expect(() => encodePlumtree(found, codecOf)).not.toThrow();
      }
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      decodePlumtree(noise, codecOf);
    }),
  );
});

const whole: Part = {
  replica: "a",
  gossips: [],
  announced: [],
  lacked: [],
  wanted: [],
  grafts: [],
  prunes: [],
  offered: [],
};

function read(given: Partial<Part>, codecs = codecOf): PlumtreeMessage | undefined {
  const parts = [{ ...whole, ...given }];
  return decodePlumtree(
    encodePlumtree({ kind: "batch", parts }, () => bytes),
    codecs,
  );
}

const p1 = makeOrigin("p1", 1);

test.each<[string, Partial<Part>]>([
  ["a number of 0", { gossips: [{ origin: p1, first: 0, round: 0, updates: [[1]] }] }],
  [
    "a number beyond 2^53",
    { gossips: [{ origin: p1, first: 2 ** 53 - 1, round: 0, updates: [[1]] }] },
  ],
  [
    "more hops than there can be",
    { gossips: [{ origin: p1, first: 1, round: 1e6, updates: [[1]] }] },
  ],
  ["no updates", { gossips: [{ origin: p1, first: 1, round: 1, updates: [] }] }],
  ["an update that is none", { gossips: [{ origin: p1, first: 1, round: 1, updates: [[255]] }] }],
  [
    "an origin that is none",
    { announced: [{ origin: "x" as Origin, first: 1, last: 2, round: 0 }] },
  ],
  ["an offer of number 0", { offered: [{ origin: p1, seq: 0, round: 0, bytes: 1 }] }],
  ["an offer from too far", { offered: [{ origin: p1, seq: 1, round: 1e6, bytes: 1 }] }],
  ["a run from 0", { wanted: [{ origin: p1, first: 0, last: 2, round: 0 }] }],
  ["a replica without a name", { replica: "" }],
  ["a replica with too long a name", { replica: "x".repeat(321) }],
  [
    "too many updates",
    {
      gossips: [
        { origin: p1, first: 1, round: 0, updates: Array.from({ length: 70_000 }, () => [1]) },
      ],
    },
  ],
  [
    "too many runs",
    {
      announced: Array.from({ length: 20_000 }, (_, at) => {
        return { origin: p1, first: 2 * at + 1, last: 2 * at + 1, round: 0 };
      }),
    },
  ],
])("%s is refused", (_, given) => {
  expect(read(given)).toBeUndefined();
});

test("of a replica that is not here, it is read that there are updates, and not which", () => {
  const given = {
    replica: "closed",
    gossips: [{ origin: p1, first: 3, round: 1, updates: [[1]] }],
  };
  expect(read(given)?.parts[0]?.gossips).toEqual([{ origin: p1, first: 3, round: 1, updates: [] }]);
});

test("a lone small update costs some thirty bytes beside itself", () => {
  const gossips = [
    { origin: makeOrigin("node-17", 12), first: 1_000, round: 2, updates: [[1, 2]] },
  ];
  const parts = [{ ...whole, replica: "topic:Commit", gossips }];
  expect(encodePlumtree({ kind: "batch", parts }, codecOf).length).toBeLessThan(45);
});

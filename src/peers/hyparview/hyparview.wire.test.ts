import fc from "fast-check";
import { expect, test } from "vitest";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { decodeFrame } from "../../wire/frame.ts";
import { HYPARVIEW_CHANNEL, type HyParViewMessage, type KnownPeer } from "./hyparview.messages.ts";
import { decodeHyParView, encodeHyParView, encodeHyParViewBody } from "./hyparview.wire.ts";

const name = fc.string({ minLength: 1, maxLength: 40 }).map(peerId);
const data = fc.uint8Array({ maxLength: 40 });
const peer: fc.Arbitrary<KnownPeer> = fc.record({ peer: name, data }, { requiredKeys: ["peer"] });
const peers = fc.array(peer, { maxLength: 8 });
const ttl = fc.nat(9);
const kind = <Kind extends string>(one: Kind) => fc.constant(one);
const beacon = fc.record({ root: name, count: fc.maxSafeNat(), ageMs: fc.nat(1_000_000) });

const message: fc.Arbitrary<HyParViewMessage> = fc.oneof(
  fc.record({ kind: kind("join"), data }, { requiredKeys: ["kind"] }),
  fc.record({ kind: kind("neighborReply"), data }, { requiredKeys: ["kind"] }),
  fc.record(
    { kind: kind("neighbor"), priority: fc.constantFrom("high", "low"), data },
    { requiredKeys: ["kind", "priority"] },
  ),
  fc.record({ kind: kind("forwardJoin"), joiner: peer, ttl }),
  fc.record({ kind: kind("disconnect"), why: fc.constantFrom("room", "leave") }),
  fc.record({ kind: kind("shuffle"), origin: peer, peers, ttl }),
  fc.record({ kind: kind("shuffleReply"), peers }),
  fc.record({ kind: kind("probe"), peers, root: name }, { requiredKeys: ["kind", "peers"] }),
  fc.record({ kind: kind("probeReply"), peers, root: name }, { requiredKeys: ["kind", "peers"] }),
  fc.record({ kind: kind("beacon"), beacon }),
);

test("every message comes back as it was", () => {
  fc.assert(
    fc.property(message, (sent) => {
      const frame = decodeFrame(encodeHyParView(sent, makeOrigin("p", 1)));
      expect([frame?.channel, frame?.origin]).toEqual([HYPARVIEW_CHANNEL, "p#1"]);
      expect(decodeHyParView(frame?.body ?? new Uint8Array(0))).toEqual(sent);
    }),
    { numRuns: 300 },
  );
});

test("bytes that are no message are refused without a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      decodeHyParView(bytes);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(message, fc.nat(), fc.nat(255), (sent, at, byte) => {
      const bytes = encodeHyParViewBody(sent);
      if (bytes.length > 0) bytes[at % bytes.length] = byte;
      decodeHyParView(bytes);
    }),
    { numRuns: 500 },
  );
  expect(decodeHyParView(new Uint8Array(0))).toBeUndefined();
  const nameless = encodeHyParViewBody({ kind: "shuffleReply", peers: [{ peer: peerId("") }] });
  expect(decodeHyParView(nameless)).toBeUndefined();
  const many = Array.from({ length: 2_000 }, () => ({ peer: peerId("p") }));
  const long = encodeHyParViewBody({ kind: "shuffleReply", peers: many });
  expect(decodeHyParView(long)).toBeUndefined();
});

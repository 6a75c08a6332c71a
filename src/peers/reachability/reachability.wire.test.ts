import fc from "fast-check";
import { expect, test } from "vitest";
import { peerId } from "../../core/peer.ts";
import type { ReachabilityMessage } from "./reachability.messages.ts";
import { decodeReachability, encodeReachability } from "./reachability.wire.ts";

const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme-ascii" }).map(peerId);
const head = { node: name, boot: fc.nat(), seq: fc.nat() };
const path = fc.record({
  peer: name,
  packets: fc.constantFrom("answered" as const, "unanswered" as const),
  hearing: fc.constantFrom("heard" as const, "silent" as const, "unknown" as const),
  streams: fc.constantFrom("up" as const, "down" as const, "unknown" as const),
  via: fc.option(name, { nil: undefined }),
  sinceMs: fc.nat(),
});
const message: fc.Arbitrary<ReachabilityMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("knock" as const),
    nonce: fc.nat(),
    why: fc.constantFrom("doubt" as const, "echo" as const),
  }),
  fc.record({ kind: fc.constant("answer" as const), nonce: fc.nat() }),
  fc.record({
    kind: fc.constant("rows" as const),
    rows: fc.array(
      fc.record({ ...head, ageMs: fc.nat(), paths: fc.array(path, { maxLength: 4 }) }),
      { maxLength: 4 },
    ),
  }),
  fc.record({
    kind: fc.constant("heads" as const),
    why: fc.constantFrom("ask" as const, "reply" as const),
    heads: fc.array(fc.record(head), { maxLength: 5 }),
  }),
);

test("what is written is read back, and no beginning of it is a message", () => {
  fc.assert(
    fc.property(message, fc.nat(), (given, cut) => {
      const bytes = encodeReachability(given);
      expect(decodeReachability(bytes)).toEqual(given);
      const shorter = bytes.subarray(0, cut % bytes.length);
      expect(decodeReachability(shorter)).toBeUndefined();
    }),
  );
});

test("any bytes are read without an exception, and too much is refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      decodeReachability(bytes);
    }),
  );
  expect(decodeReachability(Uint8Array.of(2, 0xff, 0xff, 0x7f))).toBeUndefined();
  const path = { packets: "unanswered", hearing: "silent", streams: "up", sinceMs: 1 } as const;
  const paths = Array.from({ length: 300 }, (_, at) => ({
    ...path,
    peer: peerId(`p${at}`),
    via: undefined,
  }));
  const row = { node: peerId("a"), boot: 1, seq: 1, ageMs: 0, paths };
  expect(decodeReachability(encodeReachability({ kind: "rows", rows: [row] }))).toBeUndefined();
});

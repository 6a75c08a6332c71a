import fc from "fast-check";
import { expect, it } from "vitest";
import type { QueryContent, QueryMessage } from "./query.messages.ts";
import { decodeQuery, encodeQuery } from "./query.wire.ts";
import { decodeAnswerFrame, encodeReasonFrame, encodeValueFrame } from "./query-frame.wire.ts";

const bytes = fc.uint8Array({ maxLength: 40 });
const count = fc.nat();
const contents: fc.Arbitrary<QueryContent> = fc.oneof(
  fc.record({
    kind: fc.constant("question" as const),
    name: fc.string(),
    codec: fc.nat(255),
    payload: bytes,
    timeoutMs: count,
    tags: fc.array(fc.record({ tag: fc.string(), expression: fc.string() }), { maxLength: 16 }),
    relayCount: count,
    windowCount: count,
    passTo: fc.array(fc.string(), { maxLength: 30 }),
  }),
  fc.record({
    kind: fc.constant("part" as const),
    number: fc.integer({ min: 1 }),
    codec: fc.nat(255),
    payload: bytes,
    last: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("end" as const),
    count,
    reason: fc.string(),
    detail: fc.string(),
  }),
  fc.record({ kind: fc.constant("receipt" as const), number: count, again: fc.boolean() }),
  fc.constant({ kind: "ack" as const }),
  fc.constant({ kind: "withdrawal" as const }),
);
const messages: fc.Arbitrary<QueryMessage> = fc.record({
  asker: fc.string({ minLength: 1 }),
  askerBoot: count,
  id: count,
  from: fc.string(),
  to: fc.string(),
  boot: count,
  content: contents,
});

it("what is written is read back, whole or not at all", () => {
  fc.assert(
    fc.property(messages, count, (message, cut) => {
      const written = encodeQuery(message);
      expect(decodeQuery(written)).toEqual(message);
      // Shorter, it is something else or nothing, but no crash.
      decodeQuery(written.subarray(0, cut % (written.length + 1)));
    }),
  );
});

it("bytes of any kind are read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (junk) => {
      decodeQuery(junk);
      decodeAnswerFrame(junk);
    }),
  );
  const many = { tag: "t", expression: "" };
  const question = { kind: "question", name: "q", codec: 1, payload: new Uint8Array() } as const;
  const numbers = { timeoutMs: 1, relayCount: 0, windowCount: 1, passTo: [] };
  const tags = Array.from({ length: 17 }, () => many);
  const rest = { asker: "a", askerBoot: 1, id: 1, from: "", to: "", boot: 0 };
  const content = { ...question, ...numbers, tags };
  expect(decodeQuery(encodeQuery({ ...rest, content }))).toBeUndefined();
});

it("framed answers are told from bare ones", () => {
  const value = { codec: 1, payload: Uint8Array.of(1, 2) };
  expect(decodeAnswerFrame(encodeValueFrame(value))).toEqual({ kind: "value", value });
  const none = { kind: "none", reason: "failed", detail: "no disk" };
  expect(decodeAnswerFrame(encodeReasonFrame("failed", "no disk"))).toEqual(none);
  expect(decodeAnswerFrame(new TextEncoder().encode('{"load":3}'))).toBeUndefined();
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { decodeFrame } from "../../wire/frame.ts";
import type { UpdateCodec } from "../enrolled.ts";
import { RUMOR_CHANNEL, type RumorMessage, type Told } from "./rumor.messages.ts";
import { decodeRumor, encodeRumor } from "./rumor.wire.ts";

const me = makeOrigin("p1", 1_790_000_000_000);
const other = makeOrigin("ünï#code", 7);
/** Updates are lists of bytes that do not begin with 255. */
const bytes: UpdateCodec = {
  encode: (update) => Uint8Array.from(update as number[]),
  decode: (body) => (body[0] === 255 ? undefined : [...body]),
};
const codecOf = (replica: string) => (replica === "closed" ? undefined : bytes);
const rumors: readonly Told[] = [
  { replica: "a", dot: { origin: me, seq: 1 }, update: [1, 2, 3], standing: 1, hops: 1 },
  { replica: "a", dot: { origin: other, seq: 2 ** 53 - 1 }, update: [], standing: 250, hops: 9 },
  { replica: "a", dot: { origin: me, seq: 2 }, update: undefined, standing: 254, hops: 255 },
  { replica: "b", dot: { origin: me, seq: 2 }, update: [4], standing: 3, hops: 2 },
  { replica: "a", dot: { origin: me, seq: 3 }, update: [5], standing: 1, hops: 1 },
];

const messages: readonly RumorMessage[] = [
  { kind: "knock", round: 2 ** 32 - 1 },
  { kind: "welcome", round: 0 },
  { kind: "busy", round: 5 },
  { kind: "call", round: 6, mode: "pull", feedback: "feedback", wantsNames: true, rumors: [] },
  { kind: "call", round: 7, mode: "pushPull", feedback: "blind", wantsNames: false, rumors },
  { kind: "answer", round: 8, feedback: "feedback", standings: [0, 1, 254, 255], rumors },
  { kind: "answer", round: 8, feedback: "blind", standings: [], rumors: [] },
  { kind: "feedback", round: 9, standings: [0, 252, 3] },
  { kind: "payloads", round: 10, rumors },
];

function bodyOf(whole: Uint8Array): Uint8Array {
  const frame = decodeFrame(whole);
  expect([frame?.channel, frame?.origin]).toEqual([RUMOR_CHANNEL, me]);
  return frame?.body ?? new Uint8Array();
}

test.each(messages)("$kind makes the round trip", (message) => {
  expect(decodeRumor(bodyOf(encodeRumor(message, me, codecOf)), codecOf)).toEqual(message);
});

test("a question is a few bytes", () => {
  const head = { kind: "call", round: 1, mode: "pull", feedback: "feedback" } as const;
  const call = { ...head, wantsNames: true, rumors: [] };
  expect(bodyOf(encodeRumor(call, me, codecOf)).length).toBeLessThan(9);
});

test("updates of a replica that is closed here keep their place, unread", () => {
  const [one, two] = rumors;
  if (one === undefined || two === undefined) throw new Error("no rumors");
  const mixed = [{ ...one, replica: "closed" }, two];
  const body = bodyOf(encodeRumor({ kind: "payloads", round: 1, rumors: mixed }, me, () => bytes));
  const back = decodeRumor(body, codecOf);
  expect(back).toMatchObject({
    rumors: [{ replica: "closed", update: undefined }, { replica: "a" }],
  });
});

test("what its codec refuses, or what names no origin, spoils the message", () => {
  const [one] = rumors;
  if (one === undefined) throw new Error("no rumor");
  const encode = (told: Told) =>
    bodyOf(encodeRumor({ kind: "payloads", round: 1, rumors: [told] }, me, codecOf));
  expect(decodeRumor(encode(one), codecOf)).toBeDefined();
  expect(decodeRumor(encode({ ...one, update: [255] }), codecOf)).toBeUndefined();
  expect(decodeRumor(encode({ ...one, standing: 256 }), codecOf)).toBeUndefined();
  expect(decodeRumor(encode({ ...one, dot: { origin: me, seq: 0 } }), codecOf)).toBeUndefined();
  expect(decodeRumor(encode({ ...one, replica: "" }), codecOf)).toBeUndefined();
});

test("a message of too many rumors is refused", () => {
  const [one] = rumors;
  if (one === undefined) throw new Error("no rumor");
  const many = (count: number) => Array.from({ length: count }, () => one);
  const send = (count: number) =>
    decodeRumor(
      bodyOf(encodeRumor({ kind: "payloads", round: 1, rumors: many(count) }, me, codecOf)),
      codecOf,
    );
  expect(send(4_096)).toBeDefined();
  expect(send(4_097)).toBeUndefined();
});

test("hostile bytes are no message, and never throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (body) => {
      decodeRumor(body, codecOf);
    }),
  );
  for (const message of messages) {
    const body = bodyOf(encodeRumor(message, me, codecOf));
    for (let end = 0; end < body.length; end += 1) decodeRumor(body.subarray(0, end), codecOf);
    const spoil = fc.tuple(fc.nat(Math.max(0, body.length - 1)), fc.nat(255));
    fc.assert(
      fc.property(spoil, ([place, byte]) => {
        const spoilt = Uint8Array.from(body);
        spoilt[place] = byte;
        decodeRumor(spoilt, codecOf);
      }),
    );
  }
});

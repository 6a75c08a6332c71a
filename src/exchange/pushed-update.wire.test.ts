import fc from "fast-check";
import { expect, test } from "vitest";
import { makeOrigin } from "../core/peer.ts";
import { decodeFrame } from "../wire/frame.ts";
import { DIRECT_MAIL_CHANNEL } from "./direct-mail/direct-mail.messages.ts";
import type { PushedUpdate, UpdateCodec } from "./enrolled.ts";
import { FLOODING_CHANNEL } from "./flooding/flooding.messages.ts";
import { decodePushed, encodePushed } from "./pushed-update.wire.ts";

const sender = makeOrigin("p1", 1_790_000_000_000);
/** Updates are lists of bytes that do not begin with 255. */
const codec: UpdateCodec = {
  encode: (update) => Uint8Array.from(update as number[]),
  decode: (body) => (body[0] === 255 ? undefined : [...body]),
};
const codecOf = (name: string) => (name === "here" ? codec : undefined);
const message = (update: number[], seq = 7): PushedUpdate => {
  return { kind: "update", replica: "here", dot: { origin: makeOrigin("ünï#c", 3), seq }, update };
};

function bodyOf(one: PushedUpdate, channel: number): Uint8Array {
  const frame = decodeFrame(encodePushed(one, { channel, sender }, () => codec));
  expect(frame).toMatchObject({ channel, origin: sender });
  return frame?.body ?? new Uint8Array();
}

test.each([DIRECT_MAIL_CHANNEL, FLOODING_CHANNEL])("an update on channel %i", (channel) => {
  for (const one of [message([1, 2, 3]), message([], Number.MAX_SAFE_INTEGER)]) {
    expect(decodePushed(bodyOf(one, channel), codecOf)).toEqual(one);
  }
});

test("what makes no sense is refused, and what is of another replica told apart", () => {
  const decode = (one: PushedUpdate) => decodePushed(bodyOf(one, FLOODING_CHANNEL), codecOf);
  expect(decode({ ...message([1]), replica: "elsewhere" })).toBe("unknown");
  expect(decode({ ...message([1]), replica: "" })).toBeUndefined();
  expect(decode({ ...message([1]), replica: "x".repeat(321) })).toBeUndefined();
  expect(decode(message([255]))).toBeUndefined();
  const noOrigin = { ...message([1]), dot: { origin: "nobody" as never, seq: 1 } };
  expect(decode(noOrigin)).toBeUndefined();
  expect(decode(message([1], 0))).toBeUndefined();
});

test("no bytes make it throw", () => {
  const whole = bodyOf(message([1, 2, 3]), FLOODING_CHANNEL);
  for (let end = 0; end < whole.length; end += 1) decodePushed(whole.subarray(0, end), codecOf);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      decodePushed(bytes, codecOf);
    }),
  );
});

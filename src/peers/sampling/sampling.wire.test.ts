import { describe, expect, it } from "vitest";
import { makeOrigin, peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { decodeFrame } from "../../wire/frame.ts";
import { type OfferMessage, SAMPLING_CHANNEL, type SamplingMessage } from "./sampling.messages.ts";
import { decodeSampling, encodeSampling } from "./sampling.wire.ts";

const origin = makeOrigin("a", 1);
const sample = {
  descriptors: [
    { peer: peerId("a"), age: 0, data: Uint8Array.of(127, 0, 0, 1) },
    { peer: peerId("bé"), age: 17, data: new Uint8Array(0) },
  ],
  goodbyes: [{ peer: peerId("c"), age: 3 }],
  sketch: [
    { hash: 0, age: 1 },
    { hash: 0xffffffff, age: 0 },
  ],
};
const offer: OfferMessage = { kind: "offer", token: 0xfffffffe, answer: "wanted", ...sample };

function bodyOf(message: SamplingMessage): Uint8Array {
  const frame = decodeFrame(encodeSampling(message, origin));
  if (frame === undefined) throw new Error("no frame");
  expect([frame.channel, frame.origin]).toEqual([SAMPLING_CHANNEL, origin]);
  return frame.body;
}

describe("the wire of peer sampling", () => {
  it("brings every message back", () => {
    const messages: SamplingMessage[] = [
      offer,
      { ...offer, answer: "none", descriptors: [], goodbyes: [], sketch: [] },
      { kind: "answer", token: 5, ...sample },
      { kind: "goodbye" },
    ];
    for (const message of messages) expect(decodeSampling(bodyOf(message))).toEqual(message);
  });

  it("refuses names and data that are too long, hashes without ages, and floods of fields", () => {
    const long = { peer: peerId("x".repeat(129)), age: 0, data: new Uint8Array(0) };
    expect(decodeSampling(bodyOf({ ...offer, descriptors: [long] }))).toBeUndefined();
    expect(decodeSampling(bodyOf({ ...offer, goodbyes: [long] }))).toBeUndefined();
    const nameless = { peer: peerId(""), age: 0, data: new Uint8Array(0) };
    expect(decodeSampling(bodyOf({ ...offer, descriptors: [nameless] }))).toBeUndefined();
    const heavy = { peer: peerId("x"), age: 0, data: new Uint8Array(257) };
    expect(decodeSampling(bodyOf({ ...offer, descriptors: [heavy] }))).toBeUndefined();
    const many = Array.from({ length: 3_000 }, () => ({ peer: peerId("x"), age: 1 }));
    expect(decodeSampling(bodyOf({ ...offer, goodbyes: many }))).toBeUndefined();
    expect(decodeSampling(new Uint8Array(0))).toBeUndefined();
  });

  it("never throws, whatever the bytes", () => {
    const random = new Random(3);
    const whole = bodyOf(offer);
    for (let count = 0; count < 5_000; count += 1) {
      const bytes = Uint8Array.from(whole.subarray(0, random.below(whole.length + 1)));
      for (let flips = random.below(4); flips > 0 && bytes.length > 0; flips -= 1) {
        bytes[random.below(bytes.length)] = random.below(256);
      }
      const message = decodeSampling(bytes);
      expect(["offer", "answer", "goodbye", undefined]).toContain(message?.kind);
    }
  });
});

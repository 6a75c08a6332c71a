import fc from "fast-check";
import { expect, test } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import { decodeFrame, encodeFrame } from "../../wire/frame.ts";
import { BROADCAST_CHANNEL } from "./broadcast.messages.ts";
import { broadcastCodec, decodeMail, decodeRumorFrame, encodeMail } from "./broadcast.wire.ts";

const rumor = {
  origin: makeOrigin("p1", 1_790_000_000_000),
  seq: 3,
  tag: "Commit",
  codec: 1,
  payload: Uint8Array.of(1, 2, 3),
  clock: { ms: 1_790_000_000_123, counter: 7 },
};

test("a rumour makes the round trip and begins as a Hearsay frame does", () => {
  const frame = broadcastCodec.encode(rumor);
  expect([...frame.subarray(0, 2)]).toEqual([0x48, 0x01]);
  const back = decodeRumorFrame(frame);
  expect(back).toEqual({ ...rumor, frame });
  expect(back?.payload.constructor).toBe(Uint8Array);
});

test("any rumour does", () => {
  const any = fc.record({
    name: fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }),
    seq: fc.integer({ min: 1 }),
    tag: fc.string({ unit: "grapheme" }),
    codec: fc.integer({ min: 0, max: 255 }),
    payload: fc.uint8Array(),
    ms: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    counter: fc.integer({ min: 0, max: 65_535 }),
  });
  fc.assert(
    fc.property(any, ({ name, ms, counter, ...rest }) => {
      const one = { ...rest, origin: makeOrigin(name, 5), clock: { ms, counter } };
      const frame = broadcastCodec.encode(one);
      expect(decodeRumorFrame(frame)).toEqual({ ...one, frame });
    }),
  );
});

test("mail says who sends it, and is passed on as its publisher wrote it", () => {
  const frame = Uint8Array.from(broadcastCodec.encode(rumor));
  for (const sender of ["p2", "a name of \u{1F600}", "x".repeat(128)]) {
    const bytes = encodeMail(frame, sender);
    const mail = decodeMail(bytes, decodeFrame(bytes)!);
    expect(mail).toEqual({ rumor: { ...rumor, frame }, sender });
    // Who knows nothing of senders reads it all the same.
    expect(decodeRumorFrame(bytes)).toEqual({ ...rumor, frame: bytes });
  }
  expect(decodeMail(frame, decodeFrame(frame)!)).toEqual({
    rumor: { ...rumor, frame },
    sender: undefined,
  });
});

test("a sender that is none, or not where it belongs, is not believed or not taken off", () => {
  const frame = Uint8Array.from(broadcastCodec.encode(rumor));
  const long = encodeMail(frame, "x".repeat(129));
  expect(decodeMail(long, decodeFrame(long)!)?.sender).toBeUndefined();
  const early = Uint8Array.from([...encodeMail(frame, "p2"), 0x18, 1]);
  const mail = decodeMail(early, decodeFrame(early)!);
  expect(mail?.rumor.frame).toEqual(early);
});

test("hostile bytes are no rumour, and never throw", () => {
  expect(decodeRumorFrame(Uint8Array.of())).toBeUndefined();
  expect(decodeRumorFrame(broadcastCodec.encode({ ...rumor, seq: 0 }))).toBeUndefined();
  expect(decodeRumorFrame(broadcastCodec.encode({ ...rumor, codec: 256 }))).toBeUndefined();
  const whole = broadcastCodec.encode(rumor);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (place, byte) => {
      const bent = Uint8Array.from(whole);
      bent[place] = byte;
      decodeRumorFrame(bent);
      decodeRumorFrame(whole.subarray(0, place));
    }),
  );
  fc.assert(fc.property(fc.uint8Array(), (noise) => void decodeRumorFrame(noise)));
});

test("a body of very many fields is refused before it is read", () => {
  const { origin } = rumor;
  const body = broadcastCodec.encode(rumor).subarray(2);
  const frame = decodeFrame(Uint8Array.of(0x48, 1, ...body));
  const known = frame?.body ?? new Uint8Array(0);
  const later = (count: number) => {
    const unknown = Array.from({ length: count }, () => [0x78, 1]).flat();
    return encodeFrame({
      origin,
      channel: BROADCAST_CHANNEL,
      body: Uint8Array.of(...known, ...unknown),
    });
  };
  expect(decodeRumorFrame(later(40))?.tag).toBe("Commit");
  expect(decodeRumorFrame(later(70))).toBeUndefined();
  const groups = encodeFrame({
    origin,
    channel: BROADCAST_CHANNEL,
    body: new Uint8Array(500).fill(0x7b),
  });
  expect(decodeRumorFrame(groups)).toBeUndefined();
});

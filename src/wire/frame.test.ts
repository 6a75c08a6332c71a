import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeOrigin } from "../core/peer.ts";
import {
  advertText,
  CAPABILITIES_MAX,
  decodeAdvert,
  decodeAdvertMeta,
  encodeAdvert,
  encodeAdvertMeta,
  parseAdvertText,
} from "./advert.ts";
import { decodeFrame, encodeFrame, frameOverheadBytes } from "./frame.ts";

const anyAdvert = fc.record({
  version: fc.integer({ min: 1, max: 255 }),
  capabilities: fc.nat(CAPABILITIES_MAX),
  boot: fc.maxSafeNat(),
});

describe("a frame", () => {
  it("is read as it was written", () => {
    const frames = fc.record({
      origin: fc.tuple(fc.string({ minLength: 1, maxLength: 30 }), fc.maxSafeNat()),
      channel: fc.maxSafeNat(),
      body: fc.uint8Array({ maxLength: 50 }),
    });
    fc.assert(
      fc.property(frames, ({ origin: [name, boot], channel, body }) => {
        const frame = { origin: makeOrigin(name, boot), channel, body };
        const bytes = encodeFrame(frame);
        expect(bytes.length).toBe(frameOverheadBytes(frame) + body.length);
        const read = decodeFrame(bytes);
        expect(read).toMatchObject({ origin: frame.origin, channel });
        expect(Uint8Array.from(read?.body ?? [])).toEqual(body);
      }),
    );
  });

  it("has the bytes of the design", () => {
    const bytes = encodeFrame({
      origin: makeOrigin("p1", 7),
      channel: 300,
      body: Uint8Array.of(9),
    });
    expect(Buffer.from(bytes).toString("hex")).toBe("48010470312337ac0209");
  });

  it("is refused when cut, of another version, or without an origin", () => {
    const bytes = encodeFrame({ origin: makeOrigin("p1", 7), channel: 300, body: Uint8Array.of() });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeFrame(bytes.subarray(0, length))).toBeUndefined();
    }
    expect(decodeFrame(Uint8Array.of(0x48, 2, ...bytes.subarray(2)))).toBeUndefined();
    expect(decodeFrame(Uint8Array.of(0x48, 1, 2, 0x61, 0x62, 1))).toBeUndefined();
  });
});

describe("an advert", () => {
  it("fits into sixteen characters and is read as it was written", () => {
    fc.assert(
      fc.property(anyAdvert, fc.uint8Array({ maxLength: 200 }), (advert, userMeta) => {
        expect(advertText(advert).length).toBeLessThanOrEqual(16);
        expect(parseAdvertText(advertText(advert))).toEqual(advert);
        const meta = decodeAdvertMeta(encodeAdvertMeta({ advert, userMeta }));
        expect(meta?.advert).toEqual(advert);
        expect(Uint8Array.from(meta?.userMeta ?? [])).toEqual(userMeta);
      }),
    );
  });

  it("may be longer in later versions", () => {
    const advert = { version: 2, capabilities: 3, boot: 4 };
    expect(decodeAdvert(Uint8Array.of(...encodeAdvert(advert), 99))).toEqual(advert);
  });

  it("is refused when it is none", () => {
    for (const text of ["", "A", "AQ", "AQE", "not base64url!", "A".repeat(17), "AAAA"]) {
      expect(parseAdvertText(text)).toBeUndefined();
    }
    expect(decodeAdvertMeta(Uint8Array.of(0x48, 1, 3, 1, 0, 5))).toBeUndefined();
    expect(() =>
      encodeAdvert({ version: 1, capabilities: CAPABILITIES_MAX + 1, boot: 1 }),
    ).toThrow();
  });
});

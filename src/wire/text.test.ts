import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { slowness } from "../testing/slowness-rig.ts";
import { decodeText, encodeText, TextCache } from "./text.ts";
import { textByteLength } from "./text-length.ts";

describe("text", () => {
  it("is UTF-8 where it can be", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(Buffer.from(encodeText(text)).toString("utf8")).toBe(text);
        expect(decodeText(encodeText(text))).toBe(text);
        expect(textByteLength(text)).toBe(Buffer.byteLength(text));
      }),
    );
  });

  it("gives back any bytes unchanged", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const text = decodeText(bytes);
        expect(Uint8Array.from(encodeText(text))).toEqual(bytes);
        expect(textByteLength(text)).toBe(bytes.length);
      }),
      { numRuns: 1000 },
    );
  });

  it("is measured without encoding it, whatever its units are", () => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0xd7f0, max: 0xe010 }),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
        const text = String.fromCharCode(...units);
        expect(textByteLength(text)).toBe(encodeText(text).length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("costs time in proportion where bytes are no text", () => {
    const timeOf = (bytes: Uint8Array): number => {
      const times = Array.from({ length: 7 }, () => {
        const began = performance.now();
        encodeText(decodeText(bytes));
        return performance.now() - began;
      });
      return Math.min(...times);
    };
    // A call into the system for each byte took 500 times as long as for text.
    const strange = timeOf(new Uint8Array(65_536).fill(0xff));
    expect(strange).toBeLessThan(strange < 15 ? 15 : 15 * slowness());
  });

  it("keeps two strange names apart", () => {
    expect(decodeText(Uint8Array.of(0x61, 0xff))).not.toBe(decodeText(Uint8Array.of(0x61, 0xfe)));
  });

  it("is the same from the cache", () => {
    const cache = new TextCache();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(cache.get(bytes, 0, bytes.length)).toBe(decodeText(bytes));
        expect(cache.get(bytes, 0, bytes.length)).toBe(decodeText(bytes));
      }),
    );
  });
});

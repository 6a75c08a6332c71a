import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lzwDecode, lzwEncode } from "./lzw.ts";

const MEBIBYTE = 1 << 20;

function unpacked(packed: Uint8Array, maxBytes = MEBIBYTE): Uint8Array {
  const outcome = lzwDecode(packed, maxBytes);
  if (outcome.kind === "failure") throw new Error(outcome.reason);
  return Uint8Array.from(outcome.bytes);
}

describe("lzw", () => {
  it("packs nothing as clear and end", () => {
    const packed = lzwEncode(new Uint8Array(0));
    expect([...packed]).toEqual([0x00, 0x03, 0x02]);
    expect(unpacked(packed).length).toBe(0);
  });

  it("gives back what was packed, whatever it is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), (plain) => {
        expect(unpacked(lzwEncode(plain))).toEqual(plain);
      }),
      { numRuns: 200 },
    );
  });

  it("gives back texts that fill the table several times", () => {
    for (const period of [1, 2, 3, 251, 65_521]) {
      const plain = Uint8Array.from({ length: 60_000 }, (_, i) => ((i % period) * 7919) >> 3);
      expect(unpacked(lzwEncode(plain))).toEqual(plain);
    }
  });

  it("stops at the bound on what comes out", () => {
    const packed = lzwEncode(new Uint8Array(100_000));
    expect(packed.length).toBeLessThan(1000);
    expect(lzwDecode(packed, 99_999)).toEqual({ kind: "failure", reason: "tooLarge" });
    expect(unpacked(packed, 100_000).length).toBe(100_000);
  });

  it("refuses bytes without an end code, and codes not defined yet", () => {
    expect(lzwDecode(new Uint8Array(0), 10)).toEqual({ kind: "failure", reason: "compression" });
    expect(lzwDecode(lzwEncode(Uint8Array.of(1, 2, 3)).subarray(0, 3), 10).kind).toBe("failure");
    expect(lzwDecode(Uint8Array.of(0xff, 0xff), 10).kind).toBe("failure");
  });

  it("ends on hostile bytes, in bounds", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (packed) => {
        const outcome = lzwDecode(packed, 5000);
        if (outcome.kind === "plain") expect(outcome.bytes.length).toBeLessThanOrEqual(5000);
      }),
      { numRuns: 500 },
    );
  });
});

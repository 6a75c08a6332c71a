import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LzwUnpacking, lzwDecode, lzwEncode } from "./lzw.ts";

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

describe("unpacking in slices", () => {
  it("comes to the same in slices of any size, also of several at a time", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 5_000 }),
      fc.nat(200_000).map((length) => new Uint8Array(length).fill(7)),
    );
    fc.assert(
      fc.property(bytes, bytes, fc.integer({ min: 1, max: 3_000 }), (one, other, slice) => {
        const plains = [one, other];
        const running = plains.map((plain) => new LzwUnpacking(lzwEncode(plain), 200_000));
        const ended = running.map(() => false);
        while (ended.includes(false)) {
          for (const [at, unpacking] of running.entries()) {
            if (ended[at]) continue;
            const outcome = unpacking.goOn(slice);
            if (outcome === undefined) continue;
            ended[at] = true;
            if (outcome.kind !== "plain") throw new Error(outcome.reason);
            expect(Buffer.compare(outcome.bytes, plains[at] ?? one)).toBe(0);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("puts out hardly more than a slice at a time, and no more than is allowed", () => {
    const unpacking = new LzwUnpacking(lzwEncode(new Uint8Array(3_000_000)), 2_000_000);
    let slices = 0;
    let outcome = unpacking.goOn(100_000);
    for (; outcome === undefined; outcome = unpacking.goOn(100_000)) slices += 1;
    expect(outcome).toEqual({ kind: "failure", reason: "tooLarge" });
    expect(slices).toBeGreaterThan(15);
    expect(unpacking.heldBytes).toBeLessThanOrEqual(2_000_000);
  });

  it("ends in codes that put out nothing for ever", () => {
    const clears = new Uint8Array(9_000);
    for (let bit = 8; bit < clears.length * 8; bit += 9) {
      clears[bit >> 3] = (clears[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
    const unpacking = new LzwUnpacking(clears, 100);
    expect(unpacking.goOn(1_000)).toBeUndefined();
    let outcome = unpacking.goOn(1_000);
    for (let slices = 0; outcome === undefined && slices < 20; slices += 1) {
      outcome = unpacking.goOn(1_000);
    }
    expect(outcome).toEqual({ kind: "failure", reason: "compression" });
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  compareBytes,
  compareUtf8,
  decodeUtf8,
  decodeUtf8Strict,
  encodeUtf8,
  utf8ByteLength,
} from "./text.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
);
const anyBytes = fc.oneof(
  fc.uint8Array(),
  // Bytes that mean something in UTF-8, so that sequences are often nearly right.
  fc
    .array(
      fc.constantFrom(
        0x41,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc1,
        0xc2,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
      ),
    )
    .map((list) => Uint8Array.from(list)),
);

describe("UTF-8", () => {
  test("is written as the Encoding Standard does", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const expected = new TextEncoder().encode(text);
        expect(encodeUtf8(text)).toEqual(expected);
        expect(utf8ByteLength(text)).toBe(expected.length);
      }),
      { numRuns: 1_000 },
    );
  });

  test("is read as the Encoding Standard does, bad bytes included", () => {
    const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
    const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(decodeUtf8(bytes)).toBe(lenient.decode(bytes));
        let expected: string | undefined;
        try {
          expected = strict.decode(bytes);
        } catch {
          expected = undefined;
        }
        expect(decodeUtf8Strict(bytes)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  test("is read from the middle, and when long", () => {
    expect(decodeUtf8(encodeUtf8("abcdef"), 2, 4)).toBe("cd");
    const long = `${"x".repeat(10_000)}é😀`.repeat(3);
    expect(decodeUtf8Strict(encodeUtf8(long))).toBe(long);
    expect(decodeUtf8(encodeUtf8("y".repeat(9_000)))).toBe("y".repeat(9_000));
  });
});

describe("order", () => {
  test("of texts is the order of their bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareUtf8(a, b))).toBe(expected);
        expect(Math.sign(compareBytes(encodeUtf8(a), encodeUtf8(b)))).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
    expect(compareUtf8("\uffff", "\u{10000}")).toBeLessThan(0);
  });
});

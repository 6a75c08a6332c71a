import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NameReader, NameWriter } from "./name-bytes.ts";
import { decodeUtf8Strict, encodeUtf8 } from "./text.ts";
import { ByteReader, ByteWriter } from "./varint.ts";

function written(names: readonly string[]): Uint8Array {
  const bytes = new ByteWriter();
  const writer = new NameWriter(bytes);
  for (const name of names) writer.write(encodeUtf8(name));
  return bytes.finish();
}

function read(bytes: Uint8Array, count: number, maxBytes = 160): (string | undefined)[] {
  const reader = new NameReader(new ByteReader(bytes), maxBytes);
  return Array.from({ length: count }, () => {
    const name = reader.read();
    return name === undefined ? undefined : decodeUtf8Strict(name);
  });
}

describe("names in bytes", () => {
  it("are read back as they were, whatever they are", () => {
    const name = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom("aaaa", "aa", "aaa", ""));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 20 }), (names) => {
        expect(read(written(names), names.length)).toEqual(names);
      }),
    );
  });

  it("take a third of their text where they are alike", () => {
    const names = Array.from({ length: 1_000 }, (_, at) => `node-${at}.example#1`).sort();
    const text = names.reduce((sum, one) => sum + one.length, 0);
    expect(written(names).length).toBeLessThan(text / 3);
  });

  it("are refused when too long, cut off, or in another form", () => {
    const bytes = written(["node-1.example", "node-2.example"]);
    expect(read(bytes, 2, 13)).toEqual([undefined, undefined]);
    for (let end = 0; end < bytes.length; end += 1) {
      expect(read(bytes.subarray(0, end), 2)).toContain(undefined);
    }
    // The second name with one byte less shared at its beginning.
    const other = Uint8Array.of(...written(["ab"]), 0, 0, 2, 97, 99);
    expect(read(other, 2)).toEqual(["ab", undefined]);
    expect(read(Uint8Array.of(1, 0, 0), 1)).toEqual([undefined]);
  });

  it("throw at no bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        read(bytes, 5);
      }),
    );
  });
});

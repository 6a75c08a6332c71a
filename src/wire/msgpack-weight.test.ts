import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { msgpackExcess, NESTING_MAX, WEIGHT_MAX } from "./msgpack-weight.ts";

function head(type: number, count: number): Uint8Array {
  const bytes = Buffer.alloc(5);
  bytes[0] = type;
  bytes.writeUInt32BE(count, 1);
  return bytes;
}

describe("the weight of a msgpack value", () => {
  it("is no objection to what an encoder makes", () => {
    fc.assert(
      fc.property(fc.object({ maxDepth: 5, withTypedArray: false }), (value) => {
        expect(msgpackExcess(encode(value, { ignoreUndefined: true }))).toBeUndefined();
      }),
    );
    expect(msgpackExcess(encode(new Date(0)))).toBeUndefined();
    expect(msgpackExcess(encode(new Uint8Array(70_000)))).toBeUndefined();
    expect(msgpackExcess(encode(Array.from({ length: 1_000_000 }, () => 1)))).toBeUndefined();
  });

  it("finds counts that the bytes do not hold", () => {
    for (const type of [0xdd, 0xdf]) {
      expect(msgpackExcess(head(type, 3e7))).toBe("truncated");
      expect(msgpackExcess(Buffer.concat([head(type, 1), head(type, 3e7)]))).toBe("truncated");
    }
    // Each level fits by itself, and all of them together do not.
    const levels = Array.from({ length: 90 }, () => head(0xdd, 900_000));
    const zeros = new Uint8Array(1_000_000);
    expect(msgpackExcess(Buffer.concat([...levels, zeros]))).toBe("truncated");
    expect(msgpackExcess(head(0xc6, 4e9))).toBe("truncated");
    expect(msgpackExcess(head(0xc9, 4e9))).toBe("truncated");
    expect(msgpackExcess(new Uint8Array(0))).toBe("truncated");
    expect(msgpackExcess(Uint8Array.of(0x92, 1))).toBe("truncated");
    expect(msgpackExcess(Uint8Array.of(0x91, 0xc1))).toBe("malformed");
  });

  it("finds nesting beyond what an encoder makes", () => {
    const nested = (depth: number) => Uint8Array.from([...new Array(depth).fill(0x91), 0xc0]);
    expect(msgpackExcess(nested(NESTING_MAX))).toBeUndefined();
    expect(msgpackExcess(nested(NESTING_MAX + 1))).toBe("tooDeep");
    expect(msgpackExcess(nested(1_000_000))).toBe("tooDeep");
  });

  it("finds more containers than are soon read", () => {
    const maps = (count: number) =>
      Buffer.concat([head(0xdd, count), new Uint8Array(count).fill(0x80)]);
    expect(msgpackExcess(maps(100_000))).toBeUndefined();
    expect(msgpackExcess(maps(WEIGHT_MAX / 8))).toBe("tooLarge");
  });
});

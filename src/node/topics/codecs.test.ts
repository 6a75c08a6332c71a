import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chosenCodec, readerOf } from "./codecs.ts";

const msgpack = chosenCodec("msgpack");
const json = chosenCodec("json");
const raw = chosenCodec("raw");

describe("msgpack", () => {
  test.each([
    [0n],
    [-1n],
    [255n],
    [2n ** 63n],
    [-(2n ** 64n)],
    [12345678901234567890123456789012345678901234567890n],
  ])("bigint %s stays what it is", (value) => {
    expect(msgpack.decode(msgpack.encode({ value }))).toEqual({ value });
  });

  test("bytes, dates and nesting survive", () => {
    const value = {
      bytes: Uint8Array.of(0, 1, 255),
      at: new Date(1_790_000_000_123),
      list: [1, -1, 1.5, true, null, "ü", { deep: [2n] }],
    };
    const back = msgpack.decode(msgpack.encode(value));
    expect(back).toEqual(value);
    expect((back as typeof value).bytes).toBeInstanceOf(Uint8Array);
    expect((back as typeof value).at).toBeInstanceOf(Date);
  });

  test("any bigint makes the round trip", () => {
    fc.assert(fc.property(fc.bigInt(), (n) => msgpack.decode(msgpack.encode(n)) === n));
  });

  test("what would be lost silently is refused", () => {
    expect(() => msgpack.encode({ m: new Map([[1, 2]]) })).toThrow("Map");
    expect(() => msgpack.encode(new Set([1]))).toThrow("Set");
    expect(() => msgpack.encode(new Date(Number.NaN))).toThrow("invalid Date");
  });

  test("counts that the bytes do not hold cost no memory", () => {
    const array = Uint8Array.of(0xdd, 0x01, 0xe8, 0x48, 0);
    const bytes = Uint8Array.from(Array.from({ length: 5 }, () => [...array]).flat());
    const before = process.memoryUsage().heapUsed;
    expect(() => msgpack.decode(bytes)).toThrow("truncated");
    // The decoder alone made room for 160 million elements.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20_000_000);
  });

  test("a value of too many parts is the publisher's error", () => {
    const value = Array.from({ length: 140_000 }, () => ({}));
    expect(() => msgpack.encode(value)).toThrow("too many parts");
  });

  test("bytes that are no value throw", () => {
    expect(() => msgpack.decode(Uint8Array.of(0xc1))).toThrow();
    expect(() => msgpack.decode(Uint8Array.of())).toThrow();
    expect(() => msgpack.decode(Uint8Array.of(0xd4, 1, 0))).toThrow("bigint");
  });
});

test("json writes text and refuses what it has no word for", () => {
  expect(json.decode(json.encode({ a: [1, "ü"] }))).toEqual({ a: [1, "ü"] });
  expect(() => json.encode(undefined)).toThrow("undefined");
  expect(() => json.decode(Uint8Array.of(0xff))).toThrow();
});

test("raw copies, both ways", () => {
  const value = Uint8Array.of(1, 2);
  const sent = raw.encode(value);
  value[0] = 9;
  expect(sent).toEqual(Uint8Array.of(1, 2));
  const packet = Uint8Array.of(7, 7, 1, 2);
  const view = packet.subarray(2);
  const read = raw.decode(view);
  packet.fill(0);
  expect(read).toEqual(Uint8Array.of(1, 2));
  expect(() => raw.encode("text")).toThrow("Uint8Array");
});

describe("choosing", () => {
  const own = { id: 200, name: "mine", encode: () => Uint8Array.of(), decode: () => 1 };

  test("own codecs have ids of 128 and more", () => {
    expect(chosenCodec(own)).toBe(own);
    expect(chosenCodec(undefined).name).toBe("msgpack");
    expect(() => chosenCodec({ ...own, id: 1 })).toThrow("128");
    expect(() => chosenCodec("yaml" as "json")).toThrow("yaml");
  });

  test("a value names its codec; the standard ones are read by every topic", () => {
    expect(readerOf(2, msgpack)?.name).toBe("json");
    expect(readerOf(200, own)).toBe(own);
    expect(readerOf(201, own)).toBeUndefined();
  });
});

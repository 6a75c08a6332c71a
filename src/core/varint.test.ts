import fc from "fast-check";
import { expect, test } from "vitest";
import { AssertionError } from "./assert.ts";
import { ByteReader, ByteWriter, varintByteLength } from "./varint.ts";

function written(...values: readonly number[]): Uint8Array {
  const writer = new ByteWriter(1);
  for (const value of values) writer.varint(value);
  return writer.finish();
}

const whole = fc.oneof(fc.nat(), fc.nat(300), fc.maxSafeNat());

test("numbers are read back, in the bytes that varintByteLength says", () => {
  fc.assert(
    fc.property(fc.array(whole), (values) => {
      const bytes = written(...values);
      expect(bytes.length).toBe(values.reduce((sum, value) => sum + varintByteLength(value), 0));
      const reader = new ByteReader(bytes);
      expect(values.map(() => reader.varint())).toEqual(values);
      expect(reader.varint()).toBeUndefined();
    }),
  );
});

test.each([
  [0, [0]],
  [127, [127]],
  [128, [128, 1]],
  [300, [0xac, 2]],
  [2 ** 32, [128, 128, 128, 128, 16]],
  [Number.MAX_SAFE_INTEGER, [255, 255, 255, 255, 255, 255, 255, 15]],
])("%d is written as protobuf does", (value, bytes) => {
  expect([...written(value)]).toEqual(bytes);
});

test.each([
  ["nothing", []],
  ["an end in the middle", [128]],
  ["a needless zero", [128, 0]],
  ["2^53", [128, 128, 128, 128, 128, 128, 128, 16]],
  ["nine bytes", [255, 255, 255, 255, 255, 255, 255, 255, 1]],
])("%s is no number", (_, bytes) => {
  expect(new ByteReader(Uint8Array.from(bytes)).varint()).toBeUndefined();
});

test("what is no whole number is not written", () => {
  for (const value of [-1, 1.5, 2 ** 53, Number.NaN]) {
    expect(() => written(value)).toThrow(AssertionError);
  }
});

test("bytes and parts of a buffer", () => {
  const writer = new ByteWriter(2);
  writer.byte(7);
  writer.bytes(Uint8Array.of(1, 2, 3, 4, 5));
  expect(writer.byteLength).toBe(6);
  const reader = new ByteReader(writer.finish(), 1, 5);
  expect(reader.byte()).toBe(1);
  expect(reader.bytes(4)).toBeUndefined();
  expect(reader.bytes(-1)).toBeUndefined();
  expect(reader.bytes(3)).toEqual(Uint8Array.of(2, 3, 4));
  expect([reader.remainingBytes, reader.byte()]).toEqual([0, undefined]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { carriedValue } from "./carried-value.ts";
import { CAUSAL_CODEC, encodeCausalValue } from "./causal-value.ts";
import { decodeTracedValue, encodeTracedValue, TRACED_CODEC } from "./traced-value.ts";

const place = { traceId: new Uint8Array(16).fill(7), spanId: new Uint8Array(8).fill(9), flags: 1 };
const clock = { ms: 1, counter: 0 };

test("a value comes out of its trace as it went in", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(3), (payload, codec) => {
      const bytes = encodeTracedValue(place, { codec, payload });
      const read = decodeTracedValue(bytes, 0);
      expect(read).toMatchObject({ codec, place });
      expect(bytes.subarray(read?.valueAt)).toEqual(payload);
    }),
  );
});

test("causes stand around the trace, and both are taken off", () => {
  const traced = encodeTracedValue(place, { codec: 1, payload: Uint8Array.of(5) });
  const payload = encodeCausalValue("t", [], { codec: TRACED_CODEC, payload: traced });
  const value = carriedValue("t", { codec: CAUSAL_CODEC, clock, payload, valueAt: 0 });
  expect(value).toMatchObject({ codec: 1, place, after: [] });
  expect(value?.payload.subarray(value.valueAt)).toEqual(Uint8Array.of(5));
});

test("what is cut off or nested is no traced value, and nothing throws", () => {
  const bytes = encodeTracedValue(place, { codec: 1, payload: new Uint8Array(0) });
  for (let length = 0; length < bytes.length; length += 1) {
    expect(decodeTracedValue(bytes.subarray(0, length), 0)).toBeUndefined();
  }
  const nested = encodeTracedValue(place, { codec: TRACED_CODEC, payload: bytes });
  expect(decodeTracedValue(nested, 0)).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array(), (payload) => {
      carriedValue("t", { codec: TRACED_CODEC, clock, payload, valueAt: 0 });
    }),
  );
});

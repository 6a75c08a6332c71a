import { expect, test } from "vitest";
import { makeOrigin } from "../../core/peer.ts";
import type { Cause } from "../api.ts";
import { CAUSAL_CODEC, decodeCausalValue, encodeCausalValue } from "./causal-value.ts";

const payload = new Uint8Array([7, 8, 9]);
const causes: Cause[] = [
  { tag: "talk", origin: makeOrigin("a", 1), seq: 3 },
  { tag: "votes", origin: makeOrigin("b", 2), seq: 2 ** 50 },
];

test("what a value came after travels before it, and its own topic has no name", () => {
  const bytes = encodeCausalValue("talk", causes, { codec: 1, payload });
  const read = decodeCausalValue("talk", bytes, 0);
  expect(read?.after).toEqual(causes);
  expect(read?.codec).toBe(1);
  expect(bytes.subarray(read?.valueAt)).toEqual(payload);
  expect(decodeCausalValue("other", bytes, 0)?.after[0]?.tag).toBe("other");
});

test("a value that came after nothing takes two bytes more", () => {
  const bytes = encodeCausalValue("talk", [], { codec: 0, payload });
  expect([...bytes]).toEqual([0, 0, 7, 8, 9]);
  expect(decodeCausalValue("talk", new Uint8Array([5, ...bytes]), 1)).toEqual({
    codec: 0,
    after: [],
    valueAt: 3,
  });
});

test("what is no such value is refused, wherever it ends", () => {
  const bytes = encodeCausalValue("talk", causes, { codec: 1, payload: new Uint8Array() });
  for (let end = 0; end < bytes.length; end += 1) {
    expect(decodeCausalValue("talk", bytes.subarray(0, end), 0)).toBeUndefined();
  }
  const nested = encodeCausalValue("talk", [], { codec: CAUSAL_CODEC, payload });
  expect(decodeCausalValue("talk", nested, 0)).toBeUndefined();
  expect(decodeCausalValue("talk", new Uint8Array([0, 0x81, 2]), 0)).toBeUndefined();
});

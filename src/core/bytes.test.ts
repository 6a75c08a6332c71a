import { expect, test } from "vitest";
import { sameBytes } from "./bytes.ts";

test("bytes are the same when length and every byte are", () => {
  expect(sameBytes(Uint8Array.of(), Uint8Array.of())).toBe(true);
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
});

test("one IPv4 address in 4 and in 16 bytes is not the same bytes (spec section 4.1)", () => {
  const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 0, 0, 7);
  expect(sameBytes(Uint8Array.of(10, 0, 0, 7), mapped)).toBe(false);
});

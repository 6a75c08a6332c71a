import fc from "fast-check";
import { expect, it } from "vitest";
import { base64, equalBytes } from "./bytes.ts";

it("writes base64 as everyone does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
    }),
  );
});

it("compares bytes by value", () => {
  expect(equalBytes(Uint8Array.of(1, 2), Buffer.from([1, 2]))).toBe(true);
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
  expect(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0))).toBe(false);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "./base64.ts";

test("bytes are written as others write them, and read back", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
    }),
  );
});

test.each(["A", "AA", "AAA", "AA=A", "====", "=", "AB==", "AA==\n", "A-==", "é===", "AA="])(
  "%j is no base64",
  (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  },
);

test.each(["A", "AA==", "AB", "A+", "AAAAA"])("%j is no base64url", (text) => {
  expect(decodeBase64Url(text)).toBeUndefined();
});

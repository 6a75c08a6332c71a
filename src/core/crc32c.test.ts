import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";
import { encodeUtf8 } from "./text.ts";

// RFC 3720 appendix B.4 (iSCSI), as numbers of the sum itself.
test.each([
  ["32 bytes of zeros", new Uint8Array(32), 0x8a_91_36_aa],
  ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62_a8_ab_43],
  ["0 to 31", Uint8Array.from({ length: 32 }, (_, index) => index), 0x46_dd_79_4e],
  ["31 to 0", Uint8Array.from({ length: 32 }, (_, index) => 31 - index), 0x11_3f_db_5c],
  ["the check of all catalogues", encodeUtf8("123456789"), 0xe3_06_92_83],
])("%s", (_, bytes, sum) => {
  expect(crc32c(bytes)).toBe(sum);
});

test("parts give the sum of the whole, wherever it is cut", () => {
  const bytes = Uint8Array.from({ length: 41 }, (_, index) => (index * 37) & 0xff);
  const whole = crc32c(bytes);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(whole);
  }
});

import { expect, test } from "vitest";
import { addressOf, sameBytes } from "./ip-bytes.ts";

function v6(...groups: number[]): Uint8Array {
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

test.each([
  [Uint8Array.of(10, 0, 0, 7), "10.0.0.7"],
  [v6(0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0007), "10.0.0.7"],
  [v6(0, 0, 0, 0, 0, 0, 0, 0), "::"],
  [v6(0, 0, 0, 0, 0, 0, 0, 1), "::1"],
  [v6(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), "2001:db8::1:0:0:1"],
  [v6(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1"],
  [v6(0xfe80, 0, 0, 0, 0, 0, 0, 0), "fe80::"],
])("the bytes %s are reached at %s", (bytes, host) => {
  expect(addressOf(bytes, 7946)).toEqual({ host, port: 7946 });
});

test("bytes of another length and ports out of range lead nowhere", () => {
  expect(addressOf(Uint8Array.of(1, 2, 3), 7946)).toBeUndefined();
  expect(addressOf(Uint8Array.of(1, 2, 3, 4), 0)).toBeUndefined();
  expect(addressOf(Uint8Array.of(1, 2, 3, 4), 65_536)).toBeUndefined();
});

test("the same IPv4 address in 4 and 16 bytes is not the same bytes (spec section 4.1)", () => {
  const mapped = v6(0, 0, 0, 0, 0, 0xffff, 0x0a00, 0x0007);
  expect(sameBytes(Uint8Array.of(10, 0, 0, 7), mapped)).toBe(false);
  expect(sameBytes(mapped, mapped.slice())).toBe(true);
});

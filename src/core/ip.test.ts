import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressFromBytes, hostText, ipText, isMapped, parseIp } from "./ip.ts";

function bytesOf(text: string): number[] | undefined {
  const bytes = parseIp(text);
  return bytes === undefined ? undefined : [...bytes];
}

describe("IP addresses", () => {
  test("of 4 and 16 bytes are read back from their text", () => {
    const sixteen = fc
      .array(fc.oneof(fc.constant(0), fc.nat(255)), { minLength: 16, maxLength: 16 })
      .map((list) => Uint8Array.from(list));
    const four = fc.uint8Array({ minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.oneof(four, sixteen), (bytes) => {
        const text = ipText(bytes) ?? "";
        expect(isIP(text)).toBe(bytes.length === 4 ? 4 : 6);
        expect(parseIp(text)).toEqual(bytes);
      }),
      { numRuns: 1_000 },
    );
    expect(ipText(new Uint8Array(5))).toBeUndefined();
  });

  // RFC 5952, sections 1 and 4.
  test.each([
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0db8::0001", "2001:db8::1"],
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:DB8::A", "2001:db8::a"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["::ffff:c000:0201", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s is written %s", (given, canonical) => {
    expect(ipText(parseIp(given) ?? new Uint8Array())).toBe(canonical);
  });

  test("what the platform takes for no IP address is none here, and the other way round", () => {
    const nearly = fc
      .array(fc.constantFrom("0", "1", "ff", ":", "::", ".", "255", "256", "1.2.3.4", "g", "01"), {
        maxLength: 12,
      })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(nearly, (text) => {
        expect(bytesOf(text)?.length).toBe([undefined, 4, 16][[0, 4, 6].indexOf(isIP(text))]);
      }),
      { numRuns: 3_000 },
    );
    expect(parseIp("1:".repeat(1_000))).toBeUndefined();
  });

  test("an IPv4 address in IPv6 clothes is reached as IPv4", () => {
    const mapped = parseIp("::ffff:10.0.0.1") ?? new Uint8Array();
    expect([isMapped(mapped), hostText(mapped)]).toEqual([true, "10.0.0.1"]);
    expect(addressFromBytes(mapped, 7946)).toEqual({ host: "10.0.0.1", port: 7946 });
    expect(addressFromBytes(Uint8Array.of(10, 0, 0, 1), 1)).toEqual({ host: "10.0.0.1", port: 1 });
    expect(addressFromBytes(Uint8Array.of(10, 0, 0), 1)).toBeUndefined();
    for (const port of [0, -1, 65_536, 1.5]) expect(addressFromBytes(mapped, port)).toBeUndefined();
  });

  test("more IPv4 addresses than the cache holds are all told right", () => {
    for (let n = 0; n < 10_000; n += 1) {
      expect(ipText(Uint8Array.of(255, 7, n >> 8, n & 255))).toBe(`255.7.${n >> 8}.${n & 255}`);
    }
  });
});

import fc from "fast-check";
import { expect, it } from "vitest";
import { KeyPattern } from "./key-pattern.ts";

it.each([
  ["load:*", "load:p1", true],
  ["load:*", "load:", true],
  ["load:*", "payload:1", false],
  ["*:p1", "load:p1", true],
  ["*:p1", "load:p12", false],
  ["a*b*c", "a-b-b-c", true],
  ["a*b*c", "a-c-b", false],
  ["ab*ba", "aba", false],
  ["?", "x", true],
  ["?", "", false],
  ["p?:*", "p1:x", true],
  ["exact", "exact", true],
  ["exact", "exactly", false],
  ["*", "", true],
  ["a.c", "abc", false],
  ["**a**", "bab", true],
])("%s on %s: %s", (pattern, key, expected) => {
  expect(new KeyPattern(pattern).matches(key)).toBe(expected);
});

it("matches as a regular expression made of the same pieces would", () => {
  const letters = fc.array(fc.constantFrom("a", "b", "*", "?"), { minLength: 1, maxLength: 8 });
  const keys = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 10 });
  fc.assert(
    fc.property(letters, keys, (pieces, characters) => {
      const key = characters.join("");
      const source = pieces.join("").replaceAll("*", ".*").replaceAll("?", ".");
      expect(new KeyPattern(pieces.join("")).matches(key)).toBe(RegExp(`^${source}$`).test(key));
    }),
    { numRuns: 2_000 },
  );
});

it("is quick where a regular expression would not be", () => {
  const pattern = new KeyPattern(`${"a*".repeat(500)}b`);
  expect(pattern.matches("a".repeat(20_000))).toBe(false);
});

it("refuses what is no pattern", () => {
  for (const wrong of ["", "x".repeat(2_000)]) {
    expect(() => new KeyPattern(wrong)).toThrow(/CONFIG_OPTION.*pattern of keys/);
  }
});

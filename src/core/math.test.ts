import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exp, ln, log2, log10, pow, sqrt } from "./math.ts";

const EPSILON = 2 ** -52;

/** Distance in units of the last place of `expected`; Math.* itself may be off by one. */
function ulps(actual: number, expected: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  if (Number.isNaN(actual) || Number.isNaN(expected))
    return Number.isNaN(actual + expected) ? 0 : 1e9;
  const unit = Math.max(Math.abs(expected) * EPSILON, Number.MIN_VALUE);
  return Math.abs(actual - expected) / unit;
}

const positive = fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true });
const runs = { numRuns: 3_000 };

describe("logarithms", () => {
  test("agree with the engine's within two units of the last place", () => {
    fc.assert(
      fc.property(fc.oneof(positive, fc.double({ min: 0.5, max: 2, noNaN: true })), (x) => {
        expect(ulps(ln(x), Math.log(x))).toBeLessThanOrEqual(2);
        expect(ulps(log2(x), Math.log2(x))).toBeLessThanOrEqual(3);
        expect(ulps(log10(x), Math.log10(x))).toBeLessThanOrEqual(3);
      }),
      runs,
    );
  });

  test("log10 is exact at every power of ten, log2 at every power of two", () => {
    for (let n = -307; n <= 308; n += 1) expect(log10(Number(`1e${n}`))).toBe(n);
    for (let n = -1074; n <= 1023; n += 1) expect(log2(2 ** n)).toBe(n);
  });

  test("memberlist's formulas are right where rounding could hurt", () => {
    for (let n = 0; n < 20_000; n += 1) {
      expect(Math.ceil(log10(n + 1))).toBe(Math.ceil(Math.log10(n + 1)));
      if (n > 0) expect(Math.floor(1000 * log10(n))).toBe(Math.floor(1000 * Math.log10(n)));
    }
    expect(Math.ceil(log10(1_000))).toBe(3);
    expect(Math.ceil(log10(1_001))).toBe(4);
  });

  test.each([0, -0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1])(
    "at %s as the standard says",
    (x) => {
      expect(ln(x)).toBe(Math.log(x));
      expect(log2(x)).toBe(Math.log2(x));
      expect(log10(x)).toBe(Math.log10(x));
    },
  );
});

describe("powers", () => {
  test("exp agrees within two units of the last place", () => {
    fc.assert(
      fc.property(fc.double({ min: -708, max: 709.7, noNaN: true }), (x) => {
        expect(ulps(exp(x), Math.exp(x))).toBeLessThanOrEqual(2);
      }),
      runs,
    );
    expect(exp(0)).toBe(1);
    expect(exp(-746)).toBe(0);
    expect(exp(-744)).toBe(1e-323);
    expect(exp(710)).toBe(Number.POSITIVE_INFINITY);
    expect(exp(Number.NaN)).toBeNaN();
    expect(exp(Number.NEGATIVE_INFINITY)).toBe(0);
  });

  test("pow agrees within two units of the last place", () => {
    const base = fc.double({ min: 1e-300, max: 1e300, noNaN: true });
    fc.assert(
      fc.property(base, fc.double({ min: -300, max: 300, noNaN: true }), (x, y) => {
        const expected = x ** y;
        fc.pre(expected > 1e-300 && expected < 1e300);
        expect(ulps(pow(x, y), expected)).toBeLessThanOrEqual(2.5);
      }),
      runs,
    );
  });

  test("pow is exact where the result is a double", () => {
    for (let n = 0; n <= 22; n += 1) expect(pow(10, n)).toBe(Number(`1e${n}`));
    for (let n = -1022; n <= 1023; n += 1) expect(ulps(pow(2, n), 2 ** n)).toBe(0);
    expect(pow(-3, 3)).toBe(-27);
    expect(pow(1.5, 2)).toBe(2.25);
    expect(pow(9, 0.5)).toBe(3);
  });

  test("pow at the edges as the standard says", () => {
    const edges = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1e308, 5e-324];
    const all = [...edges, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const x of all) {
      for (const y of all) {
        const [ours, theirs] = [pow(x, y), x ** y];
        // Engines differ in the last bit of an irrational result; in nothing else.
        const isIrrational = Number.isFinite(theirs) && theirs !== 0 && !Number.isInteger(y);
        if (isIrrational) expect([x, y, ulps(ours, theirs) <= 1]).toEqual([x, y, true]);
        else expect([x, y, ours]).toEqual([x, y, theirs]);
      }
    }
  });

  test("sqrt is the engine's, which the standard makes exact", () => {
    expect(sqrt(2)).toBe(Math.SQRT2);
  });
});

test("the bits are the same everywhere: fixed samples", () => {
  expect(ln(5)).toBe(1.6094379124341005);
  expect(log10(7)).toBe(0.8450980400142568);
  expect(exp(1)).toBe(Math.E);
  expect(pow(1.1, 7.3)).toBe(2.0052411193823754);
});

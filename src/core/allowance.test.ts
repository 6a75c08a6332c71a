import { expect, test } from "vitest";
import { Allowance } from "./allowance.ts";

test("what was taken comes back with time, and never more than a second's worth", () => {
  const allowance = new Allowance(10, 500);
  expect(allowance.take(4, 500)).toBe(4);
  expect(allowance.take(9, 500)).toBe(6);
  expect(allowance.take(1, 500)).toBe(0);
  expect(allowance.take(5, 700)).toBe(2);
  expect(allowance.take(1, 750)).toBe(0);
  expect(allowance.take(1, 800)).toBe(1);
  expect(allowance.take(99, 60_000)).toBe(10);
});

test("a clock that stands still or goes back gives nothing", () => {
  const allowance = new Allowance(3, 1_000);
  expect(allowance.take(3, 1_000)).toBe(3);
  expect(allowance.take(3, 0)).toBe(0);
  expect(allowance.take(3, 100)).toBe(0);
});

import { expect, test } from "vitest";
import { AssertionError, assert, unreachable } from "./assert.ts";

test("assert lets truth pass and throws its own class otherwise", () => {
  assert(1 + 1 === 2, "arithmetic");
  expect(() => assert(false, "view larger than its capacity")).toThrow(AssertionError);
  expect(() => assert(0, "view larger than its capacity")).toThrow("view larger than its capacity");
});

test("assert narrows the type", () => {
  const maybe: string | undefined = ["x"][0];
  assert(maybe !== undefined, "present");
  expect(maybe.length).toBe(1);
});

test("unreachable shows the value that should not exist", () => {
  const impossible: unknown = { kind: "surprise" };
  // @ts-expect-error: only a value of type never may be passed
  expect(() => unreachable(impossible)).toThrow('unreachable: {"kind":"surprise"}');
  // @ts-expect-error: only a value of type never may be passed
  expect(() => unreachable(1n)).toThrow("unreachable: 1");
});

import { expect, test } from "vitest";
import { assignLooks, settledLooks } from "./band-looks.ts";

test("who had a look keeps it, and who comes gets one that is free", () => {
  const first = assignLooks(new Map(), ["a", "b", "c", "d", "e", "f", "g"]);
  expect([...first]).toEqual(
    [...["a", "b", "c", "d", "e", "f"].entries()].map(([at, n]) => [n, at]),
  );
  const second = assignLooks(first, ["g", "b", "a", "c", "d", "e"]);
  expect(Object.fromEntries(second)).toEqual({ g: 5, b: 1, a: 0, c: 2, d: 3, e: 4 });
});

test("another order among the same is no reason to draw anew", () => {
  const first = settledLooks(new Map(), ["a", "b"]);
  expect(settledLooks(first, ["b", "a"])).toBe(first);
  expect([...settledLooks(first, ["b", "c"])]).toEqual([
    ["b", 1],
    ["c", 0],
  ]);
});

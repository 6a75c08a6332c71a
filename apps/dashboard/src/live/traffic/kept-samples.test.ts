import { expect, test } from "vitest";
import { keptFrom } from "./kept-samples.ts";

test("samples are kept while they are few, not old, and before the new one", () => {
  expect(keptFrom([], 5)).toBe(0);
  expect(keptFrom([1, 2, 3], 4)).toBe(0);
  expect(keptFrom([1, 2, 3], 602)).toBe(1);
  // The tab was hidden for an hour.
  expect(keptFrom([1, 2, 3], 3_603)).toBe(3);
  // The clock was set back.
  expect(keptFrom([1, 2, 9], 3)).toBe(3);
  const many = Array.from({ length: 300 }, (_, at) => at);
  expect(keptFrom(many, 300)).toBe(1);
});

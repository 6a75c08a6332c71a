import { expect, it } from "vitest";
import { PastFirst } from "./past-first.ts";

it("tells the past first, then in order what happened meanwhile, then what happens", () => {
  const told: number[] = [];
  const listener = new PastFirst<number>((notice) => {
    told.push(notice);
    if (notice < 3) listener.take(notice + 10);
  });
  listener.begin([1, 2]);
  listener.take(3);
  expect(told).toEqual([1, 2, 11, 12, 3]);
});

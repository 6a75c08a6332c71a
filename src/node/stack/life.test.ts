import { expect, test } from "vitest";
import { Life } from "./life.ts";

const START = 1_800_000_000_000;

test("a former life with a later boot raises ours above it, until the first publish", () => {
  const life = new Life("a", START);
  expect(life.onReported(START)).toBeUndefined();
  expect(life.onReported(START + 3_600_000)).toBe(START + 3_600_001);
  expect(life.origin).toBe(`a#${START + 3_600_001}`);
  life.becomeUsed();
  expect(life.onReported(START + 7_200_000)).toBeUndefined();
});

test("a boot that no clock could have given is forged, and does not use up the numbers", () => {
  const life = new Life("a", START);
  for (const boot of [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1, START * 3]) {
    expect(life.onReported(boot)).toBeUndefined();
  }
  expect(life.boot).toBe(START);
});

test("nor do many reports that each are only a little ahead", () => {
  const life = new Life("a", START);
  const century = 100 * 365 * 86_400_000;
  for (let step = 0; step < 4_000; step += 1) life.onReported(life.boot + century - 1);
  expect(life.boot).toBeLessThanOrEqual(START + century + 1);
});

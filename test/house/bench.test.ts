import { describe, expect, it } from "vitest";
import { isMissed, judged, median } from "../../bench/bench.ts";

const row = { id: "ping", value: 9, unit: "µs", peer: "dgram", ratio: 1.4 };

describe("a bench row", () => {
  it("says its target in words and whether it was met", () => {
    const met = judged(row, { of: "ratio", atMost: 1.5 });
    expect(met).toMatchObject({ target: "ratio <= 1.5", met: true });
    expect(isMissed(met)).toBe(false);
    expect(isMissed(judged(row, { of: "ratio", atMost: 1.3 }))).toBe(true);
    expect(isMissed(judged(row, { of: "value", atLeast: 10 }))).toBe(true);
  });

  it("misses its target without a ratio, and when skipped", () => {
    const bare = { id: "ping", value: 9, unit: "µs" };
    expect(isMissed(judged(bare, { of: "ratio", atMost: 1.5 }))).toBe(true);
    expect(isMissed({ id: "ping", skipped: "apt install x", target: "ratio <= 1.5" })).toBe(true);
    expect(isMissed({ id: "ping", skipped: "apt install x" })).toBe(false);
    expect(isMissed(bare)).toBe(false);
  });

  it("is a median of its rounds", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([5])]).toEqual([2, 2.5, 5]);
    expect(median([])).toBeNaN();
  });
});

import { describe, expect, test } from "vitest";
import { AssertionError } from "./assert.ts";
import { Counters, Histogram } from "./metrics.ts";

test("counters, gauges and histograms show in one snapshot, by name", () => {
  const counters = new Counters();
  const packets = counters.counter("packets");
  packets.add();
  packets.add(4);
  counters.count("dropped.malformed");
  counters.count("dropped.malformed", 2);
  let members = 3;
  counters.gauge("members", () => members);
  counters.histogram("rttMs", [1, 10]).observe(5);
  members = 4;
  const snapshot = counters.snapshot();
  expect(snapshot).toEqual({
    "dropped.malformed": 3,
    members: 4,
    packets: 5,
    "rttMs.count": 1,
    "rttMs.le.1": 0,
    "rttMs.le.10": 1,
    "rttMs.sum": 5,
  });
  expect(Object.keys(snapshot)).toEqual(Object.keys(snapshot).sort());
  expect(Object.isFrozen(snapshot)).toBe(true);
  expect(counters.counter("packets")).toBe(packets);
  expect(counters.histogram("rttMs", [1, 10]).count).toBe(1);
});

test("one name means one kind, and names are bounded", () => {
  const counters = new Counters();
  counters.count("a");
  expect(() => counters.gauge("a", () => 1)).toThrow(AssertionError);
  expect(() => counters.histogram("a", [1])).toThrow(AssertionError);
  counters.gauge("b", () => 1);
  counters.gauge("b", () => 2);
  expect(counters.snapshot()["b"]).toBe(2);
  for (let n = 2; n < 4_096; n += 1) counters.count(`n${n}`);
  expect(() => counters.count("one too many")).toThrow(AssertionError);
});

describe("a histogram", () => {
  test("puts a value into the first bucket that takes it", () => {
    const histogram = new Histogram("x", [1, 2, 4]);
    expect(histogram.quantile(0.5)).toBeUndefined();
    for (const value of [0, 1, 1.5, 2, 3, 100, Number.NaN]) histogram.observe(value);
    expect([0, 1, 2].map((index) => histogram.countUpTo(index))).toEqual([2, 4, 5]);
    expect([histogram.count, histogram.sum]).toEqual([6, 107.5]);
    expect([0, 0.5, 0.8, 1].map((ratio) => histogram.quantile(ratio))).toEqual([
      1,
      2,
      4,
      Number.POSITIVE_INFINITY,
    ]);
  });

  test("needs buckets that ascend", () => {
    expect(() => new Histogram("x", [])).toThrow(AssertionError);
    expect(() => new Histogram("x", [2, 2])).toThrow(AssertionError);
  });
});

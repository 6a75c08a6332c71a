import { describe, expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { aggregateOptions } from "../../data/aggregate/aggregate.options.ts";
import { OriginRecords } from "../../data/aggregate/origin-records.ts";
import { loadSketches } from "./load-sketches.ts";
import { encodeSketch, makeSketch, mergeSketchBytes, readRecord } from "./quantile-record.ts";
import { Quantiles } from "./quantiles.ts";

const options = aggregateOptions();

it("says which package to install", async () => {
  const load = () => Promise.reject(new Error("Cannot find package"));
  await expect(loadSketches(load)).rejects.toThrow(
    /PACKAGE_MISSING.*npm install @datadog\/sketches-js.*Cannot find package/,
  );
});

describe("sketches of samples", () => {
  it.each([
    [1, 0, 0.99],
    [10, 116, 10.0747],
    [1_000, 346, 1_002.43],
    [0.5, -34, 0.5],
  ])("put %d into bucket %i (spec aggregation §7)", async (sample, bucket, about) => {
    const sketch = makeSketch(await loadSketches(), options);
    sketch.accept(sample);
    expect(sketch.store.minKey).toBe(bucket);
    expect(Math.abs(sketch.getValueAtQuantile(0.5) / about - 1)).toBeLessThan(0.011);
  });

  it.each(["lognormal", "bimodal", "negative and zero"])(
    "are within 1 %% of the truth when merged: %s",
    async (kind) => {
      const sketches = await loadSketches();
      const random = new Random(kind);
      const samples = Array.from({ length: 20_000 }, (_, index) => {
        if (kind === "lognormal") return Math.exp(random.normal(3, 1.5));
        if (kind === "bimodal") return random.normal(index % 2 === 0 ? 10 : 5_000, 1);
        return index % 5 === 0 ? 0 : random.normal(0, 50);
      });
      const merged = makeSketch(sketches, options);
      const single = makeSketch(sketches, options);
      for (let node = 0; node < 4; node += 1) {
        const own = makeSketch(sketches, options);
        for (let at = node; at < samples.length; at += 4) own.accept(samples[at] ?? 0);
        const bytes = encodeSketch(own, options.quantileAccuracyRatio);
        expect(bytes.length).toBeLessThan(options.recordMaxBytes);
        expect(mergeSketchBytes(merged, bytes, options)).toBe(true);
      }
      for (const sample of samples) single.accept(sample);
      samples.sort((one, other) => one - other);
      for (const p of [0.01, 0.25, 0.5, 0.75, 0.95, 0.999]) {
        const truth = samples[Math.floor(p * (samples.length - 1))] ?? 0;
        const estimate = merged.getValueAtQuantile(p);
        expect(estimate).toBe(single.getValueAtQuantile(p));
        expect(Math.abs(estimate - truth)).toBeLessThanOrEqual(Math.abs(truth) * 0.0101 + 1e-9);
      }
    },
  );

  it("refuse bytes that are none, or of another accuracy", async () => {
    const sketches = await loadSketches();
    const sketch = makeSketch(sketches, options);
    sketch.accept(5);
    const bytes = encodeSketch(sketch, options.quantileAccuracyRatio);
    const target = makeSketch(sketches, options);
    for (let end = 1; end < bytes.length; end += 1) {
      expect(mergeSketchBytes(target, bytes.subarray(0, end), options)).toBe(false);
    }
    const finer = { ...options, quantileAccuracyRatio: 0.001 };
    expect(mergeSketchBytes(target, bytes, finer)).toBe(false);
    expect(target.count).toBe(0);
    expect(readRecord(Uint8Array.of(9, 1))).toBeUndefined();
    expect(readRecord(new Uint8Array(9).fill(0xff, 1))).toBeUndefined();
  });
});

it("samples wait until the sketches are loaded, and NaN is counted", async () => {
  const counts: string[] = [];
  const wiring = {
    self: peerId("a"),
    random: new Random(1),
    counters: { add: () => {} },
    now: () => 0,
    wallClock: () => 0,
  };
  const records = new OriginRecords({ task: "x", wiring, options });
  const quantiles = new Quantiles({ records, options, count: (name) => counts.push(name) });
  for (const sample of [3, Number.NaN, 5]) quantiles.observe(sample);
  await quantiles.load();
  quantiles.onRound(undefined);
  expect(quantiles.quantile(1)?.value).toBeCloseTo(5, 0);
  expect(counts).toEqual(["aggregate.input.refused"]);
});

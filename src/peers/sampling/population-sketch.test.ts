import { describe, expect, it } from "vitest";
import { peerId } from "../../core/peer.ts";
import { PopulationSketch } from "./population-sketch.ts";

/** The sketch of somebody who heard of `count` nodes called `prefix`0, `prefix`1 and so on. */
function heardOf(count: number, prefix = "n"): PopulationSketch {
  const sketch = new PopulationSketch(peerId(`${prefix}0`), 32, 40);
  sketch.renew(0);
  for (let number = 1; number < count; number += 1) {
    const other = new PopulationSketch(peerId(`${prefix}${number}`), 32, 40);
    other.renew(0);
    sketch.merge(other.tell(0), 0);
  }
  return sketch;
}

describe("a population sketch", () => {
  it("counts few exactly, and as often as they are told of", () => {
    for (const count of [1, 2, 31]) {
      const sketch = heardOf(count);
      sketch.merge(heardOf(count).tell(0), 0);
      expect(sketch.estimate()).toBe(count);
    }
  });

  it("estimates many within its error, in the mean over clusters", () => {
    const ratios: number[] = [];
    for (let cluster = 0; cluster < 40; cluster += 1) {
      ratios.push(heardOf(2_000, `c${cluster}-`).estimate() / 2_000);
    }
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const squares = ratios.reduce((sum, ratio) => sum + (ratio - mean) ** 2, 0);
    // 1/√30 = 0.18 each, and 0.03 in the mean of 40.
    expect(mean).toBeGreaterThan(0.9);
    expect(mean).toBeLessThan(1.1);
    expect(Math.sqrt(squares / ratios.length)).toBeLessThan(0.26);
  });

  it("forgets who does not renew its hash, and takes what is old for nothing", () => {
    const sketch = heardOf(20);
    for (let round = 1; round <= 41; round += 1) sketch.renew(round);
    expect(sketch.estimate()).toBe(1);
    sketch.merge([{ hash: 5, age: 41 }], 41);
    expect(sketch.estimate()).toBe(1);
    sketch.merge([{ hash: 5, age: 40 }], 41);
    expect(sketch.estimate()).toBe(2);
  });

  it("is nothing where it is not wanted", () => {
    const sketch = new PopulationSketch(peerId("a"), 0, 40);
    sketch.renew(1);
    sketch.merge([{ hash: 1, age: 0 }], 1);
    expect([sketch.tell(1), sketch.estimate()]).toEqual([[], 1]);
  });
});

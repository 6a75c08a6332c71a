import { describe, expect, it } from "vitest";
import { type DatedDeed, TownTime } from "./play-town.ts";
import { spreadDefaults } from "./spread.options.ts";
import { SpreadTown } from "./spread-town.ts";

const numbers = { ...spreadDefaults, nodesCount: 200, interestCount: 9 };

function timeOf() {
  const built = { count: 0 };
  const time = new TownTime(() => {
    built.count += 1;
    return new SpreadTown({ seed: 7, protocol: "pushPull", numbers });
  });
  return { time, built };
}

function pictureOf(town: SpreadTown, atMs: number) {
  return [town.countAt(atMs), town.course.statesAt(atMs), town.course.heardByTick(atMs)];
}

const deeds: readonly DatedDeed[] = [
  { atMs: 0, do: "infect", node: 0 },
  { atMs: 2_250, do: "killSome", ratio: 0.2 },
  { atMs: 3_000, do: "part", from: [-1, 0], to: [1, 0.2] },
  { atMs: 6_000, do: "heal" },
];

describe("time in a town", () => {
  it("is travelled in both directions: what was is looked up, and is what it was", () => {
    const onward = timeOf();
    const seen = new Map<number, unknown>();
    for (let atMs = 0; atMs <= 9_000; atMs += 250) {
      expect(onward.time.reach(atMs, deeds)).toBe(true);
      seen.set(atMs, pictureOf(onward.time.town, atMs));
    }
    for (const atMs of [250, 2_250, 3_000, 7_500, 9_000]) {
      onward.time.reach(atMs, deeds);
      expect(pictureOf(onward.time.town, atMs)).toEqual(seen.get(atMs));
      const alone = timeOf();
      alone.time.reach(atMs, deeds);
      expect(pictureOf(alone.time.town, atMs)).toEqual(seen.get(atMs));
    }
    expect(onward.built.count).toBe(1);
    expect(onward.time.town.count().livingCount).toBe(160);
  });

  it("begins again where the past is another, and only there", () => {
    const { built, time } = timeOf();
    time.reach(5_000, deeds);
    time.reach(5_000, deeds.slice(0, 3));
    expect(built.count).toBe(1);
    const other: readonly DatedDeed[] = [
      ...deeds.slice(0, 1),
      { atMs: 2_000, do: "kill", node: 5 },
    ];
    time.reach(2_000, other);
    expect(built.count).toBe(2);
    expect(time.town.countAt(2_000).livingCount).toBe(199);
    time.reach(4_000, [...other, { atMs: 4_000, do: "kill", node: 6 }]);
    expect([built.count, time.town.count().livingCount]).toEqual([2, 198]);
    time.reach(4_000, other);
    expect([built.count, time.town.count().livingCount]).toEqual([3, 199]);
  });

  it("goes on where it was stopped", () => {
    const [whole, sliced] = [timeOf(), timeOf()];
    whole.time.reach(9_000, deeds);
    let asked = 0;
    let slices = 1;
    while (!sliced.time.reach(9_000, deeds, () => ++asked % 40 === 0)) slices += 1;
    expect(slices).toBeGreaterThan(5);
    expect(sliced.built.count).toBe(1);
    expect(pictureOf(sliced.time.town, 9_000)).toEqual(pictureOf(whole.time.town, 9_000));
  });
});

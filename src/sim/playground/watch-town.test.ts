import { describe, expect, it } from "vitest";
import { TownTime } from "./play-town.ts";
import { type WatchNumbers, watchDefaults } from "./watch.options.ts";
import { type WatchDetectorName, watchDetectors } from "./watch-detectors.ts";
import { verdictCodes } from "./watch-tally.ts";
import { WatchTown } from "./watch-town.ts";

const names = Object.keys(watchDetectors) as WatchDetectorName[];

function townOf(protocol: WatchDetectorName, given: Partial<WatchNumbers> = {}, seed = 7) {
  return new WatchTown({
    seed,
    protocol,
    numbers: { ...watchDefaults, nodesCount: 20, ...given },
  });
}

/** Of 20 nodes, those on the left of a line from top to bottom. */
const LEFT = 10;

const pictureOf = (town: WatchTown, atMs: number) => [
  town.countAt(atMs),
  town.course.tallyAt(atMs).verdicts,
  town.course.countsByTick(atMs),
  town.course.deathsAt(atMs),
];

describe("a town in which nodes watch each other", () => {
  it.each(names)("learns of a death by %s, the same way each time", (protocol) => {
    const run = () => {
      const town = townOf(protocol);
      town.act({ do: "kill", node: 3 });
      town.advanceTo(70_000);
      return town;
    };
    const [one, other] = [run(), run()];
    expect(pictureOf(one, 70_000)).toEqual(pictureOf(other, 70_000));
    const [death] = one.course.deathsAt(70_000);
    expect(death?.allKnewMs).toBeGreaterThanOrEqual(death?.halfKnewMs ?? 0);
    expect(death?.halfKnewMs).toBeGreaterThanOrEqual(death?.firstKnewMs ?? 0);
    expect(death?.firstKnewMs).toBeGreaterThanOrEqual(death?.firstSuspectedMs ?? 0);
    expect(death?.firstSuspectedMs).toBeGreaterThan(0);
    const quiet = { suspectedCount: 0, buriedCount: 0, suspicionsCount: 0, burialsCount: 0 };
    expect(one.countAt(70_000)).toMatchObject({ livingCount: 19, tellableCount: 19, ...quiet });
    expect(one.countAt(70_000).knownCount).toBe(19);
  });

  it("is counted at every mark as it is counted anew", () => {
    const town = townOf("swim", { lossRatio: 0.3, slowRatio: 0.2 });
    town.advanceTo(4_000);
    town.act({ do: "killSome", ratio: 0.2 });
    town.act({ do: "part", from: [0, -1], to: [0, 1] });
    town.advanceTo(40_000);
    town.act({ do: "heal" });
    town.advanceTo(60_000);
    for (const mark of town.course.countsByTick(60_000)) {
      expect(town.course.countAt(mark.nowMs)).toEqual(mark);
    }
    expect(town.countAt(60_000).suspicionsCount).toBeGreaterThan(0);
    expect(town.countAt(60_000).livingCount).toBe(16);
  });

  it.each(["swim", "heartbeat", "phiDirect"] as const)(
    "holds the other side of a line for dead, and finds it again, by %s",
    (protocol) => {
      const town = townOf(protocol, { failAfterMs: 20_000 });
      town.act({ do: "part", from: [0, -1], to: [0, 1] });
      town.advanceTo(40_000);
      const parted = town.countAt(50_000);
      expect(parted.buriedCount).toBe(2 * LEFT * (20 - LEFT));
      town.act({ do: "heal" });
      town.advanceTo(80_000);
      expect(town.countAt(80_000)).toMatchObject({ buriedCount: 0, tellableCount: 0 });
      // Each pair was wrong once.
      expect(town.countAt(90_000).burialsCount).toBeGreaterThanOrEqual(parted.buriedCount);
    },
  );

  it("buries fewer of the living with Lifeguard, where much is lost", () => {
    const [plain = 0, guarded = 0] = (["swimPlain", "swim"] as const).map((protocol) => {
      const town = townOf(protocol, { lossRatio: 0.4 });
      town.advanceTo(60_000);
      return town.countAt(60_000).burialsCount;
    });
    expect(plain).toBeGreaterThan(20);
    expect(guarded).toBeLessThan(plain / 4);
  });

  it("is travelled in both directions: what was is looked up, and is what it was", () => {
    const deeds = [
      { atMs: 2_250, do: "kill", node: 5 },
      { atMs: 6_000, do: "killSome", ratio: 0.2 },
    ] as const;
    const built = { count: 0 };
    const timeOf = () =>
      new TownTime(() => {
        built.count += 1;
        return townOf("swim", { lossRatio: 0.2 });
      });
    const onward = timeOf();
    const seen = new Map<number, unknown>();
    for (let atMs = 0; atMs <= 20_000; atMs += 250) {
      expect(onward.reach(atMs, deeds)).toBe(true);
      seen.set(atMs, pictureOf(onward.town, atMs));
    }
    expect(built.count).toBe(1);
    const alone = timeOf();
    for (const atMs of [2_000, 2_250, 9_500, 20_000]) {
      expect(pictureOf(onward.town, atMs)).toEqual(seen.get(atMs));
      alone.reach(atMs, deeds);
      expect(pictureOf(alone.town, atMs)).toEqual(seen.get(atMs));
    }
  });

  it("takes no notice of deeds that make no sense", () => {
    const town = townOf("swim");
    town.act({ do: "infect", node: 0 });
    town.act({ do: "kill", node: 99 });
    town.act({ do: "heal" });
    town.act({ do: "kill", node: 1 });
    town.act({ do: "kill", node: 1 });
    expect(town.countAt(0)).toMatchObject({ livingCount: 19, tellableCount: 19, knownCount: 0 });
    expect(town.course.deathsAt(0)).toHaveLength(1);
    expect(town.course.tallyAt(0).verdictOf(0, 1)).toBe(verdictCodes.alive);
  });
});

import { describe, expect, it } from "vitest";
import { type SpreadNumbers, spreadDefaults } from "./spread.options.ts";
import { type SpreadProtocolName, spreadProtocols } from "./spread-protocols.ts";
import { theoreticalShares } from "./spread-theory.ts";
import { type DatedDeed, SpreadTown } from "./spread-town.ts";

const names = Object.keys(spreadProtocols) as SpreadProtocolName[];

function town(protocol: SpreadProtocolName, given: Partial<SpreadNumbers> = {}, seed = 7) {
  return new SpreadTown({
    seed,
    protocol,
    numbers: { ...spreadDefaults, nodesCount: 200, ...given },
  });
}

describe("a town in which an update spreads", () => {
  it.each(names)("reaches nearly all by %s, and the same ones each time", (protocol) => {
    const run = () => {
      const one = town(protocol);
      one.act({ do: "infect", node: 3 });
      one.advanceTo(40_000);
      return one;
    };
    const [one, other] = [run(), run()];
    expect(one.count()).toEqual(other.count());
    expect(one.heardAtMs).toEqual(other.heardAtMs);
    expect(one.toldBy).toEqual(other.toldBy);
    expect(one.count().heardCount).toBeGreaterThan(130);
    expect(one.heardAtMs[3]).toBe(0);
    expect(one.toldBy[3]).toBe(-1);
  });

  it("loses what the network loses", () => {
    const lossy = town("directMail", { lossRatio: 0.5 });
    lossy.act({ do: "infect", node: 0 });
    lossy.advanceTo(10_000);
    expect(lossy.count().heardCount).toBeGreaterThan(60);
    expect(lossy.count().heardCount).toBeLessThan(140);
  });

  it("stops at a line, and goes on when it is taken away", () => {
    const parted = town("antiEntropy", { nodesCount: 80 });
    parted.act({ do: "part", from: [0, -1], to: [0, 1] });
    const right = parted.points.findIndex((x, at) => at % 2 === 0 && x > 0.5) / 2;
    parted.act({ do: "infect", node: right });
    parted.advanceTo(40_000);
    for (const [node, ms] of parted.heardAtMs.entries()) {
      expect(ms >= 0).toBe((parted.points[node * 2] ?? 0) >= 0);
    }
    parted.act({ do: "heal" });
    parted.advanceTo(80_000);
    expect(parted.count().heardCount).toBe(80);
  });

  it("can be travelled back in: the same deeds up to any time give the same state", () => {
    const deeds: DatedDeed[] = [
      { atMs: 0, do: "infect", node: 0 },
      { atMs: 3_200, do: "killSome", ratio: 0.2 },
      { atMs: 5_000, do: "part", from: [-1, 0], to: [1, 0.2] },
      { atMs: 9_000, do: "heal" },
    ];
    const onward = town("pushPull");
    const states = new Map<number, unknown>();
    for (const ms of [2_500, 4_000, 7_300, 12_000]) {
      const fresh = town("pushPull");
      fresh.replay(deeds, ms);
      states.set(ms, [fresh.count(), [...fresh.heardAtMs]]);
    }
    let next = 0;
    for (const [ms, state] of states) {
      for (; (deeds[next]?.atMs ?? Number.POSITIVE_INFINITY) <= ms; next += 1) {
        onward.advanceTo(deeds[next]!.atMs);
        onward.act(deeds[next]!);
      }
      onward.advanceTo(ms);
      expect([onward.count(), [...onward.heardAtMs]]).toEqual(state);
    }
    expect(onward.count().livingCount).toBe(160);
  });

  it("takes no notice of deeds that make no sense", () => {
    const calm = town("push");
    calm.act({ do: "infect", node: 9_999 });
    calm.act({ do: "kill", node: -1 });
    calm.act({ do: "kill", node: 5 });
    calm.act({ do: "kill", node: 5 });
    calm.act({ do: "infect", node: 5 });
    expect(calm.count()).toMatchObject({ livingCount: 199, heardCount: 0 });
  });
});

describe("theory", () => {
  it.each(["push", "pull", "pushPull"] as const)(
    "says what %s does, while it is told",
    (protocol) => {
      const numbers = { ...spreadDefaults, nodesCount: 1_000, interestCount: 50, lossRatio: 0.1 };
      const expected = theoreticalShares(protocol, numbers, 40) ?? [];
      const means = expected.map(() => 0);
      const half = expected.findIndex((share) => share >= 0.5);
      const halves: number[] = [];
      for (let seed = 1; seed <= 4; seed += 1) {
        const one = new SpreadTown({ seed, protocol, numbers });
        one.act({ do: "infect", node: 0 });
        for (let round = 1; round < means.length; round += 1) {
          one.advanceTo((round + 0.5) * numbers.roundIntervalMs);
          if (one.count().heardCount < 500) continue;
          halves.push(round);
          break;
        }
      }
      const mean = halves.reduce((sum, round) => sum + round, 0) / halves.length;
      expect(halves).toHaveLength(4);
      expect(Math.abs(mean - half)).toBeLessThan(3);
    },
  );

  it("has nothing to say of what does not go by rounds", () => {
    expect(theoreticalShares("plumtree", spreadDefaults, 10)).toBeUndefined();
  });
});

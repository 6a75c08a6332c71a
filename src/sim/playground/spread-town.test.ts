import { describe, expect, it } from "vitest";
import { type SpreadNumbers, spreadDefaults } from "./spread.options.ts";
import { type SpreadProtocolName, spreadProtocols } from "./spread-protocols.ts";
import { SpreadTown } from "./spread-town.ts";

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
      one.advanceTo(25_000);
      return one;
    };
    const [one, other] = [run(), run()];
    expect(one.count()).toEqual(other.count());
    expect(one.course.heardAtMs).toEqual(other.course.heardAtMs);
    expect(one.course.toldBy).toEqual(other.course.toldBy);
    expect(one.count().heardCount).toBeGreaterThan(130);
    expect(one.course.heardAtMs[3]).toBe(0);
    expect(one.course.toldBy[3]).toBe(-1);
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
    parted.advanceTo(15_000);
    for (const [node, ms] of parted.course.heardAtMs.entries()) {
      expect(ms >= 0).toBe((parted.points[node * 2] ?? 0) >= 0);
    }
    parted.act({ do: "heal" });
    parted.advanceTo(30_000);
    expect(parted.count().heardCount).toBe(80);
  });

  it("stops where it is told to, and goes on as if it had not", () => {
    const [whole, sliced] = [town("plumtree"), town("plumtree")];
    for (const one of [whole, sliced]) one.act({ do: "infect", node: 9 });
    whole.advanceTo(3_000);
    let asked = 0;
    let slices = 0;
    while (!sliced.advanceTo(3_000, () => ++asked % 50 === 0)) slices += 1;
    expect(slices).toBeGreaterThan(10);
    expect(sliced.count()).toEqual(whole.count());
    expect(sliced.course.heardByTick(3_000)).toEqual(whole.course.heardByTick(3_000));
  });

  it("gets to any moment, whatever fraction of a millisecond", () => {
    const odd = town("push", { nodesCount: 20 });
    odd.act({ do: "infect", node: 0 });
    for (let step = 1; step <= 3_000; step += 1) expect(odd.advanceTo(step / 10)).toBe(true);
    expect(odd.nowMs).toBeCloseTo(300, 6);
  });

  it("says how many nodes are settled while it is built", () => {
    const told: number[] = [];
    const numbers = { ...spreadDefaults, nodesCount: 5_000 };
    const many = new SpreadTown({ seed: 1, protocol: "flooding", numbers }, (count) => {
      told.push(count);
    });
    expect(told).toEqual([0, 2_000, 4_000]);
    expect(many.count().livingCount).toBe(5_000);
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

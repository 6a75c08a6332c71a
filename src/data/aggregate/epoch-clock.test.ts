import { expect, it } from "vitest";
import { RigCounts, RigNode, runRounds } from "../../testing/aggregation-rig.ts";
import { EpochClock } from "./epoch-clock.ts";

const EPOCH_MS = 15_000;

function clock(wallMs: number) {
  const counters = new RigCounts();
  const options = { epochMs: EPOCH_MS, epochAheadMaxMs: 86_400_000, counters };
  return { clock: new EpochClock(options, 0, wallMs), counters };
}

it("follows a later epoch at once, but no absurd one, and not one jump after another", () => {
  const { clock: ours, counters } = clock(30_000_000);
  expect(ours.epoch).toBe(2_000);
  const times = { nowMs: 100, wallMs: 30_000_100 };
  expect(ours.onHeard({ epoch: 10 ** 12, nextEpochInMs: 5 }, times)).toBe(false);
  expect(ours.onHeard({ epoch: 1_999, nextEpochInMs: 5 }, times)).toBe(false);
  expect(ours.onHeard({ epoch: 2_040, nextEpochInMs: 4_000 }, times)).toBe(true);
  expect([ours.epoch, ours.nextInMs(100)]).toEqual([2_040, 4_000]);
  expect(ours.onHeard({ epoch: 2_041, nextEpochInMs: 4_000 }, times)).toBe(false);
  expect(counters.of("aggregate.dropped.epoch")).toBe(2);
  expect(ours.onTime(4_099)).toBe(false);
  expect(ours.onTime(4_100 + 2 * EPOCH_MS)).toBe(true);
  expect(ours.epoch).toBe(2_043);
});

it("brings clocks that are ten minutes apart into one epoch", () => {
  const names = ["a", "b", "c"];
  const nodes = names.map((name, index) => {
    const wallClockMs = 1_600_000_000_000 + index * 600_000;
    const options = { averaging: "pushPull" };
    return new RigNode({ name, peers: names.filter((one) => one !== name), options, wallClockMs });
  });
  const gauges = nodes.map((node, index) => node.gauge("x", () => index));
  runRounds(nodes, 20);
  expect(new Set(nodes.map(({ engine }) => engine.epoch)).size).toBe(1);
  runRounds(nodes, 70);
  for (const gauge of gauges) expect(gauge.average()?.value).toBeCloseTo(1, 5);
});

it("keeps a late joiner out until the next epoch", () => {
  const names = ["a", "b", "c"];
  const peers = (name: string) => names.filter((one) => one !== name);
  const make = (name: string) => {
    return new RigNode({ name, peers: peers(name), options: { averaging: "pushPull" } });
  };
  const nodes = [make("a"), make("b")];
  const [first] = nodes.map((node, index) => node.gauge("x", () => index * 2));
  runRounds(nodes, 65);
  expect(first?.average()?.value).toBeCloseTo(1, 6);
  const late = make("c");
  late.env.advance(65 * late.options.roundIntervalMs, late.engine);
  late.env.taken();
  const gauge = late.gauge("x", () => 100);
  const { epoch } = late.engine;
  const all = [...nodes, late];
  while (late.engine.epoch === epoch) {
    expect(gauge.average()).toBeUndefined();
    runRounds(all, 1);
  }
  // What ended with the epoch in which it came was without it.
  expect(first?.average()?.value).toBeCloseTo(1, 6);
  runRounds(all, 31);
  expect(first?.average()?.value).toBeCloseTo(34, 3);
});

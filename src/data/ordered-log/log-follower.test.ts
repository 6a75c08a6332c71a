import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { Counters } from "../../core/metrics.ts";
import { LogTown } from "../../sim/ordered-log/log-town.ts";
import { CommittedPrefix } from "./committed-prefix.ts";
import { LogFollower } from "./log-follower.ts";
import type { OrderedItem } from "./ordered-log.contract.ts";

function ordered(count: number, log = {}) {
  const town = new LogTown({ seed: 4, votersCount: 3, log });
  town.simulator.runUntil(() => town.leader?.raft.raft.isSettled === true, 10_000);
  town.simulator.runForMs(500);
  const [one] = town.servers;
  if (one === undefined) throw new Error("three servers");
  for (let left = count; left > 0; left -= 1) {
    for (const server of town.servers) town.append(server);
    town.simulator.runForMs(30);
  }
  town.call(one, () => one.note("a note"));
  town.simulator.runForMs(3_000);
  const { assembly, log: context } = one.log;
  return { one, prefix: new CommittedPrefix("orders", { assembly, store: context.store }) };
}

function follower(keptMaxCount = 1_000) {
  const items: OrderedItem[] = [];
  const gaps: number[] = [];
  const made = new LogFollower(
    { log: "orders", counters: new Counters(), eventMaxBytes: 1_000, keptMaxCount },
    {
      onItems: (more) => {
        items.push(...more);
        return "more";
      },
      onGap: ({ place }) => gaps.push(place),
    },
  );
  return { made, items, gaps };
}

/** One round of anti-entropy, in a budget. */
function exchange(from: CommittedPrefix | LogFollower, to: LogFollower, budgetBytes = 200): void {
  const wanted = from.seen.difference(to.seen);
  const delta = from.collect(wanted, to.seen, budgetBytes);
  for (const [dot, update] of delta.updates) to.apply(dot, update);
  to.cover(delta.covers, delta.forgotten);
}

describe("whoever is outside the group", () => {
  it("gets the same items in the same order, from a member or from another one outside", () => {
    const { one, prefix } = ordered(10);
    const near = follower();
    const far = follower();
    for (let round = 0; round < 100; round += 1) {
      exchange(prefix, near.made);
      exchange(near.made, far.made);
    }
    const told = one.log.assembly.itemsAfter(0, 1_000);
    expect(told).toHaveLength(31);
    expect(near.items).toEqual(told);
    expect(far.items).toEqual(told);
    expect(far.made.seen.equals(prefix.seen)).toBe(true);
  });

  it("is told in order what comes in any order, twice, or as no item", () => {
    const { one, prefix } = ordered(5);
    const { items, made } = follower();
    const { updates } = prefix.collect(prefix.seen, new DotSet(), 1_000_000);
    for (const [dot, update] of [...updates].reverse()) {
      expect(made.apply(dot, Uint8Array.of(7, 7))).toBe("deferred");
      expect(made.apply({ ...dot, seq: dot.seq + 100_000 }, update)).toBe("deferred");
      expect(made.apply(dot, update)).toBe("news");
      expect(made.apply(dot, update)).toBe("known");
    }
    expect(items).toEqual(one.log.assembly.itemsAfter(0, 1_000));
  });

  it("is told of a gap where nobody has the beginning any more", () => {
    const log = {
      trailingCount: 0,
      trimStepCount: 1,
      snapshotAfterCount: 5,
      reportIntervalMs: 100,
    };
    const { one, prefix } = ordered(20, log);
    const { place } = one.log.assembly.base;
    expect(place).toBeGreaterThan(5);
    const { gaps, items, made } = follower();
    for (let round = 0; round < 100; round += 1) exchange(prefix, made);
    expect(gaps).toEqual([place]);
    expect(items.map((item) => item.place)).toEqual(
      one.log.assembly.itemsAfter(place, 1_000).map((item) => item.place),
    );
  });
});

it("a member takes nothing by its prefix", () => {
  const { prefix } = ordered(1);
  const [dot] = [...prefix.seen];
  if (dot === undefined) throw new Error("an item");
  expect(prefix.apply(dot)).toBe("known");
  expect(prefix.apply({ ...dot, seq: 1_000 })).toBe("deferred");
  expect(prefix.apply({ ...dot, origin: "other#1" as typeof dot.origin })).toBe("rejected");
});

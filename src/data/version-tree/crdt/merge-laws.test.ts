/** One suite of laws for all that merges on a version tree. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeOrigin, type Origin } from "../../../core/peer.ts";
import { Random } from "../../../core/random.ts";
import type { VersionTree } from "../version-tree.ts";
import { rig, send } from "../version-tree-rig.ts";
import { LwwRegister } from "./lww-register.ts";
import { OrMap } from "./or-map.ts";
import { OrSet } from "./or-set.ts";
import { PnCounter } from "./pn-counter.ts";

interface Mergeable {
  /** Changes it in some way; returns what that adds to the sum of all, where there is one. */
  change(random: Random): number;
  /** All that a user can see of it. */
  state(): string;
}

const byName = (a: string, b: string) => (a < b ? -1 : 1);

const kinds: Record<string, (tree: VersionTree, origin: Origin) => Mergeable> = {
  "LWW register": (tree) => {
    const register = new LwwRegister(tree, "r");
    return {
      change(random) {
        if (random.below(5) === 0) register.clear();
        else register.set(Uint8Array.of(random.below(256)));
        return 0;
      },
      state: () => `${register.value}`,
    };
  },
  "OR-set": (tree) => {
    const set = new OrSet(tree, "s/");
    return {
      change(random) {
        const member = `m${random.below(4)}`;
        if (random.below(3) === 0) set.delete(member);
        else set.add(member);
        return 0;
      },
      state: () => [...set.values()].sort(byName).join(),
    };
  },
  "OR-map": (tree) => {
    const map = new OrMap(tree, "m/");
    return {
      change(random) {
        const name = `n${random.below(4)}`;
        if (random.below(3) === 0) map.delete(name);
        else map.set(name, Uint8Array.of(random.below(256)));
        return 0;
      },
      state: () =>
        [...map.names()]
          .map((name) => `${name}=${map.get(name)} of ${map.getAll(name).map(String).sort(byName)}`)
          .sort(byName)
          .join(),
    };
  },
  "PN-counter": (tree, origin) => {
    const counter = new PnCounter(tree, "c", () => origin);
    return {
      change(random) {
        const amount = random.below(20) - 10;
        counter.add(amount);
        return amount;
      },
      state: () => `${counter.value}`,
    };
  },
};

describe.each(Object.entries(kinds))("%s", (_, make) => {
  const open = (name: string) => {
    const origin = makeOrigin(name, 1);
    const { tree } = rig(origin);
    return { tree, one: make(tree, origin) };
  };

  /** Three replicas that change and send, in whole, in part and twice. */
  function play(seed: number) {
    const random = new Random(seed);
    const replicas = ["a", "b", "c"].map(open);
    let sum = 0;
    for (let round = 0; round < 60; round += 1) {
      const [from, to] = [replicas[random.below(3)], replicas[random.below(3)]];
      if (from === undefined || to === undefined) throw new Error("none");
      const dice = random.below(4);
      if (dice < 2) sum += from.one.change(random);
      else send(from.tree, to.tree, dice === 2 ? 2 ** 40 : 1);
    }
    return { replicas, sum };
  }

  const merged = (trees: readonly VersionTree[]) => {
    const fresh = open("fresh");
    for (const tree of trees) send(tree, fresh.tree);
    return fresh.one.state();
  };

  it("merges in any order, in any groups, any number of times", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const [x, y, z] = play(seed).replicas.map(({ tree }) => tree);
        if (x === undefined || y === undefined || z === undefined) throw new Error("three");
        const all = merged([x, y, z]);
        expect([merged([z, y, x]), merged([y, x, y, z, x])]).toEqual([all, all]);
        send(y, z);
        expect(merged([x, z])).toBe(all);
      }),
      { numRuns: 60 },
    );
  });

  it("is the same everywhere once all have met", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { replicas } = play(seed);
        for (const _ of [1, 2]) {
          for (const from of replicas) for (const to of replicas) send(from.tree, to.tree);
        }
        expect(new Set(replicas.map(({ one }) => one.state())).size).toBe(1);
      }),
      { numRuns: 60 },
    );
  });

  it("changes by each change, on the node that makes it", () => {
    const { one } = open("a");
    const random = new Random(1);
    const states = new Set<string>();
    for (let round = 0; round < 40; round += 1) {
      one.change(random);
      states.add(one.state());
    }
    expect(states.size).toBeGreaterThan(5);
  });
});

describe("what each of them means", () => {
  const two = () => {
    const names = [makeOrigin("a", 1), makeOrigin("b", 1)] as const;
    const [one, other] = [rig(names[0]).tree, rig(names[1]).tree];
    const meet = () => {
      send(one, other);
      send(other, one);
    };
    return { names, one, other, meet };
  };

  it("a counter has counted all, whoever counted when", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 })), fc.nat(), (amounts, seed) => {
        const random = new Random(seed);
        const { meet, names, one, other } = two();
        const counters = [
          new PnCounter(one, "c", () => names[0]),
          new PnCounter(other, "c", () => names[1]),
        ];
        for (const amount of amounts) {
          counters[random.below(2)]?.add(amount);
          if (random.below(3) === 0) send(one, other);
        }
        meet();
        const sum = amounts.reduce((all, amount) => all + amount, 0);
        expect(counters.map(({ value }) => value)).toEqual([sum, sum]);
      }),
    );
    const { names, one } = two();
    const counter = new PnCounter(one, "c", () => names[0]);
    expect(() => counter.add(0.5)).toThrow(/CONFIG_OPTION/);
    one.put("c", Uint8Array.of(9, 9));
    expect(counter.value).toBe(0);
  });

  it("what is added to a set while another takes it out stays in", () => {
    const { meet, one, other } = two();
    const sets = [new OrSet(one, "s/"), new OrSet(other, "s/")] as const;
    for (const member of ["kept", "gone"]) sets[0].add(member);
    meet();
    sets[0].add("kept");
    for (const member of ["kept", "gone", "never"]) sets[1].delete(member);
    meet();
    expect(sets.map((set) => [...set.values()])).toEqual([["kept"], ["kept"]]);
  });

  it("a map keeps both values of a key, and shows the later one", () => {
    const { meet, one, other } = two();
    const maps = [new OrMap(one, "m/"), new OrMap(other, "m/")] as const;
    maps[0].set("k", Uint8Array.of(1));
    maps[1].set("j", Uint8Array.of(2));
    maps[1].set("k", Uint8Array.of(2));
    meet();
    for (const map of maps) {
      expect([map.get("k"), map.getAll("k").length]).toEqual([Uint8Array.of(2), 2]);
    }
    maps[0].delete("k");
    meet();
    expect(maps.map((map) => map.has("k"))).toEqual([false, false]);
  });
});

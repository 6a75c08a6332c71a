import { describe, expect, it } from "vitest";
import { HashRing } from "./hash-ring.ts";
import { ringDefaults } from "./ring.options.ts";

const KEYS = Array.from({ length: 20_000 }, (_, index) => `key-${index}`);

function ringOf(names: readonly string[]): HashRing {
  const ring = new HashRing(ringDefaults.placesCount);
  for (const name of names) ring.add(name);
  return ring;
}
const named = (count: number): string[] => Array.from({ length: count }, (_, at) => `n${at}`);
const ownersIn = (ring: HashRing): (string | undefined)[] => KEYS.map((key) => ring.owner(key));

describe("a ring of hashes", () => {
  it("is the same whatever the order in which members came and went", () => {
    const one = ringOf(named(10));
    const other = ringOf(["gone", ...named(10).reverse()]);
    other.remove("gone");
    expect(ownersIn(one)).toEqual(ownersIn(other));
    expect(one.members()).toEqual(other.members());
    expect([one.add("n3"), one.remove("x")]).toEqual([false, false]);
  });

  it("moves only what a newcomer takes, and what a departed one had", () => {
    const ring = ringOf(named(20));
    const before = ownersIn(ring);
    ring.add("new");
    const after = ownersIn(ring);
    const moved = after.filter((owner, index) => owner !== before[index]);
    expect(new Set(moved)).toEqual(new Set(["new"]));
    expect(moved.length / KEYS.length).toBeGreaterThan(0.5 / 21);
    expect(moved.length / KEYS.length).toBeLessThan(1.5 / 21);
    ring.remove("new");
    expect(ownersIn(ring)).toEqual(before);
  });

  it("gives each a share that is not far from its own", () => {
    const counts = new Map<string, number>();
    for (const owner of ownersIn(ringOf(named(10)))) {
      counts.set(String(owner), (counts.get(String(owner)) ?? 0) + 1);
    }
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(KEYS.length * 0.07);
      expect(count).toBeLessThan(KEYS.length * 0.13);
    }
  });

  it("names who would own a key next", () => {
    const ring = ringOf(named(5));
    for (const key of KEYS.slice(0, 100)) {
      const owners = ring.owners(key, 3);
      expect(new Set(owners).size).toBe(3);
      const without = ringOf(named(5).filter((name) => name !== owners[0]));
      expect(without.owner(key)).toBe(owners[1]);
    }
    expect(ring.owners("x", 99)).toHaveLength(5);
    expect(new HashRing(3).owner("x")).toBeUndefined();
  });
});

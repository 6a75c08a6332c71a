import { describe, expect, it } from "vitest";
import { DotSet } from "../../core/dot-set.ts";
import { makeOrigin } from "../../core/peer.ts";
import { Random } from "../../core/random.ts";
import { Stability } from "./stability.ts";

const [a, b, c] = [makeOrigin("a", 1), makeOrigin("b", 1), makeOrigin("c", 1)];

function upTo(count: number): DotSet {
  const set = new DotSet();
  set.addRange(a, 1, count);
  return set;
}

describe("stability", () => {
  it("is what this node and all others of the set are known to have seen", () => {
    const stability = new Stability();
    stability.note("x", b, upTo(5));
    expect(stability.stable("x", upTo(9), [b]).equals(upTo(5))).toBe(true);
    expect(stability.stable("x", upTo(9), [b, c]).isEmpty).toBe(true);
    stability.note("x", c, upTo(3));
    expect(stability.stable("x", upTo(9), [b, c]).equals(upTo(3))).toBe(true);
    expect(stability.stable("y", upTo(9), [b]).isEmpty).toBe(true);
  });

  it("tells whether somebody is known to have seen more", () => {
    const stability = new Stability();
    expect(stability.isCaughtUp("x", upTo(3), [b, c])).toBe(true);
    stability.note("x", b, upTo(3));
    stability.note("x", c, upTo(5));
    expect(stability.isCaughtUp("x", upTo(3), [b])).toBe(true);
    expect(stability.isCaughtUp("x", upTo(4), [b, c])).toBe(false);
    expect(stability.isCaughtUp("x", upTo(5), [b, c])).toBe(true);
  });

  it("of a set of one is all that it has seen", () => {
    expect(new Stability().stable("x", upTo(4), []).equals(upTo(4))).toBe(true);
  });

  it("grows by parts, in any order, and by what is the same as this node's own", () => {
    const random = new Random(5);
    for (let round = 0; round < 50; round += 1) {
      const stability = new Stability();
      const told = new DotSet();
      for (let step = 0; step < 20; step += 1) {
        const part = new DotSet();
        const first = 1 + random.below(50);
        part.addRange(random.chance(0.5) ? a : b, first, first + random.below(5));
        const said = random.chance(0.2) ? told.union(part) : part;
        stability.note("x", c, said);
        told.addAll(said);
        expect(stability.stable("x", told, [c]).equals(told)).toBe(true);
      }
    }
  });

  it("forgets who has no place any more", () => {
    const stability = new Stability();
    stability.note("x", b, upTo(5));
    stability.keepOnly("x", [c]);
    expect(stability.stable("x", upTo(5), [b]).isEmpty).toBe(true);
  });

  it("is found out once for the many deltas of a step, and anew when anything changes", () => {
    const stability = new Stability();
    const own = upTo(9);
    stability.note("x", b, upTo(5));
    const first = stability.stable("x", own, [b]);
    expect(stability.stable("x", own, [b])).toBe(first);
    stability.note("x", b, upTo(6));
    expect(stability.stable("x", own, [b]).size).toBe(6);
    expect(stability.stable("x", own, [c]).size).toBe(0);
    expect(stability.stable("x", own, []).size).toBe(9);
    own.addRange(c, 1, 1);
    expect(stability.stable("x", own, []).size).toBe(10);
    expect(stability.stable("x", own, [b]).size).toBe(6);
    stability.keepOnly("x", []);
    expect(stability.stable("x", own, [b]).size).toBe(0);
  });

  it("does not share what it keeps with a set that goes on growing", () => {
    const stability = new Stability();
    const own = upTo(5);
    stability.note("x", b, own);
    stability.note("x", c, own);
    own.addRange(a, 6, 9);
    expect(stability.stable("x", own, [b, c]).equals(upTo(5))).toBe(true);
  });
});

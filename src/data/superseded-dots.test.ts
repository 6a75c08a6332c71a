import { expect, test } from "vitest";
import { DotSet } from "../core/dot-set.ts";
import { makeOrigin } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import { type SupersededDot, SupersededDots } from "./superseded-dots.ts";

const origins = [makeOrigin("a", 1), makeOrigin("b", 1)] as const;

function linesOf(found: Iterable<SupersededDot>): string[] {
  return [...found].map(({ dot, key }) => `${dot.origin} ${dot.seq} ${key}`);
}

test("the last so many are remembered, in whatever order they come and are forgotten", () => {
  const random = new Random("superseded");
  const maxCount = 40;
  const dots = new SupersededDots(maxCount);
  /** Seen by all, and so never told again. */
  const forgotten = new Set<string>();
  /** In the order of age; what was forgotten keeps its place, as "". */
  let told: { readonly name: string; key: string }[] = [];
  for (let step = 0; step < 6_000; step += 1) {
    const origin = random.pick(origins) ?? origins[0];
    const seq = Math.floor(step / 4) + 1 + random.below(9);
    const name = `${origin} ${seq}`;
    if (random.below(50) === 0) {
      dots.forget(DotSet.of({ origin, seq }));
      forgotten.add(name);
      for (const one of told) if (one.name === name) one.key = "";
    } else if (!forgotten.has(name)) {
      const isHeld = told.some((one) => one.name === name && one.key !== "");
      dots.put({ origin, seq }, `key ${step}`);
      if (!isHeld) told.push({ name, key: `key ${step}` });
      told = told.slice(-maxCount);
    }
    if (step % 50 !== 0) continue;
    const wanted = new DotSet();
    for (const one of origins) wanted.addRange(one, 1, 10_000);
    const held = told.filter(({ key }) => key !== "").map(({ key, name: dot }) => `${dot} ${key}`);
    expect(new Set(linesOf(dots.values()))).toEqual(new Set(held));
    expect(new Set(linesOf(dots.among(wanted)))).toEqual(new Set(held));
    expect(dots.size).toBe(held.length);
  }
});

import { expect, test } from "vitest";
import type { Dot } from "../core/dot.ts";
import { DotSet } from "../core/dot-set.ts";
import { makeOrigin } from "../core/peer.ts";
import { Random } from "../core/random.ts";
import { HeldByDot } from "./held-by-dot.ts";

const origins = [makeOrigin("a", 1), makeOrigin("b", 1)] as const;

test("holds what a plain list would, in order, whatever comes and goes", () => {
  const random = new Random(3);
  const held = new HeldByDot<{ dot: Dot }>();
  const plain = new Map<string, Dot>();
  let next = 1;
  for (let round = 0; round < 30_000; round += 1) {
    const origin = origins[random.below(2)] ?? origins[0];
    const isNext = random.below(20) > 0;
    const seq = isNext ? next : 1 + random.below(next);
    if (isNext) next += 1;
    const dot = { origin, seq };
    const key = `${origin} ${seq}`;
    if (random.below(10) < 6 && !plain.has(key)) {
      held.put({ dot });
      plain.set(key, dot);
    }
    const old = 1 + random.below(next);
    const gone = { origin, seq: random.below(3) === 0 ? old : Math.max(1, next - 900) };
    expect(held.take(gone)?.dot).toEqual(plain.get(`${origin} ${gone.seq}`));
    plain.delete(`${origin} ${gone.seq}`);
    expect(held.size).toBe(plain.size);
  }
  expect(plain.size).toBeGreaterThan(300);
  const all = [...held.values()].map(({ dot }) => dot);
  expect(new Set(all.map(({ origin, seq }) => `${origin} ${seq}`))).toEqual(new Set(plain.keys()));
  const wanted = new DotSet();
  wanted.addRange(origins[1], next - 500, Number.MAX_SAFE_INTEGER);
  wanted.addRange(origins[1], 5, 200);
  const seqs = [...held.among(wanted)].map(({ dot }) => dot.seq);
  const expected = [...plain.values()].filter((dot) => wanted.has(dot)).map(({ seq }) => seq);
  expect(seqs).toEqual(expected.sort((a, b) => a - b));
  for (const dot of plain.values()) expect(held.get(dot)?.dot).toEqual(dot);
  expect(held.get({ origin: origins[0], seq: next + 5 })).toBeUndefined();
});

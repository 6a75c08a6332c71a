import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CausalBuffer, type Need } from "./causal-buffer.ts";
import { makeOrigin, type Origin } from "./peer.ts";

const [a, b, c] = [makeOrigin("a", 1), makeOrigin("b", 1), makeOrigin("c", 1)];

interface Letter {
  readonly origin: Origin;
  readonly seq: number;
  readonly needs: readonly Need[];
}

/** Delivers in causal order what comes in any. */
class Desk {
  readonly delivered: Letter[] = [];
  readonly waiting: CausalBuffer<Letter>;
  private readonly counts = new Map<Origin, number>();

  constructor() {
    this.waiting = new CausalBuffer((origin) => this.counts.get(origin) ?? 0);
  }

  take(letter: Letter): void {
    const needs: Need[] = [[letter.origin, letter.seq - 1], ...letter.needs];
    if (this.waiting.put(letter, needs)) return;
    const ready = [letter];
    for (let next = ready.shift(); next !== undefined; next = ready.shift()) {
      this.delivered.push(next);
      this.counts.set(next.origin, next.seq);
      ready.push(...this.waiting.takeReady(next.origin));
    }
  }

  leap(origin: Origin, seq: number): Letter[] {
    this.counts.set(origin, seq);
    return this.waiting.takeReady(origin);
  }
}

function letter(origin: Origin, seq: number, ...needs: Need[]): Letter {
  return { origin, seq, needs };
}

describe("a causal buffer", () => {
  it("holds back what lacks a cause, and names what it lacks", () => {
    const desk = new Desk();
    const reply = letter(b, 1, [a, 2], [c, 1]);
    desk.take(reply);
    expect(desk.waiting.lackOf(reply)).toEqual([a, 2]);
    desk.take(letter(a, 1));
    desk.take(letter(a, 2));
    expect([desk.waiting.lackOf(reply), desk.waiting.size]).toEqual([[c, 1], 1]);
    desk.take(letter(c, 1));
    expect(desk.delivered.map(({ origin }) => origin)).toEqual([a, a, c, b]);
    expect([desk.waiting.size, desk.waiting.has(reply)]).toEqual([0, false]);
  });

  it("gives out, after a leap, all who waited for what was leapt over, in its order", () => {
    const desk = new Desk();
    const [late, early] = [letter(b, 1, [a, 900_000_000]), letter(c, 1, [a, 5])];
    const beyond = letter(c, 1, [a, 2 ** 50]);
    for (const one of [late, early, beyond]) desk.take(one);
    expect(desk.leap(a, 1_000_000_000)).toEqual([early, late]);
    expect([...desk.waiting]).toEqual([beyond]);
    expect(desk.leap(a, 2 ** 50)).toEqual([beyond]);
  });

  it("lets go of one that is given up on, and keeps nothing of it", () => {
    const desk = new Desk();
    const [one, other] = [letter(b, 1, [a, 3]), letter(c, 1, [a, 3])];
    desk.take(one);
    desk.take(other);
    expect([desk.waiting.delete(one), desk.waiting.delete(one)]).toEqual([true, false]);
    expect(desk.leap(a, 3)).toEqual([other]);
    desk.take(one);
    desk.waiting.clear();
    expect([desk.waiting.size, desk.leap(a, 9)]).toEqual([0, []]);
  });

  it("looks at each need once, however many wait", () => {
    let looks = 0;
    const counts = new Map<Origin, number>();
    const waiting = new CausalBuffer<Letter>((origin) => {
      looks += 1;
      return counts.get(origin) ?? 0;
    });
    const count = 2_000;
    for (let seq = count; seq >= 1; seq -= 1) waiting.put(letter(b, seq), [[a, seq]]);
    looks = 0;
    for (let seq = 1; seq <= count; seq += 1) {
      counts.set(a, seq);
      expect(waiting.takeReady(a)).toHaveLength(1);
    }
    expect(looks).toBeLessThan(3 * count);
  });

  it("delivers everything, causes first, whatever the order in which it comes", () => {
    const steps = fc.array(fc.record({ who: fc.nat(2), hears: fc.nat(2) }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.integer(), (given, seed) => {
        const letters = history(given);
        const desk = new Desk();
        for (const one of shuffled(letters, seed)) desk.take(one);
        expect(desk.delivered).toHaveLength(letters.length);
        const done = new Map<Origin, number>();
        for (const { needs, origin, seq } of desk.delivered) {
          expect(done.get(origin) ?? 0).toBe(seq - 1);
          for (const [cause, upTo] of needs)
            expect(done.get(cause) ?? 0).toBeGreaterThanOrEqual(upTo);
          done.set(origin, seq);
        }
      }),
    );
  });
});

/** Three writers, each of whom hears another out before it writes. */
function history(steps: readonly { who: number; hears: number }[]): Letter[] {
  const names = [a, b, c];
  const heard = names.map(() => new Map<Origin, number>());
  return steps.map(({ hears, who }) => {
    const own = heard[who] ?? new Map();
    for (const [origin, seq] of heard[hears] ?? []) {
      own.set(origin, Math.max(seq, own.get(origin) ?? 0));
    }
    const origin = names[who] ?? a;
    const seq = (own.get(origin) ?? 0) + 1;
    const needs = [...own].filter(([other]) => other !== origin);
    own.set(origin, seq);
    return { origin, seq, needs };
  });
}

function shuffled<One>(ones: readonly One[], seed: number): One[] {
  const key = (index: number) => Math.imul(index + 1, seed | 1) >>> 0;
  return ones
    .map((one, index) => ({ one, key: key(index) }))
    .sort((x, y) => x.key - y.key)
    .map(({ one }) => one);
}

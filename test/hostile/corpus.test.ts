import { describe, expect, it } from "vitest";
import { inputOf, minimised, readCorpus } from "./corpus.ts";
import { replay, SLOW_MS, targetNames } from "./run-hostile.ts";

describe("inputs that once did harm", () => {
  const corpus = readCorpus();
  const runs = [1, 2, 3, 4, 5];

  it("are there", () => {
    expect(corpus.length).toBeGreaterThan(0);
  });

  it.each(corpus)("do none now: $name", (entry) => {
    const input = inputOf(entry);
    for (const target of targetNames) {
      // Behind each kind of door.
      for (let batch = 0; batch < 7; batch += 1) {
        const { error, ms } = replay(target, input, batch);
        expect(error).toBeUndefined();
        // The machine may be busy with other tests: what is slow is so each time.
        const leastMs = (): number => Math.min(...runs.map(() => replay(target, input, batch).ms));
        if (ms >= 4 * SLOW_MS) expect(leastMs()).toBeLessThan(4 * SLOW_MS);
      }
    }
  });
});

describe("minimising", () => {
  it("leaves what the failure needs and nothing else", () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => at & 255);
    const fails = (candidate: Uint8Array): boolean =>
      candidate.includes(0x2a) && candidate.includes(0xc8) && candidate.length >= 4;
    expect([...minimised(bytes, fails)].sort((a, b) => a - b)).toEqual([0, 0, 0x2a, 0xc8]);
  });

  it("tries no more often than it may", () => {
    let tries = 0;
    const never = (): boolean => {
      tries += 1;
      return false;
    };
    const bytes = new Uint8Array(5_000).fill(1);
    expect(minimised(bytes, never, 50)).toEqual(bytes);
    expect(tries).toBe(50);
  });
});

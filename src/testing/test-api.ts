import { AssertionError } from "../core/assert.ts";

/** What a contract suite needs of a test runner. Vitest, node:test, Jest and Mocha all offer it. */
export interface TestApi {
  /** Groups tests. */
  describe(name: string, body: () => void): unknown;
  /** One test; it fails when the body throws or rejects. */
  test(name: string, body: () => void | Promise<void>): unknown;
}

/** At once, or later. */
export type MaybePromise<T> = T | Promise<T>;

/** Fails the test unless both print alike as JSON; for plain data only. */
export function assertEqual<T>(actual: T, expected: T, what: string): void {
  const [found, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (found !== wanted) throw new AssertionError(`${what}: expected ${wanted}, found ${found}`);
}

/** What one nap counts at most: in a longer one the process stood still, and nothing happened. */
const NAP_MAX_MS = 50;
/** However slow the machine is: a runner's own limit must not come first, for it says no reason. */
const STALLED_MAX_MS = 40_000;

/** Waits in real time, in short naps; times in which the whole process stood still do not count. */
export async function eventually(
  holds: () => boolean,
  what: string,
  limitMs = 3_000,
): Promise<void> {
  const endMs = performance.now() + Math.max(limitMs, STALLED_MAX_MS);
  let waitedMs = 0;
  while (!holds()) {
    if (waitedMs > limitMs || performance.now() > endMs) {
      throw new AssertionError(`${what} did not happen within ${limitMs} ms`);
    }
    const begun = performance.now();
    await nap(2);
    waitedMs += Math.min(performance.now() - begun, NAP_MAX_MS);
  }
}

export function nap(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** One test of a suite and how it ended. */
export interface CollectedResult {
  readonly name: string;
  /** Undefined when it passed. */
  readonly error: unknown;
}

/**
 * Runs a suite without a test runner, one test after the other: to show that it fails where it
 * should, or from a script. `only` picks the tests whose names contain it.
 */
export async function runSuite(
  define: (api: TestApi) => void,
  only = "",
): Promise<CollectedResult[]> {
  const tests: { name: string; body: () => void | Promise<void> }[] = [];
  const path: string[] = [];
  define({
    describe(name, body) {
      path.push(name);
      body();
      path.pop();
    },
    test(name, body) {
      const full = [...path, name].join(" › ");
      if (full.includes(only)) tests.push({ name: full, body });
    },
  });
  const results: CollectedResult[] = [];
  for (const { name, body } of tests) {
    let error: unknown;
    try {
      await body();
    } catch (thrown) {
      error = thrown ?? new Error("threw nothing");
    }
    results.push({ name, error });
  }
  return results;
}

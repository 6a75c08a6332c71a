import type { Expectation, Verdict } from "./cluster-api.ts";

/** What a matcher of vitest or Jest returns. */
export interface MatcherResult {
  readonly pass: boolean;
  /** What a test runner shows when the expectation fails. */
  message(): string;
}

/** What the matchers look like on `expect(cluster)`. */
export interface HearsayMatchers<Result = Promise<void>> {
  /** See `assertConverges`. */
  toConvergeWithin(ms: number, options?: { readonly among?: readonly string[] }): Result;
  /** See `assertDetects`. */
  toDetectWithin(name: string, ms: number, options?: { readonly by?: readonly string[] }): Result;
  /** See `assertHeals`. */
  toHealWithin(ms: number): Result;
}

/**
 * For `expect.extend(hearsayMatchers)` of vitest or Jest. They let virtual time pass, so they are
 * awaited: `await expect(cluster).toConvergeWithin(5_000)`. With `.not`, all of the time passes.
 */
export const hearsayMatchers = {
  /** Every node that runs, or each of `among`, sees exactly those, all alive. */
  toConvergeWithin: (
    cluster: unknown,
    withinMs: number,
    options: { readonly among?: readonly string[] } = {},
  ): Promise<MatcherResult> => ask(cluster, { kind: "converge", withinMs, ...options }),
  /** All others, or those of `by`, see the node as failed. */
  toDetectWithin: (
    cluster: unknown,
    name: string,
    withinMs: number,
    options: { readonly by?: readonly string[] } = {},
  ): Promise<MatcherResult> => ask(cluster, { kind: "detect", name, withinMs, ...options }),
  /** As converged, so long after the last `heal()` at the latest. */
  toHealWithin: (cluster: unknown, withinMs: number): Promise<MatcherResult> =>
    ask(cluster, { kind: "heal", withinMs }),
};

interface Checkable {
  check(expectation: Expectation): Promise<Verdict>;
}

async function ask(cluster: unknown, expectation: Expectation): Promise<MatcherResult> {
  if (!isCheckable(cluster)) {
    throw new TypeError("this matcher is for what createTestCluster resolves to; await that first");
  }
  const { passed, message } = await cluster.check(expectation);
  return { pass: passed, message: () => message };
}

function isCheckable(value: unknown): value is Checkable {
  return typeof value === "object" && value !== null && "check" in value;
}

import type { Expectation, TestCluster } from "./cluster-api.ts";
import { TestClusterFailure } from "./failure.ts";

/** How much virtual time an expectation is given. */
export interface WithinOptions {
  /** Virtual milliseconds, from the call. */
  readonly withinMs: number;
}

/**
 * Lets time pass until every node that runs sees exactly those that run, and all of them alive.
 * With `among`, only these nodes are asked, and they must see exactly each other: a side of a
 * partition. Paused and blocked nodes do not count as running.
 * @throws TestClusterFailure saying who disagrees with whom about what
 */
export async function assertConverges(
  cluster: AnyCluster,
  options: WithinOptions & { readonly among?: readonly string[] },
): Promise<void> {
  await hold(cluster, { kind: "converge", ...options });
}

/**
 * Lets time pass until all others that run, or those in `by`, see `name` as failed.
 * @throws TestClusterFailure saying who does not
 */
export async function assertDetects(
  cluster: AnyCluster,
  options: WithinOptions & { readonly name: string; readonly by?: readonly string[] },
): Promise<void> {
  await hold(cluster, { kind: "detect", ...options });
}

/**
 * Lets time pass until all that run see each other again, at the latest `withinMs` after the last
 * `heal()` or `mend()`.
 * @throws TestClusterFailure
 * @throws HearsayError TEST_CLUSTER when the network was not healed
 */
export async function assertHeals(cluster: AnyCluster, options: WithinOptions): Promise<void> {
  await hold(cluster, { kind: "heal", ...options });
}

/** A cluster, whatever runs on it. */
export type AnyCluster = Pick<TestCluster<unknown>, "check" | "seed">;

async function hold(cluster: AnyCluster, expectation: Expectation): Promise<void> {
  const verdict = await cluster.check(expectation);
  if (!verdict.passed) throw new TestClusterFailure(verdict.message, cluster.seed);
}

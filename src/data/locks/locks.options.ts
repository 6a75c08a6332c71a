import { type GivenOptions, type OptionsOf, resolveOptions } from "../../core/options.ts";
import { LEASE_MAX_MS, LEASE_MIN_MS } from "./lock-bounds.ts";

/** How a node holds locks. Nodes of a group may have different ones but for the drift. */
export const lockDefaults = {
  /**
   * How long a node's locks stay its own after it was heard last: so long the others wait when it
   * dies without a word. [because: longer than an election by far; Chubby's is 12 s, Burrows 2006
   * §2.8]
   */
  leaseMs: 10_000,
  /** Time between two renewals while a lock is held or waited for. [because: two may get lost] */
  renewIntervalMs: 3_000,
  /**
   * By how much the speed of any two machines' clocks may differ: a holder gives up sooner by that
   * part of the lease, doubled. [because: a hundred times what clocks do when NTP slews
   * them, 500 ppm at most, and little of the lease]
   */
  clockDriftRatio: 0.05,
  /** What could not be ordered is proposed again after so long. [because: an election takes one] */
  retryIntervalMs: 250,
  /** A session without locks is kept open for so long, for the next one. [guess] */
  idleAfterMs: 30_000,
  /** Locks that this node holds or waits for. [because: the group takes as many] */
  claimsMaxCount: 1_024,
} as const;

export type LockOptions = OptionsOf<typeof lockDefaults>;

/** @throws HearsayError CONFIG_OPTION */
export function lockOptions(given?: GivenOptions<typeof lockDefaults>): LockOptions {
  return resolveOptions("locks", lockDefaults, given, (options) => {
    const { clockDriftRatio, leaseMs, renewIntervalMs } = options;
    if (leaseMs < LEASE_MIN_MS || leaseMs > LEASE_MAX_MS || !Number.isInteger(leaseMs)) {
      return `leaseMs must be a whole number from ${LEASE_MIN_MS} to ${LEASE_MAX_MS}`;
    }
    if (clockDriftRatio >= 0.4) return "clockDriftRatio must be below 0.4";
    if (renewIntervalMs * 2 > holdMs(options)) {
      return "renewIntervalMs must be at most half of leaseMs, less what clockDriftRatio takes";
    }
    return undefined;
  });
}

/**
 * How long a holder trusts a renewal by its own clock, from before it was sent. If its clock runs
 * slow by the ratio and the leader's fast by it, both come to the end of the lease together; so a
 * holder has given up before anybody can know that the lease is over. [Gray and Cheriton 1989 §5]
 */
export function holdMs({
  clockDriftRatio,
  leaseMs,
}: Pick<LockOptions, "clockDriftRatio" | "leaseMs">): number {
  return (leaseMs * (1 - clockDriftRatio)) / (1 + clockDriftRatio);
}

import { type GivenOptions, type OptionsOf, resolveOptions } from "../../core/options.ts";

/** When a node says of itself that it is busy, and what others make of it. */
export const degradedDefaults = {
  /**
   * A block of the event loop, or a pause of the garbage collector, as long as this makes a node
   * degraded; 0: it never says so. A responder says so after half of it. [because: the probe
   * interval of `lan`: nobody suspects who is silent for less]
   */
  degradeAfterMs: 1_000,
  /** Nothing may be as long as this for a node to recover. [because: well below the above] */
  recoverBelowMs: 200,
  /** How long that must last before it says so: one that flaps says nothing new. [guess] */
  recoverAfterMs: 10_000,
  /** Time between two repeats of what it says, while it is degraded. [guess] */
  renewIntervalMs: 5_000,
  /** How long others believe what is not repeated. [because: outlasts a block of 20 s] */
  leaseMs: 30_000,
  /** The longest that is believed, whatever a claim asks for. [guess] */
  leaseMaxMs: 60_000,
  /** What multiplies the time that a degraded member has to refute a suspicion. [guess] */
  patienceMultiplier: 3,
  /** Peers told at a time, drawn anew for each repeat. [because: 32 KB] */
  peersMaxCount: 256,
  /** Claims of one member read in a second; more are dropped. [because: ten times the repeats] */
  claimsPerSecond: 5,
  /** Members whose claims are kept; one that is well again makes room. [guess] */
  claimsMaxCount: 4_096,
} as const;

export type DegradedOptions = OptionsOf<typeof degradedDefaults>;

function degradedProblem(options: DegradedOptions): string | undefined {
  const { degradeAfterMs, leaseMs, recoverBelowMs, renewIntervalMs } = options;
  if (degradeAfterMs > 0 && recoverBelowMs > degradeAfterMs) {
    return "recoverBelowMs must be at most degradeAfterMs, or a node is both at once.";
  }
  if (renewIntervalMs === 0 || renewIntervalMs >= leaseMs) {
    return "renewIntervalMs must be above 0 and below leaseMs, or a claim ends before its repeat.";
  }
  if (options.patienceMultiplier < 1) return "patienceMultiplier must be 1 or more.";
  return undefined;
}

/** @throws HearsayError CONFIG_OPTION */
export function degradedOptions(
  given: GivenOptions<typeof degradedDefaults> = {},
): DegradedOptions {
  return resolveOptions("degraded", degradedDefaults, given, degradedProblem);
}

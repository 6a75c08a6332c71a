import { type GivenOptions, type OptionsOf, resolveOptions } from "../../core/options.ts";

/** How a group of order on real nodes looks after its members. */
export const orderDefaults = {
  /** A member that said goodbye is removed when it has not come back. [because: restarts, also
   * those that say goodbye, take less, and must not cost a vote each] */
  removeLeftAfterMs: 600_000,
  /** A member that failed is removed when it has not come back. [spec §2: as replica sets] */
  removeFailedAfterMs: 86_400_000,
  /** Peers that a node without a leader asks whether there is a group, each second. [guess] */
  greetPeersCount: 3,
  /** Longest that a leader which leaves waits for another one. [because: two elections] */
  handOverMaxMs: 2_000,
} as const;

export type OrderOptions = OptionsOf<typeof orderDefaults>;

/** @throws HearsayError CONFIG_OPTION */
export function orderOptions(given?: GivenOptions<typeof orderDefaults>): OrderOptions {
  return resolveOptions("order", orderDefaults, given);
}

import { type GivenOptions, type OptionsOf, resolveOptions } from "../../core/options.ts";

/** What one node does for the machines behind an orderer. */
export const orderedMachinesDefaults = {
  /**
   * Bytes kept for machines of a kind that this version does not know: what an older node of a
   * group holds for a newer one. Above it they are let go, and this node takes no snapshots until
   * it is given one: its orderer then keeps all commands for the version that knows them.
   * [because: as much as a large snapshot, which such a node could hold, too]
   */
  keptMaxBytes: 64 * 1024 * 1024,
} as const;

export type OrderedMachinesOptions = OptionsOf<typeof orderedMachinesDefaults>;

/** @throws HearsayError CONFIG_OPTION */
export function orderedMachinesOptions(
  given?: GivenOptions<typeof orderedMachinesDefaults>,
): OrderedMachinesOptions {
  return resolveOptions("ordered machines", orderedMachinesDefaults, given);
}

import type { InfoNetworkWiring } from "./info-network.contract.ts";
import type { HighWaterStamps } from "./info-network.messages.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";
import { isNodeId } from "./stamped-info.ts";

interface StampLimits {
  readonly counters: InfoNetworkWiring["counters"];
  readonly options: InfoNetworkOptions;
}

/** Takes the greater stamp of each origin; what is no stamp, or beyond the bound, is counted. */
export function mergeStamps(
  into: Map<number, bigint>,
  stamps: HighWaterStamps,
  { counters, options }: StampLimits,
): void {
  for (const [nodeId, stamp] of stamps) {
    const former = into.get(nodeId);
    if (!isNodeId(nodeId) || stamp <= 0n) counters.add("stampMalformed");
    else if (former === undefined && into.size >= options.originsMaxCount) {
      counters.add("originsFull");
    } else if (former === undefined || stamp > former) into.set(nodeId, stamp);
  }
}

import type { NodeHost } from "./node-host.ts";
import type { Stack } from "./stack/stack.ts";

/** What the host and the protocols of a node count, and how large what they hold is. */
export function stackMetrics(host: NodeHost, stack: Stack): Readonly<Record<string, number>> {
  const { hearsayPeers, swim } = stack;
  const counts = Object.entries(host.counts.snapshot());
  return {
    ...Object.fromEntries(counts.map(([name, value]) => [`host.${name}`, value])),
    "swim.livingMembers": swim.members.livingCount,
    "swim.knownMembers": swim.members.size,
    "swim.awarenessScore": swim.awarenessScore,
    "clock.excess": stack.clockExcessCount,
    "broadcast.backlog": stack.backlogCount,
    "hearsay.peers": hearsayPeers.size,
    "reconnect.places": stack.rememberedCount,
  };
}

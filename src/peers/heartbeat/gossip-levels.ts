import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";

/** Peers by how near they stand: in each set those that share one domain more with this node. */
export interface PeerDistances {
  /** `near[0]` shares no domain with this node, `near[1]` the outermost one only, and so on. */
  readonly near: readonly (readonly PeerId[])[];
}

/** Sorts peers by how many domains, from the outermost on, they share with this node. */
export function sortByDomains(
  own: readonly string[],
  peers: Iterable<PeerId>,
  domainsOf: (peer: PeerId) => readonly string[],
): PeerDistances {
  const near: PeerId[][] = Array.from({ length: own.length + 1 }, () => []);
  for (const peer of peers) {
    const domains = domainsOf(peer);
    let shared = 0;
    while (shared < own.length && domains[shared] === own[shared]) shared += 1;
    near[shared]?.push(peer);
  }
  return { near };
}

/**
 * With whom to gossip: from a domain of n members a message leaves with probability 1/n, so that
 * one a round crosses its border whatever its size. [van Renesse 1998 §5: 1/n out of a subnet of n,
 * and 1/(n · subnets) out of a domain]
 *
 * @returns undefined when there is nobody.
 */
export function chooseByDomains({ near }: PeerDistances, random: Random): PeerId | undefined {
  // Within[k] counts who shares at least k domains, this node included.
  const within = near.map((_, level) =>
    near.slice(level).reduce((sum, peers) => sum + peers.length, 1),
  );
  for (let level = 0; level < near.length - 1; level += 1) {
    const members = within[level + 1] ?? 1;
    const there = near[level] ?? [];
    if (there.length > 0 && random.chance(1 / members)) return random.pick(there);
  }
  const [inside] = near.filter((peers) => peers.length > 0).slice(-1);
  return inside === undefined ? undefined : random.pick(inside);
}

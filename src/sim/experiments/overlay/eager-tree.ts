import { at } from "../../../core/collections/at.ts";

/** What the eager links of a broadcast make of its nodes. */
export interface EagerTree {
  /** Every node is reached from every other along eager links. */
  readonly isConnected: boolean;
  /** Links beyond those that a tree of as many parts has: 0 where there is no cycle. */
  readonly cyclesCount: number;
  readonly linksCount: number;
}

/**
 * Checks that payloads reach everybody, and once each. `eagerOf` gives the nodes that a node pushes
 * to; a link counts when either end pushes along it, and only among `nodes`.
 */
export function eagerTree(
  nodes: readonly number[],
  eagerOf: (node: number) => readonly number[],
): EagerTree {
  const places = new Map(nodes.map((node, place) => [node, place]));
  const parts = nodes.map((_, place) => place);
  const rootOf = (place: number): number => {
    let root = place;
    while (at(parts, root) !== root) {
      parts[root] = at(parts, at(parts, root));
      root = at(parts, root);
    }
    return root;
  };
  const links = new Set<number>();
  let partsCount = nodes.length;
  for (const [place, node] of nodes.entries()) {
    for (const peer of eagerOf(node)) {
      const other = places.get(peer);
      if (other === undefined) continue;
      links.add(Math.min(place, other) * nodes.length + Math.max(place, other));
      const [a, b] = [rootOf(place), rootOf(other)];
      if (a === b) continue;
      parts[a] = b;
      partsCount -= 1;
    }
  }
  const cyclesCount = links.size - (nodes.length - partsCount);
  return { isConnected: partsCount <= 1, cyclesCount, linksCount: links.size };
}

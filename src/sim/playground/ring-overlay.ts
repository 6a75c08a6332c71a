import { at } from "../../core/collections/at.ts";
import type { Random } from "../../core/random.ts";

/** Rings through all nodes, each in another order: in one part, and of few neighbours. */
export function ringOverlay(
  nodesCount: number,
  neighboursCount: number,
  random: Random,
): number[][] {
  const overlay = Array.from({ length: nodesCount }, (): number[] => []);
  const order = Array.from({ length: nodesCount }, (_, node) => node);
  for (let ring = 0; ring < ringsCount(neighboursCount); ring += 1) {
    for (let place = nodesCount - 1; place > 0; place -= 1) {
      const other = random.below(place + 1);
      [order[place], order[other]] = [at(order, other), at(order, place)];
    }
    for (const [place, node] of order.entries()) {
      const next = at(order, (place + 1) % nodesCount);
      if (node === next || at(overlay, node).includes(next)) continue;
      at(overlay, node).push(next);
      at(overlay, next).push(node);
    }
  }
  return overlay;
}

/** Each gives two neighbours. */
export function ringsCount(neighboursCount: number): number {
  return Math.max(1, Math.round(neighboursCount / 2));
}

/** The share of nodes that are at most so many hops from this one: 0 hops, 1, 2 and so on. */
export function sharesByHops(overlay: readonly (readonly number[])[], from: number): number[] {
  const isReached = new Uint8Array(overlay.length);
  isReached[from] = 1;
  const shares: number[] = [];
  let count = 0;
  for (let layer = [from]; layer.length > 0; ) {
    count += layer.length;
    shares.push(count / overlay.length);
    const next: number[] = [];
    for (const node of layer) {
      for (const neighbour of overlay[node] ?? []) {
        if (isReached[neighbour] === 1) continue;
        isReached[neighbour] = 1;
        next.push(neighbour);
      }
    }
    layer = next;
  }
  return shares;
}

import { assert } from "../core/assert.ts";
import type { PeerId } from "../core/peer.ts";
import type { Random } from "../core/random.ts";
import { joinLanes, textLanes } from "../core/seq-ranges.ts";
import type { PeerListener, PeerView } from "./peer-view.ts";

export interface Bounds {
  /** This node, by the name that others know it by. */
  readonly self: PeerId;
  /** Most neighbours: an even number, 2 or more. */
  readonly neighboursCount: number;
}

/**
 * A few neighbours out of a view that lists everybody. Every node stands in `neighboursCount / 2`
 * rings, each of which orders all nodes by a hash of the ring's number and their name; its
 * neighbours are those before and behind it. Nodes whose views agree therefore agree on who is
 * whose neighbour, and one ring alone connects them all. Rings at random places make an expander:
 * any node is about ln n hops away. [Law and Siu 2003, random regular graphs from Hamilton cycles]
 *
 * `view.forEachNeighbour` must visit everybody. Sampling is left to `view`.
 */
export function boundedNeighbours(view: PeerView, bounds: Bounds): BoundedNeighbours {
  return new BoundedNeighbours(view, bounds);
}

export class BoundedNeighbours implements PeerView, PeerListener {
  private readonly view: PeerView;
  private readonly self: PeerId;
  private readonly rings: readonly Ring[];
  private readonly listeners: PeerListener[] = [];
  /** In the order of the rings, each once. */
  private neighbours: readonly PeerId[] = [];

  constructor(view: PeerView, { neighboursCount, self }: Bounds) {
    const isEven = Number.isSafeInteger(neighboursCount / 2) && neighboursCount >= 2;
    assert(isEven, `${neighboursCount} neighbours: an even number from 2 on`);
    this.view = view;
    this.self = self;
    this.rings = Array.from({ length: neighboursCount / 2 }, (_, at) => new Ring(at, self));
    this.fill(this.rings);
    this.neighbours = this.list();
    view.subscribe(this);
  }

  get size(): number {
    return this.view.size;
  }

  get population(): number {
    return this.view.population;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    return this.view.sample(random, count, out, exclude);
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const peer of this.neighbours) visit(peer);
  }

  /** Tells of neighbours, not of all that the view below tells of. */
  subscribe(listener: PeerListener): void {
    this.listeners.push(listener);
  }

  onPeerUp(peer: PeerId): void {
    if (peer === this.self) return;
    let isChanged = false;
    for (const ring of this.rings) isChanged = ring.offer(peer) || isChanged;
    if (isChanged) this.tell();
  }

  onPeerDown(peer: PeerId): void {
    const torn = this.rings.filter((ring) => ring.has(peer));
    if (torn.length === 0) return;
    for (const ring of torn) ring.clear();
    // A walk through all; but of n peers that go, only one in n / neighboursCount is a neighbour.
    this.fill(torn);
    this.tell();
  }

  private fill(rings: readonly Ring[]): void {
    this.view.forEachNeighbour((peer) => {
      if (peer !== this.self) for (const ring of rings) ring.offer(peer);
    });
  }

  private list(): PeerId[] {
    const peers = new Set<PeerId>();
    for (const { next, previous } of this.rings) {
      if (previous !== undefined) peers.add(previous.peer);
      if (next !== undefined) peers.add(next.peer);
    }
    return [...peers];
  }

  private tell(): void {
    const before = this.neighbours;
    const after = this.list();
    this.neighbours = after;
    for (const peer of before) {
      if (!after.includes(peer)) for (const one of this.listeners) one.onPeerDown(peer);
    }
    for (const peer of after) {
      if (!before.includes(peer)) for (const one of this.listeners) one.onPeerUp(peer);
    }
  }
}

/** Where a node stands in a ring. */
interface Place {
  readonly peer: PeerId;
  readonly hash: number;
}

class Ring {
  next: Place | undefined;
  previous: Place | undefined;
  private readonly number: number;
  private readonly own: Place;

  constructor(number: number, self: PeerId) {
    this.number = number;
    this.own = this.placeOf(self);
  }

  has(peer: PeerId): boolean {
    return this.next?.peer === peer || this.previous?.peer === peer;
  }

  clear(): void {
    this.next = undefined;
    this.previous = undefined;
  }

  /** True when `peer` is now before or behind this node. */
  offer(peer: PeerId): boolean {
    const place = this.placeOf(peer);
    const isNext = this.next === undefined || this.isMet(place, this.next);
    const isPrevious = this.previous === undefined || this.isMet(this.previous, place);
    if (isNext) this.next = place;
    if (isPrevious) this.previous = place;
    return isNext || isPrevious;
  }

  /** Whoever goes upwards from this node, and round the end, meets `a` before `b`. */
  private isMet(a: Place, b: Place): boolean {
    const isAbove = comparePlaces(a, this.own) > 0;
    if (isAbove !== comparePlaces(b, this.own) > 0) return isAbove;
    return comparePlaces(a, b) < 0;
  }

  private placeOf(peer: PeerId): Place {
    return { peer, hash: joinLanes(textLanes(`${this.number}:${peer}`)) };
  }
}

function comparePlaces(a: Place, b: Place): number {
  if (a.hash !== b.hash) return a.hash - b.hash;
  const [first, second] = [String(a.peer), String(b.peer)];
  if (first === second) return 0;
  return first < second ? -1 : 1;
}

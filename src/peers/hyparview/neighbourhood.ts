import type { LinkEnv } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { PeerListener } from "../peer-view.ts";
import { Budgets } from "./budgets.ts";
import type { Fate, HyParViewCount, HyParViewWiring } from "./hyparview.contract.ts";
import type { HyParViewMessage, KnownPeer } from "./hyparview.messages.ts";
import type { HyParViewOptions } from "./hyparview.options.ts";
import type { HyParViewTimer } from "./hyparview.timers.ts";
import { PeerList } from "./peer-list.ts";

/**
 * The views of a node, which are disjoint and bounded and never hold the node itself, and its door.
 * Neighbours have a link that stands; nobody becomes one before its answer came. [spec E1]
 */
export class Neighbourhood {
  readonly env: LinkEnv<HyParViewMessage, HyParViewTimer>;
  readonly options: HyParViewOptions;
  readonly budgets: Budgets;
  readonly active = new PeerList();
  readonly passive = new PeerList();
  /** Could not be reached, oldest first. */
  readonly lost = new PeerList();
  readonly listeners: PeerListener[] = [];
  /** This node, as it tells of itself. */
  card: KnownPeer;
  private readonly wiring: HyParViewWiring;

  constructor(
    env: LinkEnv<HyParViewMessage, HyParViewTimer>,
    wiring: HyParViewWiring,
    options: HyParViewOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.budgets = new Budgets(options);
    this.card = cardOf(env.self, wiring.data);
  }

  get isFull(): boolean {
    return this.active.size >= this.options.activeCount;
  }

  count(name: HyParViewCount, by = 1): void {
    this.wiring.counters.add(name, by);
  }

  /** Over the link to `peer`, which is opened where there is none. */
  send(peer: PeerId, message: HyParViewMessage): void {
    this.env.openLink(peer);
    this.env.send(peer, message);
  }

  /** `known` becomes a neighbour; where there are enough, a random one gives way. */
  admit(known: KnownPeer): void {
    this.noteData(known);
    if (this.active.has(known.peer)) {
      this.active.add(known);
      return;
    }
    if (this.isFull) this.evict();
    this.passive.take(known.peer);
    this.lost.take(known.peer);
    this.active.add(known);
    this.count("hyparview.neighborsUp");
    this.tell((listener) => listener.onPeerUp(known.peer));
  }

  /** False when it was no neighbour. */
  remove(peer: PeerId, fate: Fate): boolean {
    const known = this.active.take(peer);
    if (known === undefined) return false;
    this.count("hyparview.neighborsDown");
    if (fate === "kept") this.keep(known);
    else if (fate === "lost") this.lose(known);
    this.tell((listener) => listener.onPeerDown(peer));
    return true;
  }

  /** Politely: with other peers to ask, for whoever is sent away may know nobody else. [spec E2] */
  farewell(peer: PeerId, why: "room" | "leave"): void {
    if (why === "room") {
      const { shuffleActiveCount, shufflePassiveCount } = this.options;
      const peers = this.someone(shuffleActiveCount + shufflePassiveCount, peer);
      this.env.send(peer, { kind: "shuffleReply", peers });
    }
    this.env.send(peer, { kind: "disconnect", why });
    // Whoever closes hears no more of the link, so its end cannot take the peer from the passive
    // view [spec E3].
    this.env.closeLink(peer);
  }

  /** Into the passive view, in place of one of `first` or, when none is left, of a random one. */
  keep(known: KnownPeer, first: PeerId[] = []): void {
    const { passive } = this;
    if (known.peer === this.env.self || this.active.has(known.peer)) return;
    if (!this.isMember(known.peer)) return this.count("hyparview.dropped.noMember");
    this.noteData(known);
    if (passive.has(known.peer)) {
      passive.add(known);
      return;
    }
    this.lost.take(known.peer);
    while (passive.size >= this.options.passiveCount && first.length > 0) {
      const offered = first.pop();
      if (offered !== undefined) passive.take(offered);
    }
    if (passive.size >= this.options.passiveCount) passive.takeRandom(this.env.random);
    passive.add(known);
  }

  /** It could not be reached: not to be asked again soon. */
  lose(known: KnownPeer): void {
    this.passive.take(known.peer);
    if (this.options.lostMaxCount === 0 || !this.isMember(known.peer)) return;
    this.lost.take(known.peer);
    if (this.lost.size >= this.options.lostMaxCount) this.lost.takeOldest();
    this.lost.add(known);
  }

  /** Up to `count` reserve peers, topped up with neighbours, other than `peer`. */
  someone(count: number, peer: PeerId): KnownPeer[] {
    const { env, active, passive } = this;
    const peers: KnownPeer[] = [];
    passive.sample(env.random, count, peers, peer);
    if (peers.length < count) active.sample(env.random, count - peers.length, peers, peer);
    return peers;
  }

  /** This node, some neighbours and some reserve peers, for `peer`. */
  offer(peer: PeerId): KnownPeer[] {
    const { env, options } = this;
    const peers = [this.card];
    this.active.sample(env.random, options.shuffleActiveCount, peers, peer);
    this.passive.sample(env.random, options.shufflePassiveCount, peers, peer);
    return peers;
  }

  /** Others that are there, as another membership knows. */
  contacts(count: number): KnownPeer[] {
    const peers: PeerId[] = [];
    const taken = this.wiring.contacts?.sample(this.env.random, count, peers) ?? 0;
    return peers.slice(0, taken).map((peer) => this.find(peer) ?? { peer });
  }

  /** How many could be asked that are no neighbours. */
  get othersCount(): number {
    return this.passive.size + this.lost.size + (this.wiring.contacts?.size ?? 0);
  }

  find(peer: PeerId): KnownPeer | undefined {
    return this.active.get(peer) ?? this.passive.get(peer) ?? this.lost.get(peer);
  }

  private isMember(peer: PeerId): boolean {
    return this.wiring.contacts?.has(String(peer)) !== false;
  }

  private evict(): void {
    const evicted = this.active.pick(this.env.random);
    if (evicted === undefined) return;
    this.count("hyparview.evictions");
    this.farewell(evicted.peer, "room");
    this.remove(evicted.peer, "kept");
  }

  /** What a peer says of itself may change; the node's host wants to know. */
  private noteData(known: KnownPeer): void {
    if (known.data === undefined || this.wiring.onPeerData === undefined) return;
    const before = this.find(known.peer)?.data;
    if (before !== undefined && areEqual(before, known.data)) return;
    this.wiring.afterStep(() => this.wiring.onPeerData?.(known));
  }

  private tell(say: (listener: PeerListener) => void): void {
    if (this.listeners.length === 0) return;
    this.wiring.afterStep(() => {
      for (const listener of this.listeners) say(listener);
    });
  }
}

export function cardOf(peer: PeerId, data: Uint8Array | undefined): KnownPeer {
  return data === undefined ? { peer } : { peer, data };
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

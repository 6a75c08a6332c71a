import type { LinkEnv } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { LinkProtocol } from "../../core/protocol.ts";
import type { Random } from "../../core/random.ts";
import type { PeerListener, PeerView } from "../peer-view.ts";
import type { HyParViewWiring } from "./hyparview.contract.ts";
import type { HyParViewMessage, KnownPeer, Priority } from "./hyparview.messages.ts";
import type { HyParViewOptions } from "./hyparview.options.ts";
import { type HyParViewTimer, plainTimers } from "./hyparview.timers.ts";
import { Islands } from "./islands.ts";
import { cardOf, Neighbourhood } from "./neighbourhood.ts";
import { Rejoining, Requests } from "./requests.ts";
import { isForNeighbours, Shuffling } from "./shuffling.ts";

/** Periods differ by up to a quarter, so that nodes started together come apart. */
const JITTER_RATIO = 0.25;

/**
 * HyParView: a small symmetric active view of neighbours, over links that stand, and a larger
 * passive view in reserve, from which neighbours that fail are replaced. [Leitão 2007; spec A]
 *
 * The end of a link is the failure detector. The view it offers samples both views; its neighbours
 * are the active one, and `onPeerUp` and `onPeerDown` tell of those.
 */
export class HyParView implements LinkProtocol<HyParViewMessage, HyParViewTimer>, PeerView {
  private readonly hood: Neighbourhood;
  private readonly requests: Requests;
  private readonly rejoining: Rejoining;
  private readonly shuffling: Shuffling;
  private readonly islands: Islands;
  private phase: "running" | "stopped" = "running";
  /** Links of others that are no neighbours, and since when they stand, oldest first. */
  private strangers: Map<PeerId, number> | undefined;

  constructor(
    env: LinkEnv<HyParViewMessage, HyParViewTimer>,
    wiring: HyParViewWiring,
    options: HyParViewOptions,
  ) {
    this.hood = new Neighbourhood(env, wiring, options);
    const { hood } = this;
    this.requests = new Requests(hood);
    this.rejoining = new Rejoining(hood, this.requests);
    this.shuffling = new Shuffling(hood);
    const parts = { requests: this.requests, shuffling: this.shuffling };
    this.islands = new Islands(hood, parts, this.rejoining.contacts);
    this.rejoining.add(wiring.seeds ?? []);
    for (const known of wiring.remembered ?? []) {
      if (hood.passive.size < options.passiveCount) hood.keep(known);
    }
    const { contacts } = wiring;
    contacts?.subscribe({
      onPeerUp: (peer) => this.onContactUp(peer, contacts.population),
      onPeerDown: (peer) => this.onContactDown(peer),
    });
  }

  /** How many peers it knows. */
  get size(): number {
    return this.hood.active.size + this.hood.passive.size;
  }

  get population(): number {
    return this.shuffling.population;
  }

  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number {
    const { active, passive } = this.hood;
    const wanted = count + (exclude === undefined ? 0 : 1);
    let taken = 0;
    for (const place of random.sampleIndexes(active.size + passive.size, wanted)) {
      const isActive = place < active.size;
      const { peer } = isActive ? active.at(place) : passive.at(place - active.size);
      if (taken === count || peer === exclude) continue;
      out[taken] = peer;
      taken += 1;
    }
    return taken;
  }

  forEachNeighbour(visit: (peer: PeerId) => void): void {
    for (const { peer } of this.hood.active) visit(peer);
  }

  subscribe(listener: PeerListener): void {
    this.hood.listeners.push(listener);
  }

  /** What travels with the name of a peer, where it is known. */
  dataOf(peer: PeerId): Uint8Array | undefined {
    return this.hood.find(peer)?.data;
  }

  /** Whom to remember for a next life: neighbours first, at most both views. */
  worthKeeping(): KnownPeer[] {
    return [...this.hood.active, ...this.hood.passive];
  }

  /** The root whose beacon is heard: the same for all that are connected. For checkers. */
  get heardRoot(): PeerId | undefined {
    return this.islands.heardRoot;
  }

  start(): void {
    const { env, options, passive } = this.hood;
    this.phase = "running";
    env.setTimer(plainTimers.shuffle, this.jittered(options.shuffleIntervalMs));
    env.setTimer(plainTimers.beacon, this.jittered(options.beaconIntervalMs));
    if (passive.size > 0) this.requests.begin();
    if (this.rejoining.contacts.length > 0) this.rejoining.attempt();
    this.checkLoneliness();
  }

  /** Leaves: neighbours hear that it does not come back. */
  stop(): void {
    this.phase = "stopped";
    for (const { peer } of [...this.hood.active]) {
      this.hood.farewell(peer, "leave");
      this.hood.remove(peer, "left");
    }
    this.hood.passive.clear();
    this.requests.clear();
  }

  /** Joins by way of these, now; they are seeds from then on. */
  join(contacts: readonly KnownPeer[]): void {
    this.rejoining.add(contacts);
    for (const contact of contacts) this.requests.join(contact);
    this.rejoining.wake();
  }

  onLinkUp(peer: PeerId): void {
    if (this.phase === "stopped") return this.hood.env.closeLink(peer);
    this.requests.onUp(peer);
    this.islands.onUp(peer);
    if (this.isExpected(peer)) return;
    this.strangers ??= new Map();
    this.strangers.set(peer, this.hood.env.now());
    if (this.strangers.size <= this.hood.options.strangersMaxCount) return;
    const [oldest] = this.strangers.keys();
    if (oldest === undefined) return;
    this.hood.count("hyparview.dropped.strangersFull");
    this.dismiss(oldest);
  }

  onLinkDown(peer: PeerId): void {
    if (this.phase === "stopped") return;
    this.strangers?.delete(peer);
    const wasNeighbour = this.hood.remove(peer, "lost");
    const wasAsked = this.requests.onDown(peer);
    const wasProbed = this.islands.onDown(peer);
    if (wasNeighbour) this.requests.begin(peer);
    else if (wasAsked || wasProbed) this.requests.refill();
    this.checkLoneliness();
  }

  onMessage(from: PeerId, message: HyParViewMessage): void {
    if (this.phase === "stopped") return;
    const { hood } = this;
    if (!hood.budgets.allowsMessage(from, hood.env.now())) {
      return hood.count("hyparview.dropped.overBudget");
    }
    if (isForNeighbours(message) && !hood.active.has(from)) {
      hood.count("hyparview.dropped.notNeighbour");
    } else {
      this.take(from, message);
    }
    // Whoever takes this node for a neighbour and is none hears by it that it is not.
    if (!this.isExpected(from)) this.dismiss(from);
    this.checkLoneliness();
  }

  onTimer(timer: HyParViewTimer): void {
    if (this.phase === "stopped") return;
    const { env, options } = this.hood;
    switch (timer.kind) {
      case "shuffle":
        this.dismissOld();
        this.shuffling.tick();
        this.requests.begin();
        env.setTimer(plainTimers.shuffle, this.jittered(options.shuffleIntervalMs));
        break;
      case "beacon":
        this.islands.tick();
        env.setTimer(plainTimers.beacon, this.jittered(options.beaconIntervalMs));
        break;
      case "join":
        this.rejoining.onTimer();
        break;
      case "unanswered":
        this.requests.onTimeout(timer.peer, timer.number);
        break;
    }
    this.checkLoneliness();
  }

  /**
   * A newcomer, or one that was cut off and may be in an overlay of its own: two halves that meet
   * again are woven together by it, long before a beacon tells them apart.
   */
  private onContactUp(peer: PeerId, population: number): void {
    const { hood } = this;
    if (this.phase === "stopped" || this.isExpected(peer)) return;
    if (hood.active.size === 0 && this.requests.size === 0) this.requests.join({ peer });
    else if (hood.env.random.chance(hood.options.contactAsksCount / population)) {
      this.requests.ask({ peer }, "high");
    } else if (hood.passive.size < hood.options.passiveCount) hood.keep({ peer });
    if (!hood.isFull) this.requests.begin();
    this.checkLoneliness();
  }

  /** Whichever notices first: the link's end, or the other membership. */
  private onContactDown(peer: PeerId): void {
    if (this.phase === "stopped") return;
    const { hood, requests } = this;
    const wasNeighbour = hood.remove(peer, "left");
    const wasAsked = requests.onDown(peer);
    this.islands.onDown(peer);
    hood.passive.take(peer);
    hood.lost.take(peer);
    this.dismiss(peer);
    if (wasNeighbour) requests.begin(peer);
    else if (wasAsked) requests.refill();
    this.checkLoneliness();
  }

  private take(from: PeerId, message: HyParViewMessage): void {
    switch (message.kind) {
      case "join":
        return this.onJoin(from, message.data);
      case "forwardJoin":
        return this.onForwardJoin(from, message.joiner, message.ttl);
      case "neighbor":
        return this.onNeighbor(from, message.priority, message.data);
      case "neighborReply":
        return this.onNeighborReply(from, message.data);
      case "disconnect":
        return this.onDisconnect(from, message.why);
      case "shuffle": {
        const stranger = this.shuffling.onShuffle(from, message);
        if (stranger !== undefined && !this.isExpected(stranger)) this.dismiss(stranger);
        return;
      }
      case "shuffleReply": {
        const isFarewell = this.hood.active.has(from) || this.requests.has(from);
        this.shuffling.onReply(from, message.peers, isFarewell ? "farewell" : "answer");
        return this.requests.refill();
      }
      case "probe":
        return this.islands.onProbe(from, message);
      case "probeReply":
        return this.islands.onProbeReply(from, message);
      case "beacon":
        return this.islands.onBeacon(from, message.beacon);
    }
  }

  private onJoin(from: PeerId, data: Uint8Array | undefined): void {
    const { hood } = this;
    const known = this.knownOf(from, data);
    if (known === undefined) return;
    hood.count("hyparview.joins");
    const isNeighbour = hood.active.has(from);
    if (!isNeighbour && hood.isFull && !hood.budgets.allowsEviction(hood.env.now())) {
      return this.refuse(from);
    }
    // Also to one that is a neighbour: it may have lost the first answer [spec A3].
    this.reply(from);
    this.admit(known);
    const { joinWalkCount: ttl } = hood.options;
    const message = { kind: "forwardJoin", joiner: known, ttl } as const;
    for (const { peer } of hood.active) if (peer !== from) hood.env.send(peer, message);
  }

  private onForwardJoin(from: PeerId, joiner: KnownPeer, given: number): void {
    const { active, env, options } = this.hood;
    if (joiner.peer === env.self) return;
    if (this.knownOf(joiner.peer, joiner.data) === undefined) return;
    const ttl = Math.min(given, options.joinWalkCount);
    const next = ttl > 0 ? active.pick(env.random, from, joiner.peer) : undefined;
    if (next === undefined || active.has(joiner.peer)) return this.requests.ask(joiner, "high");
    if (ttl === options.passiveWalkCount) this.hood.keep(joiner);
    env.send(next.peer, { kind: "forwardJoin", joiner, ttl: ttl - 1 });
  }

  private onNeighbor(from: PeerId, priority: Priority, data: Uint8Array | undefined): void {
    const { hood } = this;
    const known = this.knownOf(from, data);
    if (known === undefined) return;
    if (!hood.active.has(from) && hood.isFull && !this.givesWay(from, priority)) {
      return this.refuse(from);
    }
    this.reply(from);
    this.admit(known);
  }

  private onNeighborReply(from: PeerId, data: Uint8Array | undefined): void {
    const { hood } = this;
    const known = this.knownOf(from, data);
    const priority = this.requests.take(from);
    if (known === undefined) return;
    if (priority === undefined) {
      if (!hood.active.has(from)) hood.count("hyparview.dropped.unasked");
      return;
    }
    // Meanwhile others have come; who only filled a gap goes rather than one of them.
    const isTooLate = hood.isFull && priority === "low" && !hood.active.has(from);
    if (isTooLate) this.refuse(from);
    else this.admit(known);
  }

  private onDisconnect(from: PeerId, why: "room" | "leave"): void {
    const { hood } = this;
    const wasNeighbour = hood.remove(from, why === "room" ? "kept" : "left");
    const wasAsked = this.requests.take(from) !== undefined;
    if (why === "leave") hood.passive.take(from);
    this.dismiss(from);
    if (wasNeighbour) this.requests.begin(from);
    else if (wasAsked) this.requests.refill();
  }

  /** A request that must not be refused: a neighbour goes for it, unless there were too many. */
  private givesWay(from: PeerId, priority: Priority): boolean {
    const { budgets, env } = this.hood;
    if (priority === "low" || !budgets.allowsUrgent(from, env.now())) return false;
    return budgets.allowsEviction(env.now());
  }

  private admit(known: KnownPeer): void {
    const isNew = !this.hood.active.has(known.peer);
    this.strangers?.delete(known.peer);
    this.hood.admit(known);
    if (isNew) this.islands.greet(known.peer);
  }

  private refuse(peer: PeerId): void {
    this.hood.count("hyparview.refusals");
    this.requests.take(peer);
    this.strangers?.delete(peer);
    this.hood.farewell(peer, "room");
  }

  private reply(to: PeerId): void {
    const { card, env } = this.hood;
    const { data } = card;
    env.send(to, data === undefined ? { kind: "neighborReply" } : { kind: "neighborReply", data });
  }

  private knownOf(peer: PeerId, data: Uint8Array | undefined): KnownPeer | undefined {
    if (data === undefined) return this.hood.find(peer) ?? cardOf(peer, undefined);
    if (data.length <= this.hood.options.dataMaxBytes) return { peer, data };
    this.hood.count("hyparview.dropped.absurd");
    return undefined;
  }

  private isExpected(peer: PeerId): boolean {
    return this.hood.active.has(peer) || this.requests.has(peer) || this.islands.isProbing(peer);
  }

  private dismiss(peer: PeerId): void {
    this.strangers?.delete(peer);
    this.hood.env.closeLink(peer);
  }

  private dismissOld(): void {
    const { env, options } = this.hood;
    for (const [peer, sinceMs] of this.strangers ?? []) {
      if (env.now() - sinceMs < options.strangerTimeoutMs) return;
      this.dismiss(peer);
    }
  }

  private checkLoneliness(): void {
    if (this.hood.active.size === 0) this.rejoining.wake();
  }

  private jittered(ms: number): number {
    return ms * (1 - JITTER_RATIO + 2 * JITTER_RATIO * this.hood.env.random.real());
  }
}

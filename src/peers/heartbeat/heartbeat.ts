import type { Env, TimerId } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { PeerListener } from "../peer-view.ts";
import { BeatList } from "./beat-list.ts";
import { broadcastExponent, broadcastOdds } from "./broadcast-odds.ts";
import { chooseByDomains, sortByDomains } from "./gossip-levels.ts";
import type { HeartbeatWiring } from "./heartbeat.contract.ts";
import type { HeartbeatEntry, HeartbeatMessage } from "./heartbeat.messages.ts";
import type { HeartbeatOptions } from "./heartbeat.options.ts";

export type HeartbeatTimer = { readonly kind: "round" } | { readonly kind: "broadcast" };

const ROUND: HeartbeatTimer = { kind: "round" };
const BROADCAST: HeartbeatTimer = { kind: "broadcast" };
/** Peers of the view that gossip by domains looks at in a round. [guess] */
const VIEW_SAMPLE_COUNT = 16;
/** How often the dice for a broadcast are thrown. [van Renesse 1998 §4] */
const BROADCAST_CHECK_MS = 1_000;

/**
 * Brings heartbeats to a detector. Each node counts its own beats and tells others the highest of
 * everybody that it has heard of; a beat that rises is a sign of life, however it came. With
 * `SilenceDetector` it is the gossip-style failure detector. [van Renesse, Minsky, Hayden 1998]
 *
 * Departs from [van Renesse 1998 §2]: a list that is larger than a message goes in parts that take
 * turns. Departs from it: beats begin at the wall clock's milliseconds, so that a node that was
 * started again goes on above its former ones; and a node that hears of higher beats of its own
 * goes beyond them, so that neither a clock set back nor a liar can silence it for long.
 */
export class Heartbeats implements Protocol<HeartbeatMessage, HeartbeatTimer>, PeerListener {
  private readonly env: Env<HeartbeatMessage, HeartbeatTimer>;
  private readonly wiring: HeartbeatWiring;
  private readonly options: HeartbeatOptions;
  private readonly list: BeatList;
  private readonly timers = new Map<HeartbeatTimer["kind"], TimerId>();
  private readonly targets: PeerId[] = [];
  /** Whom this node hears where heartbeats go straight to neighbours; undefined: to be listed. */
  private neighbours: ReadonlySet<PeerId> | undefined;
  private beat = 0;
  /** Messages of this round that were read, by whom they are from. */
  private readonly read = new Map<PeerId, number>();
  private readCount = 0;
  private isFullOfLiving = false;
  private broadcastMs = 0;
  private odds = { membersCount: 0, exponent: 0 };

  constructor(
    env: Env<HeartbeatMessage, HeartbeatTimer>,
    wiring: HeartbeatWiring,
    options: HeartbeatOptions,
  ) {
    this.env = env;
    this.wiring = wiring;
    this.options = options;
    this.list = new BeatList(options.gravesMaxCount);
    wiring.peers.subscribe(this);
  }

  start(): void {
    this.beat = this.env.wallClock();
    this.broadcastMs = this.env.now();
    // Nodes that start together shall not have their rounds together.
    const firstMs = this.env.random.real() * this.options.roundIntervalMs;
    this.timers.set("round", this.env.setTimer(ROUND, firstMs));
    if (this.options.broadcast === "on") this.armBroadcast();
  }

  stop(): void {
    for (const timer of this.timers.values()) this.env.clearTimer(timer);
  }

  /** Everybody but this node that was heard of and is not forgotten. */
  get peersCount(): number {
    return this.list.size;
  }

  /** The highest beat that was heard of a peer; undefined of the unknown. */
  beatOf(peer: PeerId): number | undefined {
    return peer === this.env.self ? this.beat : this.list.beatOf(peer);
  }

  /** This peer has left: it is not dead, and old word of it is no sign of life. */
  forget(peer: PeerId): void {
    this.list.bury(peer);
    this.wiring.detector.forget(peer);
  }

  /** Nothing is said of a peer that was not heard. */
  onPeerUp(): void {
    this.neighbours = undefined;
  }

  /** Whoever is no neighbour any more sends nothing any more. */
  onPeerDown(peer: PeerId): void {
    this.neighbours = undefined;
    if (this.options.spread === "neighbours" && !this.hasFailed(peer)) this.forget(peer);
  }

  onTimer(timer: HeartbeatTimer): void {
    if (timer.kind === "round") this.onRound();
    else this.onBroadcastCheck();
  }

  onMessage(from: PeerId, message: HeartbeatMessage): void {
    const { counters } = this.wiring;
    if (from === this.env.self) return counters.add("heartbeat.dropped.self");
    if (!this.mayRead(from)) return counters.add("heartbeat.dropped.budget");
    if (message.kind === "broadcast") this.broadcastMs = this.env.now();
    const latest = this.env.wallClock() + this.options.aheadMaxMs;
    // One's own beat stands first, then others'.
    const most = this.options.peersMaxCount + 1;
    const { entries } = message;
    for (let index = 0; index < entries.length && index < most; index += 1) {
      const entry = entries[index];
      if (entry !== undefined) this.hear(from, entry, latest);
    }
    if (entries.length > most) counters.add("heartbeat.dropped.excess", entries.length - most);
  }

  private mayRead(from: PeerId): boolean {
    const { messagesMaxCount, messagesPerPeerMaxCount } = this.options;
    const count = this.read.get(from) ?? 0;
    if (count >= messagesPerPeerMaxCount || this.readCount >= messagesMaxCount) return false;
    this.read.set(from, count + 1);
    this.readCount += 1;
    return true;
  }

  private hear(from: PeerId, { beat, peer }: HeartbeatEntry, latest: number): void {
    const { counters, detector, isMember } = this.wiring;
    if (beat > latest) return counters.add("heartbeat.dropped.ahead");
    if (peer === this.env.self) return this.refute(beat);
    if (this.options.spread === "neighbours" && !(peer === from && this.isNeighbour(peer))) {
      return counters.add("heartbeat.dropped.notNeighbour");
    }
    const known = this.list.beatOf(peer) ?? this.list.buriedAt(peer) ?? -1;
    if (beat <= known) return this.hearOld(from, { peer, beat: known });
    if (this.list.beatOf(peer) === undefined) {
      if (isMember !== undefined && !isMember(peer)) {
        return counters.add("heartbeat.dropped.stranger");
      }
      if (!this.hasRoom()) return counters.add("heartbeat.dropped.tableFull");
    }
    this.list.set(peer, beat);
    detector.onHeartbeat(peer);
  }

  /** It lives, and its clock was set back: what is known of it is told to nobody but itself. */
  private hearOld(from: PeerId, known: HeartbeatEntry): void {
    if (this.list.beatOf(known.peer) === undefined) {
      this.wiring.counters.add("heartbeat.dropped.buried");
    }
    const isOwnWord = known.peer === from;
    if (isOwnWord && this.wiring.detector.statusOf(from) !== "alive") {
      this.send(from, "gossip", [known]);
    }
  }

  private isNeighbour(peer: PeerId): boolean {
    if (this.neighbours === undefined) {
      const neighbours = new Set<PeerId>();
      this.wiring.peers.forEachNeighbour((neighbour) => neighbours.add(neighbour));
      this.neighbours = neighbours;
    }
    return this.neighbours.has(peer);
  }

  private hasFailed(peer: PeerId): boolean {
    return this.wiring.hasFailed?.(peer) ?? false;
  }

  private refute(beat: number): void {
    if (beat <= this.beat) return;
    this.beat = beat + 1;
    this.wiring.counters.add("heartbeat.refuted");
  }

  /** The dead give way to the living; they are looked for once a round while there are none. */
  private hasRoom(): boolean {
    if (this.list.size < this.options.peersMaxCount) return true;
    if (this.isFullOfLiving) return false;
    const { detector } = this.wiring;
    const dead = this.list.peers.find((peer) => detector.statusOf(peer) === "dead");
    if (dead !== undefined) this.forget(dead);
    this.isFullOfLiving = dead === undefined;
    return dead !== undefined;
  }

  private onRound(): void {
    const { roundIntervalMs, spread } = this.options;
    this.timers.set("round", this.env.setTimer(ROUND, roundIntervalMs));
    this.beat += 1;
    this.read.clear();
    this.readCount = 0;
    this.isFullOfLiving = false;
    if (spread === "neighbours") this.forgetStrangers();
    this.wiring.detector.onRound();
    this.cleanUp();
    if (spread === "gossip") this.gossip();
    else this.wiring.peers.forEachNeighbour((peer) => this.send(peer, "gossip", []));
  }

  /** Neighbours that had failed, and have returned to be neighbours of others. */
  private forgetStrangers(): void {
    for (const peer of [...this.list.peers]) {
      if (!this.isNeighbour(peer) && !this.hasFailed(peer)) this.forget(peer);
    }
  }

  /** At least as long after the last sign of life as twice what it took to find it dead. */
  private cleanUp(): void {
    const { detector } = this.wiring;
    const nowMs = this.env.now();
    for (const peer of [...this.list.peers]) {
      if (detector.statusOf(peer) !== "dead") continue;
      const { heardMs = nowMs, sinceMs } = detector.verdict(peer);
      const cleanupMs = Math.max(this.options.cleanupAfterMs, 2 * (sinceMs - heardMs));
      if (nowMs - heardMs < cleanupMs) continue;
      this.forget(peer);
      this.wiring.counters.add("heartbeat.forgotten");
    }
  }

  private gossip(): void {
    const { fanoutCount } = this.options;
    if (this.wiring.domainsOf === undefined) {
      const { peers } = this.wiring;
      const taken = peers.sample(this.env.random, fanoutCount, this.targets);
      for (const peer of this.targets.slice(0, taken)) this.send(peer, "gossip", this.nextPart());
      return;
    }
    for (let count = 0; count < fanoutCount; count += 1) {
      const peer = this.drawByDomains();
      if (peer !== undefined) this.send(peer, "gossip", this.nextPart());
    }
  }

  private drawByDomains(): PeerId | undefined {
    const { domainsOf = () => [] } = this.wiring;
    const { random, self } = this.env;
    // Some of the view besides: those that only know each other would else stay among themselves.
    const taken = this.wiring.peers.sample(random, VIEW_SAMPLE_COUNT, this.targets);
    const known = new Set(this.targets.slice(0, taken));
    for (const peer of this.list.peers) if (this.isTold(peer)) known.add(peer);
    return chooseByDomains(sortByDomains(domainsOf(self), known, domainsOf), random);
  }

  /** Who is dead is not told of: its last beat would come back to those that forgot it. */
  private isTold(peer: PeerId): boolean {
    return this.wiring.detector.statusOf(peer) !== "dead";
  }

  private nextPart(): readonly HeartbeatEntry[] {
    const { sizes } = this.wiring;
    const own = sizes.headBytes + sizes.entryBytes({ peer: this.env.self, beat: this.beat });
    const budgetBytes = this.options.messageMaxBytes - own;
    return this.list.nextPart(budgetBytes, sizes, (peer) => this.isTold(peer));
  }

  private send(
    to: PeerId,
    kind: HeartbeatMessage["kind"],
    others: readonly HeartbeatEntry[],
  ): void {
    const own = { peer: this.env.self, beat: this.beat };
    this.env.send(to, { kind, entries: [own, ...others] });
    this.wiring.counters.add("heartbeat.sent");
  }

  private armBroadcast(): void {
    this.timers.set("broadcast", this.env.setTimer(BROADCAST, BROADCAST_CHECK_MS));
  }

  private onBroadcastCheck(): void {
    this.armBroadcast();
    const { broadcastMaxMs } = this.options;
    const seconds = (this.env.now() - this.broadcastMs) / 1_000;
    const odds = broadcastOdds(seconds, this.broadcastExponent(), broadcastMaxMs / 1_000);
    if (!this.env.random.chance(odds)) return;
    this.broadcastMs = this.env.now();
    this.wiring.counters.add("heartbeat.broadcasts");
    const entries = this.nextPart();
    for (const peer of this.everybody()) this.send(peer, "broadcast", entries);
  }

  /** Changes only with the size of the cluster. */
  private broadcastExponent(): number {
    const membersCount = Math.max(this.wiring.peers.population, this.list.size + 1);
    if (this.odds.membersCount !== membersCount) {
      const { broadcastMaxMs, broadcastMeanMs } = this.options;
      const span = { maxSeconds: broadcastMaxMs / 1_000, meanSeconds: broadcastMeanMs / 1_000 };
      this.odds = { membersCount, exponent: broadcastExponent({ membersCount, ...span }) };
    }
    return this.odds.exponent;
  }

  /** The dead and the forgotten too: it may be this node that was cut off. */
  private everybody(): readonly PeerId[] {
    const { broadcastMaxCount } = this.options;
    const all = new Set<PeerId>();
    const { peers } = this.wiring;
    const taken = peers.sample(this.env.random, broadcastMaxCount, this.targets);
    for (const peer of this.targets.slice(0, taken)) all.add(peer);
    for (const peer of this.list.peers) all.add(peer);
    for (const peer of this.list.buried) all.add(peer);
    return [...all].slice(0, broadcastMaxCount);
  }
}

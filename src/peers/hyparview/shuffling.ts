import type { PeerId } from "../../core/peer.ts";
import type { HyParViewMessage, KnownPeer, ShuffleMessage } from "./hyparview.messages.ts";
import type { Neighbourhood } from "./neighbourhood.ts";

/** Of so many pairs half is forgotten. [because: an hour of shuffles] */
const PAIRS_MAX_COUNT = 100_000;

/**
 * Keeps the passive view fresh: now and then some peers are swapped with a node a random walk away.
 * Links that stand are never touched [spec E8].
 */
export class Shuffling {
  private readonly hood: Neighbourhood;
  /** What this node offered last: it gives way first to what comes in return. */
  private offered: PeerId[] = [];
  private awaitedCount = 0;
  /** Pairs of a peer heard of and a peer known, and those that were one and the same. */
  private pairsCount = 0;
  private hitsCount = 0;
  private wasFull = false;

  constructor(hood: Neighbourhood) {
    this.hood = hood;
  }

  /**
   * How many nodes there seem to be. While views have room they hold everybody. Beyond that, of two
   * random samples of a and b among n peers a × b / n are common: mark and recapture.
   */
  get population(): number {
    const { active, options, passive } = this.hood;
    const known = active.size + passive.size + 1;
    this.wasFull ||= passive.size >= options.passiveCount;
    if (!this.wasFull) return known;
    return Math.max(known, Math.round(this.pairsCount / (this.hitsCount + 1)));
  }

  tick(): void {
    const { hood } = this;
    hood.budgets.turnShuffle();
    this.awaitedCount = 0;
    const first = hood.active.pick(hood.env.random);
    if (first === undefined) return;
    const peers = hood.offer(first.peer);
    this.offered = namesOf(peers);
    this.awaitedCount = 1;
    hood.count("hyparview.shuffles");
    const { shuffleWalkCount: ttl } = hood.options;
    hood.env.send(first.peer, { kind: "shuffle", origin: hood.card, peers, ttl });
  }

  /** From a neighbour. @returns whom it answered without being a neighbour. */
  onShuffle(from: PeerId, message: ShuffleMessage): PeerId | undefined {
    const { hood } = this;
    const { active, env, options } = hood;
    const { origin, peers } = message;
    if (!this.isSane(peers) || origin.peer === env.self) {
      if (origin.peer !== env.self) hood.count("hyparview.dropped.absurd");
      return undefined;
    }
    this.compare(peers);
    const ttl = Math.min(message.ttl, options.shuffleWalkCount);
    const next = ttl > 0 ? active.pick(env.random, from, origin.peer) : undefined;
    if (next !== undefined) {
      env.send(next.peer, { kind: "shuffle", origin, peers, ttl: ttl - 1 });
      return undefined;
    }
    const answer = hood.someone(peers.length, origin.peer);
    hood.send(origin.peer, { kind: "shuffleReply", peers: answer });
    this.integrate(from, peers, namesOf(answer));
    return active.has(origin.peer) ? undefined : origin.peer;
  }

  /** Asked for, or a farewell of a neighbour or of one who was asked to become one. */
  onReply(from: PeerId, peers: readonly KnownPeer[], isFarewell: "farewell" | "answer"): void {
    const { hood } = this;
    if (!this.isSane(peers)) return hood.count("hyparview.dropped.absurd");
    if (isFarewell === "answer") {
      if (this.awaitedCount === 0) return hood.count("hyparview.dropped.unasked");
      this.awaitedCount -= 1;
      this.compare(peers);
    }
    this.integrate(from, peers, this.offered);
  }

  /** As many as `from` may write. */
  integrate(from: PeerId, peers: readonly KnownPeer[], first: PeerId[]): void {
    const { active, budgets } = this.hood;
    const { length } = peers;
    const isNeighbour = active.has(from);
    const granted = isNeighbour
      ? budgets.takePassive(from, length)
      : budgets.takePassiveOfStrangers(length);
    if (granted < length) this.hood.count("hyparview.dropped.passiveBudget", length - granted);
    for (let at = 0; at < granted; at += 1) {
      const known = peers[at];
      if (known !== undefined) this.hood.keep(known, first);
    }
  }

  isSane(peers: readonly KnownPeer[]): boolean {
    const { dataMaxBytes, shuffleActiveCount, shufflePassiveCount } = this.hood.options;
    if (peers.length > 1 + shuffleActiveCount + shufflePassiveCount) return false;
    return peers.every(({ data }) => data === undefined || data.length <= dataMaxBytes);
  }

  private compare(peers: readonly KnownPeer[]): void {
    const { active, passive } = this.hood;
    this.pairsCount += peers.length * (active.size + passive.size);
    for (const { peer } of peers) if (active.has(peer) || passive.has(peer)) this.hitsCount += 1;
    if (this.pairsCount < PAIRS_MAX_COUNT) return;
    this.pairsCount /= 2;
    this.hitsCount /= 2;
  }
}

export function namesOf(peers: readonly KnownPeer[]): PeerId[] {
  return peers.map(({ peer }) => peer);
}

/** What a neighbour alone may send: a walk begun by strangers would let them choose its way. */
export function isForNeighbours({ kind }: HyParViewMessage): boolean {
  return kind === "forwardJoin" || kind === "shuffle" || kind === "beacon";
}

import type { Dot } from "../../core/dot.ts";
import type { DotRange } from "../../core/dot-set.ts";
import type { PeerId } from "../../core/peer.ts";
import type { PlumtreeCounters, PlumtreeEnv } from "./plumtree.contract.ts";
import type { Announced, Offered } from "./plumtree.messages.ts";
import type { PlumtreeOptions } from "./plumtree.options.ts";

/** Peers that one large update is fetched from, one after another. [guess] */
const OFFERS_MAX_COUNT = 16;

/** One peer's word that it holds a large update. */
interface Offer {
  readonly peer: PeerId;
  readonly round: number;
  readonly bytes: number;
  /** How often it was asked. */
  askedCount: number;
}

interface Fetch {
  readonly key: string;
  readonly replica: string;
  readonly dot: Dot;
  /** Asked in this order; whoever was asked in vain goes to the end. */
  offers: Offer[];
  /** Who has been asked and may be sending it now. */
  asked: Offer | undefined;
  dueMs: number;
}

export interface FetchPorts {
  readonly env: PlumtreeEnv;
  readonly counters: PlumtreeCounters;
  ask(replica: string, peer: PeerId, run: Announced): void;
  /** Taken in meanwhile, or of no use any more. */
  isSettled(replica: string, dot: Dot): boolean;
  onLost(replica: string): void;
}

/**
 * Large updates of all replicas that were announced and are not here: a few are fetched at once,
 * each from one peer at a time, and the rest wait for their turn.
 */
export class Fetches {
  private readonly options: PlumtreeOptions;
  private readonly ports: FetchPorts;
  /** In the order of their announcement. */
  private readonly all = new Map<string, Fetch>();
  private readonly running = new Set<Fetch>();
  private readonly countByPeer = new Map<PeerId, number>();
  private armedMs = Number.POSITIVE_INFINITY;

  constructor(options: PlumtreeOptions, ports: FetchPorts) {
    this.options = options;
    this.ports = ports;
  }

  get size(): number {
    return this.all.size;
  }

  get runningCount(): number {
    return this.running.size;
  }

  /** `peer` holds it. False when a bound forbids to take note of that. */
  note(peer: PeerId, replica: string, offered: Offered): boolean {
    const { bytes, origin, round, seq } = offered;
    const { offersMaxCount, offersPerPeerMaxCount } = this.options;
    const key = keyOf(replica, offered);
    const known = this.all.get(key);
    if (known?.offers.some((one) => one.peer === peer) === true) return true;
    const ofPeer = this.countByPeer.get(peer) ?? 0;
    if (ofPeer >= offersPerPeerMaxCount) return false;
    if (known === undefined && this.all.size >= offersMaxCount) return false;
    if (known !== undefined && known.offers.length >= OFFERS_MAX_COUNT) return false;
    const sought = known ?? {
      key,
      replica,
      dot: { origin, seq },
      offers: [],
      asked: undefined,
      dueMs: Number.POSITIVE_INFINITY,
    };
    sought.offers.push({ peer, round, bytes, askedCount: 0 });
    this.countByPeer.set(peer, ofPeer + 1);
    this.all.set(key, sought);
    return true;
  }

  /** It is here, or nobody wants it any more. */
  onCame(replica: string, dot: Dot): void {
    const sought = this.all.get(keyOf(replica, dot));
    if (sought !== undefined) this.end(sought);
  }

  /** What `peer` sent under this name is of no use: the next one is asked. */
  onUseless(peer: PeerId, replica: string, dot: Dot): void {
    const sought = this.all.get(keyOf(replica, dot));
    if (sought !== undefined) this.forgetOffer(sought, peer);
  }

  /** `peer` does not hold these, or sends no more now: the next one is asked. */
  onLacked(peer: PeerId, replica: string, { first, last, origin }: DotRange): void {
    if (!this.countByPeer.has(peer)) return;
    for (const sought of [...this.all.values()]) {
      const { seq } = sought.dot;
      const isIn = sought.replica === replica && sought.dot.origin === origin;
      if (isIn && first <= seq && seq <= last) this.forgetOffer(sought, peer);
    }
  }

  removePeer(peer: PeerId): void {
    if (!this.countByPeer.has(peer)) return;
    for (const sought of [...this.all.values()]) this.forgetOffer(sought, peer);
  }

  removeReplica(replica: string): void {
    for (const sought of [...this.all.values()]) if (sought.replica === replica) this.end(sought);
  }

  onTimer(nowMs: number): void {
    this.armedMs = Number.POSITIVE_INFINITY;
    for (const sought of [...this.running]) {
      if (sought.dueMs <= nowMs) this.onSilence(sought);
    }
    this.advance(nowMs);
  }

  /** Asks for as many as may be fetched at once. Called last in whatever changed something. */
  advance(nowMs: number): void {
    const isFull = this.running.size >= this.options.fetchesMaxCount;
    if (!isFull && this.all.size > this.running.size) this.fill(nowMs);
    this.arm(nowMs);
  }

  private fill(nowMs: number): void {
    for (const sought of this.all.values()) {
      if (this.running.size >= this.options.fetchesMaxCount) return;
      if (sought.asked !== undefined) continue;
      if (this.ports.isSettled(sought.replica, sought.dot)) {
        this.end(sought);
        continue;
      }
      const offer = sought.offers.find(({ peer }) => !this.isBusy(peer));
      if (offer === undefined) continue;
      const { origin, seq } = sought.dot;
      offer.askedCount += 1;
      sought.asked = offer;
      sought.dueMs = nowMs + this.waitMs(offer.bytes);
      this.running.add(sought);
      const run = { origin, first: seq, last: seq, round: offer.round };
      this.ports.counters.add("plumtree.fetched");
      this.ports.ask(sought.replica, offer.peer, run);
    }
  }

  /** Who never sends what it announces holds up no more than its share. */
  private isBusy(peer: PeerId): boolean {
    let count = 0;
    for (const { asked } of this.running) if (asked?.peer === peer) count += 1;
    return count >= this.options.fetchesPerPeerMaxCount;
  }

  /** Grows with the size that was announced, which may be a lie. */
  private waitMs(bytes: number): number {
    const { fetchMaxBytes, fetchMinBytesPerSecond, fetchWaitMs } = this.options;
    return fetchWaitMs + (1_000 * Math.min(bytes, fetchMaxBytes)) / fetchMinBytesPerSecond;
  }

  /** Whoever was asked has not sent it: the next one's turn, and this one's again after all. */
  private onSilence(sought: Fetch): void {
    const { asked } = sought;
    if (asked === undefined) return;
    this.ports.counters.add("plumtree.fetchesSilent");
    if (asked.askedCount >= this.options.fetchAttemptsCount) {
      return this.forgetOffer(sought, asked.peer);
    }
    sought.offers = [...sought.offers.filter((one) => one !== asked), asked];
    this.rest(sought);
  }

  private forgetOffer(sought: Fetch, peer: PeerId): void {
    const kept = sought.offers.filter((one) => one.peer !== peer);
    if (kept.length === sought.offers.length) return;
    sought.offers = kept;
    this.uncount(peer);
    if (sought.asked?.peer === peer) this.rest(sought);
    if (kept.length > 0) return;
    this.end(sought);
    if (!this.ports.isSettled(sought.replica, sought.dot)) this.ports.onLost(sought.replica);
  }

  /** Nobody is asked for it now; it keeps its place before all that were announced later. */
  private rest(sought: Fetch): void {
    sought.asked = undefined;
    sought.dueMs = Number.POSITIVE_INFINITY;
    this.running.delete(sought);
  }

  private end(sought: Fetch): void {
    this.rest(sought);
    this.all.delete(sought.key);
    for (const { peer } of sought.offers) this.uncount(peer);
    sought.offers = [];
  }

  private uncount(peer: PeerId): void {
    const left = (this.countByPeer.get(peer) ?? 0) - 1;
    if (left > 0) this.countByPeer.set(peer, left);
    else this.countByPeer.delete(peer);
  }

  private arm(nowMs: number): void {
    let next = Number.POSITIVE_INFINITY;
    for (const { dueMs } of this.running) next = Math.min(next, dueMs);
    if (next >= this.armedMs) return;
    this.armedMs = next;
    this.ports.env.setTimer({ kind: "fetch" }, Math.max(0, next - nowMs));
  }
}

function keyOf(replica: string, { origin, seq }: Dot): string {
  return `${seq} ${origin.length} ${origin} ${replica}`;
}

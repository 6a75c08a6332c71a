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
    const fetch = known ?? {
      key,
      replica,
      dot: { origin, seq },
      offers: [],
      asked: undefined,
      dueMs: Number.POSITIVE_INFINITY,
    };
    fetch.offers.push({ peer, round, bytes, askedCount: 0 });
    this.countByPeer.set(peer, ofPeer + 1);
    this.all.set(key, fetch);
    return true;
  }

  /** It is here, or nobody wants it any more. */
  onCame(replica: string, dot: Dot): void {
    const fetch = this.all.get(keyOf(replica, dot));
    if (fetch !== undefined) this.end(fetch);
  }

  /** What `peer` sent under this name is of no use: the next one is asked. */
  onUseless(peer: PeerId, replica: string, dot: Dot): void {
    const fetch = this.all.get(keyOf(replica, dot));
    if (fetch !== undefined) this.forgetOffer(fetch, peer);
  }

  /** `peer` does not hold these, or sends no more now: the next one is asked. */
  onLacked(peer: PeerId, replica: string, { first, last, origin }: DotRange): void {
    if (!this.countByPeer.has(peer)) return;
    for (const fetch of [...this.all.values()]) {
      const { seq } = fetch.dot;
      const isIn = fetch.replica === replica && fetch.dot.origin === origin;
      if (isIn && first <= seq && seq <= last) this.forgetOffer(fetch, peer);
    }
  }

  removePeer(peer: PeerId): void {
    if (!this.countByPeer.has(peer)) return;
    for (const fetch of [...this.all.values()]) this.forgetOffer(fetch, peer);
  }

  removeReplica(replica: string): void {
    for (const fetch of [...this.all.values()]) if (fetch.replica === replica) this.end(fetch);
  }

  onTimer(nowMs: number): void {
    this.armedMs = Number.POSITIVE_INFINITY;
    for (const fetch of [...this.running]) {
      if (fetch.dueMs <= nowMs) this.onSilence(fetch);
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
    for (const fetch of this.all.values()) {
      if (this.running.size >= this.options.fetchesMaxCount) return;
      if (fetch.asked !== undefined) continue;
      if (this.ports.isSettled(fetch.replica, fetch.dot)) {
        this.end(fetch);
        continue;
      }
      const offer = fetch.offers.find(({ peer }) => !this.isBusy(peer));
      if (offer === undefined) continue;
      const { origin, seq } = fetch.dot;
      offer.askedCount += 1;
      fetch.asked = offer;
      fetch.dueMs = nowMs + this.waitMs(offer.bytes);
      this.running.add(fetch);
      const run = { origin, first: seq, last: seq, round: offer.round };
      this.ports.counters.add("plumtree.fetched");
      this.ports.ask(fetch.replica, offer.peer, run);
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
  private onSilence(fetch: Fetch): void {
    const { asked } = fetch;
    if (asked === undefined) return;
    this.ports.counters.add("plumtree.fetchesSilent");
    if (asked.askedCount >= this.options.fetchAttemptsCount) {
      return this.forgetOffer(fetch, asked.peer);
    }
    fetch.offers = [...fetch.offers.filter((one) => one !== asked), asked];
    this.rest(fetch);
  }

  private forgetOffer(fetch: Fetch, peer: PeerId): void {
    const kept = fetch.offers.filter((one) => one.peer !== peer);
    if (kept.length === fetch.offers.length) return;
    fetch.offers = kept;
    this.uncount(peer);
    if (fetch.asked?.peer === peer) this.rest(fetch);
    if (kept.length > 0) return;
    this.end(fetch);
    if (!this.ports.isSettled(fetch.replica, fetch.dot)) this.ports.onLost(fetch.replica);
  }

  /** Nobody is asked for it now; it keeps its place before all that were announced later. */
  private rest(fetch: Fetch): void {
    fetch.asked = undefined;
    fetch.dueMs = Number.POSITIVE_INFINITY;
    this.running.delete(fetch);
  }

  private end(fetch: Fetch): void {
    this.rest(fetch);
    this.all.delete(fetch.key);
    for (const { peer } of fetch.offers) this.uncount(peer);
    fetch.offers = [];
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

import { assert } from "../../core/assert.ts";
import { sameBytes } from "../../core/bytes.ts";
import type { Random } from "../../core/random.ts";
import type { HeldInfo, InfoNetworkWiring } from "./info-network.contract.ts";
import {
  type HighWaterStamps,
  type InfoMap,
  NO_EXPIRY,
  type StampedInfo,
} from "./info-network.messages.ts";
import type { InfoNetworkOptions } from "./info-network.options.ts";
import type { StampClock } from "./stamp-clock.ts";
import { faultOf, HOPS_MAX, infoBytes, isFresher, nanosOf } from "./stamped-info.ts";
import { StoredOrder } from "./stored-order.ts";

/** What a node says of itself stands under this and its id. */
export const NODE_PREFIX = "node:";

/** Hears of a store, in the step; must not add to it. */
export interface StampStoreListener {
  onStored(held: HeldInfo, kind: "changed" | "redundant"): void;
  onExpired(held: HeldInfo): void;
}

export interface StampStoreWiring extends Pick<InfoNetworkWiring, "accepts" | "counters"> {
  readonly clock: StampClock;
  /** Id of this node; `NO_NODE_ID` while it has none. */
  nodeId(): number;
  readonly listener: StampStoreListener;
}

/** Infos that somebody was told whatever its stamps say: those up to a stamp and a position. */
export interface Offered {
  readonly stamp: bigint;
  readonly position: number;
}

export const NOTHING_OFFERED: Offered = { stamp: 0n, position: 0 };

export type AddOutcome = "added" | "notFresh" | "full";

/**
 * The newest info of each key, and per origin the greatest stamp ever stored. That one number says
 * what is held: every live info of the origin up to it that nothing has superseded. [infostore §4]
 */
export class StampStore {
  readonly highWater = new Map<number, bigint>();
  private readonly entries = new Map<string, HeldInfo>();
  private readonly order = new StoredOrder(this.entries);
  /** Keys of descriptors, which are looked through often. */
  private readonly nodeKeys = new Set<string>();
  /** Of nodes that have said so: all that they wrote in their present life is stamped from here. */
  private readonly lives = new Map<number, bigint>();
  private readonly wiring: StampStoreWiring;
  private readonly options: InfoNetworkOptions;
  private totalBytes = 0;
  private issued = 0n;

  constructor(wiring: StampStoreWiring, options: InfoNetworkOptions) {
    this.wiring = wiring;
    this.options = options;
  }

  get size(): number {
    return this.entries.size;
  }

  get lastPosition(): number {
    return this.order.last;
  }

  /** Greatest stamp of its own that this node has issued in this life. */
  get issuedMax(): bigint {
    return this.issued;
  }

  /** The info to add for a value written here. @param ttlNanos 0: for ever */
  newInfo(rawBytes: Uint8Array, ttlNanos: bigint): StampedInfo {
    const nodeId = this.wiring.nodeId();
    assert(nodeId !== 0, "a node without an id cannot write");
    const wallTime = this.wiring.clock.now();
    const ttlStamp = ttlNanos === 0n ? NO_EXPIRY : wallTime + ttlNanos;
    return { rawBytes, wallTime, origStamp: 0n, ttlStamp, hops: 0, nodeId, peerId: 0 };
  }

  /** What bears no stamp yet was written here, and gets one. */
  addInfo(key: string, given: StampedInfo): AddOutcome {
    const former = this.entries.get(key);
    if (former !== undefined && !isFresher(given, former.info)) return "notFresh";
    if (!this.hasRoom(key, given, former)) return "full";
    const info = given.origStamp === 0n ? this.stamped(given) : given;
    const isFormerOver = former !== undefined && this.isExpired(former.info);
    if (isFormerOver) this.wiring.listener.onExpired(former);
    const held = { key, info, position: this.order.takePosition() };
    this.totalBytes += infoBytes(key, info) - (former ? infoBytes(key, former.info) : 0);
    this.entries.set(key, held);
    if (key.startsWith(NODE_PREFIX)) this.nodeKeys.add(key);
    this.order.push(held);
    this.raise(info.nodeId, info.origStamp);
    const isSame = former !== undefined && sameBytes(former.info.rawBytes, info.rawBytes);
    this.wiring.listener.onStored(held, isSame && !isFormerOver ? "redundant" : "changed");
    return "added";
  }

  /** What is held of a key and has not expired. */
  getInfo(key: string): HeldInfo | undefined {
    const held = this.entries.get(key);
    return held === undefined || this.isExpired(held.info) ? undefined : held;
  }

  /** Also when it has expired; for whoever overwrites it. */
  peekInfo(key: string): HeldInfo | undefined {
    return this.entries.get(key);
  }

  /** What has not expired. */
  *held(): IterableIterator<HeldInfo> {
    const now = this.wiring.clock.peek();
    for (const held of this.entries.values()) if (held.info.ttlStamp > now) yield held;
  }

  /** What was stored behind `position`, expired or not, by position. */
  heldSince(position: number): IterableIterator<HeldInfo> {
    return this.order.since(position);
  }

  /** Forgets what has expired. High-water stamps stay: nobody is to send it again. */
  sweep(): void {
    for (const held of this.entries.values()) {
      if (!this.isExpired(held.info)) continue;
      this.entries.delete(held.key);
      this.nodeKeys.delete(held.key);
      this.totalBytes -= infoBytes(held.key, held.info);
      this.wiring.listener.onExpired(held);
    }
  }

  /** Takes what `from` has sent, as one. @returns how many were fresh */
  combine(delta: InfoMap, from: number): number {
    const { clock } = this.wiring;
    const taken: StampedInfo[] = [];
    let freshCount = 0;
    for (const [key, sent] of delta) {
      const fault = this.faultOf(key, sent, clock.peek());
      if (fault !== undefined) {
        this.wiring.counters.add(fault);
        continue;
      }
      if (sent.nodeId === this.wiring.nodeId() && !this.claimOwn(sent)) continue;
      const hops = Math.min(sent.hops + 1, HOPS_MAX);
      const info = { ...sent, hops, peerId: from };
      const outcome = this.addInfo(key, info);
      if (outcome === "added") freshCount += 1;
      if (outcome === "full") this.wiring.counters.add("storeFull");
      else taken.push(info);
    }
    // What was known is not to be sent again; only now, for a delta is whole or it is nothing.
    for (const info of taken) this.raise(info.nodeId, info.origStamp);
    return freshCount;
  }

  /**
   * Unexpired infos that whoever has `stamps` lacks; only those stored behind `position`, for
   * streams that have looked at what is before. Of former lives of their origins all are among
   * them but those `offered`: stamps of the present life say nothing of them.
   */
  delta(stamps: HighWaterStamps, position = 0, offered = NOTHING_OFFERED): HeldInfo[] {
    const now = this.wiring.clock.peek();
    const found: HeldInfo[] = [];
    for (const held of this.order.since(position)) {
      const { nodeId, origStamp, ttlStamp } = held.info;
      if (ttlStamp <= now) continue;
      const isLacking = origStamp > (stamps.get(nodeId) ?? 0n);
      if (isLacking || (this.isFormer(held.info) && !isOffered(held, offered))) found.push(held);
    }
    return found;
  }

  /** A node has begun anew; what is held of its former lives is told once more. */
  beginLife(nodeId: number, startedAt: bigint): void {
    const { lives } = this;
    const known = lives.get(nodeId);
    if (startedAt <= (known ?? 0n)) return;
    if (known === undefined && lives.size >= this.options.originsMaxCount) return;
    lives.set(nodeId, startedAt);
    for (const { info, key } of [...this.held()]) {
      if (info.nodeId !== nodeId || !this.isFormer(info)) continue;
      const held = { key, info, position: this.order.takePosition() };
      this.entries.set(key, held);
      this.order.push(held);
    }
  }

  /** Gives stamps of this life to what this node wrote in former ones, and has regained. */
  restampOwn(): void {
    const nodeId = this.wiring.nodeId();
    for (const { info, key } of [...this.held()]) {
      if (info.nodeId !== nodeId || !this.isFormer(info)) continue;
      this.addInfo(key, this.stamped({ ...info, hops: 0, peerId: 0 }));
    }
  }

  /** Descriptors, which travel once a stream whatever is known, so that hops become fewer. */
  markers(): HeldInfo[] {
    const found: HeldInfo[] = [];
    for (const key of this.nodeKeys) {
      const held = this.getInfo(key);
      if (held !== undefined) found.push(held);
    }
    return found;
  }

  /**
   * Whose descriptor came the longest way. Other keys are no measure: what is seldom written anew
   * keeps the hops of a network that was. Of several one at random.
   */
  mostDistant(
    isExcluded: (nodeId: number) => boolean,
    random: Random,
  ): { readonly nodeId: number; readonly hops: number } | undefined {
    let farthest: number[] = [];
    let most = 1;
    for (const { info } of this.markers()) {
      if (info.hops < most || info.nodeId === this.wiring.nodeId()) continue;
      if (isExcluded(info.nodeId)) continue;
      if (info.hops > most) farthest = [];
      most = info.hops;
      farthest.push(info.nodeId);
    }
    const nodeId = random.pick(farthest);
    return nodeId === undefined ? undefined : { nodeId, hops: most };
  }

  /** How many origins each of these peers was the way to. */
  originsBy(peers: Iterable<number>): Map<number, number> {
    const origins = new Map<number, Set<number>>();
    for (const peer of peers) origins.set(peer, new Set());
    for (const { info } of this.held()) origins.get(info.peerId)?.add(info.nodeId);
    return new Map([...origins].map(([peer, { size }]) => [peer, size]));
  }

  /**
   * Others hold stamps of this node up to `stamp`. When it did not issue them in this life, later
   * ones will be greater. @returns false when that is further ahead than this node goes
   */
  ratchetOwn(stamp: bigint): boolean {
    const { clock, counters } = this.wiring;
    if (stamp > clock.wall() + nanosOf(this.options.ratchetAheadMaxMs)) {
      counters.add("ownTooFarAhead");
      return false;
    }
    clock.ratchet(stamp);
    return true;
  }

  /**
   * Gives new stamps to what this node wrote in this life up to `stamp`: others who hold stamps of
   * a former life up to there would think that they have it.
   */
  reissueOwn(stamp: bigint): void {
    const nodeId = this.wiring.nodeId();
    for (const { info, key } of [...this.held()]) {
      // What came back from others has hops, and need not be told to them.
      if (info.nodeId !== nodeId || info.hops !== 0 || info.origStamp > stamp) continue;
      this.addInfo(key, { ...info, wallTime: this.wiring.clock.now(), origStamp: 0n });
    }
  }

  hasRoom(key: string, info: StampedInfo, former = this.entries.get(key)): boolean {
    const { keysMaxCount, originsMaxCount, totalMaxBytes } = this.options;
    const more = infoBytes(key, info) - (former ? infoBytes(key, former.info) : 0);
    if (former === undefined && this.entries.size >= keysMaxCount) return false;
    if (more > 0 && this.totalBytes + more > totalMaxBytes) return false;
    return this.highWater.has(info.nodeId) || this.highWater.size < originsMaxCount;
  }

  private isFormer({ nodeId, origStamp }: StampedInfo): boolean {
    return origStamp < (this.lives.get(nodeId) ?? 0n);
  }

  private isExpired(info: StampedInfo): boolean {
    return info.ttlStamp <= this.wiring.clock.peek();
  }

  private stamped(info: StampedInfo): StampedInfo {
    const { clock } = this.wiring;
    const most = this.highWater.get(info.nodeId) ?? 0n;
    // Stamps of a former life may be greater than what a clock that was set back gives.
    clock.ratchet(most);
    const origStamp = clock.now();
    this.issued = origStamp;
    return { ...info, origStamp };
  }

  private faultOf(key: string, info: StampedInfo, nowNanos: bigint) {
    const fault = faultOf(key, info, { nowNanos, options: this.options });
    if (fault !== undefined) return fault;
    return this.wiring.accepts?.(key, info) === false ? "infoRefused" : undefined;
  }

  private claimOwn({ origStamp, wallTime }: StampedInfo): boolean {
    return this.ratchetOwn(origStamp > wallTime ? origStamp : wallTime);
  }

  private raise(nodeId: number, stamp: bigint): void {
    const former = this.highWater.get(nodeId);
    if (former === undefined && this.highWater.size >= this.options.originsMaxCount) {
      this.wiring.counters.add("originsFull");
    } else if (stamp > (former ?? 0n)) this.highWater.set(nodeId, stamp);
  }
}

function isOffered({ info, position }: HeldInfo, offered: Offered): boolean {
  return position <= offered.position && info.origStamp <= offered.stamp;
}

import { Allowance } from "../../core/allowance.ts";
import { BoundedMap } from "../../core/collections/bounded-map.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { PlumtreeCounters } from "./plumtree.contract.ts";
import type { PlumtreeOptions } from "./plumtree.options.ts";

/** Peers or origins whose allowance is kept. [because: who is forgotten gets a full one] */
const ALLOWANCES_MAX_COUNT = 4_096;

/** How many updates are taken from whom, and how many are given. */
export class Budgets {
  private readonly options: PlumtreeOptions;
  private readonly counters: PlumtreeCounters;
  private readonly byPeer = new BoundedMap<PeerId, Allowance>(ALLOWANCES_MAX_COUNT);
  private readonly byOrigin = new BoundedMap<Origin, Allowance>(ALLOWANCES_MAX_COUNT);
  private readonly grafted = new BoundedMap<PeerId, Allowance>(ALLOWANCES_MAX_COUNT);

  constructor(options: PlumtreeOptions, counters: PlumtreeCounters) {
    this.options = options;
    this.counters = counters;
  }

  /** How many of `count` updates of `origin` from `peer` are looked at. */
  take(peer: PeerId, origin: Origin, countAndNow: readonly [number, number]): number {
    const [count, nowMs] = countAndNow;
    const { originBudgetPerSecond, peerBudgetPerSecond } = this.options;
    const ofPeer =
      peerBudgetPerSecond === 0
        ? count
        : allowance(this.byPeer, peer, [peerBudgetPerSecond, nowMs]).take(count, nowMs);
    if (ofPeer < count) this.counters.add("plumtree.dropped.overPeerBudget", count - ofPeer);
    const ofOrigin =
      originBudgetPerSecond === 0
        ? ofPeer
        : allowance(this.byOrigin, origin, [originBudgetPerSecond, nowMs]).take(ofPeer, nowMs);
    if (ofOrigin < ofPeer) {
      this.counters.add("plumtree.dropped.overOriginBudget", ofPeer - ofOrigin);
    }
    return ofOrigin;
  }

  /** How many of `count` updates that `peer` asked for it is given now. */
  give(peer: PeerId, count: number, nowMs: number): number {
    const { graftedPerSecond } = this.options;
    return allowance(this.grafted, peer, [graftedPerSecond, nowMs]).take(count, nowMs);
  }
}

function allowance<Key>(
  map: BoundedMap<Key, Allowance>,
  key: Key,
  [perSecond, nowMs]: readonly [number, number],
): Allowance {
  const known = map.get(key);
  if (known !== undefined) return known;
  const fresh = new Allowance(perSecond, nowMs);
  map.set(key, fresh);
  return fresh;
}

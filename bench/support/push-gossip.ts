import type { Env } from "../../src/core/env.ts";
import { type PeerId, peerId } from "../../src/core/peer.ts";
import type { Protocol } from "../../src/core/protocol.ts";

/** One object a rumour, which travels by reference. */
export interface GossipRumor {
  readonly kind: "rumor";
  /** 1, 2, 3 … in the order they are begun. */
  readonly number: number;
}

/** How many of the newest rumours a node tells apart; what is older counts as heard. */
const WINDOW = 31;

/**
 * Eager push ("infect and die"): who hears a rumour for the first time tells `fanout` peers, drawn
 * from all. A protocol like any other: it knows its door and nothing of the simulator.
 */
export class PushGossip implements Protocol<GossipRumor, never> {
  private readonly env: Env<GossipRumor, never>;
  private readonly course: GossipCourse;
  private newest = 0;
  /** Bit i says whether the rumour i before the newest was heard. */
  private heard = 0;

  constructor(env: Env<GossipRumor, never>, course: GossipCourse) {
    this.env = env;
    this.course = course;
  }

  start(): void {}
  stop(): void {}
  onTimer(): void {}

  publish(rumor: GossipRumor): void {
    this.onMessage(this.env.self, rumor);
  }

  onMessage(_from: PeerId, rumor: GossipRumor): void {
    if (!this.isNews(rumor.number)) return;
    this.course.heardCount += 1;
    const { env } = this;
    const { nodesCount, fanoutCount } = this.course;
    for (let count = 0; count < fanoutCount; count += 1) {
      env.send(peerId(env.random.below(nodesCount)), rumor);
    }
  }

  private isNews(number: number): boolean {
    const ahead = number - this.newest;
    if (ahead > 0) {
      this.heard = ahead >= WINDOW ? 1 : (this.heard << ahead) | 1;
      this.newest = number;
      return true;
    }
    if (-ahead >= WINDOW) return false;
    const bit = 1 << -ahead;
    if ((this.heard & bit) !== 0) return false;
    this.heard |= bit;
    return true;
  }
}

/** What all nodes of a run share. */
export interface GossipCourse {
  readonly nodesCount: number;
  /** Peers that a node tells. */
  readonly fanoutCount: number;
  /** How often somebody heard something for the first time. */
  heardCount: number;
}

/** The network that every contender simulates, packet by packet. */
export const gossipNetwork = {
  latencyMinMs: 1,
  latencyMaxMs: 5,
  lossRatio: 0.01,
  /** Share of the nodes that a partition cuts off. */
  cutOffRatio: 0.01,
  /** A rumour begins every so often. */
  rumorEveryMs: 5,
  /** By then a rumour has been heard by all who will hear it. */
  spreadMs: 200,
} as const;

/** One way of simulating the gossip. An event is one delivered packet, or one fired timer. */
export interface GossipContender {
  readonly course: GossipCourse;
  readonly eventsCount: number;
  /** Begins so many rumours, one every `rumorEveryMs`, and runs until all were heard. */
  spread(rumorsCount: number): void;
}

/** Where a rumour begins: never among those that are cut off, and not twice at one node soon. */
export function originOf(rumorNumber: number, nodesCount: number): number {
  const cutOffCount = Math.ceil(nodesCount * gossipNetwork.cutOffRatio);
  return cutOffCount + ((rumorNumber * 7_919) % (nodesCount - cutOffCount));
}

import { type PeerId, peerId } from "../../core/peer.ts";
import { FrameQueue, type QueueBounds } from "./frame-queue.ts";
import type { Link } from "./link.ts";

/** A channel's own state on the links of one peer. */
export type ChannelState = "opening" | "up";

/** What this node knows of one peer's links, and what waits for it. */
export class LinkedPeer {
  readonly id: PeerId;
  readonly name: string;
  readonly queue: FrameQueue;
  /** The link that stands; it may be taking leave. */
  link: Link | undefined;
  /** This node's own attempt. */
  dial: Link | undefined;
  dialledAtMs = 0;
  /** The peer's attempt, waiting for the end of ours. */
  parked: Link | undefined;
  /** The peer's attempt, of which only the last word is missing. */
  candidate: Link | undefined;
  /** This node's own attempt by way of another. */
  detour: Link | undefined;
  /** A link by way of another that is said goodbye to, for one of its own stands now. */
  former: Link | undefined;
  /** The peer reads to the end of the former link before it is written to on this one. */
  isHeld = false;
  /** Nodes that were asked to relay since a link stood last. */
  readonly relaysTried = new Set<string>();
  /** No dial before, while it is reached by way of another; the pause after that. */
  returnAtMs = 0;
  wasCut = false;
  returnPauseMs = 0;
  readonly channels = new Map<number, ChannelState>();
  /** Dials that failed, one after another. */
  failuresCount = 0;
  /** No dial before. */
  notBeforeMs = 0;
  isRedialSet = false;
  /** Since when the queue is above its high water. */
  fullSinceMs: number | undefined;
  /** Somebody was told that there is no room. */
  owesDrain = false;

  constructor(name: string, bounds: QueueBounds) {
    this.id = peerId(name);
    this.name = name;
    this.queue = new FrameQueue(bounds);
  }

  /** Somebody needs a link that does not stand. */
  get isWanted(): boolean {
    if (this.queue.size > 0) return true;
    for (const state of this.channels.values()) if (state === "opening") return true;
    return false;
  }

  /** Nothing would be lost by forgetting it now. */
  isIdle(nowMs: number): boolean {
    const hasAttempt = this.dial ?? this.parked ?? this.candidate ?? this.detour;
    if (this.link !== undefined || hasAttempt !== undefined) return false;
    return this.queue.size === 0 && this.channels.size === 0 && this.notBeforeMs <= nowMs;
  }
}

/** How much waits for all peers, and how many of them have a link. */
export interface LinkDepths {
  readonly upCount: number;
  readonly queuedBytes: number;
  readonly queuedFrames: number;
}

export function depthsOf(peers: Iterable<LinkedPeer>): LinkDepths {
  let upCount = 0;
  let queuedBytes = 0;
  let queuedFrames = 0;
  for (const { link, queue } of peers) {
    if (link?.isUp === true) upCount += 1;
    queuedBytes += queue.bytes;
    queuedFrames += queue.size;
  }
  return { upCount, queuedBytes, queuedFrames };
}

/** A peer that is reached by way of another one now. */
export interface RelayedPeer {
  readonly peer: string;
  readonly via: string;
}

export function relayedOf(peers: Iterable<LinkedPeer>): RelayedPeer[] {
  return [...peers].flatMap(({ link, name: peer }) =>
    link?.isUp === true && link.relay !== undefined ? [{ peer, via: link.relay }] : [],
  );
}

import { linkFrames } from "../../wire/link-record.ts";
import type { Link } from "./link.ts";
import type { LinkLayer } from "./link-layer.ts";
import type { LinkedPeer } from "./linked-peer.ts";

const ROUND_MAX_MS = 1_000;

/**
 * What is done for links now and then: a word where it is quiet, an end where nothing is heard,
 * nothing is said or nothing is taken, and letters back to who wrote them.
 */
export class LinkRounds {
  private readonly layer: LinkLayer;
  private readonly intervalMs: number;
  private isRunning = false;

  constructor(layer: LinkLayer) {
    this.layer = layer;
    const { heartbeatIntervalMs, slowPeerAfterMs } = layer.options;
    this.intervalMs = Math.min(ROUND_MAX_MS, heartbeatIntervalMs, slowPeerAfterMs);
  }

  /** Somebody is there to look after. */
  begin(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.layer.env.setTimer({ kind: "round" }, this.intervalMs);
  }

  onRound(): void {
    const { peers } = this.layer;
    this.isRunning = false;
    for (const peer of [...peers.values()]) {
      this.lookAfter(peer);
      if (peer.isIdle(this.layer.nowMs)) peers.delete(peer.name);
    }
    if (peers.size > 0) this.begin();
  }

  /** Forgets one that nothing would be lost with. */
  makeRoom(): boolean {
    const { nowMs, peers } = this.layer;
    for (const peer of peers.values()) {
      if (peer.isIdle(nowMs)) return peers.delete(peer.name);
    }
    return false;
  }

  private lookAfter(peer: LinkedPeer): void {
    const { nowMs, options } = this.layer;
    const { link } = peer;
    if (link === undefined) return this.layer.giveBack(peer, nowMs - options.unsentMaxMs);
    if (this.layer.detours.isTooSilent(peer, nowMs - link.lastHeardMs)) {
      return this.layer.onFault(link, "links.closed.silent");
    }
    if (!link.isUp) return;
    if (link.relay !== undefined) this.layer.detours.lookForReturn(peer);
    else if (nowMs - link.lastHeardMs < this.intervalMs) {
      this.layer.ports.routing?.onHeard(peer.id);
    }
    if (peer.fullSinceMs !== undefined && nowMs - peer.fullSinceMs >= options.slowPeerAfterMs) {
      return this.onSlow(peer, link);
    }
    if (this.isIdle(peer, link)) return this.sayGoodbye(link);
    const isMoving = peer.former !== undefined || peer.isHeld;
    if (!isMoving && nowMs - link.lastSentMs >= options.heartbeatIntervalMs) {
      link.say(linkFrames.alive, nowMs);
    }
  }

  /** What waited for it would be late; and its memory is needed for others. */
  private onSlow(peer: LinkedPeer, link: Link): void {
    const dropped = peer.queue.takeAll(() => true);
    peer.fullSinceMs = undefined;
    this.layer.count("links.dropped.slow", dropped.length);
    this.layer.onFault(link, "links.closed.slow");
    this.layer.giveBack(peer, Number.NEGATIVE_INFINITY);
  }

  private isIdle(peer: LinkedPeer, link: Link): boolean {
    const { nowMs, options } = this.layer;
    const isUnused = peer.channels.size === 0 && peer.queue.size === 0;
    return isUnused && nowMs - link.lastUsedMs >= options.idleMaxMs;
  }

  private sayGoodbye(link: Link): void {
    const { env, nowMs, options } = this.layer;
    link.leave(nowMs);
    env.setTimer({ kind: "farewell", id: link.id }, options.goodbyeMaxMs);
  }
}

import { linkFrames } from "../../wire/link-record.ts";
import type { Link } from "./link.ts";
import type { LinkLayer } from "./link-layer.ts";
import type { LinkedPeer } from "./linked-peer.ts";

/** In the place of a goodbye's channel: the sender has a better link now. */
export const MOVED = 2;

/**
 * From a link by way of another node back to one of their own, with nothing lost or overtaken:
 *
 *   dialler   goodbye on the former link ──▶ acceptor, who has then read all of it
 *   dialler  ◀── goodbye on the former link, behind all that the acceptor had to say there
 *   dialler   a word on the new link ──▶ acceptor, who may write there from then on
 *
 * Meanwhile what is sent waits in the queue, and nobody says on the new link that it is alive. If
 * the former link breaks on the way it may have taken something with it, and all who have a channel
 * hear of that.
 */
export class LinkMoves {
  private readonly layer: LinkLayer;

  constructor(layer: LinkLayer) {
    this.layer = layer;
  }

  begin(peer: LinkedPeer, former: Link, link: Link): void {
    const { env, nowMs, options } = this.layer;
    peer.former = former;
    // What has left in part begins anew on the new link.
    peer.queue.restart();
    if (link.role === "dialler") former.leave(nowMs, MOVED);
    else if (former.hasSaidLast) return this.sayLast(peer, former);
    env.setTimer({ kind: "farewell", id: former.id }, options.goodbyeMaxMs);
  }

  /** A goodbye with the mark of a move came on `link`. */
  onGoodbye(peer: LinkedPeer, link: Link): void {
    if (link === peer.link) link.hasSaidLast = true;
    else if (link.phase === "leaving") {
      link.close();
      this.layer.forget(link);
      this.finish(peer);
    } else this.sayLast(peer, link);
  }

  /** The former link is gone before all was said. */
  onBroken(peer: LinkedPeer): void {
    this.layer.tellLost(peer);
    this.finish(peer);
  }

  /** The new one is gone as well: all begins anew. */
  drop(peer: LinkedPeer): void {
    const { former } = peer;
    peer.isHeld = false;
    peer.former = undefined;
    if (former === undefined) return;
    former.destroy();
    this.layer.forget(former);
  }

  /** The peer has spoken on the new link: it has read the former one to its end, or left it. */
  onWord(peer: LinkedPeer): void {
    const { former } = peer;
    if (former !== undefined) {
      former.destroy();
      this.layer.forget(former);
      this.onBroken(peer);
    } else if (peer.isHeld) {
      peer.isHeld = false;
      this.layer.markDirty(peer);
    }
  }

  private sayLast(peer: LinkedPeer, former: Link): void {
    former.say(linkFrames.goodbye, this.layer.nowMs, MOVED);
    former.close();
    this.layer.forget(former);
    peer.former = undefined;
    peer.isHeld = true;
    this.layer.count("links.relayed.returned");
  }

  private finish(peer: LinkedPeer): void {
    peer.former = undefined;
    const { link } = peer;
    if (link?.isUp !== true) return;
    // The acceptor waits for it, if it has not given up.
    link.say(linkFrames.alive, this.layer.nowMs);
    this.layer.markDirty(peer);
  }
}

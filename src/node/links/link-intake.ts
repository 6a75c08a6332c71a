import { type LinkFrame, linkFrames } from "../../wire/link-record.ts";
import type { Link } from "./link.ts";
import type { LinkChannels } from "./link-channels.ts";
import type { LinkLayer } from "./link-layer.ts";
import { MOVED } from "./link-moves.ts";
import type { LinkedPeer } from "./linked-peer.ts";

/** In the place of a goodbye's channel: the node stops, and will not say what it owes. */
export const STOPPING = 1;

/** What comes on links, and whom it is for. */
export class LinkIntake {
  private readonly layer: LinkLayer;
  private readonly channels: LinkChannels;

  constructor(layer: LinkLayer, channels: LinkChannels) {
    this.layer = layer;
    this.channels = channels;
  }

  onFrame(link: Link, { bytes, channel, kind }: LinkFrame): void {
    const peer = this.layer.peers.get(link.name);
    if (peer === undefined || (peer.link !== link && peer.former !== link)) return;
    if (peer.link === link && isWord(kind)) this.layer.moves.onWord(peer);
    if (kind === linkFrames.message) this.onMessage(peer, link, { channel, bytes });
    else if (kind === linkFrames.part) this.onPart(link, channel, bytes);
    else if (kind === linkFrames.openChannel || kind === linkFrames.closeChannel) {
      // What was begun before is not ended after it.
      link.assemblies.drop(channel);
      if (kind === linkFrames.openChannel) this.channels.onOpened(peer, channel);
      else this.channels.onClosed(peer, channel);
    } else if (kind === linkFrames.goodbye) this.onGoodbye(peer, link, channel);
    else if (kind !== linkFrames.alive) this.layer.count("links.dropped.unknownFrame");
  }

  private onMessage(
    peer: LinkedPeer,
    link: Link,
    { bytes, channel }: Pick<LinkFrame, "channel" | "bytes">,
  ): void {
    link.lastUsedMs = this.layer.nowMs;
    this.channels.onBytes(peer, channel, link.assemblies.finish(channel, bytes));
  }

  private onPart(link: Link, channel: number, bytes: Uint8Array): void {
    link.lastUsedMs = this.layer.nowMs;
    if (link.assemblies.add(channel, bytes) === "held") return;
    this.layer.onFault(link, "links.refused.tooLarge");
  }

  /** The peer sends nothing more; what it has not said yet it says on another link. */
  private onGoodbye(peer: LinkedPeer, link: Link, why: number): void {
    const { layer } = this;
    if (why === MOVED) return layer.moves.onGoodbye(peer, link);
    if (link.phase === "up") link.say(linkFrames.goodbye, layer.nowMs);
    else layer.count("links.closed.idle");
    link.close();
    layer.forget(link);
    if (why === STOPPING) layer.tellLost(peer);
    if (peer.link === link) layer.loseLink(peer);
    else layer.moves.onBroken(peer);
  }
}

/** Nobody says these on a new link before the former one is done with. */
function isWord(kind: number): boolean {
  return kind === linkFrames.alive || kind === linkFrames.message || kind === linkFrames.part;
}

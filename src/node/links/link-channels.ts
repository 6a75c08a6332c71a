import type { PeerId } from "../../core/peer.ts";
import { type LinkFrame, linkFrames } from "../../wire/link-record.ts";
import type { LinkedPeer } from "./linked-peer.ts";
import type { LinkCount, LinkUser, QueueRule } from "./links.contract.ts";

interface Channel {
  readonly user: LinkUser;
  readonly rule: QueueRule;
  /** Has link states of its own. */
  readonly isLinked: boolean;
}

export interface ChannelPorts {
  count(name: LinkCount): void;
  /** Queues a word of the links themselves. */
  control(peer: LinkedPeer, kind: number, channel: number): void;
}

/** Who has which channel, and each channel's own state on the link of a peer. */
export class LinkChannels {
  private readonly ports: ChannelPorts;
  private readonly channels = new Map<number, Channel>();

  constructor(ports: ChannelPorts) {
    this.ports = ports;
  }

  use(number: number, user: LinkUser, rule: QueueRule): void {
    if (this.channels.has(number)) throw new Error(`channel ${number} has a user already`);
    this.channels.set(number, { user, rule, isLinked: user.onLinkUp !== undefined });
  }

  /** How its frames to this peer wait; undefined when it has no link to it. */
  ruleFor(peer: LinkedPeer, number: number): QueueRule | undefined {
    const channel = this.channels.get(number);
    if (channel === undefined || (channel.isLinked && !peer.channels.has(number))) return undefined;
    return channel.rule;
  }

  onBytes(peer: LinkedPeer, number: number, bytes: Uint8Array): void {
    const channel = this.channels.get(number);
    if (channel === undefined) return this.ports.count("links.dropped.unknownChannel");
    // Said before the peer knew that the channel was closed here.
    if (channel.isLinked && peer.channels.get(number) !== "up") return;
    channel.user.onMessage(peer.id, bytes);
  }

  onOpened(peer: LinkedPeer, number: number): void {
    const channel = this.channels.get(number);
    if (channel?.isLinked !== true) {
      this.ports.count("links.dropped.unknownChannel");
      return this.ports.control(peer, linkFrames.closeChannel, number);
    }
    const state = peer.channels.get(number);
    if (state === "up") return;
    peer.channels.set(number, "up");
    if (state === undefined) this.ports.control(peer, linkFrames.openChannel, number);
    channel.user.onLinkUp?.(peer.id);
  }

  onClosed(peer: LinkedPeer, number: number): void {
    if (peer.channels.has(number)) this.end(peer, number);
  }

  /** Those that were up are down; those that are still opening wait for another link. */
  onLinkGone(peer: LinkedPeer): void {
    for (const [number, state] of [...peer.channels]) {
      if (state === "up") this.end(peer, number);
    }
  }

  onUnreachable(peer: LinkedPeer): void {
    for (const number of [...peer.channels.keys()]) this.end(peer, number);
  }

  onUnsent(peer: PeerId, { bytes, channel }: LinkFrame): void {
    const user = this.channels.get(channel)?.user;
    if (user?.onUnsent === undefined) this.ports.count("links.dropped.unsent");
    else user.onUnsent(peer, bytes);
  }

  tellDrained(peer: PeerId): void {
    for (const { user } of this.channels.values()) user.onDrained?.(peer);
  }

  tellLost(peer: PeerId): void {
    for (const { user } of this.channels.values()) user.onLinkLost?.(peer);
  }

  private end(peer: LinkedPeer, number: number): void {
    peer.channels.delete(number);
    peer.queue.takeAll((frame) => frame.channel === number);
    this.channels.get(number)?.user.onLinkDown?.(peer.id);
  }
}

import type { Address } from "../../core/address.ts";
import type { ConnectionId } from "../../core/connections.ts";
import { type PeerId, peerId } from "../../core/peer.ts";
import type { Introductions } from "./introductions.ts";
import type { LinkLayer } from "./link-layer.ts";
import type { LinkedPeer } from "./linked-peer.ts";
import type { LinkRouting, LinkUser } from "./links.contract.ts";
import { PassageEnds } from "./passage-ends.ts";
import { RelayPassages } from "./relay-passages.ts";
import { RELAYED_CHANNEL, type RelayedMessage } from "./relayed.messages.ts";
import { decodeRelayed, encodeRelayed } from "./relayed.wire.ts";

export type DetourTimer =
  /** A dial of this peer has taken long. */
  | { readonly kind: "detour"; readonly peer: string }
  /** A passage that could not be begun. */
  | { readonly kind: "passageOver"; readonly id: ConnectionId }
  /** A relay may pass on more. */
  | { readonly kind: "relayAllowance" };

/** How soon a relay that was too fast goes on. */
const ALLOWANCE_PAUSE_MS = 100;

/**
 * Links by way of a third node, where the path between two is cut and both reach the third. What
 * is inside is a link like any other, with its introduction and its seal, so nobody who uses links
 * sees a difference; only channels whose failure detector is the link keep to links of their own.
 * A passage leads over links of the relay's own, so none leads through two.
 */
export class Detours implements LinkUser {
  readonly ends: PassageEnds;
  private readonly layer: LinkLayer;
  private readonly introductions: Introductions;
  private readonly relaying: RelayPassages;
  private readonly routing: LinkRouting | undefined;
  private numbersCount = 0;

  constructor(layer: LinkLayer, introductions: Introductions) {
    this.layer = layer;
    this.introductions = introductions;
    this.routing = layer.options.relay === "off" ? undefined : layer.ports.routing;
    const send = (to: PeerId, message: RelayedMessage): boolean => this.send(to, message);
    const nextNumber = (): number => {
      this.numbersCount += 1;
      return this.numbersCount;
    };
    this.ends = new PassageEnds({
      listener: layer,
      send,
      nextNumber,
      closeLater: (id) => void layer.env.setTimer({ kind: "passageOver", id }, 0),
    });
    this.relaying = new RelayPassages({
      options: layer.options,
      get nowMs() {
        return layer.nowMs;
      },
      count: (name, by) => layer.count(name, by),
      send,
      nextNumber,
      mayJoin: (from, to) => this.mayJoin(from, to),
      waitForAllowance: () =>
        void layer.env.setTimer({ kind: "relayAllowance" }, ALLOWANCE_PAUSE_MS),
    });
  }

  /** Somebody wants a link to this peer, and there is none. */
  begin(peer: LinkedPeer, address: Address): void {
    if (this.isBadPath(peer) && this.tryNext(peer)) return;
    this.introductions.dial(peer, address);
    if (this.routing === undefined) return;
    const { env, options } = this.layer;
    env.setTimer({ kind: "detour", peer: peer.name }, options.relayAfterMs);
  }

  /** Whether a dial of this peer will hang, as far as is known. */
  isBadPath({ id }: LinkedPeer): boolean {
    return this.routing?.isCut(id) === true || this.routing?.isPacketsOnly(id) === true;
  }

  /** Somebody wants a link while a dial of this peer is under way. */
  passBy(peer: LinkedPeer): void {
    if (this.isBadPath(peer)) this.tryNext(peer);
  }

  /** An attempt has failed, and there is no link. */
  goOn(peer: LinkedPeer, failed: "dial" | "detour"): void {
    if (failed === "dial") this.layer.endChannels(peer);
    if (peer.dial !== undefined || peer.detour !== undefined) return;
    const { nowMs, options } = this.layer;
    // Who refuses at once is reached: its process may be gone, and then nobody reaches it.
    const isRefused = failed === "dial" && nowMs - peer.dialledAtMs < options.relayAfterMs;
    if ((!isRefused || this.isBadPath(peer)) && this.tryNext(peer)) return;
    // After nodes were asked the peer itself is dialled, and then they are asked again.
    if (failed === "dial") peer.relaysTried.clear();
    this.layer.onUnreachable(peer);
  }

  /** A link has begun. */
  onLink(peer: LinkedPeer, kind: "own" | "relayed"): void {
    peer.relaysTried.clear();
    peer.returnPauseMs = this.layer.options.returnMinMs;
    peer.returnAtMs = this.layer.nowMs + peer.returnPauseMs;
    if (kind === "own") return this.routing?.onDialled(peer.id, "up");
    this.layer.count("links.relayed.opened");
    // No passage leads through another.
    const nested = peer.queue.takeAll(({ channel }) => channel === RELAYED_CHANNEL);
    if (nested.length > 0) this.onLinkLost(peer.id);
  }

  onDialFailed(peer: LinkedPeer): void {
    this.routing?.onDialled(peer.id, "down");
  }

  /** Whether this silence is long enough, for what is known of the path. */
  isTooSilent(peer: LinkedPeer, silentMs: number): boolean {
    const { cutSilenceMaxMs, heartbeatIntervalMs, silenceMaxMs } = this.layer.options;
    if (silentMs >= silenceMaxMs) return true;
    const { routing } = this;
    if (routing === undefined) return false;
    if (silentMs < Math.max(cutSilenceMaxMs, heartbeatIntervalMs)) return false;
    const relay = peer.link?.relay;
    if (relay === undefined) return routing.isCut(peer.id);
    return routing.isCut(peerId(relay)) || !routing.isMember(peerId(relay));
  }

  /** Now and then, while this peer is reached by way of another. */
  lookForReturn(peer: LinkedPeer): void {
    const { nowMs, options } = this.layer;
    const isCut = this.routing?.isCut(peer.id) === true;
    if (peer.wasCut && !isCut) {
      peer.returnAtMs = nowMs;
      peer.returnPauseMs = options.returnMinMs;
    }
    peer.wasCut = isCut;
    // Nobody can be dialled: who waits for a link of its own waits in vain.
    if (this.layer.ports.addressOf(peer.id) === undefined) this.layer.endChannels(peer);
    if (nowMs >= peer.returnAtMs) this.dialBack(peer);
  }

  /** Dials the peer itself, beside the link by way of another. */
  dialBack(peer: LinkedPeer): void {
    const { env, nowMs, options, ports } = this.layer;
    const address = ports.addressOf(peer.id);
    if (peer.dial !== undefined || peer.former !== undefined || address === undefined) return;
    peer.returnAtMs = nowMs + peer.returnPauseMs * (0.5 + env.random.real());
    peer.returnPauseMs = Math.min(options.returnMaxMs, 2 * peer.returnPauseMs);
    this.introductions.dial(peer, address);
  }

  onTimer(timer: DetourTimer): void {
    if (timer.kind === "detour") this.onDelay(timer.peer);
    else if (timer.kind === "passageOver") this.ends.onBroken(timer.id);
    else this.relaying.onAllowance();
  }

  // What comes by links

  onMessage(from: PeerId, bytes: Uint8Array): void {
    const { layer } = this;
    if (this.isRelayed(from)) return layer.count("links.dropped.nested");
    const message = decodeRelayed(bytes);
    if (message === undefined) return layer.count("links.dropped.malformed");
    if (message.kind === "open") return this.onOpen(from, message);
    if (this.ends.onMessage(from, message) || this.relaying.onMessage(from, message)) return;
    layer.count("links.dropped.noPassage");
  }

  onUnsent(peer: PeerId): void {
    this.onLinkLost(peer);
  }

  onLinkLost(peer: PeerId): void {
    this.ends.onRelayLost(peer);
    this.relaying.onPeerLost(peer);
  }

  private onOpen(from: PeerId, message: Extract<RelayedMessage, { kind: "open" }>): void {
    const { layer } = this;
    const { number, origin, target } = message;
    const self = String(layer.env.self);
    if (target !== self && origin === String(from)) return this.relaying.onOpen(from, message);
    const id = target === self && this.mayAccept(from, origin) && this.ends.accept(from, number);
    if (typeof id === "number") {
      return this.introductions.onPassage(id, { claimed: origin, relay: String(from) });
    }
    layer.count("links.relayed.refused");
    this.send(from, { kind: "close", numberOf: "yours", number });
  }

  /** Both the relay and whom it speaks for are members, and not the same. */
  private mayAccept(relay: PeerId, origin: string): boolean {
    const { routing } = this;
    if (routing === undefined || this.ends.size >= this.layer.options.relayedPairsMaxCount) {
      return false;
    }
    const areOthers = origin !== String(relay) && origin !== String(this.layer.env.self);
    return areOthers && routing.isMember(relay) && routing.isMember(peerId(origin));
  }

  private mayJoin(from: PeerId, to: PeerId): boolean {
    const { routing } = this;
    if (routing === undefined || to === this.layer.env.self) return false;
    if (!routing.isMember(from) || !routing.isMember(to)) return false;
    return !this.isRelayed(to) && !routing.isCut(to);
  }

  private onDelay(name: string): void {
    const peer = this.layer.peers.get(name);
    if (peer?.dial === undefined || peer.link !== undefined) return;
    if (peer.detour === undefined && peer.candidate === undefined) this.tryNext(peer);
  }

  private isRelayed(peer: PeerId): boolean {
    return this.layer.peers.get(String(peer))?.link?.relay !== undefined;
  }

  /** Only for what waits to be sent; a channel with links of its own looks for another peer. */
  private tryNext(peer: LinkedPeer): boolean {
    const { layer, routing } = this;
    const isOver = peer.relaysTried.size >= layer.options.relaysTriedCount;
    if (routing === undefined || isOver || peer.queue.size === 0) return false;
    const isNew = (one: PeerId): boolean =>
      !peer.relaysTried.has(String(one)) && !this.isRelayed(one);
    const relay = routing.routesTo(peer.id, layer.env.random).find(isNew);
    if (relay === undefined) return false;
    peer.relaysTried.add(String(relay));
    layer.count("links.relayed.begun");
    const names = { origin: String(layer.env.self), target: peer.name };
    this.introductions.dialVia(peer, this.ends.open(relay, names), String(relay));
    return true;
  }

  private send(to: PeerId, message: RelayedMessage): boolean {
    if (this.isRelayed(to)) return false;
    return this.layer.send(to, RELAYED_CHANNEL, encodeRelayed(message)) === "taken";
  }
}

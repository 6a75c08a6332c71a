import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { ConnectionDoor, ConnectionId } from "../../core/connections.ts";
import type { LinkHello } from "../../wire/link-hello.ts";
import { clusterText, Link, type LinkSetup, nameOf } from "./link.ts";
import type { LinkLayer } from "./link-layer.ts";
import { linkNonce } from "./link-nonce.ts";
import type { LinkedPeer } from "./linked-peer.ts";
import type { LinkCount } from "./links.contract.ts";
import type { LinkDoor } from "./passage-ends.ts";
import { Strangers } from "./strangers.ts";

/**
 * From a connection to a link: who is there, and which of several connections of a pair stays.
 *
 * If both dial at once, the connection of the lower name stays: its dialler lets the other's wait
 * until its own has stood or failed. A peer that dials although a link to it stands here has lost
 * that link, unless it dialled before; each hello counts its sender's hellos, so the later one is
 * known, and the newest wins. A later life of the peer (`name#boot`) always does.
 */
export class Introductions {
  door: ConnectionDoor | undefined;
  private readonly layer: LinkLayer;
  private readonly links = new Map<ConnectionId, Link>();
  private readonly strangers: Strangers;
  private readonly cluster: string;
  private hellosCount = 0;
  private heldBytes = 0;

  constructor(layer: LinkLayer) {
    this.layer = layer;
    this.strangers = new Strangers(layer.options);
    this.cluster = clusterText(layer.ports.label);
  }

  /** All connections are let go of. */
  stop(): void {
    for (const link of this.links.values()) if (link.phase !== "gone") link.destroy();
    this.links.clear();
  }

  find(id: ConnectionId): Link | undefined {
    return this.links.get(id);
  }

  all(): Iterable<Link> {
    return this.links.values();
  }

  forget(link: Link): void {
    this.heldBytes -= link.countedBytes;
    link.countedBytes = 0;
    this.links.delete(link.id);
    this.strangers.delete(link);
  }

  dial(peer: LinkedPeer, address: Address): void {
    const { door, layer } = this;
    assert(door !== undefined, "connections are mounted before links are dialled");
    const id = door.connect(address, layer.options.dialTimeoutMs);
    const link = this.newLink(door, { id, role: "dialler", place: peer.name });
    peer.dial = link;
    peer.dialledAtMs = layer.nowMs;
    layer.count("links.dialled");
    this.hellosCount += 1;
    link.introduce(this.hellosCount);
  }

  /** A passage by way of `relay` has been asked for. */
  dialVia(peer: LinkedPeer, id: ConnectionId, relay: string): void {
    const { ends } = this.layer.detours;
    const link = this.newLink(ends, { id, role: "dialler", place: peer.name, relay });
    peer.detour = link;
    this.hellosCount += 1;
    link.introduce(this.hellosCount);
    this.setDeadline(id);
  }

  /** A relay brings a passage that `claimed` is said to have asked for. */
  onPassage(id: ConnectionId, by: { readonly claimed: string; readonly relay: string }): void {
    const place = `by way of ${by.relay}`;
    const link = { id, role: "acceptor", place, ...by } as const;
    this.welcome(this.layer.detours.ends, link);
  }

  onConnected(id: ConnectionId): void {
    if (this.links.has(id)) this.setDeadline(id);
  }

  onAccepted(id: ConnectionId, from: Address): void {
    const { door } = this;
    assert(door !== undefined, "connections are mounted before any is accepted");
    this.welcome(door, { id, role: "acceptor", place: from.host });
  }

  onBytes(id: ConnectionId, bytes: Uint8Array): void {
    const link = this.links.get(id);
    if (link === undefined) return;
    link.onBytes(bytes, this.layer.nowMs);
    if (this.links.has(id) && link.heldBytes !== link.countedBytes) this.onHeld(link);
  }

  onTimeout(id: ConnectionId, what: "introduction" | "farewell"): void {
    const link = this.links.get(id);
    if (link === undefined) return;
    if (what === "farewell") {
      link.close();
      return this.layer.drop(link, "links.closed.idle");
    }
    if (link.phase === "up" || link.phase === "leaving") return;
    this.layer.onFault(link, "links.refused.timeout");
  }

  /** What to do with who says this. */
  judge(link: Link, hello: LinkHello): "go on" | "park" | LinkCount {
    const { layer } = this;
    if (hello.cluster !== this.cluster) return "links.refused.otherCluster";
    if (link.name === nameOf(layer.ports.origin())) return "links.refused.self";
    if (link.claimed !== undefined && link.claimed !== link.name) {
      return "links.refused.otherName";
    }
    if (link.role === "dialler") {
      return link.name === link.place ? "go on" : "links.refused.otherName";
    }
    const peer = layer.peerOf(link.name);
    if (peer === undefined) return "links.refused.crowd";
    if (isOlder(link, peer.link)) return "links.refused.older";
    if (peer.candidate !== undefined && isOlder(link, peer.candidate)) {
      return "links.refused.older";
    }
    // An attempt of the other kind decides nothing about this one.
    const own = link.relay === undefined ? peer.dial : peer.detour;
    const mustWait = own !== undefined && nameOf(layer.ports.origin()) < link.name;
    if (!mustWait) {
      this.answer(peer, link);
      return "go on";
    }
    const former = peer.parked;
    peer.parked = link;
    if (former !== undefined) layer.onFault(former, "links.refused.older");
    return "park";
  }

  /** The other end has proved who it is. */
  adopt(link: Link): void {
    const { layer } = this;
    this.strangers.delete(link);
    const peer = layer.peerOf(link.name);
    if (peer === undefined) return layer.onFault(link, "links.refused.crowd");
    if (isOlder(link, peer.link)) return layer.onFault(link, "links.refused.older");
    this.clear(peer, link);
    layer.beginLink(peer, link);
  }

  /** One that was not a link yet has ended. */
  onAttemptOver(link: Link, peer: LinkedPeer | undefined, reason: LinkCount): void {
    const { layer } = this;
    if (reason !== "links.closed.broken") layer.count(reason);
    if (peer === undefined) return;
    if (peer.parked === link) peer.parked = undefined;
    if (peer.candidate === link) {
      peer.candidate = undefined;
      if (peer.isWanted) layer.ensureLink(peer);
    }
    if (peer.dial === link) this.onDialOver(peer, reason);
    else if (peer.detour === link) this.onDetourOver(peer);
  }

  private onDialOver(peer: LinkedPeer, reason: LinkCount): void {
    const { layer } = this;
    peer.dial = undefined;
    layer.count("links.dialFailed");
    const isSilent = reason === "links.closed.broken" || reason === "links.refused.timeout";
    if (isSilent) layer.detours.onDialFailed(peer);
    this.goOn(peer, "dial");
  }

  private onDetourOver(peer: LinkedPeer): void {
    peer.detour = undefined;
    this.layer.count("links.relayed.failed");
    this.goOn(peer, "detour");
  }

  private goOn(peer: LinkedPeer, failed: "dial" | "detour"): void {
    const { parked } = peer;
    const hasWaited = parked !== undefined && (parked.relay === undefined) === (failed === "dial");
    if (hasWaited) {
      peer.parked = undefined;
      return this.answer(peer, parked);
    }
    // What the peer has begun may still come to a good end.
    if (peer.candidate !== undefined) return;
    if (peer.link === undefined) this.layer.detours.goOn(peer, failed);
    else if (failed === "dial") this.layer.endChannels(peer);
  }

  private answer(peer: LinkedPeer, link: Link): void {
    const former = peer.candidate;
    peer.candidate = link;
    if (former !== undefined) this.layer.onFault(former, "links.refused.older");
    this.hellosCount += 1;
    link.answer(this.hellosCount, this.layer.nowMs);
  }

  /** Of all connections of a peer one stays. */
  private clear(peer: LinkedPeer, link: Link): void {
    const { layer } = this;
    for (const slot of ["candidate", "dial", "detour", "parked"] as const) {
      const attempt = peer[slot];
      if (attempt === undefined) continue;
      const isBetter = attempt.relay === undefined && link.relay !== undefined;
      if (attempt !== link && isBetter) continue;
      peer[slot] = undefined;
      if (attempt === link) continue;
      attempt.destroy();
      this.forget(attempt);
      layer.count("links.refused.crossed");
    }
    const { link: former } = peer;
    if (former === undefined) return;
    const isReturn = former.relay !== undefined && link.relay === undefined && former.isUp;
    if (isReturn && former.boot === link.boot) return layer.moves.begin(peer, former, link);
    former.destroy();
    this.forget(former);
    layer.count("links.replaced");
    layer.tellLost(peer);
    layer.loseLink(peer);
  }

  private welcome(
    door: LinkDoor,
    begun: Pick<LinkSetup, "id" | "place" | "role" | "relay" | "claimed">,
  ): void {
    const { layer } = this;
    layer.count("links.accepted");
    const refusal = this.strangers.refusalOf(begun.place, layer.nowMs);
    if (refusal !== undefined) {
      layer.count(refusal);
      return door.destroy(begun.id);
    }
    const oldest = this.strangers.add(this.newLink(door, begun));
    if (oldest !== undefined) layer.onFault(oldest, "links.refused.crowd");
    this.setDeadline(begun.id);
  }

  private newLink(
    door: LinkDoor,
    begun: Pick<LinkSetup, "id" | "place" | "role" | "relay" | "claimed">,
  ): Link {
    const { env, options, ports } = this.layer;
    const { messageMaxBytes, recordMaxBytes } = options;
    const nonce = linkNonce(ports.keyring === undefined ? env.random : undefined);
    const link = new Link(
      { ...begun, door, nonce, recordMaxBytes, messageMaxBytes },
      ports,
      this.layer,
    );
    this.links.set(begun.id, link);
    return link;
  }

  private setDeadline(id: ConnectionId): void {
    const { env, options } = this.layer;
    env.setTimer({ kind: "introduction", id }, options.introductionMaxMs);
  }

  /** Bytes of records that are not whole: at the bound, who holds most is cut off. */
  private onHeld(holder: Link): void {
    this.heldBytes += holder.heldBytes - holder.countedBytes;
    holder.countedBytes = holder.heldBytes;
    if (this.heldBytes <= this.layer.options.heldMaxBytes) return;
    let largest: Link | undefined;
    for (const link of this.links.values()) {
      if (link.heldBytes > (largest?.heldBytes ?? 0)) largest = link;
    }
    if (largest !== undefined) this.layer.onFault(largest, "links.closed.tooMuchHeld");
  }
}

/** True when the standing link of the same peer was said later than this one. */
function isOlder(link: Link, standing: Link | undefined): boolean {
  if (standing === undefined || standing === link) return false;
  if (link.boot !== standing.boot) return link.boot < standing.boot;
  return link.serial <= standing.serial;
}

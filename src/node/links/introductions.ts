import type { Address } from "../../core/address.ts";
import { assert } from "../../core/assert.ts";
import type { ConnectionDoor, ConnectionId } from "../../core/connections.ts";
import type { LinkHello } from "../../wire/link-hello.ts";
import { clusterText, Link, nameOf } from "./link.ts";
import type { LinkLayer } from "./link-layer.ts";
import { linkNonce } from "./link-nonce.ts";
import type { LinkedPeer } from "./linked-peer.ts";
import type { LinkCount } from "./links.contract.ts";
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
    layer.count("links.dialled");
    this.hellosCount += 1;
    link.introduce(this.hellosCount);
  }

  onConnected(id: ConnectionId): void {
    if (this.links.has(id)) this.setDeadline(id);
  }

  onAccepted(id: ConnectionId, from: Address): void {
    const { door, layer } = this;
    assert(door !== undefined, "connections are mounted before any is accepted");
    layer.count("links.accepted");
    const refusal = this.strangers.refusalOf(from.host, layer.nowMs);
    if (refusal !== undefined) {
      layer.count(refusal);
      return door.destroy(id);
    }
    const link = this.newLink(door, { id, role: "acceptor", place: from.host });
    const oldest = this.strangers.add(link);
    if (oldest !== undefined) layer.onFault(oldest, "links.refused.crowd");
    this.setDeadline(id);
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
    if (link.role === "dialler") {
      return link.name === link.place ? "go on" : "links.refused.otherName";
    }
    const peer = layer.peerOf(link.name);
    if (peer === undefined) return "links.refused.crowd";
    if (isOlder(link, peer.link)) return "links.refused.older";
    if (peer.candidate !== undefined && isOlder(link, peer.candidate)) {
      return "links.refused.older";
    }
    const mustWait = peer.dial !== undefined && nameOf(layer.ports.origin()) < link.name;
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
    if (peer.candidate === link) peer.candidate = undefined;
    if (peer.dial === link) peer.dial = undefined;
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
    if (peer.dial !== link) return;
    peer.dial = undefined;
    layer.count("links.dialFailed");
    const { parked } = peer;
    peer.parked = undefined;
    if (parked !== undefined) this.answer(peer, parked);
    // What the peer has begun may still come to a good end.
    else if (peer.candidate === undefined && peer.link === undefined) layer.onUnreachable(peer);
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
    const { candidate, dial, link: former, parked } = peer;
    peer.candidate = undefined;
    peer.dial = undefined;
    peer.parked = undefined;
    for (const attempt of [candidate, dial, parked]) {
      if (attempt === undefined || attempt === link) continue;
      attempt.destroy();
      this.forget(attempt);
      layer.count("links.refused.crossed");
    }
    if (former === undefined) return;
    former.destroy();
    this.forget(former);
    layer.count("links.replaced");
    layer.tellLost(peer);
    layer.loseLink(peer);
  }

  private newLink(
    door: ConnectionDoor,
    { id, place, role }: Pick<Link, "id" | "place" | "role">,
  ): Link {
    const { env, options, ports } = this.layer;
    const { messageMaxBytes, recordMaxBytes } = options;
    const nonce = linkNonce(ports.keyring === undefined ? env.random : undefined);
    const link = new Link(
      { door, id, role, place, nonce, recordMaxBytes, messageMaxBytes },
      ports,
      this.layer,
    );
    this.links.set(id, link);
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

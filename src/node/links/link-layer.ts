import type { Address } from "../../core/address.ts";
import type { ConnectionDoor, ConnectionId, ConnectionListener } from "../../core/connections.ts";
import type { Env } from "../../core/env.ts";
import type { PeerId } from "../../core/peer.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { LinkHello } from "../../wire/link-hello.ts";
import { FRAME_HEAD_BYTES, type LinkFrame, linkFrames } from "../../wire/link-record.ts";
import { Detours, type DetourTimer } from "./detours.ts";
import { Introductions } from "./introductions.ts";
import type { Link, LinkOwner } from "./link.ts";
import { LinkChannels } from "./link-channels.ts";
import { LinkIntake, STOPPING } from "./link-intake.ts";
import { LinkMoves } from "./link-moves.ts";
import { LinkRounds } from "./link-rounds.ts";
import { LinkedPeer, type RelayedPeer, relayedOf } from "./linked-peer.ts";
import type {
  LinkCount,
  LinkPorts,
  Links,
  LinkTaking,
  LinkUser,
  QueueRule,
} from "./links.contract.ts";
import type { LinksOptions } from "./links.options.ts";
import { RELAYED_CHANNEL } from "./relayed.messages.ts";

export type LinkTimer =
  /** Looks after all links. */
  | { readonly kind: "round" }
  /** Whoever has not said by now who it is must go. */
  | { readonly kind: "introduction"; readonly id: ConnectionId }
  /** The peer has had time for its last words. */
  | { readonly kind: "farewell"; readonly id: ConnectionId }
  | { readonly kind: "redial"; readonly peer: string }
  | DetourTimer;

/** Says that the step has ended and what it queued is to be written. */
export interface LinkFlush {
  readonly kind: "flush";
}

const flush: LinkFlush = { kind: "flush" };
const noBytes = new Uint8Array(0);

/**
 * One long-lived connection for each pair of nodes that talk, shared by all channels: opened when
 * somebody sends, closed when nobody does, kept when it is quiet, dialled again when it breaks.
 * Source: DESIGN section 5.
 */
export class LinkLayer
  implements Links, LinkOwner, ConnectionListener, Protocol<LinkFlush, LinkTimer>
{
  readonly env: Env<LinkFlush, LinkTimer>;
  readonly ports: LinkPorts;
  readonly options: LinksOptions;
  readonly peers = new Map<string, LinkedPeer>();
  readonly detours: Detours;
  readonly moves: LinkMoves;
  private readonly channels: LinkChannels;
  private readonly intake: LinkIntake;
  private readonly introductions: Introductions;
  private readonly rounds: LinkRounds;
  private readonly dirty = new Set<LinkedPeer>();
  private isStopped = false;

  constructor(env: Env<LinkFlush, LinkTimer>, ports: LinkPorts, options: LinksOptions) {
    this.env = env;
    this.ports = ports;
    this.options = options;
    this.channels = new LinkChannels({
      count: (name) => this.count(name),
      control: (peer, kind, channel) => this.control(peer, kind, channel),
    });
    this.intake = new LinkIntake(this, this.channels);
    this.introductions = new Introductions(this);
    this.moves = new LinkMoves(this);
    this.rounds = new LinkRounds(this);
    this.detours = new Detours(this, this.introductions);
    this.use(RELAYED_CHANNEL, this.detours, "bulk");
  }

  /** Its connections, from then on. */
  take(door: ConnectionDoor): void {
    this.introductions.door = door;
  }

  get nowMs(): number {
    return this.env.now();
  }

  start(): void {}

  stop(): void {
    this.isStopped = true;
    for (const peer of this.peers.values()) {
      if (peer.link?.phase === "up") {
        this.write(peer);
        peer.link.say(linkFrames.goodbye, this.nowMs, STOPPING);
      }
      peer.link?.close();
    }
    this.introductions.stop();
    this.peers.clear();
  }

  /** Never a message: what peers say comes by connections. */
  onMessage(): void {}

  onTimer(timer: LinkTimer): void {
    if (timer.kind === "round") this.rounds.onRound();
    else if (timer.kind === "redial") this.onRedial(timer.peer);
    else if (timer.kind === "introduction" || timer.kind === "farewell") {
      this.introductions.onTimeout(timer.id, timer.kind);
    } else this.detours.onTimer(timer);
  }

  // What protocols call

  use(channel: number, user: LinkUser, rule: QueueRule): void {
    this.channels.use(channel, user, rule);
  }

  canReach(peer: PeerId): boolean {
    const known = this.peers.get(String(peer));
    return known?.link?.isUp === true || this.ports.addressOf(peer) !== undefined;
  }

  send(to: PeerId, channel: number, bytes: Uint8Array): LinkTaking {
    if (bytes.length > this.options.messageMaxBytes) return "tooLarge";
    const peer = this.canReach(to) ? this.peerOf(String(to)) : undefined;
    const rule = peer && this.channels.ruleFor(peer, channel);
    if (peer === undefined || rule === undefined) {
      this.count("links.dropped.noLink");
      return "noLink";
    }
    return this.queue(peer, { kind: linkFrames.message, channel, bytes }, rule);
  }

  /** Peers that are reached by way of another one now. */
  relayed(): RelayedPeer[] {
    return relayedOf(this.peers.values());
  }

  capacity(to: PeerId): number {
    const peer = this.peers.get(String(to));
    const { queueHighWaterBytes } = this.options;
    if (peer === undefined) return queueHighWaterBytes;
    const left = Math.max(0, queueHighWaterBytes - peer.queue.pressingBytes);
    if (left === 0) peer.owesDrain = true;
    return left;
  }

  openLink(to: PeerId, channel: number): void {
    const peer = this.peerOf(String(to));
    if (peer === undefined) return this.count("links.dropped.noLink");
    if (peer.channels.has(channel)) return;
    peer.channels.set(channel, "opening");
    // Who takes the link for a failure detector wants to hear of the peer, and not of a third node.
    if (peer.link?.relay !== undefined) this.detours.dialBack(peer);
    else if (peer.link?.isUp === true) this.control(peer, linkFrames.openChannel, channel);
    else this.ensureLink(peer);
  }

  closeLink(to: PeerId, channel: number): void {
    const peer = this.peers.get(String(to));
    const state = peer?.channels.get(channel);
    if (peer === undefined || state === undefined) return;
    peer.channels.delete(channel);
    if (peer.link?.isUp === true) this.control(peer, linkFrames.closeChannel, channel);
    else peer.queue.takeAll((frame) => frame.channel === channel);
  }

  /** The step has ended: all that it queued for a peer leaves in as few writes as possible. */
  flush(): void {
    const dirty = [...this.dirty];
    this.dirty.clear();
    for (const peer of dirty) this.write(peer);
  }

  // What connections tell

  onConnected(id: ConnectionId): void {
    this.introductions.onConnected(id);
  }

  onAccepted(id: ConnectionId, from: Address): void {
    if (!this.isStopped) this.introductions.onAccepted(id, from);
  }

  onBytes(id: ConnectionId, bytes: Uint8Array): void {
    this.introductions.onBytes(id, bytes);
  }

  onDrained(id: ConnectionId): void {
    const link = this.introductions.find(id);
    const peer = link && this.peers.get(link.name);
    if (peer?.link === link && peer !== undefined) this.write(peer);
  }

  onClosed(id: ConnectionId): void {
    const link = this.introductions.find(id);
    if (link !== undefined) this.drop(link, "links.closed.broken");
  }

  // What links tell

  onHello(link: Link, hello: LinkHello): "go on" | "park" | LinkCount {
    return this.introductions.judge(link, hello);
  }

  onUp(link: Link): void {
    this.introductions.adopt(link);
  }

  onFault(link: Link, reason: LinkCount): void {
    link.destroy();
    this.drop(link, reason);
  }

  onFrame(link: Link, frame: LinkFrame): void {
    this.intake.onFrame(link, frame);
  }

  // Inside

  count(name: LinkCount, by = 1): void {
    this.ports.counters.add(name, by);
  }

  /** What is known of this peer from now on; undefined when too many are. */
  peerOf(name: string): LinkedPeer | undefined {
    const known = this.peers.get(name);
    if (known !== undefined) return known;
    if (name === String(this.env.self)) return undefined;
    if (this.peers.size >= this.options.peersMaxCount && !this.rounds.makeRoom()) return undefined;
    const { queueHighWaterBytes: highWaterBytes, queueMaxBytes: maxBytes } = this.options;
    const bounds = { highWaterBytes, maxBytes, maxCount: this.options.queueMaxCount };
    const peer = new LinkedPeer(name, bounds);
    this.peers.set(name, peer);
    this.rounds.begin();
    return peer;
  }

  /** Of this peer a link stands from now on. */
  beginLink(peer: LinkedPeer, link: Link): void {
    peer.link = link;
    link.since = this.env.wallClock();
    peer.failuresCount = 0;
    peer.notBeforeMs = 0;
    this.count("links.opened");
    this.detours.onLink(peer, link.relay === undefined ? "own" : "relayed");
    for (const [channel, state] of peer.channels) {
      if (state === "opening" && link.relay === undefined) {
        const frame = { kind: linkFrames.openChannel, channel, bytes: noBytes };
        link.write([frame], FRAME_HEAD_BYTES, this.nowMs);
      }
    }
    this.markDirty(peer);
  }

  /** A connection has ended, whatever it was to a peer. */
  drop(link: Link, reason: LinkCount): void {
    link.phase = "gone";
    this.introductions.forget(link);
    const peer = this.peers.get(link.role === "dialler" ? link.place : link.name);
    if (peer?.link === link) {
      this.count(reason);
      this.tellLost(peer);
      this.loseLink(peer);
    } else if (peer !== undefined && peer.former === link) this.moves.onBroken(peer);
    else this.introductions.onAttemptOver(link, peer, reason);
  }

  forget(link: Link): void {
    this.introductions.forget(link);
  }

  /** Channels with links of their own hear that there is none. */
  endChannels(peer: LinkedPeer): void {
    this.channels.onUnreachable(peer);
  }

  /** The link of this peer does not stand any more. */
  loseLink(peer: LinkedPeer): void {
    peer.link = undefined;
    this.moves.drop(peer);
    peer.queue.restart();
    peer.queue.takeAll((frame) => frame.kind !== linkFrames.message);
    this.channels.onLinkGone(peer);
    if (peer.isWanted) this.ensureLink(peer);
  }

  /** What was sent last may not have been heard. */
  tellLost(peer: LinkedPeer): void {
    this.channels.tellLost(peer.id);
  }

  /** A dial has failed, or nobody can be dialled. */
  onUnreachable(peer: LinkedPeer): void {
    const { redialMaxMs, redialMinMs, unsentMaxMs } = this.options;
    const most = Math.min(redialMaxMs, redialMinMs * 2 ** Math.min(peer.failuresCount, 30));
    peer.failuresCount += 1;
    peer.notBeforeMs = this.nowMs + most / 2 + (this.env.random.real() * most) / 2;
    this.channels.onUnreachable(peer);
    const isMember = this.ports.addressOf(peer.id) !== undefined;
    this.giveBack(peer, isMember ? this.nowMs - unsentMaxMs : Number.POSITIVE_INFINITY);
    if (peer.isWanted) this.ensureLink(peer);
  }

  /** Lets go of what has been queued since before `beforeMs`. */
  giveBack(peer: LinkedPeer, beforeMs: number): void {
    if (peer.queue.oldestAtMs > beforeMs) return;
    for (const frame of peer.queue.takeAll(({ atMs }) => atMs <= beforeMs)) {
      this.channels.onUnsent(peer.id, frame);
    }
    this.tellDrained(peer);
  }

  /** Sees to it that a link of this peer stands, now or after a pause. */
  ensureLink(peer: LinkedPeer): void {
    const isDialled = peer.dial !== undefined && !this.detours.isBadPath(peer);
    const hasAttempt = isDialled || peer.detour !== undefined;
    const isUnderWay = hasAttempt || peer.isRedialSet || this.isStopped;
    if (peer.link !== undefined || isUnderWay) return;
    peer.isRedialSet = true;
    const delayMs = Math.max(0, peer.notBeforeMs - this.nowMs);
    this.env.setTimer({ kind: "redial", peer: peer.name }, delayMs);
  }

  private onRedial(name: string): void {
    const peer = this.peers.get(name);
    if (peer === undefined) return;
    peer.isRedialSet = false;
    const stands = peer.link !== undefined || peer.detour !== undefined;
    // The peer's own attempt is almost there.
    if (stands || !peer.isWanted || peer.candidate !== undefined) return;
    if (peer.dial !== undefined) return this.detours.passBy(peer);
    const address = this.ports.addressOf(peer.id);
    if (address === undefined) this.onUnreachable(peer);
    else this.detours.begin(peer, address);
  }

  private control(peer: LinkedPeer, kind: number, channel: number): void {
    this.queue(peer, { kind, channel, bytes: noBytes }, "keep");
  }

  private queue(peer: LinkedPeer, frame: LinkFrame, rule: QueueRule): LinkTaking {
    const dropped = peer.queue.push(frame, rule, this.nowMs);
    if (dropped === "full") {
      this.count("links.dropped.queueFull");
      return "full";
    }
    if (dropped > 0) this.count("links.dropped.queueFull", dropped);
    this.markDirty(peer);
    return "taken";
  }

  markDirty(peer: LinkedPeer): void {
    const isFirst = this.dirty.size === 0;
    this.dirty.add(peer);
    // Where no step runs it is flushed before this returns.
    if (isFirst) this.env.send(this.env.self, flush);
  }

  private write(peer: LinkedPeer): void {
    const { link, queue } = peer;
    // On its way from one link to another.
    if (peer.former !== undefined || peer.isHeld) return;
    if (link === undefined || queue.size === 0) {
      if (peer.isWanted) this.ensureLink(peer);
      return;
    }
    if (link.phase === "up") {
      const { queueHighWaterBytes, recordTargetBytes, writeAheadBytes } = this.options;
      link.lastUsedMs = this.nowMs;
      const bulkBytes = queue.bulkBytes;
      while (queue.size > 0 && link.waitingBytes < writeAheadBytes) {
        const { frames, joinedBytes } = queue.take(recordTargetBytes);
        link.write(frames, joinedBytes, this.nowMs);
      }
      // What is large may take long: only who takes nothing of it is slow.
      const isMoving = queue.bulkBytes < bulkBytes;
      if (isMoving && queue.pressingBytes <= queueHighWaterBytes) peer.fullSinceMs = undefined;
    }
    this.tellDrained(peer);
  }

  /** Whoever was told that there is no room hears that there is. */
  private tellDrained(peer: LinkedPeer): void {
    const { queueHighWaterBytes } = this.options;
    const { bulkBytes, pressingBytes } = peer.queue;
    const isFull = Math.max(bulkBytes, pressingBytes) > queueHighWaterBytes;
    if (isFull) peer.fullSinceMs ??= this.nowMs;
    else peer.fullSinceMs = undefined;
    if (!peer.owesDrain || this.isStopped || pressingBytes > queueHighWaterBytes / 2) return;
    peer.owesDrain = false;
    this.channels.tellDrained(peer.id);
  }
}

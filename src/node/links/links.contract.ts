import type { Address } from "../../core/address.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { Keyring } from "../../wire/keyring.ts";
import type { TrafficTable } from "../traffic/traffic-table.ts";

/** What the links of a node count. */
export type LinkCount =
  | "links.dialled"
  | "links.accepted"
  | "links.opened" // stood, whoever dialled
  | "links.replaced" // by a newer one of the same peer
  | "links.closed.idle"
  | "links.closed.silent" // nothing heard for too long
  | "links.closed.slow" // the peer does not take what it is sent
  | "links.closed.broken" // by the network or the peer, without a goodbye
  | "links.closed.tooMuchHeld" // of a record that was not whole
  | "links.dialFailed"
  | "links.dropped.unsent" // no link stood in time, and its channel has no other way
  | "links.dropped.queueFull"
  | "links.dropped.slow" // was queued for a peer whose link was closed for being slow
  | "links.dropped.noLink" // the peer cannot be reached by link
  | "links.dropped.unknownChannel"
  | "links.dropped.unknownFrame" // of a later version
  | "links.refused.crowd" // too many that have not said who they are
  | "links.refused.rate" // too many from one IP address
  | "links.refused.timeout" // did not say who it is in time
  | "links.refused.decrypt" // a record that no key opens, here and now
  | "links.refused.badHello"
  | "links.refused.badRecord"
  | "links.refused.tooLarge"
  | "links.refused.otherCluster"
  | "links.refused.otherName" // who answers is not who was dialled
  | "links.refused.self"
  | "links.refused.older" // a link of the same peer that stands is newer
  | "links.refused.crossed" // both dialled, and the other's stays
  | "links.relayed.begun" // a third node was asked to relay
  | "links.relayed.opened" // a link by way of a third node stood, whoever asked
  | "links.relayed.failed"
  | "links.relayed.returned" // to a link of its own, with nothing lost
  | "links.relayed.refused" // a passage of a stranger, or more than are allowed
  | "links.relaying.begun" // for two others
  | "links.relaying.refused"
  | "links.relaying.bytes"
  | "links.relaying.overrun" // more than the window: the passage was closed
  | "links.dropped.malformed" // no message of a passage
  | "links.dropped.nested" // a passage within another's
  | "links.dropped.noPassage"; // of a passage that is over

export interface LinkCounters {
  add(name: LinkCount, by?: number): void;
}

/** What became of bytes that were to be sent. */
export type LinkTaking = "taken" | "full" | "tooLarge" | "noLink";

/** What happens to the frames of a channel when the queue of a peer is above its high water. */
export type QueueRule =
  /** They wait; a peer that does not take them is a slow one. */
  | "keep"
  /** They give way, oldest first: announcements, that something else repairs. */
  | "drop"
  /** They wait, and leave in turns with all others, which they do not hold up: large messages. */
  | "bulk";

/** Who has a channel on the links of a node. Each method is called within a step. */
export interface LinkUser {
  /** The bytes are a view of what came: copy what is kept. */
  onMessage(peer: PeerId, bytes: Uint8Array): void;
  /** No link stood in time; bytes that a broken link may have carried do not come back. */
  onUnsent?(peer: PeerId, bytes: Uint8Array): void;
  /** The link broke, or the peer stops: what was sent last may not have been heard. */
  onLinkLost?(peer: PeerId): void;
  /** `capacity(peer)` was 0, and there is room again. */
  onDrained?(peer: PeerId): void;
  /** For channels with links of their own (`openLink`). */
  onLinkUp?(peer: PeerId): void;
  onLinkDown?(peer: PeerId): void;
}

/** The links of a node: one long-lived connection per pair of nodes, shared by all channels. */
export interface Links {
  /** Once a channel, before the node starts. */
  use(channel: number, user: LinkUser, rule: QueueRule): void;
  /** A member that says it speaks links, or one whose link stands. */
  canReach(peer: PeerId): boolean;
  /**
   * Queues bytes, which must not change afterwards, and opens the link if there is none. The same
   * bytes may be sent to many. Nothing is called back during the step.
   */
  send(peer: PeerId, channel: number, bytes: Uint8Array): LinkTaking;
  /** Bytes that may be queued for the peer before it is above its high water. */
  capacity(peer: PeerId): number;
  /** Asks for the channel's own link state: `onLinkUp` or `onLinkDown` follows, in a later step. */
  openLink(peer: PeerId, channel: number): void;
  /** Lets go of it: the other end hears `onLinkDown`, this one nothing more. */
  closeLink(peer: PeerId, channel: number): void;
}

/** Of links of this node's own, and of what travels inside of these to a third node. */
export interface LinkTables {
  readonly links: TrafficTable;
  readonly relayed: TrafficTable;
}

/** What links need of the node they are in. */
export interface LinkPorts {
  readonly label: Uint8Array;
  /** Absent where nothing is sealed. */
  readonly keyring: Keyring | undefined;
  readonly counters: LinkCounters;
  /** Where what they carry is counted. Default: nowhere. */
  readonly traffic?: LinkTables | undefined;
  origin(): Origin;
  /** Where a member that speaks links listens; undefined for others. */
  addressOf(peer: PeerId): Address | undefined;
  /** Absent: nothing is relayed. */
  readonly routing?: LinkRouting | undefined;
}

/** What links know of who reaches whom, and tell of it. */
export interface LinkRouting {
  /** Members that reach this node and, as far as is known, the peer; the best first. */
  routesTo(peer: PeerId, random: Random): readonly PeerId[];
  /** Whether the path to this peer is known to be cut. */
  isCut(peer: PeerId): boolean;
  /** Whether packets are known to pass, and no connection. */
  isPacketsOnly(peer: PeerId): boolean;
  /** Living members that know of passages. */
  isMember(peer: PeerId): boolean;
  /** A link of this node's own was heard just now. */
  onHeard(peer: PeerId): void;
  /** How a dial of a connection of this node's own has ended. */
  onDialled(peer: PeerId, state: "up" | "down"): void;
}

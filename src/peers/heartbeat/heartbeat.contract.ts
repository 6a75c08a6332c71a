import type { PeerId } from "../../core/peer.ts";
import type { DetectorCount, HeartbeatDetector } from "../failure-detector.ts";
import type { PeerView } from "../peer-view.ts";
import type { HeartbeatEntry } from "./heartbeat.messages.ts";

export type HeartbeatCount =
  | DetectorCount
  | "heartbeat.sent"
  | "heartbeat.broadcasts"
  | "heartbeat.refuted" // others had heard more of this node than it had said
  | "heartbeat.forgotten" // dead for so long that they are no more in the list
  | "heartbeat.dropped.self" // a message from this node
  | "heartbeat.dropped.ahead" // a beat from a future that is not believed
  | "heartbeat.dropped.stranger" // of a name that is no member
  | "heartbeat.dropped.notNeighbour" // where heartbeats go straight to neighbours
  | "heartbeat.dropped.buried" // word of a dead one that was forgotten
  | "heartbeat.dropped.tableFull" // peersMaxCount
  | "heartbeat.dropped.excess" // entries beyond peersMaxCount in one message
  | "heartbeat.dropped.budget"; // messages of one round beyond messagesMaxCount, or …PerPeer…

/** What the machine must know about bytes without knowing the wire. */
export interface HeartbeatSizes {
  readonly headBytes: number;
  entryBytes(entry: HeartbeatEntry): number;
}

export interface HeartbeatWiring {
  /** To whom heartbeats go; any view will do. */
  readonly peers: PeerView;
  /** Who makes something of them. */
  readonly detector: HeartbeatDetector;
  readonly sizes: HeartbeatSizes;
  readonly counters: { add(name: HeartbeatCount, by?: number): void };
  /** Names that nobody has cannot fill the list then. Default: everybody is. */
  readonly isMember?: ((peer: PeerId) => boolean) | undefined;
  /**
   * Somebody else has found out that this peer is dead: a neighbour that goes for that reason is
   * judged on. Default: nobody has.
   */
  readonly hasFailed?: ((peer: PeerId) => boolean) | undefined;
  /**
   * Where a peer stands, the largest domain first: `["eu", "rack 7"]`. Gossip then stays in the
   * innermost domain but now and then. Default: all stand together.
   */
  readonly domainsOf?: ((peer: PeerId) => readonly string[]) | undefined;
}

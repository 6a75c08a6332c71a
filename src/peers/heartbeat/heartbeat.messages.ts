import type { PeerId } from "../../core/peer.ts";

/** The frame channel of heartbeats. */
export const HEARTBEAT_CHANNEL = 24;

/** Entries of one message, at most. [because: 64 KiB of the shortest names] */
export const ENTRIES_MAX_COUNT = 8_192;

/** How often a node has been heard of in its own words: only it raises this number. */
export interface HeartbeatEntry {
  readonly peer: PeerId;
  readonly beat: number;
}

/** What a node has heard of others, or a part of it; the first entry is its own. */
export interface HeartbeatMessage {
  /** A broadcast goes to everybody, and tells them that no other is needed for a while. */
  readonly kind: "gossip" | "broadcast";
  readonly entries: readonly HeartbeatEntry[];
}

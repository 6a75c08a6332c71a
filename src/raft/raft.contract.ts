import type { DurableEnv } from "../core/env.ts";
import type { Counters } from "../core/metrics.ts";
import type { PeerId } from "../core/peer.ts";
import type { Entry, RaftRecord } from "./entry.ts";
import type { RaftMessage, RaftTimer, WishReply } from "./raft.messages.ts";
import type { Snapshot } from "./state-bytes.ts";

export type RaftEnv = DurableEnv<RaftMessage, RaftTimer, RaftRecord>;

/** "unborn": it has no place in a group yet. "lost": its place was another disk's. */
export type RaftRole =
  | "unborn"
  | "lost"
  | "follower"
  | "preCandidate"
  | "candidate"
  | "leader"
  | "stopped";

/** Names a read: who asked, and how they call it. */
export interface ReadName {
  readonly from: PeerId;
  readonly request: number;
}

/** Whoever uses the log. All of it is called last in a step. */
export interface RaftListener {
  /** These are committed: in order, without gaps, each once in a life. */
  onCommitted(entries: readonly Entry[]): void;
  /** This stands for all entries up to its index. */
  onSnapshot(snapshot: Snapshot): void;
  /** Role, term or leader have changed. */
  onRole(): void;
  /** What became of a read that `read` began. */
  onRead(read: ReadName, reply: WishReply): void;
}

export interface RaftWiring {
  /** What the group is called. */
  readonly group: string;
  /** Its first voters; counts only while the disk is empty. */
  readonly voters: readonly PeerId[];
  readonly counters: Counters;
  readonly listener: RaftListener;
}

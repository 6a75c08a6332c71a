import type { Origin } from "../../core/peer.ts";

/** 11 and 12 are the bulk channels of trees and rumors on links. */
export const NODE_STATE_CHANNEL = 13;

/** Most states in one digest; of more, a part is told. [because: nodesMaxCount, three times] */
export const STATES_MAX_COUNT = 32_768;
/** Most heads, entries and ends in the deltas of one message. [because: 256 KiB hold no more] */
export const OPS_MAX_COUNT = 65_536;

/**
 * `set`: it stays. `deleted`: a tombstone. `fading`: still read, and collected as a tombstone is
 * (DeleteAfterTtl in the spec).
 */
export type EntryStatus = "set" | "deleted" | "fading";

/** The latest write of a key, as its owner made it. */
export interface StateEntry {
  readonly key: string;
  /** Empty when it is deleted. */
  readonly value: Uint8Array;
  /** Counts the writes of one life of its owner: 1, 2, 3 … */
  readonly version: number;
  readonly status: EntryStatus;
}

/** How far a copy of one node's state has come. [spec Scuttlebutt §1, §2] */
export interface StateDigest {
  /** The owner, in this life: its boot is the generation. */
  readonly origin: Origin;
  readonly heartbeat: number;
  /** The greatest version of a tombstone that this copy has collected. */
  readonly gcVersion: number;
  /** The greatest version that this copy claims to know of. */
  readonly maxVersion: number;
}

/** How much a node may write, and wants to, in updates a second. */
export interface StateFlow {
  readonly limitPerSecond: number;
  readonly demandPerSecond: number;
}

export interface Digest {
  readonly states: readonly StateDigest[];
  /** In a part, a node that is not listed is not unknown. */
  readonly extent: "all" | "part";
  /** Absent where writers are not held back. */
  readonly flow?: StateFlow;
}

/** What one copy has for another one of the same node: a run of versions without a gap. */
export interface StateDelta {
  readonly origin: Origin;
  /** The receiver has all up to this one; with 0 it begins anew. */
  readonly from: number;
  readonly gcVersion: number;
  /** By version, ascending. */
  readonly entries: readonly StateEntry[];
  /** How far the receiver has come when it has taken this. */
  readonly maxVersion: number;
}

export type NodeStateMessage =
  /** Do we know the same? Answered by a `syn` if not. */
  | { readonly kind: "probe"; readonly cluster: string; readonly hash: number }
  | { readonly kind: "syn"; readonly cluster: string; readonly digest: Digest }
  | { readonly kind: "synAck"; readonly digest: Digest; readonly deltas: readonly StateDelta[] }
  | { readonly kind: "ack"; readonly deltas: readonly StateDelta[] }
  | { readonly kind: "badCluster" }
  /** The same three steps as Cassandra's gossiper takes them. [spec Scuttlebutt §7] */
  | { readonly kind: "gossipSyn"; readonly cluster: string; readonly digest: Digest }
  | {
      readonly kind: "gossipAck";
      /** What its sender wants: all above `maxVersion`. */
      readonly wanted: readonly StateDigest[];
      readonly deltas: readonly StateDelta[];
    }
  | { readonly kind: "gossipAck2"; readonly deltas: readonly StateDelta[] };

export interface NodeStateTimer {
  readonly kind: "round" | "news" | "expiry";
}

/** What users type of replica sets: the public types of `node.replicas`. */
import type { Origin } from "../../core/peer.ts";

/** A life of a node in the replica set of something; see docs/replica-sets.md. */
export interface ReplicaPlace {
  readonly name: string;
  readonly origin: Origin;
  readonly standing: "member" | "left" | "evicted" | "former" | "unknown";
  /** True while that very life is alive, as far as this node knows. */
  readonly alive: boolean;
  /** Of a member that is not alive: for how long, as this node saw it. */
  readonly awayMs?: number;
}

/** Who replicates something. */
export interface ReplicaSet {
  /** Such as `topic:Commit`. */
  readonly replica: string;
  /** The last life of each name, by name. */
  readonly places: readonly ReplicaPlace[];
  /** Updates that this node has seen; absent where it does not replicate it itself. */
  readonly seenCount?: number;
  /** Of these, how many all members are known to have seen. */
  readonly stableCount?: number;
}

/** Somebody's place in a replica set has changed, or this node has lost its own. */
export type ReplicaEvent =
  | {
      readonly kind: "announce" | "leave" | "evict";
      readonly replica: string;
      readonly origin: Origin;
    }
  /** A catch-up has come on: `heldCount` of `heldCount + missingCount` updates are here. */
  | {
      readonly kind: "progress";
      readonly replica: string;
      readonly from: string;
      readonly heldCount: number;
      readonly missingCount: number;
    }
  /** This node was evicted: it has discarded what it kept, and lives on as `origin`. */
  | { readonly kind: "evicted"; readonly origin: Origin; readonly error: Error };

/** The replica sets that this node knows of. */
export interface Replicas {
  /** All that this node knows of, or the set of that name; a topic may be called by its tag. */
  list(name?: string): readonly ReplicaSet[];
  /**
   * Stops waiting for a member that will not come back. Should it come back all the same, it
   * discards what it kept of this replica and begins anew.
   * @throws HearsayError REPLICA_UNKNOWN, MEMBER_UNKNOWN, CONFIG_OPTION, NODE_STOPPED
   */
  evict(replica: string, name: string): ReplicaPlace;
  /** Hears of each change from now on; returns what ends it. */
  on(listener: (event: ReplicaEvent) => void): () => void;
}

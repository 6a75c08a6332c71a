import type { PeerId } from "../../core/peer.ts";
import type { PeerView } from "../peer-view.ts";
import type { Trouble } from "./degraded.messages.ts";

export type DegradedCount =
  | "degraded.episodes" // this node became degraded
  | "degraded.claims.sent"
  | "degraded.claims.news"
  | "degraded.claims.expired" // nothing more was heard
  | "degraded.dropped.notItself" // a claim about another, or from elsewhere
  | "degraded.dropped.stale" // of another life, or older than what is known
  | "degraded.dropped.tooMany" // claimsPerSecond, or claimsMaxCount
  | "degraded.dropped.stranger"; // of nobody who is here

/** A member that said of itself that it is degraded, or this node. */
export interface DegradedMember {
  readonly name: string;
  /** Of the first claim since it was well: milliseconds since the epoch by this node's clock. */
  readonly since: number;
  readonly trouble: Trouble;
}

export interface DegradedListener {
  onDegrade(member: DegradedMember): void;
  /** `why`: it said so, or it said nothing more, or it is gone. */
  onRecover(name: string, why: "said" | "expired" | "gone"): void;
}

export interface DegradedWiring {
  readonly self: string;
  /** Those who understand. */
  readonly peers: Pick<PeerView, "sample">;
  readonly counters: { add(name: DegradedCount, by?: number): void };
  readonly listener: DegradedListener;
  /** Which life the member lives; undefined for nobody who is here and understands. */
  livingBoot(name: string): number | undefined;
  /** The life of this node. */
  ownBoot(): number;
  /** Default: nobody else claims in this node's name, and numbers are the wall clock's. */
  readonly voice?: ClaimVoice | undefined;
}

/** What this machine shares with another thread that claims in this node's name. */
export interface ClaimVoice {
  /** The number of the last claim, whoever made it. */
  readonly lastClaimSeq: number;
  /** A number above all that were given out. */
  nextClaimSeq(): number;
}

/** What was measured since the last sample. */
export type HealthSample = Trouble;

/** Who sent a claim. */
export interface Claimant {
  readonly peer: PeerId;
  /** "itself": the packet came from where that member is. */
  readonly from: "itself" | "elsewhere";
}

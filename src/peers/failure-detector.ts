import type { PeerId } from "../core/peer.ts";

/**
 * What a detector makes of a peer. `unknown`: it was never heard of, or is forgotten; nothing is
 * said of it then, and not that it is dead.
 */
export type VerdictStatus = "unknown" | "alive" | "suspect" | "dead";

/** What a failure detector says of one peer at one moment. */
export interface Verdict {
  readonly peer: PeerId;
  readonly status: VerdictStatus;
  /**
   * How much speaks for its death, in the measure of the detector: 0 is nothing, `deadLevel` and
   * more is enough. It rises while nothing is heard; it is of now, where `status` is of the last
   * time that the detector looked.
   */
  readonly level: number;
  /** `env.now()` of the last change of `status`; 0 of the unknown. */
  readonly sinceMs: number;
  /** `env.now()` of the last sign of life; undefined where there was none, or none is kept. */
  readonly heardMs: number | undefined;
}

/** One thing that a detector went by, as `evidence` tells it. */
export interface DetectorEvidence {
  /** `env.now()`. */
  readonly atMs: number;
  /** `heard`, `suspected`, `died`, `returned` or `forgotten`; SWIM has steps of its own. */
  readonly what: string;
  readonly level?: number;
  /** Who said so, where it was another one. */
  readonly by?: string;
  /** What it was measured by, in words. */
  readonly detail?: string;
}

/** Told last in a step, in order. Must not call back into the detector but for its queries. */
export interface DetectorListener {
  /** `verdict.status` is another than `before`. */
  onVerdict(verdict: Verdict, before: VerdictStatus): void;
}

/**
 * Says who is dead, as far as anybody can tell: SWIM, phi accrual and gossiped heartbeats are three
 * ways to find out. It answers with a level besides the verdict, so that whoever asks may draw the
 * line elsewhere: sooner for work that can be done twice, later for what cannot be undone.
 */
export interface FailureDetector {
  /** In reports: "swim", "phi-accrual", "heartbeat". */
  readonly name: string;
  /** The level from which on a peer is taken for dead. */
  readonly deadLevel: number;
  /** Peers of whom something is known; bounded by an option. */
  readonly peersCount: number;
  /** What it says of a peer, and on what evidence. */
  verdict(peer: PeerId): Verdict;
  /** That of `verdict`, for whoever asks often: no level is worked out. */
  statusOf(peer: PeerId): VerdictStatus;
  /** What led to the verdict, oldest first; bounded, and kept for a while of the forgotten. */
  evidence(peer: PeerId): readonly DetectorEvidence[];
  /** Everybody of whom something is known. */
  forEachPeer(visit: (verdict: Verdict) => void): void;
  /** Is told of each change, last in a step. */
  subscribe(listener: DetectorListener): void;
}

/** A detector that goes by heartbeats, whoever brings them. */
export interface HeartbeatDetector extends FailureDetector {
  /** A sign of life that is younger than all before it. */
  onHeartbeat(peer: PeerId): void;
  /** Looks at everybody. To be called at regular times: their delay tells of this node's own. */
  onRound(): void;
  /** Says nothing more of this peer: it has left, or its time is up. */
  forget(peer: PeerId): void;
}

/** How many of a detector's own doings there were. */
export type DetectorCount =
  | "detector.suspected"
  | "detector.died"
  | "detector.returned" // was suspect or dead, and was heard
  | "detector.pauses" // rounds that came so late that this node must have stood still
  | "detector.dropped.tableFull"; // heartbeats of peers beyond peersMaxCount

/** What a `HeartbeatDetector` is joined to. */
export interface DetectorWiring {
  /** The clock of all times above. */
  now(): number;
  /** Runs `body` last in the current step. */
  afterStep(body: () => void): void;
  readonly counters: { add(name: DetectorCount, by?: number): void };
}

/** What is said of a peer of whom nothing is known. */
export function unknownVerdict(peer: PeerId): Verdict {
  return { peer, status: "unknown", level: 0, sinceMs: 0, heardMs: undefined };
}

/** What users type of failure detectors: the option `detector`, and what `node.members` says. */
import type { PhiAccrualPreset } from "../../peers/phi-accrual/phi-accrual.options.ts";

/** What `startNode({ detector })` takes: what `phiAccrual` or `heartbeats` returns. */
export interface DetectorChoice {
  readonly kind: "phi-accrual" | "heartbeat";
  /** The constants of another system, over which `phi` is laid. */
  readonly preset?: PhiAccrualPreset | undefined;
  readonly phi: Readonly<Record<string, number | string>>;
  readonly heartbeat: Readonly<Record<string, number | string>>;
  readonly domainTags: readonly string[];
}

interface HowHeartbeatsTravel {
  /**
   * Tags that say where a member stands, the largest domain first: `["region", "rack"]`. Gossip
   * then stays inside but now and then. Default: none.
   */
  readonly domainTags?: readonly string[];
  /** How heartbeats travel (docs/reference/options.md, heartbeat); the same on all nodes. */
  readonly heartbeat?: Readonly<Record<string, number | string>>;
}

/** How the φ accrual detector judges, and how its heartbeats travel. */
export interface PhiAccrualChoice extends HowHeartbeatsTravel {
  readonly preset?: PhiAccrualPreset;
  /** Single numbers (docs/reference/options.md, phiAccrual). */
  readonly options?: Readonly<Record<string, number | string>>;
}

/** How heartbeats with a fixed time of silence travel. */
export type HeartbeatsChoice = HowHeartbeatsTravel;

/** `unknown`: no heartbeat was ever heard, or it is forgotten. Nothing is claimed then. */
export type SuspicionStatus = "unknown" | "alive" | "suspect" | "dead";

/** What a failure detector makes of a member. */
export interface Suspicion {
  readonly name: string;
  /** "swim" on a node without the option `detector`. */
  readonly detector: "swim" | "phi-accrual" | "heartbeat";
  readonly status: SuspicionStatus;
  /**
   * How much speaks for its death at this moment: φ of phi accrual; of heartbeats, the share of
   * T_fail that is over; of SWIM, the share of the longest suspicion.
   */
  readonly level: number;
  /** The level from which on it is dead. */
  readonly deadLevel: number;
  /** Wall-clock time of the last change of `status`; undefined of the unknown. */
  readonly since: number | undefined;
  /** Wall-clock time of the last sign of life; undefined where there was none, and with SWIM. */
  readonly heardAt: number | undefined;
}

/** A detector's view of a member has changed. */
export interface SuspicionEvent {
  readonly suspicion: Suspicion;
  readonly before: SuspicionStatus;
  /** Wall-clock time, milliseconds since the epoch. */
  readonly at: number;
}

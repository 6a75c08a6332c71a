import type { Suspicion, SuspicionEvent } from "../detectors/detectors.api.ts";
import type { ReachabilityEvent, ReachabilityPicture } from "../reachability/reachability.api.ts";
import type { MemberState } from "../state/state.api.ts";

/** What membership says of a node. `failed`: nobody could reach it. `left`: it said goodbye. */
export type MemberStatus = "alive" | "suspect" | "leaving" | "left" | "failed";

/** A member as plain, frozen data: a picture of one moment. */
export interface Member {
  readonly name: string;
  /** `ip:port`. */
  readonly address: string;
  readonly status: MemberStatus;
  /** User tags; reserved ones (`_h…`) are hidden. */
  readonly tags: Readonly<Record<string, string>>;
  readonly incarnation: number;
  /** Smoothed round-trip time of direct probes in milliseconds; undefined before the first. */
  readonly rttMs: number | undefined;
  /** True when the member says that it is a Hearsay node. */
  readonly hearsay: boolean;
  /** Set while it says of itself that it is degraded: there, and slow; see docs/degraded.md. */
  readonly degraded: MemberTrouble | undefined;
  /** What is known of its state, not at that moment but now; not enumerable. */
  readonly state: MemberState;
}

/** How busy a member has been, by its own word. */
export interface MemberTrouble {
  /** Wall-clock time at which it was first heard of, milliseconds since the epoch. */
  readonly since: number;
  /** The longest time for which its event loop stood still. */
  readonly delayMs: number;
  /** The longest pause of its garbage collector. */
  readonly gcMs: number;
}

/** Something has happened to a member. */
export interface MemberEvent {
  readonly kind:
    | "join"
    | "update"
    | "suspect"
    | "alive"
    | "degrade"
    | "recover"
    | "fail"
    | "leave"
    | "reap";
  readonly member: Member;
  /** Wall-clock time, milliseconds since the epoch. */
  readonly at: number;
}

/** One link of the chain of evidence behind a status; `at` is wall-clock milliseconds. */
export interface WhyEntry {
  readonly at: number;
  readonly what: string;
  readonly by?: string;
  readonly incarnation?: number;
  readonly detail?: string;
  /** The same in one English sentence. */
  readonly text: string;
}

/** How far a member is, as far as this node knows. */
export interface NearMember {
  readonly name: string;
  /** Estimated round trip; undefined where nothing is known yet. */
  readonly rttMs: number | undefined;
  /** How much the coordinates themselves trust it: 0 fully, 1.5 not at all; undefined as above. */
  readonly errorRatio: number | undefined;
  /** Of probes of this node itself; undefined before the first, and from elsewhere. */
  readonly measuredMs: number | undefined;
}

/** All members that this node knows, itself included. */
export interface Members extends Iterable<Member> {
  readonly size: number;
  readonly local: Member;
  /** The member of this name, as it is now; undefined where none is known. */
  get(name: string): Member | undefined;
  /** Live from the call; queue of 1,000 events by default, oldest dropped (counted) when full. */
  events(options?: { signal?: AbortSignal; queueMax?: number }): AsyncIterableIterator<MemberEvent>;
  /** Hears of each event from now on; returns what ends it. */
  on(listener: (event: MemberEvent) => void): () => void;
  /**
   * Living members by their distance from `from` (default: this node), nearest first, as network
   * coordinates tell it; those of which there are none yet come last. Serf's Vivaldi: empty-handed
   * on a plain memberlist wire, but for measured round trips of this node.
   */
  near(from?: string): readonly NearMember[];
  /** The evidence behind the status of `name`, oldest first; empty when nothing is known. */
  why(name: string): readonly WhyEntry[];
  /** What the failure detector makes of `name` now: that of the option `detector`, else SWIM. */
  suspicion(name: string): Suspicion;
  /** Told whenever that detector changes its mind about anybody. Returns what ends it. */
  onSuspicion(listener: (event: SuspicionEvent) => void): () => void;
  /** Who reaches whom, as this node knows it now; see docs/reachability.md. */
  reachability(): ReachabilityPicture;
  /** Hears of paths that are not direct any more, or are again, until the answer is called. */
  onReachability(listener: (event: ReachabilityEvent) => void): () => void;
}

import type { Dot } from "../../core/dot.ts";
import type { HybridTime } from "../../core/hybrid-clock.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { VectorClock } from "../../core/vector-clock.ts";

/** SHA-256, given from outside: pure code imports no crypto. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Names one call of this node; larger for later ones. */
export type AppendRequest = number & { readonly __appendRequest: unique symbol };

/**
 * What a caller waits for:
 *
 *   durable   its own disk has the event
 *   majority  a majority of the voters has it on disk: no minority of crashes loses it
 *   ordered   it has its place in the order, which never changes
 *   applied   this node's applications were told of it
 */
export type AppendWait = "durable" | "majority" | "ordered" | "applied";

/** Why an append certainly has no effect. */
export type AppendRefusal =
  | "overload"
  | "tooLarge"
  | "stopped"
  | "noOrder"
  /** Its origin was taken for dead, and nobody had it. */
  | "voided";

/** How a call has ended. */
export type AppendOutcome =
  | {
      readonly kind: "done";
      /** Of an event; a note has none. */
      readonly dot: Dot | undefined;
      /** Known from "ordered" on. Of a note: of the last event before it. */
      readonly orderIndex: number | undefined;
      readonly durable: boolean;
    }
  | { readonly kind: "refused"; readonly reason: AppendRefusal }
  /** The node stopped, or no answer came: it may be ordered yet. */
  | { readonly kind: "uncertain"; readonly dot: Dot | undefined };

/** An event in its place. All nodes are told the same, in the same order, each once. */
export interface OrderedEvent {
  readonly kind: "event";
  /** 1, 2, 3 … without gaps over all events of the log. */
  readonly orderIndex: number;
  /** 1, 2, 3 … without gaps over all events and notes. */
  readonly place: number;
  readonly dot: Dot;
  /** Per origin (`name#boot`) how many of its events come before or are this one, causally. */
  readonly clock: VectorClock;
  readonly hlc: HybridTime;
  readonly bytes: Uint8Array;
}

/**
 * A few bytes of a layer above, delivered among the events: the same on all nodes. A note whose
 * proposal ended "uncertain" and is made again may come twice.
 */
export interface OrderedNote {
  readonly kind: "note";
  /** Of the last event before it; 0 when there is none. */
  readonly orderIndex: number;
  readonly place: number;
  readonly bytes: Uint8Array;
}

export type OrderedItem = OrderedEvent | OrderedNote;

/**
 * Whoever is told the log on this node: the user's code, a ledger. Each under a name of its own,
 * the same on all nodes, with a cursor of its own. Called last in a step.
 */
export interface OrderedApplication {
  /** "pause": nothing more until `resume`. What was given counts as applied. */
  onItems(items: readonly OrderedItem[]): "more" | "pause";
  /**
   * What all items so far came to. Absent: a newcomer begins behind a gap instead. undefined: it
   * was told of a gap itself, and nobody should be given that.
   */
  snapshot?(): Uint8Array | undefined;
  /** In the place of all items up to `place`, on this or another node. False: not understood. */
  restore?(at: OrderedPlace, state: Uint8Array): boolean;
  /** Items up to here are no more to be had, and nobody has a snapshot for this application. */
  onGap?(at: OrderedPlace): void;
}

/** A place, and the events up to it. */
export interface OrderedPlace {
  readonly place: number;
  readonly orderIndex: number;
}

/** What an append waits for in vain, at this node. */
export interface Stalled {
  readonly at: OrderedPlace;
  /** The event that nobody asked so far could give; undefined while a snapshot is looked for. */
  readonly dot: Dot | undefined;
  readonly sinceMs: number;
}

export interface OrderedLogListener {
  /** Each request ends once, never during the call that began it. */
  onAppended(request: AppendRequest, outcome: AppendOutcome): void;
  onStalled?(stalled: Stalled): void;
  /** There is room again after an append was refused as "overload". */
  onRoom?(): void;
}

export interface OrderedLogStatus {
  /** "broken": the state of the order could not be read; this node applies nothing any more. */
  readonly state: "running" | "broken" | "stopped";
  readonly leader: PeerId | undefined;
  /** The end of the order, as far as this node knows it. */
  readonly ordered: OrderedPlace;
  /** Least cursor of the applications here; what is held while there are none. */
  readonly applied: OrderedPlace;
  /** Up to here this node holds everything on disk, or a snapshot of it. */
  readonly dataThrough: OrderedPlace;
  /** Up to here events are dropped once applied: who is behind needs a snapshot. */
  readonly trimmed: OrderedPlace;
  /** The last snapshot of the applications here. */
  readonly snapshot: OrderedPlace;
  /** Events held that have no place yet. */
  readonly pendingCount: number;
  readonly pendingBytes: number;
  /** Events held in all. */
  readonly heldCount: number;
  readonly heldBytes: number;
  readonly load: "normal" | "overload";
  readonly stalled: Stalled | undefined;
}

/** Some peers to talk to: any `PeerView`. */
export interface LogView {
  readonly size: number;
  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number;
}

/** What is said of peers by name, from outside. */
export interface LogPeers {
  /** The peer whose life `origin` is or was; undefined when it is not known. */
  peerOf(origin: Origin): PeerId | undefined;
  /** True when that life is over: the peer is dead, or lives under a later boot. */
  isGone(origin: Origin): boolean;
}

/** What whoever only reads an ordered log may do: also `LogFollower` outside its group. */
export interface OrderedLogReads {
  readonly status: OrderedLogStatus;
  /** Tells `application` all that comes behind `after` (0: from the beginning). */
  attach(name: string, application: OrderedApplication, after?: number): void;
  detach(name: string): void;
  resume(name: string): void;
  listen(listener: OrderedLogListener): void;
}

/** What users of an ordered log on this node may do: `OrderedLog` is the one implementation. */
export interface OrderedLogCalls extends OrderedLogReads {
  append(bytes: Uint8Array, wait: AppendWait): AppendRequest;
  /** Ends "done" when it is ordered. */
  note(bytes: Uint8Array): AppendRequest;
  /** Whether promoting this learner keeps what is committed on a majority. [spec raft §7] */
  mayPromote(peer: PeerId): boolean;
  /** The same of removing this voter. */
  mayRemove(peer: PeerId): boolean;
}

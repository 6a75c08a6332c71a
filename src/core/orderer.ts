import type { PeerId } from "./peer.ts";

/**
 * A place in the one order. Later commands have larger positions; between two there may be some
 * that no command has. (In Raft the index of the log; in etcd commands are counted.)
 */
export type OrderPosition = number & { readonly __orderPosition: unique symbol };

/** Names one request of this node; larger for later ones. */
export type OrderRequest = number & { readonly __orderRequest: unique symbol };

/** A command in its place. */
export interface OrderedCommand {
  readonly position: OrderPosition;
  readonly command: Uint8Array;
}

/** Knows whether what a command stands for is on this node: see `Orderer.guard`. */
export interface OrderGuard {
  /**
   * Whether this node may take part in deciding `command`. False only for a while: whoever says so
   * gets what is missing. It is asked more than once.
   */
  mayKeep(command: Uint8Array): boolean;
}

/** Who leads, as far as this node knows. */
export interface OrdererStatus {
  /**
   * "lost": this node was a voter whose disk is gone, and is refused (RAFT_STATE_LOST). "waiting":
   * it has no place in the group yet.
   */
  readonly state: "waiting" | "running" | "lost" | "stopped";
  readonly leader: PeerId | undefined;
  /** Grows with each new leader, so it tells an old one's orders from a new one's (a fence). */
  readonly term: number;
  readonly isLeader: boolean;
}

/** Voters decide; learners only hear. */
export interface OrdererMembers {
  readonly voters: readonly PeerId[];
  readonly learners: readonly PeerId[];
}

/** A change of who belongs to the group. */
export type OrdererChange =
  /** A learner whose log is nearly the leader's becomes a voter. */
  | { readonly kind: "promote"; readonly peer: PeerId }
  | { readonly kind: "remove"; readonly peer: PeerId };

/** Why a request certainly has no effect. */
export type OrdererRefusal =
  | "noLeader"
  | "notLeader"
  | "full"
  | "transferring"
  | "busy"
  | "absurd"
  | "tooLarge"
  /** A new leader's command has taken its place. */
  | "superseded"
  | "stopped";

/** How a request has ended. */
export type OrderOutcome =
  /** Of a proposal: it has this place, and this node's subscribers were told. */
  | { readonly kind: "ordered"; readonly position: OrderPosition }
  /** Of a read: subscribers here were told all that was ordered before the read began. */
  | { readonly kind: "readable"; readonly position: OrderPosition }
  /** Of a change of members. */
  | { readonly kind: "changed" }
  | { readonly kind: "refused"; readonly reason: OrdererRefusal }
  /** It may have taken effect, or may yet: no answer came in time. */
  | { readonly kind: "uncertain" };

/** Hears the order: all of it behind a position, in order, each command once. */
export interface OrderSubscriber {
  /** Each command once, in order of position, without gaps. */
  onOrdered(commands: readonly OrderedCommand[]): void;
  /**
   * Commands up to `position` are no more to be had one by one. `state` is what was given to
   * `compact` for them; undefined where the engine keeps no states: ask a peer for one.
   */
  onSnapshot(position: OrderPosition, state: Uint8Array | undefined): void;
}

/** Who is told what came of requests, and how the orderer is. */
export interface OrdererListener {
  /** Each request ends once; never during the call that began it. */
  onOutcome(request: OrderRequest, outcome: OrderOutcome): void;
  /** Who leads, in which term, or who belongs to the group has changed. */
  onStatus(status: OrdererStatus): void;
}

/**
 * Brings commands of many nodes into one order, the same for all. Embedded Raft is one engine, an
 * etcd outside another; `ordererContract` (hearsay/testing) is what both keep.
 *
 * A proposal that ended "uncertain" and is made again may be ordered twice: commands carry ids, and
 * whoever applies them skips the second. [spec raft §5, §10.14; decision 0010]
 */
export interface Orderer {
  readonly status: OrdererStatus;
  readonly members: OrdererMembers;
  /** So many commands stand behind the last `compact` that another one helps. */
  readonly wantsSnapshot: boolean;
  /** Asks for a place for this command; the listener is told what came of it. */
  propose(command: Uint8Array): OrderRequest;
  /** Asks where to read so that nothing is missed that was ordered before. [Ongaro 2014 §6.4] */
  read(): OrderRequest;
  /** Ends "refused" as "absurd" where the engine's members are not ours to change. */
  change(change: OrdererChange): OrderRequest;
  /** Hands the leadership to `to`, if this node has it; `onStatus` tells. A wish, not an order. */
  transferTo(to: PeerId): void;
  /** `state` is what all commands up to `position` came to; they need not be kept any more. */
  compact(position: OrderPosition, state: Uint8Array): void;
  /** Tells `subscriber` all that comes behind `after` (0: from the beginning). */
  subscribe(subscriber: OrderSubscriber, after: OrderPosition): void;
  /** It is told nothing more. */
  unsubscribe(subscriber: OrderSubscriber): void;
  /** Who is told of outcomes and of status. */
  listen(listener: OrdererListener): void;
  /**
   * From now on no node keeps a command that is not decided before its guard lets it: so that what
   * a majority has kept, a majority's guards have let pass. To be set on all nodes of the group,
   * before the order begins. Absent where the engine's votes are not this group's. [decision 0011]
   * @returns to be called, in a step, when the guard may say something else than it did
   */
  guard?(guard: OrderGuard): () => void;
}

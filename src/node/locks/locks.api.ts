import type { SubscribeOptions, Subscription } from "../topics/topics.api.ts";
import type { WaitOptions } from "../wait.api.ts";

/** A lock that is held, as this node knows it: plain, frozen data of one moment. */
export interface LockStatus {
  /** "lock": `node.lock(name)`; "leader": `node.leader(name)`. */
  readonly kind: "lock" | "leader";
  readonly name: string;
  /** The name of the node that holds it. */
  readonly holder: string;
  /** Grows with each holder, for ever. */
  readonly token: number;
  /** Names of the nodes that wait, in the order in which they will have it. */
  readonly waiting: readonly string[];
}

/**
 * A lock while it is this node's. What is guarded by it should be given `token`, and refuse smaller
 * ones than it has seen: no lock can stop a process that stood still from going on where it was.
 */
export interface HeldLock extends AsyncDisposable {
  readonly name: string;
  /** Larger than that of every holder before, and smaller than that of every later one. */
  readonly token: number;
  /** Whether it is still held, by this node's clock at this very moment. */
  readonly isHeld: boolean;
  /** For how long it stays so if nothing is heard of the others any more. */
  readonly remainingMs: number;
  /** Aborted when it is not held any more, lost or released. */
  readonly signal: AbortSignal;
  /** Resolves if it is lost; never if it is released. */
  readonly lost: Promise<void>;
  /** Resolves when others may have it. Idempotent; does nothing to a lock that was lost. */
  release(): Promise<void>;
}

/** `node.lock(name)`: at most one node of the group holds it. See docs/locks.md. */
export interface Lock {
  readonly name: string;
  /**
   * Waits for it, first come, first served. Not reentrant: who holds it waits for itself.
   * @throws HearsayError TIMEOUT, ABORTED, NODE_STOPPED; ORDER_REFUSED when too many wait;
   *   STORE_FULL when this node has too many
   */
  acquire(options?: WaitOptions): Promise<HeldLock>;
  /**
   * Resolves to undefined when somebody holds it.
   * @throws HearsayError as `acquire`: it takes an order to know
   */
  tryAcquire(options?: WaitOptions): Promise<HeldLock | undefined>;
  /** As this node knows it, which may be old: `await node.order.read()` first, to be sure. */
  status(): LockStatus | undefined;
}

/** Who leads, as far as this node knows. */
export interface Leadership {
  readonly leader: string;
  readonly token: number;
}

/**
 * "elected", "lost": this node. "changed": somebody else leads now, or nobody does (`leader` is
 * undefined).
 */
export type LeaderEvent =
  | { readonly kind: "elected"; readonly term: HeldLock; readonly at: number }
  | { readonly kind: "lost"; readonly token: number; readonly at: number }
  | {
      readonly kind: "changed";
      readonly leader: string | undefined;
      readonly token: number | undefined;
      readonly at: number;
    };

/** Whether this node stands for the office, and until when. */
export interface LeaderOptions {
  /** "observer": only hears who leads. Default "candidate". */
  readonly role?: "candidate" | "observer";
  /** Withdraws when it is aborted. */
  readonly signal?: AbortSignal;
}

/** `node.leader(name)`: one of the nodes that call it leads, and another when that one dies. */
export interface Leader extends AsyncIterable<LeaderEvent>, AsyncDisposable {
  readonly name: string;
  readonly current: Leadership | undefined;
  /** Whether this node leads, by its own clock at this very moment. */
  readonly isLeader: boolean;
  /** This node's term of office, while it leads. */
  readonly term: HeldLock | undefined;
  /**
   * Resolves when this node leads.
   * @throws HearsayError TIMEOUT, ABORTED, NODE_STOPPED
   */
  elected(options?: WaitOptions): Promise<HeldLock>;
  /** Reads each change from now on, as an iterator. */
  events(options?: SubscribeOptions): Subscription<LeaderEvent>;
  /** Hears of each change from now on; returns what ends it. */
  on(listener: (event: LeaderEvent) => void): () => void;
  /** Gives up the office and stands again, behind all who wait. */
  resign(): Promise<void>;
  /** Gives up the office, and stands no more. */
  withdraw(): Promise<void>;
}

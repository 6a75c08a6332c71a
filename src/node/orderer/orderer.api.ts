import type { SubscribeOptions, Subscription } from "../topics/topics.api.ts";
import type { WaitOptions } from "../wait.api.ts";
import type { OrdererEngine } from "./orderer.contract.ts";

/**
 * What `startNode({ orderer })` takes: `raft({ … })`, `etcd({ … })`, or an engine of your own. The
 * engine's code is loaded by whoever starts a node with it.
 */
export interface OrdererChoice {
  /** "raft", "etcd" … */
  readonly engine: string;
  /** What the group of nodes is called; nodes of other names are of another one. */
  readonly group: string;
  /** Where a node keeps its part of the order. */
  readonly storage: "disk" | "memory";
  /** Called once a node, before it listens. @throws HearsayError PACKAGE_MISSING, CONFIG_OPTION */
  load(): Promise<OrdererEngine>;
}

/** What `raft` takes. */
export interface RaftChoice {
  /** What the group is called. Default "main". */
  readonly group?: string;
  /**
   * The names of its first voters, the same on all of them. Counts only while this node's data
   * directory is empty, and is kept there. Who is not listed joins as a learner.
   */
  readonly voters: readonly string[];
  /**
   * "disk" (default): needs `dataDir`. "memory", for tests: a node that ends has lost its vote and
   * comes back as a new member, after `node.order.remove(name)` on one that is left.
   */
  readonly storage?: "disk" | "memory";
  /** Single numbers (docs/reference/options.md, raft); the same on all nodes of the group. */
  readonly options?: Readonly<Record<string, number | string>>;
  /** When members that went away are removed (docs/reference/options.md, order). */
  readonly members?: Readonly<Record<string, number | string>>;
}

/** Who decides and who only hears. */
export interface OrderMembers {
  readonly voters: readonly string[];
  readonly learners: readonly string[];
}

/** The order as this node knows it: plain, frozen data of one moment. */
export interface OrderStatus extends OrderMembers {
  readonly engine: string;
  readonly group: string;
  /**
   * "waiting": this node has no place in the group yet. "lost": it was a voter, and its disk is
   * another one (RAFT_STATE_LOST). "stopped": the node was.
   */
  readonly state: "waiting" | "running" | "lost" | "stopped";
  readonly leader: string | undefined;
  readonly isLeader: boolean;
  /** Grows with each new leader. */
  readonly term: number;
  /** What this node is in the group, as far as it knows. */
  readonly role: "voter" | "learner" | "none";
  /** Everything up to here was told to what lives in the order here. */
  readonly position: number;
  /** What lives in the order: "lock", "log/NAME" … */
  readonly machines: readonly string[];
  /** "needed": this node waits for a peer's snapshot, and applies nothing meanwhile. */
  readonly snapshot: "none" | "needed";
}

/** How far another member is, as the leader knows it. */
export interface OrderFollower {
  readonly name: string;
  readonly role: "voter" | "learner";
  /** Up to here it has the leader's log on its disk. */
  readonly matchIndex: number;
  /** What it was told last to be committed. */
  readonly commitIndex: number;
  /** "probe": it is not known yet where its log agrees with the leader's. */
  readonly sending: "probe" | "replicate" | "snapshot";
  /** How long ago anything was heard of it, in ms. */
  readonly heardMs: number;
}

/** The log of this node, where the engine keeps one on each. Indexes are Raft's: 1, 2, 3 … */
export interface OrderLogStatus {
  /** The oldest entry that is kept; what stood before is in a snapshot. */
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Decided: a majority has it, and it stays. */
  readonly commitIndex: number;
  /** Told to what lives in the order here. */
  readonly appliedIndex: number;
  readonly bytes: number;
  /** Absent where this node does not lead. */
  readonly followers?: readonly OrderFollower[];
}

/** Something of the order has changed: state, leader, term or members. */
export interface OrderEvent {
  readonly kind: "state" | "leader" | "members";
  readonly status: OrderStatus;
  /** Wall-clock time, milliseconds since the epoch. */
  readonly at: number;
}

/** The order that ordered logs, locks and ledgers of this node share. See docs/order.md. */
export interface Order {
  /** How the order is, as this node knows it. */
  status(): OrderStatus;
  /** Who belongs to the group. */
  members(): OrderMembers;
  /** undefined where the engine keeps no log on this node. */
  log(): OrderLogStatus | undefined;
  /**
   * Resolves when this node has its place in the group and knows who leads it.
   * @throws HearsayError RAFT_STATE_LOST, TIMEOUT, ABORTED, NODE_STOPPED
   */
  ready(options?: WaitOptions): Promise<void>;
  /**
   * Resolves when this node has applied all that was ordered before the call, anywhere.
   * @throws HearsayError ORDER_REFUSED, ORDER_UNCERTAIN, RAFT_STATE_LOST, NODE_STOPPED
   */
  read(options?: WaitOptions): Promise<void>;
  /** Makes a learner a voter. @throws HearsayError as `read` */
  promote(name: string, options?: WaitOptions): Promise<void>;
  /** Takes a voter or a learner out of the group. @throws HearsayError as `read` */
  remove(name: string, options?: WaitOptions): Promise<void>;
  /** Hands the leadership over, on the node that has it. @throws HearsayError as `read` */
  transferTo(name: string, options?: WaitOptions): Promise<void>;
  /** Live from the call. */
  events(options?: SubscribeOptions): Subscription<OrderEvent>;
  /** Hears of each change from now on; returns what ends it. */
  on(listener: (event: OrderEvent) => void): () => void;
}

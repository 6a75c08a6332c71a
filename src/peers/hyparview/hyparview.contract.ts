import type { PeerView } from "../peer-view.ts";
import type { KnownPeer } from "./hyparview.messages.ts";

export type HyParViewCount =
  | "hyparview.joins"
  | "hyparview.neighborsUp"
  | "hyparview.neighborsDown"
  | "hyparview.evictions"
  | "hyparview.refusals"
  | "hyparview.timeouts"
  | "hyparview.shuffles"
  | "hyparview.mergers"
  | "hyparview.dropped.absurd"
  | "hyparview.dropped.noMember" // a name that the other membership does not know
  | "hyparview.dropped.notNeighbour"
  | "hyparview.dropped.overBudget"
  | "hyparview.dropped.passiveBudget"
  | "hyparview.dropped.pendingFull"
  | "hyparview.dropped.strangersFull"
  | "hyparview.dropped.unasked";

/** Another membership, of all that are in the overlay or could be. */
export interface Contacts extends PeerView {
  has(name: string): boolean;
}

export interface HyParViewWiring {
  readonly counters: { add(name: HyParViewCount, by?: number): void };
  /** Runs last in the step. */
  afterStep(body: () => void): void;
  /** Whom to ask first, and whenever nobody else is left. */
  readonly seeds?: readonly KnownPeer[];
  /**
   * Whom to ask when the reserve is empty, and who may be in it: names that nobody has cannot fill
   * it then. Whom this does not know any more is no neighbour any more.
   */
  readonly contacts?: Contacts;
  /** What `worthKeeping` gave in a former life. */
  readonly remembered?: readonly KnownPeer[];
  /** What travels with this node's own name. */
  readonly data?: Uint8Array;
  /** What travels with the name of a peer has changed. */
  onPeerData?(known: KnownPeer): void;
}

/** How a peer stopped being a neighbour: it can be asked again, it has gone, or it is not there. */
export type Fate = "kept" | "left" | "lost";

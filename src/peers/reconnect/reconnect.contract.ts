import type { Address } from "../../core/address.ts";
import type { PeerView } from "../peer-view.ts";

/** A member and where it was, as it is kept between two lives of a node. */
export interface PastMember {
  readonly name: string;
  readonly address: Address;
  /** Whole milliseconds since the epoch: when it was last known to be alive. */
  readonly seenAtMs: number;
}

/** What membership knows of a member; `SwimMember` has this shape. */
export interface KnownMember {
  readonly name: string;
  readonly address: Address;
  readonly status: "alive" | "suspect" | "dead" | "left";
}

/**
 * How a dial ended. `refused`: somebody is there who will not have us, or whom we will not have:
 * another label, other keys, versions that do not overlap. `cutOff`: the connection broke.
 */
export interface DialEnd {
  readonly kind: "joined" | "failed" | "refused" | "cutOff";
  readonly detail: string;
}

/** What the slice tells. In the middle of a step: defer what acts on the node. */
export interface ReconnectListener {
  /** A remembered place belongs to a cluster that is not ours. Told once a place. */
  onForeign(address: Address, detail: string): void;
  /** The members worth keeping have changed, and this is the time to save them. */
  onSaveDue(): void;
}

export interface ReconnectCounters {
  add(name: ReconnectCount, by?: number): void;
}

export type ReconnectCount =
  | "reconnect.dials"
  | "reconnect.joined"
  | "reconnect.failed"
  | "reconnect.foreign" // refused at a place not known to be foreign before: meetings, not tries
  | "reconnect.dropped.pastFull" // pastMaxCount: who was seen longest ago fell out
  | "reconnect.dropped.seedsFull"; // seedsMaxCount: not kept

export interface ReconnectWiring {
  /** Who lives: its size decides how often this node dials. */
  readonly view: PeerView;
  readonly listener: ReconnectListener;
  readonly counters: ReconnectCounters;
  /** Addresses of this node itself, which are never dialled. */
  readonly own: readonly Address[];
  /** From the node's last life. */
  readonly past: readonly PastMember[];
}

import type { PeerId } from "../../core/peer.ts";
import type { Random } from "../../core/random.ts";
import type { AggregatePart, RangePart } from "./aggregate.messages.ts";

export type AggregateCount =
  | "aggregate.rounds"
  | "aggregate.epochs"
  /** Epochs that others began, and this node followed. */
  | "aggregate.jumps"
  | "aggregate.partsSent"
  | "aggregate.partsReceived"
  /** Parts that no message had room for in their round. */
  | "aggregate.cut"
  /** A number that is none, or outside of what inputs can be. */
  | "aggregate.dropped.value"
  /** A vector of another length than here. */
  | "aggregate.dropped.shape"
  /** Of an epoch that is over. */
  | "aggregate.dropped.oldEpoch"
  /** Of an epoch that no clock is off by, or the second jump within half an epoch. */
  | "aggregate.dropped.epoch"
  /** Late, doubled, or the answer to what nobody asked. */
  | "aggregate.dropped.stale"
  /** The task is known here, and this node does it otherwise. */
  | "aggregate.dropped.unknownTask"
  /** There is no room for another task, flow, origin or message. */
  | "aggregate.dropped.tasks"
  | "aggregate.dropped.flows"
  | "aggregate.dropped.origins"
  | "aggregate.dropped.busy"
  /** In the name of somebody who is no member, as far as is known here. */
  | "aggregate.dropped.stranger"
  /** Read by `read`, and no number, or outside of its range: clamped, or not taken. */
  | "aggregate.input.refused"
  | "aggregate.input.clamped"
  /** The user's `merge` or `finish` threw. */
  | "aggregate.custom.failed"
  /** Flows that were taken back: their neighbour is gone, or silent. */
  | "aggregate.flowsEnded"
  /** Push-pull: nobody knows whether the other side took its half. */
  | "aggregate.massRisk"
  /** Push-pull: an exchange that timed out, or met a node in the middle of another one. */
  | "aggregate.aborted";

export interface AggregateCounters {
  add(name: AggregateCount, by?: number): void;
}

/** As much of a `PeerView` as is asked. */
export interface AggregatePeers {
  readonly size: number;
  sample(random: Random, count: number, out: PeerId[], exclude?: PeerId): number;
  /** Few, and the same for long: flows belong to them. */
  forEachNeighbour(visit: (peer: PeerId) => void): void;
  subscribe(listener: AggregatePeerListener): void;
}

export interface AggregatePeerListener {
  /** Neighbours have come, or gone. */
  onNeighboursChange(): void;
  onPeerDown(peer: PeerId, how: Departure): void;
}

/** It is no neighbour any more; or it is not there any more, and nobody's neighbour. */
export type Departure = "noNeighbour" | "departed";

/** Where machines put what is to be told; it leaves together with the rest for that peer. */
export interface Outbox {
  put(peer: PeerId, part: AggregatePart): void;
}

/** The surroundings of one machine. */
export interface MachineWiring {
  readonly self: PeerId;
  readonly random: Random;
  readonly counters: AggregateCounters;
  now(): number;
  wallClock(): number;
  /** Who speaks of a value must be a member. Absent: everybody is. */
  readonly isMember?: ((peer: PeerId) => boolean) | undefined;
}

/** "joined": it runs already, and this node was not there, or not with this task, as it began. */
export type EpochEntry = "begins" | "joined";

/** What a machine says of the spread of estimates, and takes in. */
export interface RangeDesk {
  told(): readonly RangePart[];
  onHeard(ranges: readonly RangePart[]): void;
}

/** One protocol at work for one task. The engine calls it; it never calls back. */
export interface Machine {
  /** A neighbour, or anybody: whom `onTurn` is given. */
  readonly partner: "neighbour" | "anybody";
  /** A round begins: what timed out, what is owed. */
  onRound(out: Outbox): void;
  /** This round's partner. */
  onTurn(peer: PeerId, out: Outbox): void;
  /** It has not answered in half a round: what is worth a second message goes again. */
  onSilence?(peer: PeerId, out: Outbox): void;
  onPart(from: PeerId, part: AggregatePart, out: Outbox): void;
  onEpoch(epoch: number, entry: EpochEntry): void;
  onPeerDown(peer: PeerId, how: Departure): void;
}

/** What is known of one statistic, and how well. */
export interface Estimate {
  readonly value: number;
  /** The truth is not further away, as far as can be told here; ∞ while nothing can. */
  readonly errorBound: number;
  /** Since what it rests on was heard, ms. */
  readonly ageMs: number;
  readonly epoch: number;
  /** Rounds that went into it. */
  readonly rounds: number;
  /** Nothing was heard for so long that it may be of a cluster that is no more. */
  readonly stale: boolean;
}

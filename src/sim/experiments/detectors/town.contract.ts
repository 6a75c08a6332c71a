import type { PeerId } from "../../../core/peer.ts";
import type { FailureDetector } from "../../../peers/failure-detector.ts";
import type { PeerView } from "../../../peers/peer-view.ts";
import type { PhiAccrualPreset } from "../../../peers/phi-accrual/phi-accrual.options.ts";
import type { LatencyModel } from "../../latency.ts";
import type { SimNode } from "../../sim-node.ts";

/** Which detector, and how its heartbeats travel. */
export type DetectorChoice = "swim" | "heartbeat" | "phi" | "phi-direct";

export interface DetectorTownOptions {
  readonly seed: number;
  readonly nodesCount: number;
  readonly detector: DetectorChoice;
  readonly lossRatio?: number;
  readonly latency?: LatencyModel;
  readonly swim?: Readonly<Record<string, number | string>>;
  readonly heartbeat?: Readonly<Record<string, number | string>>;
  readonly phi?: Readonly<Record<string, number | string>>;
  readonly phiPreset?: PhiAccrualPreset;
  readonly domainsOf?: (peer: PeerId) => readonly string[];
  /** Default: all know all. */
  readonly viewOf?: (host: SimNode) => PeerView;
}

/** Absurd messages, of whatever the protocol has. */
export interface Nonsense {
  /** Whose name is taken in vain. */
  readonly of: PeerId;
  readonly madeUpCount: number;
  /** So that names differ from call to call. */
  readonly series: number;
}

/** One node of a town, whatever finds out who is dead there. */
export interface TownMember {
  readonly detector: FailureDetector;
  /** Gets to know a peer anew, of which it knew nothing, or that it is dead. */
  meet(peer: PeerId): void;
  /** The highest beat that was heard of a peer, where there are beats. */
  beatOf?(peer: PeerId): number | undefined;
  /** Hears what a hostile peer may send. */
  insult(nonsense: Nonsense): void;
}

/** How a kind of town makes its nodes. */
export interface TownKind {
  build(host: SimNode, options: DetectorTownOptions): TownMember;
  peer(index: number): PeerId;
  indexOf(peer: PeerId): number;
  /** Of a message with all that surrounds it in a packet. */
  bytesOf(message: unknown): number;
}

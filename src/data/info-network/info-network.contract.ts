import type { StampedInfo, UnresolvedAddress } from "./info-network.messages.ts";
import type { InfoStreamId, InfoStreams } from "./info-streams.contract.ts";

/** What stands under `node:ID`. [spec infostore §1] */
export interface NodeDescriptor {
  readonly nodeId: number;
  readonly address: UnresolvedAddress;
  /** When this life of the node began, in nanoseconds since the epoch. Absent: not known. */
  readonly startedAt?: bigint;
}

/** Descriptors as bytes, which are the host's. */
export interface DescriptorCodec {
  encode(descriptor: NodeDescriptor): Uint8Array;
  /** Undefined when the bytes are none. */
  decode(bytes: Uint8Array): NodeDescriptor | undefined;
}

/** Addresses of former lives: "host:port". What fails is the host's to log. */
export interface BootstrapStorage {
  /** What was written last; the host has read it before. Asked once, at the start. */
  readonly addresses: readonly string[];
  /** Queues a write that replaces what there was; atomically. */
  write(addresses: readonly string[]): void;
}

export interface InfoNetworkWiring {
  readonly streams: InfoStreams;
  readonly descriptors: DescriptorCodec;
  readonly counters: { add(name: InfoNetworkCount, by?: number): void };
  readonly storage?: BootstrapStorage;
  afterStep(body: () => void): void;
  /** Whether an info of somebody else is taken; what is not is counted and not passed on. */
  accepts?(key: string, info: StampedInfo): boolean;
  /** Nanoseconds since the epoch, where the host knows them better than `env.wallClock()`. */
  wallNanos?(): bigint;
  /** Stamps of one writer lie so far apart at least. Default: 1. */
  readonly stampStepNanos?: bigint;
}

export interface InfoNetworkIdentity {
  /** 1 … 2³¹ − 1; `NO_NODE_ID` when it is set later. */
  readonly nodeId: number;
  /** 16 bytes; none when it is to be learnt from others. */
  readonly clusterId: Uint8Array;
  /** Where others can dial this node. */
  readonly address: UnresolvedAddress;
  /** "host:port" of whom to ask first. */
  readonly resolvers: readonly string[];
  /**
   * "first": nobody can hold infos of this node id yet. "later": they are to be regained, so stamps
   * of its own are not told before. [spec infostore §4, loopback hole]
   */
  readonly life: "first" | "later";
}

export type InfoNetworkTimer =
  | { readonly kind: "send" | "firstAnswer" | "grace"; readonly stream: InfoStreamId }
  | { readonly kind: InfoNetworkChore };

export type InfoNetworkChore =
  | "stall"
  | "cull"
  | "clients"
  | "descriptor"
  | "sentinel"
  | "sweep"
  | "bootstrap"
  | "tighten";

/** An info as it is held here. */
export interface HeldInfo {
  readonly key: string;
  readonly info: StampedInfo;
  /** 1, 2, 3 … in the order in which this node stored; that of a key changes with its info. */
  readonly position: number;
}

/** What `read` finds. A deleted key is absent. */
export type InfoReading =
  | { readonly status: "absent" }
  | { readonly status: "corrupt"; readonly info: StampedInfo }
  | { readonly status: "ok"; readonly info: StampedInfo; readonly payload: Uint8Array };

/** Why a local write was refused: nothing was written. */
export type InfoRefusal =
  /** The node has no id yet. */
  | "noNodeId"
  /** Empty, or longer than `keyMaxBytes`. */
  | "keyInvalid"
  /** `cluster-id`, `sentinel`, `node:…` and `gossip-clients:…` are the network's own. */
  | "keyReserved"
  /** A key of one node, such as `store:4`, outlives that node without a time to live. */
  | "ttlRequired"
  | "ttlInvalid"
  | "valueTooLarge"
  | "storeFull"
  /** What is held is stamped further ahead than this node follows. */
  | "overtaken";

export type SetOutcome =
  | { readonly status: "stored"; readonly held: HeldInfo }
  | { readonly status: InfoRefusal };

/** Told after the step in which an info was stored, or was found to have expired. */
export interface InfoNotice extends HeldInfo {
  /** "redundant": the value is what it was, only stamps are new. */
  readonly kind: "changed" | "redundant" | "expired";
}

export interface WatchWish {
  /** A pattern, or a regular expression: whatever answers for a key. */
  matches(key: string): boolean;
  /** Default: "changes". With "all" also what is redundant. */
  readonly notices?: "changes" | "all";
  /** Whether what is held already is told first. Default: "told". */
  readonly held?: "told" | "skipped";
  onInfo(notice: InfoNotice): void;
}

/** Told, after a step, what users of a node may want to know. */
export interface InfoNetworkListener {
  /** `cluster-id` is known for the first time. */
  onConnected?(clusterId: Uint8Array): void;
  onStalled?(): void;
  /** The sentinel is back. */
  onUnstalled?(): void;
  /** Somebody elsewhere goes by the id of this node. */
  onNodeIdTaken?(address: string): void;
}

export interface StreamStatus {
  readonly stream: InfoStreamId;
  /** `NO_NODE_ID` while it is not known. */
  readonly nodeId: number;
  readonly address: string;
  readonly ageMs: number;
  readonly infosSent: number;
  readonly infosReceived: number;
}

export interface Connectivity {
  /** `NO_NODE_ID` without a sentinel. */
  readonly sentinelNodeId: number;
  /** Who dialled whom, by source and target. */
  readonly edges: readonly { readonly sourceId: number; readonly targetId: number }[];
}

export interface InfoNetworkStatus {
  readonly nodeId: number;
  readonly clusterId: Uint8Array;
  readonly condition: "connected" | "stalled";
  /** Most streams of each direction. */
  readonly peersMaxCount: number;
  readonly outgoing: readonly StreamStatus[];
  readonly incoming: readonly StreamStatus[];
  readonly refusedCount: number;
  readonly nodes: readonly NodeDescriptor[];
  readonly connectivity: Connectivity;
  readonly highWaterStamps: ReadonlyMap<number, bigint>;
  readonly infosCount: number;
  readonly notices: { readonly pendingCount: number; readonly latencyMaxMs: number };
}

/** What is counted. */
export type InfoNetworkCount =
  | "infosSent"
  | "infosReceived"
  | "infosFresh"
  | "messagesSent"
  | "messagesReceived"
  | "refused"
  | "dials"
  | "culled"
  /** Ended, for whoever was dialled has no sentinel either. */
  | "unhelpful"
  | "forwarded"
  | "tightened"
  | "stalls"
  | "idle"
  /** Entries that were dropped. */
  | "infoMalformed"
  | "infoTooLarge"
  | "infoTooFarAhead"
  | "infoRefused"
  | "infoOfOtherCluster"
  | "ownTooFarAhead"
  | "storeFull"
  | "originsFull"
  | "stampMalformed"
  | "addressMalformed"
  | "addressesFull"
  | "descriptorMalformed"
  /** Streams that were ended for it. */
  | "nodeIdMalformed"
  | "clusterIdMalformed"
  | "clusterMismatch"
  | "duplicate"
  | "loopback"
  | "mutual"
  | "forwardsExhausted"
  | "guestsFull"
  /** Of watchers. */
  | "noticesDropped"
  | "nodeIdTaken";

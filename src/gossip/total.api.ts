/** What users type of the small facade with one order for all: `mode: "total"`. */
import type { VectorClock } from "../core/vector-clock.ts";
import type { Logger, TransportFactory } from "../node/api.ts";
import type { OrderedLogReport, OrderedWait } from "../node/ordered-log/ordered-log.api.ts";
import type { ViewedPeer } from "./gossip.ts";

/** A packet in its place: what is the same on all nodes. */
export interface TotalPacket<Data = unknown> {
  /** Unique for ever: `author#boot:version`. */
  readonly id: string;
  /** The id of the node that sent it. */
  readonly author: string;
  readonly data: Data;
  /** Larger for later packets of one life of its author. */
  readonly version: number;
  /** 1, 2, 3 … without gaps over all packets of all nodes. */
  readonly orderIndex: number;
  /** SHA-256 of the encoded data, in hex. */
  readonly hash: string;
  /** By its author's clock, in milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** What its author had received and sent, itself included, by `name#boot`. */
  readonly vectorClock: VectorClock;
}

/** As it is received. */
export interface ReceivedTotalPacket<Data = unknown> extends TotalPacket<Data> {
  /** Ids of nodes that are known to hold it; a majority of the voters does. */
  readonly availableAt: readonly string[];
}

/** What packets come to, so that who comes late need not have all of them. */
export interface TotalSnapshots<Data, State> {
  /** Before the first packet. msgpack must write it. */
  readonly initial: State;
  /** The same on every node for the same arguments: no clock, no dice. */
  apply(state: State, packet: TotalPacket<Data>): State;
  /**
   * Called in the place of the packets up to `orderIndex` that are not received: they are gone, or
   * this node was given what they came to instead. What is received next comes behind it.
   */
  onSnapshot?(state: State, orderIndex: number): void;
}

/** Packets in one order for all nodes: what `config` takes for it. */
export interface TotalOptions<Data, State> {
  readonly mode: "total";
  /** Ids of the nodes that decide on the order, the same list on all of them; 3 or 5 as a rule. */
  readonly voters: readonly string[];
  /** Where the node keeps its vote and the packets. Without it, what ends is forgotten: tests. */
  readonly dataDir?: string;
  readonly snapshots?: TotalSnapshots<Data, State>;
  /** Packets received and not read yet; then this node takes no more. Default 1,000. */
  readonly receiveMaxCount?: number;
  /** How long `join` and `sendGossip` may take. Default 10,000. */
  readonly timeoutMs?: number;
  /** `host:port` that others find this node at, where that is not where it listens. */
  readonly advertise?: string;
  /** Base64 AES keys of 16, 24 or 32 bytes, the same on all nodes. */
  readonly keys?: readonly string[];
  readonly transport?: TransportFactory;
  readonly logger?: Logger;
  /** Single numbers (docs/reference/options.md); the same on all nodes. */
  readonly orderedLog?: Readonly<Record<string, number | string>>;
  readonly raft?: Readonly<Record<string, number | string>>;
}

/** What a send waits for. */
export interface TotalSendOptions {
  /**
   * "durable" (default): this node has it on disk, if it has one. "majority": a majority of the
   * voters has. "ordered": it has its place. "applied": this node's snapshots and readers were
   * told.
   */
  readonly wait?: OrderedWait;
}

/** A packet that was sent, and its place where that is known. */
export interface SentTotalPacket {
  readonly id: string;
  readonly version: number;
  /** Known from "ordered" on. */
  readonly orderIndex: number | undefined;
}

/** One object to join with, to send with and to look around with, in one order for all. */
export interface TotalGossip<State = unknown> extends AsyncDisposable {
  readonly id: string;
  /** What all packets so far come to; `snapshots.initial` without any. */
  readonly state: State;
  /** Resolves to the `host:port` that others find this node at. */
  listening(): Promise<string>;
  /** @throws HearsayError ADDRESS_INVALID, BIND_FAILED, JOIN_FAILED, NODE_STOPPED */
  join(...peers: readonly string[]): Promise<void>;
  /** As `join`, without waiting for an answer. */
  add(...peers: readonly string[]): Promise<void>;
  /** All living members but this one. */
  currentView(): readonly ViewedPeer[];
  /**
   * @throws HearsayError CODEC_FAILED, VALUE_TOO_LARGE, QUEUE_FULL, ORDER_REFUSED,
   *   ORDER_UNCERTAIN, TIMEOUT, BIND_FAILED, NODE_STOPPED
   */
  sendGossip(data: unknown, options?: TotalSendOptions): Promise<SentTotalPacket>;
  /** undefined before it listens. */
  status(): OrderedLogReport | undefined;
  /** Says goodbye, and stops; `receive` ends. */
  leave(): Promise<void>;
  /** Stops at once; `receive` ends. Idempotent. */
  stop(): Promise<void>;
}

/** Packets in their order, each once. Whoever reads slowly makes this node, alone, wait. */
export type TotalReceive<Data> = AsyncIterable<ReceivedTotalPacket<Data>>;

/** What `config` returns for one order: the node, and what it hears. */
export interface ConfiguredTotal<Data, State> {
  readonly gossip: TotalGossip<State>;
  readonly receive: TotalReceive<Data>;
}

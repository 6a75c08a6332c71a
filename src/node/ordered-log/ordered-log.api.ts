/** What users type of ordered logs: the public types of `node.orderedLog`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { VectorClock } from "../../core/vector-clock.ts";
import type { Codec, PublicDot, WriteResult } from "../topics/topics.api.ts";
import type { WaitOptions } from "../wait.api.ts";

/** How a node opens an ordered log. */
export interface OrderedLogOptions<S extends StandardSchemaV1 | undefined> {
  /** Judges what is appended, and what is read. It should be the same on all nodes. */
  readonly schema?: S;
  /** What events are written with. Default "msgpack". */
  readonly codec?: "msgpack" | "json" | "raw" | Codec;
  /**
   * Single numbers (docs/reference/options.md, orderedLog). They count where a log is opened before
   * anything else has made it on this node, which an event of another node does.
   */
  readonly numbers?: Readonly<Record<string, number | string>>;
  /**
   * The name of a group ("main" where it was not given one) that this node is not of, and needs no
   * order to follow: the log is read here, and nothing is appended.
   */
  readonly follow?: string;
}

/**
 * What an append waits for. "durable": this node has it on disk. "majority": a majority of the
 * voters has, so no minority of crashes loses it. "ordered" (default): it has its place, for ever.
 * "applied": this node's own readers and machines were told it.
 */
export type OrderedWait = "durable" | "majority" | "ordered" | "applied";

/** What an append waits for. */
export interface OrderedAppendOptions extends WaitOptions {
  readonly wait?: OrderedWait;
}

/** Durable: on this node's disk, or, from "ordered" on, on those of a majority of the voters. */
export interface OrderedAppendResult extends WriteResult {
  /** Its number in the log: 1, 2, 3 … Known from "ordered" on. */
  readonly index: number | undefined;
}

/** An event in its place. All nodes are told the same, in the same order. */
export interface OrderedEntry<V> {
  /** 1, 2, 3 … without gaps. */
  readonly index: number;
  /** To begin behind it another time: `subscribe({ after: place })`. */
  readonly place: number;
  readonly value: V;
  readonly dot: PublicDot;
  /** Name of the node that appended it. */
  readonly from: string;
  /** Hybrid logical time there: wall-clock ms, then a counter. */
  readonly clock: { readonly ms: number; readonly counter: number };
  /** By origin, how many of its entries came before, causally, or are this one. */
  readonly vectorClock: VectorClock;
}

/** Entries that are held nowhere any more. */
export interface OrderedGap {
  /** Of the last entry that was told; 0 when none was. */
  readonly afterIndex: number;
  /** Of the last entry that will not be told. */
  readonly throughIndex: number;
}

/** Where a reader begins, and how much may wait for it. */
export interface OrderedSubscribeOptions {
  /** Where to begin: with the first one held, with the next one (default), or behind a place. */
  readonly from?: "start" | "now";
  /** Behind the entry of this `place`. Not with `from`. */
  readonly after?: number;
  /** Entries that wait for a slow reader; then the log itself waits. Default 1,000. */
  readonly queueMax?: number;
  readonly signal?: AbortSignal;
  /** Without it, the subscription ends with LOG_TRIMMED where entries are gone. */
  readonly onGap?: (gap: OrderedGap) => void;
}

/** Every entry from its beginning on, in order, each once: no entry is dropped for being slow. */
export interface OrderedReader<V> extends AsyncIterableIterator<V>, AsyncDisposable {
  /** Ends the reading; what waits is dropped. */
  close(): void;
}

/**
 * What entries come to, the same on all nodes: `apply` uses nothing but the state and the entry, no
 * clock and no dice. What it throws leaves the state as it was.
 */
export interface OrderedFold<State, V> {
  /** The state before the first entry. The codec must write it. */
  readonly initial: State;
  /** The state after one entry more: the same at every node, so no clock, dice or I/O. */
  apply(state: State, entry: OrderedEntry<V>): State;
}

/** A state that follows a log: newcomers are given it by others, with all that led to it. */
export interface OrderedState<State> {
  /** Not to be changed. */
  readonly state: State;
  /** Of the last entry in it. */
  readonly index: number;
  /**
   * Resolves to the state with all in it that was appended before the call, on any node.
   * @throws HearsayError LOG_TRIMMED when it was opened behind what is held, and no node has it; as
   * `OrderedLog.read`
   */
  read(options?: WaitOptions): Promise<State>;
  /** Called whenever it has changed, after the step. Returns how to end that. */
  on(listener: (state: State, index: number) => void): () => void;
  /** The state is kept no more. */
  close(): void;
}

/** What an entry waits for in vain on this node. */
export interface OrderedStall {
  readonly afterIndex: number;
  /** The event that nobody could give; undefined while a snapshot is looked for. */
  readonly dot: PublicDot | undefined;
  /** Milliseconds. */
  readonly forMs: number;
}

/** A log as this node knows it: plain, frozen data of one moment. */
export interface OrderedLogReport {
  readonly name: string;
  readonly state: "running" | "broken" | "stopped";
  readonly leader: string | undefined;
  /** The group that this node follows from outside; undefined where it is of the group. */
  readonly follows: string | undefined;
  /** Of the last entry that has its place, as far as this node knows. */
  readonly orderedIndex: number;
  /** Of the last one that all readers and states here were told. */
  readonly appliedIndex: number;
  /** Entries between the two. */
  readonly lagCount: number;
  /** Entries up to here may be gone; newcomers begin with a state. */
  readonly trimmedIndex: number;
  readonly pendingCount: number;
  readonly heldCount: number;
  readonly heldBytes: number;
  readonly load: "normal" | "overload";
  readonly stalled: OrderedStall | undefined;
}

/** One order of events for all nodes, whose data travels by gossip. See docs/ordered-log.md. */
export interface OrderedLog<In, Out> extends AsyncIterable<OrderedEntry<Out>> {
  readonly name: string;
  /**
   * @throws HearsayError SCHEMA_INVALID, CODEC_FAILED, VALUE_TOO_LARGE, QUEUE_FULL (overload),
   * ORDER_REFUSED, ORDER_UNCERTAIN, TIMEOUT, RAFT_STATE_LOST, NODE_STOPPED
   */
  append(value: In, options?: OrderedAppendOptions): Promise<OrderedAppendResult>;
  /**
   * Resolves when readers and states on this node were told all that was appended before the call,
   * on any node. @throws HearsayError ORDER_REFUSED, ORDER_UNCERTAIN, TIMEOUT, NODE_STOPPED
   */
  read(options?: WaitOptions): Promise<{ readonly index: number }>;
  /** Reads entries in order, as an iterator. */
  subscribe(options?: OrderedSubscribeOptions): OrderedReader<OrderedEntry<Out>>;
  /** Hears entries in order, one call each. */
  subscribe(
    listener: (entry: OrderedEntry<Out>) => void,
    options?: OrderedSubscribeOptions,
  ): OrderedReader<never>;
  /**
   * A state made of the log, under a name that is the same on all nodes.
   * @throws HearsayError STORE_CONFLICT when this log has one of that name here already
   */
  fold<State>(name: string, fold: OrderedFold<State, Out>): OrderedState<State>;
  /** How far the log is at this node, and what it waits for. */
  status(): OrderedLogReport;
  /** An entry waits in vain for data that nobody here can give. */
  onStalled(listener: (stall: OrderedStall) => void): () => void;
}

/** `node.orderedLog`, typed by the schema where there is one. */
export interface OpenOrderedLog {
  <S extends StandardSchemaV1>(
    name: string,
    options: OrderedLogOptions<S> & { readonly schema: S },
  ): OrderedLog<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>>;
  <V = unknown>(name: string, options?: OrderedLogOptions<undefined>): OrderedLog<V, V>;
}

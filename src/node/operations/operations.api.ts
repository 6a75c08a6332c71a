/** What users type of operation logs: the public types of `node.operations`. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type {
  Codec,
  PublicDot,
  SubscribeOptions,
  Subscription,
  WriteResult,
} from "../topics/topics.api.ts";

/**
 *   causal       after all that its author had seen; concurrent ones in any order, so they should
 *                commute (`hearsay/testing` checks that)
 *   commutative  as soon as it is received, whatever came before
 *   total        as causal, and in one order on all replicas: later, once all have been heard, or
 *                with `total: "ordered"`, once they have their place
 */
export type OperationOrder = "causal" | "commutative" | "total";

/** What is known of an operation beside its value. */
export interface OperationContext {
  readonly dot: PublicDot;
  /** Name of the node that it was submitted to. */
  readonly from: string;
  /** Hybrid logical time there: wall-clock ms, then a counter. The same on all replicas. */
  readonly clock: { readonly ms: number; readonly counter: number };
  /** Empty unless its author gave it one. */
  readonly id: string;
}

/**
 * The state after `operation`. The same on every node for the same arguments: no clock, no dice, no
 * change of what it was given. One that throws leaves the state as it was, on every node.
 */
export type Reducer<State, Op> = (state: State, operation: Op, context: OperationContext) => State;

/** The bounds of a log; numbers as in docs/reference/options.md. */
export interface LogBounds {
  readonly logMaxCount?: number;
  readonly logMaxBytes?: number;
  readonly waitingMaxCount?: number;
  readonly idsMaxCount?: number;
  readonly payloadMaxBytes?: number;
  readonly vectorMaxCount?: number;
  readonly aloneKeptCount?: number;
  readonly retryMaxMs?: number;
  readonly skewMaxMs?: number;
  readonly lostAfterMs?: number;
  readonly checkpointAfterCount?: number;
}

/** How a node opens an operation log; the same on all nodes. */
export interface OperationsOptions<State, Op, S extends StandardSchemaV1 | undefined>
  extends LogBounds {
  readonly reducer: Reducer<State, Op>;
  /** The state before the first operation. The codec must write it. */
  readonly initial: State;
  /** Judges operations. What it does not take has no effect; it should be the same on all nodes. */
  readonly schema?: S;
  /** Judges states that come from others, or from the disk. */
  readonly stateSchema?: StandardSchemaV1;
  /** What operations and states are written with. Default "msgpack". */
  readonly codec?: "msgpack" | "json" | Codec;
  /**
   * Where the one order of the operations "total" comes from. "timestamp" (default): all replicas
   * are heard, nobody leads, and one that is away holds them up. "ordered": an ordered log of the
   * node's order, which goes on while a majority of its voters lives. The same on all nodes.
   */
  readonly total?: "timestamp" | "ordered";
  /** Of all operations, or of each. Default "causal". */
  readonly order?: OperationOrder | ((operation: Op) => OperationOrder);
}

/** What an operation comes after, and what its append waits for. */
export interface AppendOptions {
  /**
   * What it comes after: the `after` of a read or a write, here or on another node. Default: all
   * that this node has executed. "nothing": it stands for itself.
   */
  readonly after?: string;
  /** Names it across nodes: submitted again, here or elsewhere, it is executed once. */
  readonly id?: string;
  /** When it was first submitted, in wall-clock ms; with an id that is submitted again. */
  readonly submittedAt?: number;
  /** It will not be submitted again: its id need not be remembered. Default "may". */
  readonly retry?: "may" | "never";
  /**
   * What the promise waits for. "accepted" (default): it is in the log, and on disk where there is
   * one. "applied": this node has executed it. "majority": most replicas have it.
   */
  readonly ack?: "accepted" | "applied" | "majority";
  /** How long it may take. Default 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** An operation that was appended, and the state that has it. */
export interface AppendResult extends WriteResult {
  /** "known": its id was submitted before, and `dot` names that. */
  readonly status: "written" | "known";
  /** Names a state that has it: for whatever comes after it. */
  readonly after: string;
}

/** What the state must have, and how long to wait for it. */
export interface ReadOptions {
  /** The state must have all of this: the `after` of a read or a write, here or on another node. */
  readonly after?: string;
  /** How long to wait for gossip before others are asked. Default 500. */
  readonly waitMs?: number;
  /** How long to wait in all. Default 5,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** "behind": this node does not have all that was asked for, and `state` is what it has. */
export interface ReadResult<State> {
  readonly status: "ok" | "behind";
  /** Not to be changed. */
  readonly state: State;
  /** Names this state: for reads elsewhere, and for whatever comes after it. */
  readonly after: string;
}

export interface AppliedOperation<Op> extends OperationContext {
  readonly operation: Op;
  readonly order: OperationOrder;
}

/** How operations are read as this node executes them. */
export interface AppliedOptions extends SubscribeOptions {
  /** The state was replaced by that of another replica: what led to it will not be told. */
  readonly onReset?: () => void;
}

/** What somebody has seen of a log. */
export interface OperationsPast {
  /** Whether that operation is part of it. */
  has(dot: PublicDot): boolean;
  /** Of each origin the last of what this node has not executed yet. */
  readonly missing: readonly PublicDot[];
}

/** How far an operation log is at this node. */
export interface OperationsStats {
  /** "joining": a replica has yet to give its state. */
  readonly phase: "joining" | "joined";
  /** Operations received, with marks of time; those executed; those that wait for others. */
  readonly seenCount: number;
  readonly appliedCount: number;
  readonly waitingCount: number;
  /** Records that not all replicas are known to have. */
  readonly logCount: number;
  readonly logBytes: number;
  readonly idsCount: number;
}

/** A state that is the same on all nodes, made of operations that all of them execute. */
export interface Operations<In, Op, State> extends AsyncIterable<AppliedOperation<Op>> {
  readonly name: string;
  /** As it is here and now. Not to be changed. */
  readonly state: State;
  readonly stats: OperationsStats;
  /**
   * @throws HearsayError LOG_FULL, TOKEN_INVALID, VALUE_TOO_LARGE, SCHEMA_INVALID, CODEC_FAILED,
   *   OPERATION_TOO_OLD, STORE_CONFLICT (others have it open with another `total`),
   *   TIMEOUT, ABORTED, WRITE_UNCERTAIN, NODE_STOPPED
   */
  append(operation: In, options?: AppendOptions): Promise<AppendResult>;
  /** @throws HearsayError TOKEN_INVALID, STORE_CONFLICT, ABORTED, NODE_STOPPED */
  read(options?: ReadOptions): Promise<ReadResult<State>>;
  /**
   * What `after` names; without it, what this node has executed by now.
   * @throws HearsayError TOKEN_INVALID
   */
  past(after?: string): OperationsPast;
  /** Operations as this node executes them, each once, from now on. */
  applied(options?: AppliedOptions): Subscription<AppliedOperation<Op>>;
}

/**
 * Opens the log of that name, and takes part in it from now on.
 * @throws HearsayError CONFIG_OPTION, STORE_CONFLICT, STORE_FULL, CODEC_FAILED, NODE_STOPPED
 */
export interface OpenOperations {
  <State, S extends StandardSchemaV1>(
    name: string,
    options: OperationsOptions<State, StandardSchemaV1.InferOutput<S>, S> & { readonly schema: S },
  ): Operations<StandardSchemaV1.InferInput<S>, StandardSchemaV1.InferOutput<S>, State>;
  <State, Op>(
    name: string,
    options: OperationsOptions<State, Op, undefined>,
  ): Operations<Op, Op, State>;
}

import type { PeerId } from "../../core/peer.ts";

/** The frame channel of aggregates. */
export const AGGREGATE_CHANNEL = 19;

/** Numbers of one vector, at most. [because: more than any statistic needs] */
export const VECTOR_MAX_COUNT = 16;
/** Minima of one part, at most. [because: ± 1.6 %, spec aggregation §6] */
export const MINIMA_MAX_COUNT = 4_096;
/** Parts of one message, at most. */
export const PARTS_MAX_COUNT = 512;

/** All that one node tells another of aggregates at one time. */
export interface AggregateMessage {
  /** An answer is never answered. */
  readonly kind: "ask" | "answer";
  readonly epoch: number;
  /** Until the sender's next epoch begins. */
  readonly nextEpochInMs: number;
  readonly parts: readonly AggregatePart[];
}

/** What a message says of one task. */
export type AggregatePart =
  | FlowPart
  | HalfPart
  | AveragePart
  | MinimaPart
  | ExtremesPart
  | RecordsPart
  | RegistersPart;

/** Flow updating: the flow of the link as its sender has it, and its estimate. */
export interface FlowPart {
  readonly kind: "flow";
  readonly task: string;
  readonly step: "ask" | "answer";
  /** A life of the sender's flows: numbers begin anew with it. */
  readonly life: number;
  /** Of the ask; its answer repeats it. */
  readonly seq: number;
  readonly flow: readonly number[];
  readonly estimate: readonly number[];
  /** What estimates lay between, by the sender's knowledge. */
  readonly ranges: readonly RangePart[];
}

/** Between which bounds the estimates of all nodes lay in one window of time. */
export interface RangePart {
  readonly window: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Push-sum. `plain`: half of a sum and of a weight (the last number). `counted`: all that was sent
 * to this peer so far, and all that came from it.
 */
export interface HalfPart {
  readonly kind: "half";
  readonly task: string;
  readonly transfer: "plain" | "counted";
  readonly life: number;
  readonly sent: readonly number[];
  readonly received: readonly number[];
  readonly ranges: readonly RangePart[];
}

/** Push-pull averaging. */
export type AveragePart = {
  readonly kind: "average";
  readonly task: string;
  readonly seq: number;
} & (
  | {
      readonly step: "ask" | "answer";
      readonly values: readonly number[];
      readonly ranges: readonly RangePart[];
    }
  | {
      /** `absent`: takes no part in this epoch. `unknown`: of an exchange long ago. */
      readonly step: "busy" | "absent" | "commit" | "status" | "committed" | "aborted" | "unknown";
    }
);

/** Extrema propagation: the entry-wise minima; only their hash when nothing changed for a while. */
export interface MinimaPart {
  readonly kind: "minima";
  readonly task: string;
  readonly hash: number;
  readonly minima: readonly number[] | undefined;
}

/** One node's value, at one time of its own. */
export interface ExtremeRecord {
  readonly value: number;
  readonly origin: PeerId;
  readonly epoch: number;
  /** Rises with each change of the origin's value. */
  readonly seq: number;
}

/** Records of this origin up to `seq` are void. */
export interface Retraction {
  readonly origin: PeerId;
  readonly epoch: number;
  readonly seq: number;
}

export interface ExtremesPart {
  readonly kind: "extremes";
  readonly task: string;
  readonly low: ExtremeRecord | undefined;
  readonly high: ExtremeRecord | undefined;
  readonly retracted: readonly Retraction[];
}

/** What one origin says; the latest `seq` counts. */
export interface OriginRecord {
  readonly origin: PeerId;
  readonly seq: number;
  readonly bytes: Uint8Array;
}

export interface RecordsPart {
  readonly kind: "records";
  readonly task: string;
  readonly records: readonly OriginRecord[];
}

/** Something that merges with itself without harm, as bytes. */
export interface RegistersPart {
  readonly kind: "registers";
  readonly task: string;
  /** "distinct": HyperLogLog, which everybody can merge; "custom": only who takes part. */
  readonly form: "distinct" | "custom";
  readonly bytes: Uint8Array;
}

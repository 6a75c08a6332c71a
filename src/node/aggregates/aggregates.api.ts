/** What users type of aggregates: the public types of `node.aggregate(name, …)`. */
import type { WaitOptions } from "../wait.api.ts";

/** What is known of one statistic of the cluster, and how well. */
export interface Estimate<V = number> {
  readonly value: V;
  /**
   * The truth is not further from `value`, as far as can be told here: as all nodes spread the
   * range of their estimates. 0: exact. Infinity: nothing can be told yet.
   */
  readonly errorBound: number;
  /** How long ago what it rests on was heard, ms. */
  readonly ageMs: number;
  readonly epoch: number;
  /** Rounds that went into it. */
  readonly rounds: number;
  /** Nothing was heard for so long that it may tell of a cluster that is no more. */
  readonly stale: boolean;
}

/** An item that was counted, at least and at most so many times in the whole cluster. */
export interface TopItem {
  readonly item: string;
  readonly atLeast: number;
  readonly atMost: number;
  /** It is surely among the first: no item that is not listed can have been counted as often. */
  readonly certain: boolean;
}

/** How a node takes part in an aggregate. */
export interface AggregateChoice {
  /** What a value can be: others are clamped here, and dropped when a peer claims them. */
  readonly range?: readonly [low: number, high: number];
}

/**
 * One number of each node that opened it, and what all of them come to. All reads are of now, at
 * once, and without the network; undefined while nothing is known. See docs/aggregates.md.
 */
export interface Aggregate {
  readonly name: string;
  /** The mean over all nodes that take part; undefined while it is unknown. */
  average(): Estimate | undefined;
  /** Of all nodes' values, as a population. */
  variance(): Estimate | undefined;
  /** What all values come to; undefined while it is unknown. */
  sum(): Estimate | undefined;
  /** Nodes with a value. */
  count(): Estimate | undefined;
  /** The least value; undefined while it is unknown. */
  min(): Estimate | undefined;
  /** The greatest value; undefined while it is unknown. */
  max(): Estimate | undefined;
  /**
   * Of all samples that nodes gave to `observe`; of nodes that gave none, of their value.
   * `p` is 0 … 1. The error bound is that of the sketch, 1 % of the value, or 0 of values alone.
   * @throws HearsayError PACKAGE_MISSING when somebody observes, and @datadog/sketches-js is not
   *   there; CONFIG_OPTION
   */
  quantile(p: number): Estimate | undefined;
  /** Adds a sample for `quantile`, such as a latency. @throws as `quantile` */
  observe(sample: number): void;
  /** Counts an item, for `top` and `distinct`. @throws HearsayError CONFIG_OPTION */
  hit(item: string, times?: number): void;
  /** The items counted most often in the cluster; all nodes, since each opened it. */
  top(count: number): Estimate<readonly TopItem[]> | undefined;
  /** How many different items were counted in the cluster; ± 1.6 % at 95 %. */
  distinct(): Estimate | undefined;
  /** Until what quantiles need is loaded. @throws HearsayError PACKAGE_MISSING, TIMEOUT */
  ready(options?: WaitOptions): Promise<void>;
  /** All that is known now, as plain data. */
  report(): AggregateReport;
  /** This node takes no part any more; it still passes on what others say. */
  close(): void;
}

/** A picture of one aggregate at one moment. */
export interface AggregateReport {
  readonly name: string;
  readonly kind: "number" | "custom";
  /** This node's own value; undefined: it has none. */
  readonly own: number | undefined;
  readonly estimates: Readonly<Record<string, Estimate | undefined>>;
  readonly top: readonly TopItem[];
}

/** An aggregate of your own: how values become one. */
export interface CustomAggregate<V, R = V> {
  /** This node's own value now; undefined: none. */
  init(): V | undefined;
  /** Of any two, in whatever order and grouping, the same; of one with itself, itself. */
  merge(one: V, other: V): V;
  /** What readers see. Default: the merged value. */
  finish?(merged: V): R;
  /**
   * True when merging a value twice is as good as once (maxima, sets): it is then merged on its
   * way, and costs one value a message. Else each node's value travels by itself.
   */
  readonly idempotent: boolean;
}

/** An aggregate of your own, at one node. */
export interface CustomAggregateFace<R> {
  readonly name: string;
  /** `errorBound` is NaN: only you know. */
  read(): Estimate<R> | undefined;
  /** This node takes part no more. */
  close(): void;
}

/** `node.aggregate(…)`, and what is open. */
export interface OpenAggregates {
  (name: string, read: () => number | undefined, choice?: AggregateChoice): Aggregate;
  <V, R = V>(name: string, custom: CustomAggregate<V, R>): CustomAggregateFace<R>;
}

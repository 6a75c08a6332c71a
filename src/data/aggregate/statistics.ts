import { at } from "../../core/collections/at.ts";
import type { RangeDesk } from "./aggregate.contract.ts";
import type { RangePart } from "./aggregate.messages.ts";
import { EstimateRange } from "./estimate-range.ts";
import type { VectorBounds } from "./vectors.ts";

/**
 * What is averaged of a gauge, and what follows from it. Only ratios of averages mean anything, so
 * nodes that merely pass on add nothing: all their inputs are 0.
 *
 *   taking   1 of a node with a value
 *   value    x
 *   square   (x − the mean, as it is known here)²: no difference of two large numbers
 *   leader   1 of one node among those with a value
 */
export interface GaugeInput {
  readonly value: number | undefined;
  /** As it is known here; any number at first. */
  readonly mean: number;
  readonly isLeader: boolean;
}

export const gaugeStatistics = ["average", "variance", "count", "sum"] as const;
export type GaugeStatistic = (typeof gaugeStatistics)[number];

export const GAUGE_VECTOR_LENGTH = 4;

export function gaugeVector({ isLeader, mean, value }: GaugeInput): readonly number[] {
  if (value === undefined) return [0, 0, 0, 0];
  const away = value - mean;
  return [1, value, away * away, isLeader ? 1 : 0];
}

/** Each number's own; of a node without a value it is 0. */
export function gaugeBounds(low: number, high: number): VectorBounds {
  const width = high - low;
  return { low: [0, Math.min(0, low), 0, 0], high: [1, Math.max(0, high), width * width, 1] };
}

/** NaN where nothing can be said. */
export function statisticOf(name: GaugeStatistic, averages: readonly number[]): number {
  const [taking, value, square, leader] = [0, 1, 2, 3].map((index) => at(averages, index));
  switch (name) {
    case "average":
      return ratio(value, taking);
    case "variance":
      return Math.max(0, ratio(square, taking));
    case "count":
      return ratio(taking, leader);
    case "sum":
      return ratio(value, leader);
  }
}

function ratio(above = Number.NaN, below = Number.NaN): number {
  return below > 0 ? above / below : Number.NaN;
}

/** The spread of what nodes make of their averages, one range a statistic. */
export class StatisticRanges implements RangeDesk {
  private readonly ranges = gaugeStatistics.map(() => new EstimateRange());

  /** `averages` undefined: this node does not take part, and has nothing to say. */
  onRound(window: number, averages: readonly number[] | undefined): void {
    if (averages === undefined) return;
    this.ranges.forEach((range, index) => {
      range.onOwn(window, statisticOf(at(gaugeStatistics, index), averages));
    });
  }

  told(): readonly RangePart[] {
    return this.ranges.map((range) => range.told());
  }

  onHeard(ranges: readonly RangePart[]): void {
    if (ranges.length !== this.ranges.length) return;
    for (const [index, range] of this.ranges.entries()) range.onHeard(at(ranges, index));
  }

  errorOf(name: GaugeStatistic, estimate: number): number {
    return at(this.ranges, gaugeStatistics.indexOf(name)).errorOf(estimate);
  }

  /** Of all statistics in their order, by the running window alone. */
  runningErrors(averages: readonly number[]): readonly number[] {
    return this.ranges.map((range, index) =>
      range.runningErrorOf(statisticOf(at(gaugeStatistics, index), averages)),
    );
  }
}

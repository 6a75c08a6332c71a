import { at } from "../../core/collections/at.ts";

/** All of them are numbers, and neither infinite nor none. */
export function areFinite(values: readonly number[]): boolean {
  return values.every((value) => Number.isFinite(value));
}

/** What the numbers of a vector can be, one by one. */
export interface VectorBounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** Flows of a neighbour that is gone come back at once. [guess] */
const SLACK_MULTIPLIER = 4;

/**
 * Within the bounds, and some way beyond: what is on its way takes an estimate beyond all inputs
 * for a moment, a liar takes it anywhere.
 */
export function isPlausible(values: readonly number[], bounds: VectorBounds | undefined): boolean {
  if (!areFinite(values)) return false;
  if (bounds === undefined) return true;
  return values.every((value, index) => {
    const low = at(bounds.low, index);
    const high = at(bounds.high, index);
    const width = SLACK_MULTIPLIER * (high - low);
    return !(value < low - width) && !(value > high + width);
  });
}

export function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

export function addTo(sum: number[], values: readonly number[]): void {
  for (let index = 0; index < sum.length; index += 1) {
    sum[index] = at(sum, index) + at(values, index);
  }
}

export function difference(one: readonly number[], other: readonly number[]): number[] {
  return one.map((value, index) => value - at(other, index));
}

/** Half the sum. */
export function middle(one: readonly number[], other: readonly number[]): number[] {
  return one.map((value, index) => value / 2 + at(other, index) / 2);
}

export function negated(values: readonly number[]): number[] {
  return values.map((value) => (value === 0 ? 0 : -value));
}

export function halved(values: readonly number[]): number[] {
  return values.map((value) => value / 2);
}

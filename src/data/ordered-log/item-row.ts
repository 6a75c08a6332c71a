import type { Clocks } from "./assembly.ts";
import type { OrderedItem, OrderedPlace } from "./ordered-log.contract.ts";

/** Items of a log in a row, as who tells them to applications sees it. */
export interface ItemRow {
  /** Everything up to here is here as an item, or stands in a snapshot. */
  readonly through: OrderedPlace;
  /** Up to here items are held no more. */
  readonly base: OrderedPlace;
  itemAt(place: number): OrderedItem | undefined;
  /** Items behind `place`, at most so many. */
  itemsAfter(place: number, maxCount: number): readonly OrderedItem[];
  /** The clocks of all lives as of a place that is held. */
  clocksAt(place: number): Clocks;
  dropUpTo(place: number): void;
  /** A snapshot, or a gap, stands for all up to `to`. */
  jump(to: OrderedPlace, clocks: Clocks): void;
}

import type { Dot } from "../../core/dot.ts";
import type { GivenOrder } from "./given-order.ts";
import type { LoggedOperation, PlacedOperation } from "./operation-log.contract.ts";

/** The log that they are taken into. */
export interface PlacingDoor {
  isSeen(dot: Dot): boolean;
  /** Whether it may stand in a log at all; the same on all replicas. */
  isSane(operation: LoggedOperation): boolean;
  /** Nobody else speaks in the name of this life. */
  isOwn(dot: Dot): boolean;
  take(operation: LoggedOperation): void;
  onMisplaced(): void;
  onPlaced(through: number, dots: readonly Dot[]): void;
}

/**
 * Takes operations from their places in an ordered log. What a place has is taken whether there is
 * room or not: it is executed everywhere.
 * @returns "gap" when some that come before were not told
 */
export function takePlaced(
  order: GivenOrder,
  items: readonly PlacedOperation[],
  door: PlacingDoor,
): "taken" | "gap" {
  const news = items.filter(({ place }) => place > order.place);
  const [first] = news;
  const last = news.at(-1);
  if (first === undefined || last === undefined) return "taken";
  if (first.place > order.place + 1) return "gap";
  const dots: Dot[] = [];
  for (const { logged } of news) {
    const isGood = logged !== undefined && isAcceptable(logged, door);
    if (logged === undefined || !isGood) {
      door.onMisplaced();
      continue;
    }
    if (!door.isSeen(logged.dot)) door.take(logged);
    dots.push(logged.dot);
  }
  door.onPlaced(last.place, order.setPlaces(last.place, dots));
  return "taken";
}

function isAcceptable(logged: LoggedOperation, door: PlacingDoor): boolean {
  return door.isSane(logged) && (door.isSeen(logged.dot) || !door.isOwn(logged.dot));
}

import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import type { ReplicaPorts } from "../data-face.ts";

/** Asks other holders of the replica `name` for `dots`; where none is known, anybody. */
export function pull(
  { compareNow, compareWith, replicas }: ReplicaPorts,
  name: string,
  dots: ReadonlyDotSet,
  peersCount: number,
): void {
  const names = replicas.peers.holders(name, dots, peersCount);
  if (names.length > 0) compareWith(names);
  else compareNow(peersCount);
}

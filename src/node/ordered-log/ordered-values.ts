import { memberOf } from "../../core/peer.ts";
import type { OrderedItem } from "../../data/ordered-log/ordered-log.contract.ts";
import type { StoredValues } from "../versions/stored-values.ts";
import type { OrderedEntry } from "./ordered-log.api.ts";

/** Events as users see them; what this node cannot read is counted and left out. */
export function entryReader(
  values: StoredValues,
  onUnread: (detail: string) => void,
): (item: OrderedItem) => OrderedEntry<unknown> | undefined {
  return (item) => {
    if (item.kind !== "event") return undefined;
    const reading = values.read(item.bytes);
    if (reading.kind === "bad") {
      onUnread(`entry ${item.orderIndex}: ${reading.detail}`);
      return undefined;
    }
    const { clock: vectorClock, dot, hlc, orderIndex: index, place } = item;
    return Object.freeze({
      index,
      place,
      value: reading.value,
      dot: Object.freeze({ origin: dot.origin, seq: dot.seq }),
      from: memberOf(dot.origin),
      clock: Object.freeze({ ms: hlc.ms, counter: hlc.counter }),
      vectorClock,
    });
  };
}

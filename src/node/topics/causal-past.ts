import type { Origin } from "../../core/peer.ts";
import type { HistoryEntry, HistoryUpdate } from "../../data/history/history.messages.ts";
import type { Cause } from "../api.ts";

export interface CausesReader {
  readonly tag: string;
  causesOf(update: HistoryUpdate): readonly Cause[];
}

interface OpenEntry {
  readonly entry: HistoryEntry;
  /** Places of what it came after, still to be looked at. */
  readonly causes: number[];
}

/**
 * A topic's past, given by time, in causal order. As far as clocks are right that is the order of
 * time, so little is moved.
 */
export function inCausalOrder(
  reader: CausesReader,
  entries: readonly HistoryEntry[],
): HistoryEntry[] {
  const places = placesOf(entries);
  const ordered: HistoryEntry[] = [];
  const begun = new Set<number>();
  const open: OpenEntry[] = [];
  const begin = (place: number): void => {
    const entry = entries[place];
    // Begun and not ended: causes in a circle, which are forged.
    if (entry === undefined || begun.has(place)) return;
    begun.add(place);
    open.push({ entry, causes: causesOf(reader, entry, places) });
  };
  for (let start = 0; start < entries.length; start += 1) {
    begin(start);
    for (let one = open.at(-1); one !== undefined; one = open.at(-1)) {
      const cause = one.causes.pop();
      if (cause !== undefined) begin(cause);
      else {
        ordered.push(one.entry);
        open.pop();
      }
    }
  }
  return ordered;
}

/** A message, and where it stands among those given. */
interface Placed {
  readonly seq: number;
  readonly place: number;
}

function placesOf(entries: readonly HistoryEntry[]): ReadonlyMap<Origin, readonly Placed[]> {
  const byOrigin = new Map<Origin, Placed[]>();
  entries.forEach(([{ origin, seq }], place) => {
    const placed = byOrigin.get(origin);
    if (placed === undefined) byOrigin.set(origin, [{ seq, place }]);
    else placed.push({ seq, place });
  });
  for (const placed of byOrigin.values()) placed.sort((one, other) => one.seq - other.seq);
  return byOrigin;
}

/** The latest of each life is enough: it comes after those before it. */
function causesOf(
  reader: CausesReader,
  [{ origin, seq }, update]: HistoryEntry,
  places: ReadonlyMap<Origin, readonly Placed[]>,
): number[] {
  const found: number[] = [];
  const addLast = (placed: readonly Placed[] = [], upTo: number): void => {
    const place = lastUpTo(placed, upTo);
    if (place !== undefined) found.push(place);
  };
  addLast(places.get(origin), seq - 1);
  for (const cause of reader.causesOf(update)) {
    if (cause.tag === reader.tag) addLast(places.get(cause.origin), cause.seq);
  }
  return found;
}

function lastUpTo(placed: readonly Placed[], upTo: number): number | undefined {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((placed[middle]?.seq ?? 0) <= upTo) low = middle + 1;
    else high = middle;
  }
  return placed[low - 1]?.place;
}

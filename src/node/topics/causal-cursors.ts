import { DotSet } from "../../core/dot-set.ts";
import type { Origin } from "../../core/peer.ts";
import type { Cause } from "../api.ts";
import type {
  OrderingOptions,
  OrderingPorts,
  Tallied,
  Waiting,
  WaitingRoom,
  WaitingTally,
} from "./ordering.ts";

/** Where messages of one topic wait: its past, or what is remembered of it for a while. */
export interface Seat {
  readonly tag: string;
  readonly room: WaitingRoom;
  readonly options: OrderingOptions;
  readonly ports: OrderingPorts;
  readonly tally: WaitingTally;
}

/** A message of a life as its order needs it; without its value while a room is taken over. */
export interface Next {
  readonly seq: number;
  readonly after: readonly Cause[];
  readonly waiting: Waiting | undefined;
}

/** How far the messages of one life of a publisher in one topic were delivered. */
export interface Cursor extends Tallied {
  readonly origin: Origin;
  /** Where its messages wait; any of its topic while none was heard. */
  seat: Seat;
  isHeard: boolean;
  last: number;
  /** True until something was delivered: what came before may never have been for us. */
  isStarting: boolean;
  /** What was read ahead. */
  ahead: Next[];
  /** The largest number that others came after. */
  wanted: number;
  /** The last progress while something is missing, or while its next message waits for causes. */
  sinceMs: number;
  /** What was known of it then. */
  upTo: number;
}

/** One topic of a causal group on this node. */
interface Place {
  readonly seats: Seat[];
  readonly cursors: Map<Origin, Cursor>;
  /** Lives that were named as causes, and never heard. */
  namedCount: number;
  /** With so many cursors those are looked for that nobody needs. */
  sweepAtCount: number;
}

/** Who has been heard, or is waited for, in each topic of a causal group. */
export class CausalCursors {
  private readonly places = new Map<string, Place>();
  private readonly namedMaxCount: number;

  constructor(namedMaxCount: number) {
    this.namedMaxCount = namedMaxCount;
  }

  add(seat: Seat): void {
    const known = this.places.get(seat.tag);
    const counts = { namedCount: 0, sweepAtCount: 2 * this.namedMaxCount };
    const place: Place = known ?? { seats: [], cursors: new Map(), ...counts };
    this.places.set(seat.tag, place);
    place.seats.push(seat);
  }

  /** The cursor of a life of which a message is in this seat, or is known to be lost. */
  heard(seat: Seat, origin: Origin): Cursor {
    const place = this.places.get(seat.tag);
    const cursor = place?.cursors.get(origin) ?? cursorOf(seat, origin);
    if (cursor.isHeard) return cursor;
    if (place?.cursors.has(origin) === true) place.namedCount -= 1;
    place?.cursors.set(origin, cursor);
    if (place !== undefined && place.cursors.size > place.sweepAtCount) this.sweep(place);
    cursor.isHeard = true;
    cursor.seat = seat;
    cursor.isStarting &&= seat.options.beginning === "heard";
    return cursor;
  }

  /** undefined when this node takes no part in the topic; "full" when nobody can be added. */
  named({ origin, tag }: Cause): Cursor | "full" | undefined {
    const place = this.places.get(tag);
    const known = place?.cursors.get(origin);
    if (known !== undefined || place === undefined) return known;
    if (place.namedCount >= this.namedMaxCount) return "full";
    // What a past may have is waited for as long as a past takes.
    const past = place.seats.find(({ options }) => options.beginning === "first");
    const seat = past ?? place.seats[0];
    if (seat === undefined) return undefined;
    const cursor = cursorOf(seat, origin);
    place.cursors.set(origin, cursor);
    place.namedCount += 1;
    return cursor;
  }

  /** Forgets what was read ahead of the messages in this seat. */
  forgetAhead(seat: Seat): void {
    for (const cursor of this.of(seat)) cursor.ahead = [];
  }

  passed(seat: Seat): DotSet {
    const passed = new DotSet();
    for (const { last, origin } of this.of(seat)) if (last > 0) passed.addRange(origin, 1, last);
    return passed;
  }

  /** Lives that their room has forgotten, too: they are over for long. */
  private sweep(place: Place): void {
    for (const [origin, { ahead, isHeard, last, seat, wanted }] of place.cursors) {
      const isIdle = isHeard && ahead.length === 0 && wanted <= last;
      if (isIdle && seat.room.seen.rangesOf(origin) === undefined) place.cursors.delete(origin);
    }
    place.sweepAtCount = Math.max(2 * this.namedMaxCount, 2 * place.cursors.size);
  }

  private *of(seat: Seat): IterableIterator<Cursor> {
    for (const cursor of this.places.get(seat.tag)?.cursors.values() ?? []) {
      if (cursor.isHeard && cursor.seat === seat) yield cursor;
    }
  }
}

function cursorOf(seat: Seat, origin: Origin): Cursor {
  const isStarting = seat.options.beginning === "heard";
  const none = { waitingCount: 0, waitingBytes: 0, last: 0, wanted: 0, sinceMs: 0, upTo: 0 };
  return { origin, seat, isHeard: false, isStarting, ahead: [], ...none };
}

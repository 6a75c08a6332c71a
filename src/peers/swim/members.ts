import { assert } from "../../core/assert.ts";
import type { Random } from "../../core/random.ts";
import type { SwimMember, SwimMembers, SwimStatus } from "./swim.contract.ts";

/**
 * The member table. An interface, for a simulation of N full views cannot afford N² records and
 * may bring one that shares a base between nodes.
 */
export interface MemberTable extends SwimMembers {
  /** Adds a member whose name is not there yet, at a random place of the probe list. */
  insert(member: SwimMember): void;
  /** Replaces the record of the same name. */
  replace(member: SwimMember): void;
  /** The next of the probe list, whatever it is; undefined at its end. */
  nextInList(): SwimMember | undefined;
  /** Removes those that `isDue` names, in order, shuffles the probe list and starts it again. */
  renewList(isDue: (member: SwimMember) => boolean): readonly SwimMember[];
  /** Up to `count` distinct members that `accept` likes, uniformly, in at most `drawsMax` draws. */
  pick(choice: MemberChoice): SwimMember[];
}

export interface MemberChoice {
  readonly random: Random;
  readonly count: number;
  readonly drawsMax: number;
  readonly accept: (member: SwimMember) => boolean;
}

export function isLiving(status: SwimStatus): boolean {
  return status === "alive" || status === "suspect";
}

interface Seat {
  member: SwimMember;
  /** Where it stands in `lottery`. */
  place: number;
}

/** One record a member, in a map, a probe list and a list for random picks. */
export class ListedMembers implements MemberTable {
  private readonly random: Random;
  private readonly seats = new Map<string, Seat>();
  private readonly lottery: Seat[] = [];
  private readonly localSeat: Seat;
  private list: Seat[] = [];
  private cursor = 0;
  private living = 0;

  constructor(random: Random, local: SwimMember) {
    this.random = random;
    this.localSeat = { member: local, place: 0 };
    this.seats.set(local.name, this.localSeat);
    this.lottery.push(this.localSeat);
    this.list.push(this.localSeat);
    if (isLiving(local.status)) this.living += 1;
  }

  get size(): number {
    return this.seats.size;
  }

  get livingCount(): number {
    return this.living;
  }

  get local(): SwimMember {
    return this.localSeat.member;
  }

  get(name: string): SwimMember | undefined {
    return this.seats.get(name)?.member;
  }

  *[Symbol.iterator](): IterableIterator<SwimMember> {
    for (const seat of this.list) yield seat.member;
  }

  insert(member: SwimMember): void {
    assert(!this.seats.has(member.name), "a member is inserted once");
    const seat: Seat = { member, place: this.lottery.length };
    this.seats.set(member.name, seat);
    this.lottery.push(seat);
    if (isLiving(member.status)) this.living += 1;
    // A random place keeps the time to the first probe of a newcomer uniform [SWIM 2002 §4.3].
    const at = this.random.below(this.list.length + 1);
    const displaced = this.list[at];
    this.list[at] = seat;
    if (displaced !== undefined) this.list.push(displaced);
  }

  replace(member: SwimMember): void {
    const seat = this.seats.get(member.name);
    assert(seat !== undefined, "only a known member can be replaced");
    if (isLiving(seat.member.status)) this.living -= 1;
    if (isLiving(member.status)) this.living += 1;
    seat.member = member;
  }

  nextInList(): SwimMember | undefined {
    const seat = this.list[this.cursor];
    if (seat !== undefined) this.cursor += 1;
    return seat?.member;
  }

  renewList(isDue: (member: SwimMember) => boolean): readonly SwimMember[] {
    const removed: SwimMember[] = [];
    const kept: Seat[] = [];
    for (const seat of this.list) {
      if (seat !== this.localSeat && isDue(seat.member)) {
        removed.push(seat.member);
        this.remove(seat);
      } else kept.push(seat);
    }
    for (let last = kept.length - 1; last > 0; last -= 1) {
      swap(kept, last, this.random.below(last + 1));
    }
    this.list = kept;
    this.cursor = 0;
    return removed;
  }

  pick(choice: MemberChoice): SwimMember[] {
    const picked: SwimMember[] = [];
    const draws = Math.min(choice.drawsMax, this.lottery.length);
    // The first steps of a Fisher–Yates shuffle: distinct and uniform, whatever `accept` refuses.
    for (let drawn = 0; drawn < draws && picked.length < choice.count; drawn += 1) {
      const at = drawn + choice.random.below(this.lottery.length - drawn);
      const seat = swap(this.lottery, drawn, at);
      const other = this.lottery[at];
      if (other !== undefined) other.place = at;
      seat.place = drawn;
      if (choice.accept(seat.member)) picked.push(seat.member);
    }
    return picked;
  }

  private remove(seat: Seat): void {
    this.seats.delete(seat.member.name);
    if (isLiving(seat.member.status)) this.living -= 1;
    const last = this.lottery.pop();
    assert(last !== undefined, "every member has a place in the lottery");
    if (last === seat) return;
    last.place = seat.place;
    this.lottery[seat.place] = last;
  }
}

/** Exchanges two places and returns what now stands at the first. */
function swap(seats: Seat[], first: number, second: number): Seat {
  const a = seats[first];
  const b = seats[second];
  assert(a !== undefined && b !== undefined, "both places are inside the list");
  seats[first] = b;
  seats[second] = a;
  return b;
}

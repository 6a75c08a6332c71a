import { assert } from "../../../core/assert.ts";
import { IntList } from "../../../core/collections/int-list.ts";
import type { Random } from "../../../core/random.ts";
import type { SwimMember, SwimMembers } from "../swim.contract.ts";
import type { PushPullNode } from "../swim.messages.ts";
import type { StoredMember } from "./member-record.ts";
import { MembershipSum } from "./membership-digest.ts";

export { isLiving } from "./member-record.ts";

/**
 * The member table. An interface, for a simulation of N full views cannot afford N² records and
 * brings one that shares them between nodes (`shared-members.ts`). Equal calls and equal dice give
 * equal answers whatever the table.
 */
export interface MemberTable extends SwimMembers, Iterable<StoredMember> {
  readonly local: StoredMember;
  get(name: string): StoredMember | undefined;
  [Symbol.iterator](): IterableIterator<StoredMember>;
  /** Sums up (name, incarnation) of all living members; kept up to date, so asking is free. */
  readonly digest: string;
  /** True when `node` says of a member exactly what is known here. */
  holds(node: PushPullNode): boolean;
  /** All members as they travel in a push/pull, in the order of the probe list. */
  entries(): PushPullNode[];
  /** Adds a member whose name is not there yet, at a random place of the probe list. */
  insert(member: StoredMember): void;
  /** Replaces the record of the same name; returns what is kept. */
  replace(member: StoredMember): StoredMember;
  /** The next of the probe list, whatever it is; undefined at its end. */
  nextInList(): StoredMember | undefined;
  /** Removes those that `isDue` names, in order, shuffles the probe list and starts it again. */
  renewList(isDue: (member: SwimMember) => boolean): readonly StoredMember[];
  /** Up to `count` distinct members that `accept` likes, uniformly, in at most `drawsMax` draws. */
  pick(choice: MemberChoice): StoredMember[];
}

/** Makes the table of one node, which holds that node itself from the start. */
export type MemberTableMaker = (random: Random, local: StoredMember) => MemberTable;

export interface MemberChoice {
  readonly random: Random;
  readonly count: number;
  readonly drawsMax: number;
  readonly accept: (member: SwimMember) => boolean;
}

/** Where a table keeps its records, each in a place with a number. */
export interface RecordStore {
  find(name: string): number | undefined;
  at(place: number): StoredMember;
  /** What stands at `place`, as it travels in a push/pull. */
  entryAt(place: number): PushPullNode;
  /** Takes in a record whose name is not there; returns its place. */
  add(member: StoredMember): number;
  /** Replaces the record at `place` by another of the same name. */
  set(place: number, member: StoredMember): void;
  /** Forgets the records at these places; returns the new number of each other place. */
  remove(places: ReadonlySet<number>): (place: number) => number;
}

/** A probe list and a list for random picks over the places of a store. */
export class StoredMembers implements MemberTable {
  private readonly random: Random;
  private readonly store: RecordStore;
  private readonly sum = new MembershipSum();
  private readonly list = new IntList();
  private readonly lottery = new IntList();
  private readonly localName: string;
  private localPlace: number;
  private cursor = 0;

  constructor(random: Random, store: RecordStore, local: StoredMember) {
    this.random = random;
    this.store = store;
    this.localName = local.name;
    this.localPlace = store.add(local);
    this.list.push(this.localPlace);
    this.lottery.push(this.localPlace);
    this.sum.add(local);
  }

  get size(): number {
    return this.list.length;
  }

  get livingCount(): number {
    return this.sum.livingCount;
  }

  get digest(): string {
    return this.sum.text;
  }

  get local(): StoredMember {
    return this.store.at(this.localPlace);
  }

  get(name: string): StoredMember | undefined {
    const place = this.store.find(name);
    return place === undefined ? undefined : this.store.at(place);
  }

  holds(node: PushPullNode): boolean {
    const place = this.store.find(node.name);
    if (place === undefined) return false;
    return this.store.entryAt(place) === node || this.store.at(place).agreesWith(node);
  }

  *[Symbol.iterator](): IterableIterator<StoredMember> {
    for (let index = 0; index < this.list.length; index += 1) {
      yield this.store.at(this.list.at(index));
    }
  }

  entries(): PushPullNode[] {
    const entries: PushPullNode[] = [];
    for (let index = 0; index < this.list.length; index += 1) {
      entries.push(this.store.entryAt(this.list.at(index)));
    }
    return entries;
  }

  insert(member: StoredMember): void {
    assert(this.store.find(member.name) === undefined, "a member is inserted once");
    const place = this.store.add(member);
    this.sum.add(member);
    this.lottery.push(place);
    // A random place keeps the time to the first probe of a newcomer uniform [SWIM 2002 §4.3].
    this.list.push(place);
    this.list.swap(this.random.below(this.list.length), this.list.length - 1);
  }

  replace(member: StoredMember): StoredMember {
    const place = this.store.find(member.name);
    assert(place !== undefined, "only a known member can be replaced");
    this.sum.remove(this.store.at(place));
    this.sum.add(member);
    this.store.set(place, member);
    return this.store.at(place);
  }

  nextInList(): StoredMember | undefined {
    if (this.cursor >= this.list.length) return undefined;
    this.cursor += 1;
    return this.store.at(this.list.at(this.cursor - 1));
  }

  renewList(isDue: (member: SwimMember) => boolean): readonly StoredMember[] {
    const removed: StoredMember[] = [];
    const places = new Set<number>();
    for (let index = 0; index < this.list.length; index += 1) {
      const place = this.list.at(index);
      if (place === this.localPlace) continue;
      const member = this.store.at(place);
      if (!isDue(member)) continue;
      removed.push(member);
      places.add(place);
      this.sum.remove(member);
    }
    if (places.size > 0) this.forget(places);
    for (let last = this.list.length - 1; last > 0; last -= 1) {
      this.list.swap(last, this.random.below(last + 1));
    }
    this.cursor = 0;
    return removed;
  }

  pick(choice: MemberChoice): StoredMember[] {
    const { accept, count, random } = choice;
    const picked: StoredMember[] = [];
    const { lottery } = this;
    const draws = Math.min(choice.drawsMax, lottery.length);
    // The first steps of a Fisher–Yates shuffle: distinct and uniform, whatever `accept` refuses.
    for (let drawn = 0; drawn < draws && picked.length < count; drawn += 1) {
      const place = lottery.swap(drawn, drawn + random.below(lottery.length - drawn));
      const member = this.store.at(place);
      if (accept(member)) picked.push(member);
    }
    return picked;
  }

  private forget(places: ReadonlySet<number>): void {
    const renumber = this.store.remove(places);
    const kept = (place: number): number => (places.has(place) ? -1 : renumber(place));
    this.list.renumber(kept);
    this.lottery.renumber(kept);
    const local = this.store.find(this.localName);
    assert(local !== undefined, "this node is never removed");
    this.localPlace = local;
  }
}

import type { Address } from "../../../core/address.ts";
import { at, present } from "../../../core/collections/at.ts";
import type { Random } from "../../../core/random.ts";
import type { SwimStatus } from "../swim.contract.ts";
import type { PushPullNode } from "../swim.messages.ts";
import type { MemberChange, MemberRecord, StoredMember } from "./member-record.ts";
import { type MemberTable, type RecordStore, StoredMembers } from "./members.ts";

const FIRST_CAPACITY = 16;
const NO_FACTS = -1;

/**
 * What the tables of one simulation share. N full views hold N² opinions, but nearly all are the
 * same: here each different one is a record once (`Facts`), and a table holds for each member the
 * number of its record and since when, 12 bytes, beside the 8 of probe list and lottery.
 */
export class SharedMembers {
  private readonly pool = new FactsPool();
  private preloaded: readonly StoredMember[] = [];

  /** How many different opinions there are. */
  get recordsCount(): number {
    return this.pool.size;
  }

  /**
   * Every table made from now on begins with these members (its own node left out), as if it had
   * known them for ever: nobody is told that they joined. For simulations of what comes after.
   */
  preload(members: readonly StoredMember[]): void {
    this.preloaded = members;
  }

  /** The table of one node. Fits `SwimStorage.makeTable`. */
  readonly makeTable = (random: Random, local: StoredMember): MemberTable => {
    const table = new StoredMembers(random, new SharedRecords(this.pool), local);
    for (const member of this.preloaded) if (member.name !== local.name) table.insert(member);
    return table;
  };
}

/** One opinion about one member, kept once however many nodes hold it. */
class Facts {
  readonly record: MemberRecord;
  /** Unpacked once for all. */
  readonly address: Address;
  /** Tables that hold it. */
  holdersCount = 0;

  constructor(record: MemberRecord) {
    this.record = record;
    this.address = record.address;
  }
}

/** All different opinions, each with a number; those that nobody holds any more are forgotten. */
class FactsPool {
  private readonly places = new Map<string, number>();
  private readonly facts: (Facts | undefined)[] = [];
  private readonly free: number[] = [];
  /** By place of the name: numbers of what is thought of it. */
  private readonly opinions: number[][] = [];

  get size(): number {
    return this.facts.length - this.free.length;
  }

  /** The number of a name, the same in all tables and for ever. */
  placeOf(name: string): number | undefined {
    return this.places.get(name);
  }

  claimPlace(name: string): number {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    const place = this.opinions.length;
    this.places.set(name, place);
    this.opinions.push([]);
    return place;
  }

  at(number: number): Facts {
    return present(this.facts, number);
  }

  /** The number of the facts that `member` states; somebody more holds them. */
  hold(place: number, member: StoredMember): number {
    const opinions = at(this.opinions, place);
    for (const number of opinions) {
      const facts = this.at(number);
      if (!facts.record.agreesWith(member)) continue;
      facts.holdersCount += 1;
      return number;
    }
    const number = this.add(new Facts(member.changed({ statusSince: 0 })));
    opinions.push(number);
    return number;
  }

  /** Somebody fewer holds them. */
  release(place: number, number: number): void {
    const facts = this.at(number);
    facts.holdersCount -= 1;
    if (facts.holdersCount > 0) return;
    this.facts[number] = undefined;
    this.free.push(number);
    const opinions = at(this.opinions, place);
    opinions.splice(opinions.indexOf(number), 1);
  }

  private add(facts: Facts): number {
    const number = this.free.pop() ?? this.facts.length;
    this.facts[number] = facts;
    facts.holdersCount = 1;
    return number;
  }
}

/** The differences of one table: for each place the number of its facts, and since when. */
class SharedRecords implements RecordStore {
  private readonly pool: FactsPool;
  private numbers = new Int32Array(FIRST_CAPACITY).fill(NO_FACTS);
  private since = new Float64Array(FIRST_CAPACITY);

  constructor(pool: FactsPool) {
    this.pool = pool;
  }

  find(name: string): number | undefined {
    const place = this.pool.placeOf(name);
    return place === undefined || !this.isTaken(place) ? undefined : place;
  }

  at(place: number): StoredMember {
    return new SharedMember(this.pool.at(at(this.numbers, place)), at(this.since, place));
  }

  entryAt(place: number): PushPullNode {
    return this.pool.at(at(this.numbers, place)).record;
  }

  add(member: StoredMember): number {
    const place = this.pool.claimPlace(member.name);
    if (place >= this.numbers.length) this.grow(place + 1);
    this.numbers[place] = this.pool.hold(place, member);
    this.since[place] = member.statusSince;
    return place;
  }

  set(place: number, member: StoredMember): void {
    const before = at(this.numbers, place);
    this.numbers[place] = this.pool.hold(place, member);
    this.since[place] = member.statusSince;
    this.pool.release(place, before);
  }

  /** Places are the same in all tables and stay. */
  remove(places: ReadonlySet<number>): (place: number) => number {
    for (const place of places) {
      this.pool.release(place, at(this.numbers, place));
      this.numbers[place] = NO_FACTS;
    }
    return (place) => place;
  }

  private isTaken(place: number): boolean {
    return place < this.numbers.length && at(this.numbers, place) !== NO_FACTS;
  }

  private grow(least: number): void {
    const capacity = Math.max(least, Math.ceil(this.numbers.length * 1.5));
    const numbers = new Int32Array(capacity).fill(NO_FACTS);
    numbers.set(this.numbers);
    const since = new Float64Array(capacity);
    since.set(this.since);
    this.numbers = numbers;
    this.since = since;
  }
}

/** What one table says of a member at this moment: shared facts and its own time. */
class SharedMember implements StoredMember {
  private readonly facts: Facts;
  readonly statusSince: number;

  constructor(facts: Facts, statusSince: number) {
    this.facts = facts;
    this.statusSince = statusSince;
  }

  get name(): string {
    return this.facts.record.name;
  }
  get addr(): Uint8Array {
    return this.facts.record.addr;
  }
  get port(): number {
    return this.facts.record.port;
  }
  get address(): Address {
    return this.facts.address;
  }
  get meta(): Uint8Array {
    return this.facts.record.meta;
  }
  get vsn(): Uint8Array {
    return this.facts.record.vsn;
  }
  get incarnation(): number {
    return this.facts.record.incarnation;
  }
  get status(): SwimStatus {
    return this.facts.record.status;
  }
  get state(): number {
    return this.facts.record.state;
  }

  isAt(addr: Uint8Array, port: number): boolean {
    return this.facts.record.isAt(addr, port);
  }

  hasMeta(meta: Uint8Array): boolean {
    return this.facts.record.hasMeta(meta);
  }

  hasVersions(vsn: Uint8Array): boolean {
    return this.facts.record.hasVersions(vsn);
  }

  agreesWith(node: PushPullNode): boolean {
    return this.facts.record.agreesWith(node);
  }

  changed(change: MemberChange): MemberRecord {
    return this.facts.record.changed({ statusSince: this.statusSince, ...change });
  }
}

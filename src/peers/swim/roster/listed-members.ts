import { at } from "../../../core/collections/at.ts";
import { indexSeed, NameIndex } from "../../../core/collections/name-index.ts";
import type { Random } from "../../../core/random.ts";
import type { StoredMember } from "./member-record.ts";
import { type RecordStore, StoredMembers } from "./members.ts";

/** The table of a real node: its own records, one object a member. */
export class ListedMembers extends StoredMembers {
  constructor(random: Random, local: StoredMember) {
    super(random, new OwnRecords(indexSeed(random)), local);
  }
}

class OwnRecords implements RecordStore {
  private records: StoredMember[] = [];
  private index: NameIndex;
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.index = this.newIndex();
  }

  find(name: string): number | undefined {
    return this.index.find(name);
  }

  at(place: number): StoredMember {
    return at(this.records, place);
  }

  entryAt(place: number): StoredMember {
    return at(this.records, place);
  }

  add(member: StoredMember): number {
    const place = this.records.length;
    this.records.push(member);
    this.index.add(place);
    return place;
  }

  set(place: number, member: StoredMember): void {
    this.records[place] = member;
  }

  /** Closes the gaps. It happens when the probe list is renewed, which walks everything anyway. */
  remove(places: ReadonlySet<number>): (place: number) => number {
    const moved = new Int32Array(this.records.length);
    const kept: StoredMember[] = [];
    for (let place = 0; place < this.records.length; place += 1) {
      if (places.has(place)) continue;
      moved[place] = kept.length;
      kept.push(at(this.records, place));
    }
    this.records = kept;
    this.index = this.newIndex();
    for (let place = 0; place < kept.length; place += 1) this.index.add(place);
    return (place) => at(moved, place);
  }

  private newIndex(): NameIndex {
    return new NameIndex(this.seed, (place) => at(this.records, place).name);
  }
}

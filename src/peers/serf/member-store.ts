import type { Address } from "../../core/address.ts";
import { at } from "../../core/collections/at.ts";
import { NameIndex } from "../../core/collections/name-index.ts";
import type { MembershipRecord, SerfMember, SerfStatus } from "./serf.contract.ts";

const STATUSES = ["alive", "leaving", "left", "failed"] as const satisfies readonly SerfStatus[];
const FIRST_CAPACITY = 16;
const GROWTH_RATIO = 1.25;

export type TagsReader = (meta: Uint8Array) => ReadonlyMap<string, string>;

/** What Serf adds to a record of the membership below. */
export interface SerfFields {
  readonly status: SerfStatus;
  readonly statusLTime: number;
  readonly statusSinceMs: number;
}

/** A member at one moment, made when somebody asks: the record below, and Serf's word on it. */
export class SerfRecord implements SerfMember {
  readonly status: SerfStatus;
  readonly statusLTime: number;
  readonly statusSinceMs: number;
  readonly record: MembershipRecord;
  private readonly readTags: TagsReader;

  constructor(record: MembershipRecord, fields: SerfFields, readTags: TagsReader) {
    this.record = record;
    this.status = fields.status;
    this.statusLTime = fields.statusLTime;
    this.statusSinceMs = fields.statusSinceMs;
    this.readTags = readTags;
  }

  get name(): string {
    return this.record.name;
  }
  get addr(): Uint8Array {
    return this.record.addr;
  }
  get port(): number {
    return this.record.port;
  }
  get address(): Address {
    return this.record.address;
  }
  get meta(): Uint8Array {
    return this.record.meta;
  }
  get vsn(): Uint8Array {
    return this.record.vsn;
  }
  /** Decoded anew for each reader. */
  get tags(): ReadonlyMap<string, string> {
    return this.readTags(this.record.meta);
  }

  changed(change: Partial<SerfFields & { readonly record: MembershipRecord }>): SerfRecord {
    const { status, statusLTime, statusSinceMs } = this;
    const fields = { status, statusLTime, statusSinceMs, ...change };
    return new SerfRecord(change.record ?? this.record, fields, this.readTags);
  }
}

/** All members in columns, some 30 bytes each beside the records, which belong to SWIM. */
export class MemberStore {
  private readonly readTags: TagsReader;
  private readonly records: MembershipRecord[] = [];
  private readonly index: NameIndex;
  private statuses = new Uint8Array(FIRST_CAPACITY);
  private lTimes = new Float64Array(FIRST_CAPACITY);
  private since = new Float64Array(FIRST_CAPACITY);

  constructor(seed: number, readTags: TagsReader) {
    this.readTags = readTags;
    this.index = new NameIndex(seed, (place) => at(this.records, place).name);
  }

  get size(): number {
    return this.records.length;
  }

  get(name: string): SerfRecord | undefined {
    const place = this.index.find(name);
    return place === undefined ? undefined : this.at(place);
  }

  /** In no particular order; nothing may be deleted meanwhile. */
  *values(): IterableIterator<SerfRecord> {
    for (let place = 0; place < this.records.length; place += 1) yield this.at(place);
  }

  /** Whoever has one of these statuses the longest. */
  oldestOf(wanted: readonly SerfStatus[]): SerfRecord | undefined {
    let oldest: number | undefined;
    for (let place = 0; place < this.records.length; place += 1) {
      if (!wanted.includes(at(STATUSES, at(this.statuses, place)))) continue;
      const isOlder = oldest === undefined || at(this.since, place) < at(this.since, oldest);
      if (isOlder) oldest = place;
    }
    return oldest === undefined ? undefined : this.at(oldest);
  }

  /** Adds it, or replaces the one of its name. */
  put(record: MembershipRecord, fields: SerfFields): SerfRecord {
    const known = this.index.find(record.name);
    const place = known ?? this.records.length;
    if (place === this.statuses.length) this.grow();
    this.records[place] = record;
    if (known === undefined) this.index.add(place);
    this.statuses[place] = STATUSES.indexOf(fields.status);
    this.lTimes[place] = fields.statusLTime;
    this.since[place] = fields.statusSinceMs;
    return this.at(place);
  }

  delete(name: string): void {
    const place = this.index.find(name);
    if (place === undefined) return;
    this.index.remove(name);
    const last = this.records.length - 1;
    if (place !== last) {
      this.index.move(last, place);
      this.records[place] = at(this.records, last);
      this.statuses[place] = at(this.statuses, last);
      this.lTimes[place] = at(this.lTimes, last);
      this.since[place] = at(this.since, last);
    }
    this.records.pop();
  }

  private at(place: number): SerfRecord {
    const fields = {
      status: at(STATUSES, at(this.statuses, place)),
      statusLTime: at(this.lTimes, place),
      statusSinceMs: at(this.since, place),
    };
    return new SerfRecord(at(this.records, place), fields, this.readTags);
  }

  private grow(): void {
    const capacity = Math.ceil(this.statuses.length * GROWTH_RATIO);
    const { statuses, lTimes, since } = this;
    this.statuses = new Uint8Array(capacity);
    this.lTimes = new Float64Array(capacity);
    this.since = new Float64Array(capacity);
    this.statuses.set(statuses);
    this.lTimes.set(lTimes);
    this.since.set(since);
  }
}

import { type Address, addressKey } from "../../core/address.ts";
import type { PastMember } from "./reconnect.contract.ts";

/** Somewhere that a member was, or that the user named. */
export interface Place {
  readonly key: string;
  readonly address: Address;
  readonly source: "seed" | "past";
  /** Who was there last; undefined for a seed where nobody was seen. */
  name: string | undefined;
  /** Wall clock. For a seed where nobody was seen: when it was given. */
  seenAtMs: number;
  /** `env.now()`. */
  dueAtMs: number;
  /** `covered`: a living member is there. */
  state: "free" | "dialled" | "covered";
  relation: "unknown" | "foreign";
  cutOffsCount: number;
}

export interface Seed {
  readonly address: Address;
  /** The living member that is there. */
  readonly owner: string | undefined;
}

/** From when a place counts as free, and when it may be dialled. */
export interface PlaceTimes {
  readonly seenAtMs: number;
  readonly dueAtMs: number;
}

/** What a bound left no room for. */
export interface Dropped {
  readonly pastCount: number;
  readonly seedsCount: number;
}

export interface PlacesBounds {
  readonly pastMaxCount: number;
  readonly seedsMaxCount: number;
}

/**
 * The places worth dialling. Past members stand in the order in which they were last seen, so that
 * the first is the one to forget; seeds stay for ever. A name has one past place, an address one
 * place.
 */
export class Places {
  private readonly bounds: PlacesBounds;
  private readonly seeds = new Map<string, Place>();
  private readonly past = new Map<string, Place>();
  private readonly keyOfName = new Map<string, string>();

  constructor(bounds: PlacesBounds) {
    this.bounds = bounds;
  }

  get pastCount(): number {
    return this.past.size;
  }

  get seedsCount(): number {
    return this.seeds.size;
  }

  get(address: Address): Place | undefined {
    const key = addressKey(address);
    return this.seeds.get(key) ?? this.past.get(key);
  }

  *[Symbol.iterator](): IterableIterator<Place> {
    yield* this.seeds.values();
    yield* this.past.values();
  }

  /** Past members that are not back, oldest first. */
  pastMembers(): PastMember[] {
    const members: PastMember[] = [];
    for (const { name, address, seenAtMs, state } of this) {
      if (name !== undefined && state !== "covered") members.push({ name, address, seenAtMs });
    }
    return members;
  }

  /**
   * From now on these are the seeds. Who is missed where a seed was stays missed there: a name in
   * the DNS often stands only for those who can be reached just now.
   * @returns how many there was no room for.
   */
  setSeeds(seeds: readonly Seed[], times: PlaceTimes): Dropped {
    const wanted = new Map(seeds.map((seed) => [addressKey(seed.address), seed]));
    const pastCount = this.dropSeeds((key) => !wanted.has(key));
    let seedsCount = 0;
    for (const [key, { address, owner }] of wanted) {
      if (this.seeds.has(key)) continue;
      if (this.seeds.size >= this.bounds.seedsMaxCount) {
        seedsCount += 1;
        continue;
      }
      const known = this.past.get(key);
      this.dropPast(known);
      const state = owner === undefined ? "free" : "covered";
      const name = owner ?? known?.name;
      this.seeds.set(key, { ...newPlace(address, times), source: "seed", state, name });
    }
    return { pastCount, seedsCount };
  }

  /** @returns how many others had to be forgotten for it: 0 or 1. */
  addPast(member: PastMember, dueAtMs: number): number {
    const { address, name, seenAtMs } = member;
    this.forget(name, { seenAtMs, dueAtMs });
    const seed = this.seeds.get(addressKey(address));
    if (seed !== undefined) {
      Object.assign(seed, { name, seenAtMs, dueAtMs, state: "free" });
      return 0;
    }
    const place: Place = { ...newPlace(address, { seenAtMs, dueAtMs }), source: "past", name };
    this.dropPast(this.past.get(place.key));
    this.past.set(place.key, place);
    this.keyOfName.set(name, place.key);
    if (this.past.size <= this.bounds.pastMaxCount) return 0;
    for (const oldest of this.past.values()) {
      this.dropPast(oldest);
      break;
    }
    return 1;
  }

  /** `name` lives at `address`: nobody else is missing there, and it is missing nowhere. */
  cover(name: string, address: Address, times: PlaceTimes): void {
    const key = addressKey(address);
    this.forget(name, times);
    this.dropPast(this.past.get(key));
    const seed = this.seeds.get(key);
    if (seed !== undefined) {
      Object.assign(seed, { name, state: "covered", relation: "unknown", cutOffsCount: 0 });
    }
  }

  /** Nobody is missed under this name. Its seeds stay, for the user asked for them. */
  forget(name: string, times: PlaceTimes): void {
    const key = this.keyOfName.get(name);
    if (key !== undefined) this.dropPast(this.past.get(key));
    for (const seed of this.seeds.values()) {
      if (seed.name !== name) continue;
      seed.name = undefined;
      if (seed.state === "covered") Object.assign(seed, { ...times, state: "free" });
    }
  }

  dropSeenBefore(seenAtMs: number): void {
    for (const place of this.past.values()) {
      if (place.seenAtMs < seenAtMs) this.dropPast(place);
    }
  }

  /** @returns how many past members had to be forgotten for those who were missed there. */
  private dropSeeds(isDropped: (key: string) => boolean): number {
    let forgottenCount = 0;
    for (const [key, seed] of this.seeds) {
      if (!isDropped(key)) continue;
      this.seeds.delete(key);
      const { address, dueAtMs, name, seenAtMs, state } = seed;
      if (name === undefined || state === "covered") continue;
      forgottenCount += this.addPast({ name, address, seenAtMs }, dueAtMs);
    }
    return forgottenCount;
  }

  private dropPast(place: Place | undefined): void {
    if (place?.source !== "past") return;
    this.past.delete(place.key);
    if (place.name !== undefined) this.keyOfName.delete(place.name);
  }
}

function newPlace(address: Address, times: PlaceTimes) {
  const state = "free" as const;
  const relation = "unknown" as const;
  return { key: addressKey(address), address, ...times, state, relation, cutOffsCount: 0 };
}

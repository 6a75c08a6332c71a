import { assert } from "../../core/assert.ts";
import type { Origin } from "../../core/peer.ts";
import { utf8ByteLength } from "../../core/text.ts";
import type { StateDelta, StateDigest, StateEntry } from "./node-state.messages.ts";
import { VersionLog } from "./version-log.ts";

/** An entry as it is held here. */
export interface HeldEntry extends StateEntry {
  /** When this copy took it, by the monotonic clock. */
  readonly sinceMs: number;
}

/** Keys of the protocol itself begin so; users' do not. */
const RESERVED = "\u0000";
/** Its value is the version up to which copies collect tombstones. */
export const GC_KEY = `${RESERVED}gc`;
/** One counter for heartbeats and versions, as Cassandra has it: a write of nothing. */
export const HEARTBEAT_KEY = `${RESERVED}beat`;

export function isReserved(key: string): boolean {
  return key.startsWith(RESERVED);
}

/** Asked for each entry that would be stored; a refusal ends the delta there. */
export type RoomFor = (copy: StateCopy, entry: StateEntry) => boolean;

/** A key became something else, or nothing. */
export interface StateChange {
  readonly key: string;
  readonly before: HeldEntry | undefined;
  readonly after: HeldEntry | undefined;
}

/** What a copy held before it began anew. */
export interface Former {
  readonly entries: ReadonlyMap<string, HeldEntry>;
  readonly maxVersion: number;
}

export type ApplyOutcome =
  | {
      /** "full": as much of it as there was room for. */
      readonly kind: "applied" | "full";
      readonly changes: readonly StateChange[];
      /** Present after a reset. */
      readonly former: Former | undefined;
    }
  /** Of a gap, of what this copy cannot join, or of nothing new. */
  | { readonly kind: "future" | "incompatible" | "stale" };

/**
 * One node's state as it is known here, its owner's own copy included. It has every key that stands
 * at `maxVersion`, and every tombstone above `gcVersion`; of those below there is no trace. The
 * pair never falls, by `gcVersion` first. [spec Scuttlebutt §1]
 */
export class StateCopy {
  readonly origin: Origin;
  /** 32 bits. */
  readonly originHash: number;
  heartbeat = 0;
  private readonly held = new Map<string, HeldEntry>();
  private readonly log = new VersionLog<HeldEntry>(this.held);
  /** Keys of entries that are to be collected. */
  private readonly doomed = new Set<string>();
  private gc = 0;
  private max = 0;
  private claimed = 0;
  private bytes = 0;

  constructor(origin: Origin) {
    this.origin = origin;
    this.originHash = hashOf(origin);
  }

  get gcVersion(): number {
    return this.gc;
  }

  get maxVersion(): number {
    return this.max;
  }

  /** What others are told of `maxVersion`. */
  get toldVersion(): number {
    return Math.max(this.max, this.claimed);
  }

  /** For what there is no room, nobody shall send: others are told that it is here. */
  claim(maxVersion: number): void {
    this.claimed = maxVersion;
  }

  /** Keys, deleted ones among them. */
  get size(): number {
    return this.held.size;
  }

  /** Of keys and values. */
  get heldBytes(): number {
    return this.bytes;
  }

  get tombstonesCount(): number {
    return this.doomed.size;
  }

  get(key: string): HeldEntry | undefined {
    return this.held.get(key);
  }

  /** Ascending by version, deleted ones among them. */
  after(version: number): Generator<HeldEntry, undefined, undefined> {
    return this.log.after(version);
  }

  countAfter(version: number): number {
    return version >= this.max ? 0 : this.log.countAfter(version);
  }

  digest(): StateDigest {
    const { gc: gcVersion, heartbeat, origin, toldVersion: maxVersion } = this;
    return { origin, heartbeat, gcVersion, maxVersion };
  }

  /** The owner writes: its next version. */
  write(
    entry: Omit<StateEntry, "version">,
    nowMs: number,
  ): StateChange & { readonly after: HeldEntry } {
    const before = this.remove(entry.key);
    const after = this.store({ ...entry, version: this.max + 1, sinceMs: nowMs });
    this.raise(this.gc, after.version);
    return { key: entry.key, before, after };
  }

  /** What another copy has for this one. [spec Scuttlebutt §5] */
  apply(delta: StateDelta, nowMs: number, hasRoomFor: RoomFor): ApplyOutcome {
    const { from, gcVersion, maxVersion } = delta;
    if (from > this.max) return { kind: "future" };
    const isCompatible = gcVersion <= this.gc || gcVersion <= this.max;
    if (!isCompatible && from !== 0) return { kind: "incompatible" };
    if (isCompatible) {
      if (maxVersion <= this.max) return { kind: "stale" };
      if (!this.canGoOnWith(delta)) return { kind: "incompatible" };
    }
    const former = isCompatible ? undefined : this.clear(gcVersion);
    const changes: StateChange[] = [];
    for (const entry of delta.entries) {
      if (entry.version <= this.max) continue;
      const { key } = entry;
      const isForgotten = entry.status !== "set" && entry.version <= this.gc;
      if (!isForgotten && !hasRoomFor(this, entry)) return { kind: "full", changes, former };
      const before = this.remove(key);
      const after = isForgotten ? undefined : this.store({ ...entry, sinceMs: nowMs });
      changes.push({ key, before, after });
      // Should the next one find no room, all up to here is known.
      this.raise(this.gc, entry.version);
    }
    this.raise(this.gc, maxVersion);
    return { kind: "applied", changes, former };
  }

  /**
   * Forgets what was doomed before `untilMs` or, when the owner says so, up to a version.
   * @returns what could be read until now
   */
  collect(limit: { readonly untilMs: number } | { readonly version: number }): StateChange[] {
    const faded: StateChange[] = [];
    let gc = "version" in limit ? Math.max(this.gc, Math.min(limit.version, this.max)) : this.gc;
    for (const key of [...this.doomed]) {
      const entry = this.held.get(key);
      assert(entry !== undefined, "a doomed key is held");
      const isDue = "version" in limit ? entry.version <= gc : entry.sinceMs <= limit.untilMs;
      if (!isDue) continue;
      gc = Math.max(gc, entry.version);
      this.remove(key);
      if (entry.status === "fading") faded.push({ key, before: entry, after: undefined });
    }
    this.raise(gc, this.max);
    return faded;
  }

  /**
   * Takes the whole state that was fetched by another way; undefined when it is no news, or would
   * go back. [spec Scuttlebutt §5]
   */
  replace(
    { entries, gcVersion, maxVersion }: Omit<StateDelta, "from" | "origin">,
    nowMs: number,
  ): StateChange[] | undefined {
    if (this.max >= maxVersion || maxVersion < this.gc) return undefined;
    const changes: StateChange[] = [];
    const named = new Set(entries.map(({ key }) => key));
    for (const key of [...this.held.keys()]) {
      if (!named.has(key)) changes.push({ key, before: this.remove(key), after: undefined });
    }
    for (const entry of entries) {
      if (entry.version <= this.max) continue;
      const { key } = entry;
      const before = this.remove(key);
      changes.push({ key, before, after: this.store({ ...entry, sinceMs: nowMs }) });
    }
    this.raise(Math.max(this.gc, gcVersion), maxVersion);
    return changes;
  }

  /**
   * Half way through a reset this copy has keys of one that knew all deletions up to `gcVersion`.
   * Another one that does not, and would not tell of them at once, could bring in a deleted key,
   * whose deletion nobody would ever tell of again. Who reaches `gcVersion` knows of all of them:
   * then any beginning of what it tells will do, should there be no room for the rest.
   *
   * Departs from [chitchat]: there such a key stays.
   */
  private canGoOnWith({ gcVersion, maxVersion }: StateDelta): boolean {
    return this.max >= this.gc || gcVersion >= this.gc || maxVersion >= this.gc;
  }

  private clear(gcVersion: number): Former {
    assert(gcVersion > this.gc, "a reset goes forward");
    const former = { entries: new Map(this.held), maxVersion: this.max };
    this.held.clear();
    this.log.clear();
    this.doomed.clear();
    this.bytes = 0;
    this.gc = gcVersion;
    this.max = 0;
    return former;
  }

  private store(entry: HeldEntry): HeldEntry {
    this.held.set(entry.key, entry);
    this.log.append(entry);
    if (entry.status !== "set") this.doomed.add(entry.key);
    this.bytes += entryBytes(entry);
    return entry;
  }

  private remove(key: string): HeldEntry | undefined {
    const entry = this.held.get(key);
    if (entry === undefined) return undefined;
    this.bytes -= entryBytes(entry);
    this.held.delete(key);
    this.doomed.delete(key);
    return entry;
  }

  private raise(gc: number, max: number): void {
    assert(gc > this.gc || (gc === this.gc && max >= this.max), "a copy never goes back");
    this.gc = gc;
    this.max = max;
  }
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

export function entryBytes({ key, value }: StateEntry): number {
  return utf8ByteLength(key) + value.length;
}

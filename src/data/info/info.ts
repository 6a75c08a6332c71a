import { sameBytes } from "../../core/bytes.ts";
import { type Dot, isSameDot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { compareHybridTimes, HybridClock } from "../../core/hybrid-clock.ts";
import type { Origin, PeerId } from "../../core/peer.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";
import { SeenWrites } from "../seen-writes.ts";
import type { KeptState, StateJournal, StateSnapshot } from "../state-file.ts";
import type { InfoEntry, InfoUpdate } from "./info.messages.ts";
import type { InfoOptions } from "./info.options.ts";
import { checkInfo, hasRoomFor, isSaneInfo, isTakenInfo } from "./info-bounds.ts";
import { collectInfos } from "./info-delta.ts";
import {
  type HeldInfo,
  InfoTable,
  type InfoWrite,
  isWrittenAfter,
  nameOfWrite,
} from "./info-table.ts";

export type InfoCount =
  | "info.dropped.malformed"
  /** Larger than this node takes, or from a year ahead of its clock. */
  | "info.dropped.refused"
  /** In the name of this very life, by another node. */
  | "info.dropped.own"
  /** A value that the user's schema does not take. */
  | "info.dropped.schema"
  /** A write of another node for which there is no room; anti-entropy brings it again. */
  | "info.deferred"
  /** A remote time so far ahead that it was believed only in part. */
  | "info.clockExcess";

/** What an info store needs of its surroundings. */
export interface InfoWiring {
  /** In whose name this node writes now. */
  readonly origin: () => Origin;
  /** Whole milliseconds since the epoch. */
  readonly wallClock: () => number;
  /** Runs `body` last in the current step. */
  readonly afterStep: (body: () => void) => void;
  readonly counters: { add(name: InfoCount, by?: number): void };
  /** Takes note of what must survive a restart. */
  readonly journal?: StateJournal<InfoUpdate>;
  /**
   * Seen by the whole replica set. Only what is stable of deleted and expired keys is let go of;
   * absent: nothing is.
   */
  readonly stable?: () => ReadonlyDotSet;
  /** False for a value that must not be taken, whoever wrote it. */
  readonly isValid?: (key: string, value: Uint8Array) => boolean;
}

/** What happened to a key here. */
export interface InfoChange {
  readonly kind: "set" | "delete" | "expire";
  readonly entry: InfoEntry;
  /** The value is the bytes it was before: only its time to live, or its author, is new. */
  readonly isRedundant: boolean;
  /** Grows with each change in this store. */
  readonly number: number;
}

/**
 * Keys and values that every node holds, each with the latest write there is: by hybrid time, then
 * by dot. A deleted or expired key stays as a tombstone until the whole replica set has seen it, so
 * that nothing older comes back. [spec infostore §4; state transfer: DESIGN section 2]
 */
export class InfoStore implements Replica<InfoUpdate>, KeptState<InfoUpdate> {
  private readonly wiring: InfoWiring;
  private readonly options: InfoOptions;
  private readonly clock: HybridClock;
  private table: InfoTable;
  private readonly writes: SeenWrites<InfoUpdate>;
  private readonly changeListeners: ((change: InfoChange) => void)[] = [];
  private excessCount = 0;

  constructor(wiring: InfoWiring, options: InfoOptions) {
    this.wiring = wiring;
    this.options = options;
    this.clock = new HybridClock({ wallClock: wiring.wallClock });
    this.table = new InfoTable(options.supersededMaxCount);
    this.writes = new SeenWrites({
      ...wiring,
      journal: wiring.journal,
      superseded: () => this.table.superseded,
      held: () => this.table.values(),
      judge: (dot, update, from) => this.judge(dot, update, from),
      onDropped: (why) => wiring.counters.add(`info.dropped.${why}`),
    });
  }

  get seen(): ReadonlyDotSet {
    return this.writes.dots;
  }

  /** Keys that are held, tombstones among them. */
  get survivingCount(): number {
    return this.table.size;
  }

  get tombstonesCount(): number {
    return this.table.tombstonesCount;
  }

  /** Bytes of all that is held. */
  get heldBytes(): number {
    return this.table.heldBytes;
  }

  /** Number of the latest change. */
  get lastChange(): number {
    return this.table.lastChange;
  }

  /** When the next value expires, on the wall clock; Infinity when none does. */
  get nextExpiryMs(): number {
    return this.table.nextExpiryMs;
  }

  /**
   * Writes a key for all nodes. `expiresAtMs` is on the wall clock; undefined: for ever.
   * @throws HearsayError CONFIG_OPTION, VALUE_TOO_LARGE, STORE_FULL; then nothing was written.
   */
  set(key: string, value: Uint8Array, expiresAtMs?: number): InfoEntry {
    checkInfo(key, value, { options: this.options, table: this.table });
    return this.write(key, value, expiresAtMs);
  }

  /** Deletes a key for all nodes; undefined when there is nothing to delete. */
  delete(key: string): InfoEntry | undefined {
    return this.entry(key) && this.write(key, undefined, undefined);
  }

  /** The latest write of a key that has a value now. */
  entry(key: string): InfoEntry | undefined {
    const held = this.table.get(key);
    return held !== undefined && this.isLive(held) ? held : undefined;
  }

  /** Whether what is held of the key is this write, or a later one, be it a deletion. */
  standingOf(key: string, write: InfoWrite): "held" | "succeeded" | undefined {
    const held = this.table.get(key);
    if (held === undefined || !isWrittenAfter(nameOfWrite(held), write)) return undefined;
    return isSameDot(held.dot, write.dot) ? "held" : "succeeded";
  }

  /** The latest write of a key, be it a deletion. */
  latest(key: string): InfoWrite | undefined {
    const held = this.table.get(key);
    return held && nameOfWrite(held);
  }

  /** All keys that have a value now, in no order that means anything. */
  *entries(): IterableIterator<InfoEntry> {
    for (const held of this.table.values()) if (this.isLive(held)) yield held;
  }

  /** All that is held, tombstones among them: what a snapshot keeps. */
  *allEntries(): IterableIterator<InfoEntry> {
    for (const { dot, update } of this.table.values()) yield { dot, update };
  }

  snapshot(): StateSnapshot<InfoUpdate> {
    const superseded = [...this.table.superseded.values()];
    return { seen: this.writes.settled, surviving: [...this.allEntries()], superseded };
  }

  /** What has changed after the change of that number, oldest first, each key once. */
  changesSince(number: number): readonly InfoChange[] {
    const later = [...this.table.values()].filter((held) => held.number > number);
    later.sort((a, b) => a.number - b.number);
    return later.map((held) => ({
      kind: this.kindOf(held),
      entry: held,
      isRedundant: false,
      number: held.number,
    }));
  }

  onChange(listener: (change: InfoChange) => void): void {
    this.changeListeners.push(listener);
  }

  apply(dot: Dot, update: InfoUpdate, from?: PeerId): ApplyVerdict {
    return this.writes.apply(dot, update, from);
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    this.writes.cover(covers, forgotten);
  }

  get(dot: Dot): InfoUpdate | undefined {
    return this.table.named(dot)?.update;
  }

  collect(wanted: ReadonlyDotSet, theirs: ReadonlyDotSet, budgetBytes: number): Delta<InfoUpdate> {
    const sources = { table: this.table, stable: this.wiring.stable?.() };
    const delta = collectInfos(sources, wanted, { theirs, budgetBytes });
    return this.writes.complete(delta, wanted, theirs);
  }

  subscribe(listener: ReplicaListener<InfoUpdate>): void {
    this.writes.subscribe(listener);
  }

  /** Lets values go whose time has come; called by whoever has timers. */
  expire(): void {
    const nowMs = this.wiring.wallClock();
    for (;;) {
      const expired = this.table.takeExpired(nowMs);
      if (expired === undefined) return;
      this.tellChange(expired.held, expired.former.update.value);
    }
  }

  /**
   * Forgets tombstones that nobody could undo any more; to be called now and then.
   * @returns how many.
   */
  forgetStable(): number {
    const stable = this.wiring.stable?.();
    if (stable === undefined) return 0;
    const { tombstoneMinMs: minMs } = this.options;
    return this.table.forget(stable, { minMs, nowMs: this.wiring.wallClock() });
  }

  /** Forgets all: this node will be told anew. */
  discard(): void {
    this.table = new InfoTable(this.options.supersededMaxCount, this.table.lastChange);
    this.writes.discard();
  }

  /** Takes back what a journal kept; before anything else, and without telling anybody. */
  restore({ seen, superseded, surviving }: StateSnapshot<InfoUpdate>): void {
    for (const { dot, key } of superseded) this.table.superseded.put(dot, key);
    for (const { dot, update } of surviving) {
      if (this.table.named(dot) !== undefined) continue;
      this.writes.note(dot);
      this.clock.observe(update.stamp);
      this.table.put(dot, update);
    }
    this.writes.restore(seen);
  }

  private write(key: string, value: Uint8Array | undefined, expiresAtMs?: number): InfoEntry {
    const former = this.table.get(key)?.update.stamp;
    let stamp = this.clock.now();
    // Whoever writes has seen what it overwrites, however far ahead that one's clock was.
    if (former !== undefined && compareHybridTimes(stamp, former) <= 0) {
      stamp = { ms: former.ms + 1, counter: 0 };
    }
    const dot = this.writes.nextOwn;
    const update = { key, stamp, expiresAtMs, value };
    this.take(dot, update, undefined);
    return { dot, update };
  }

  private take(dot: Dot, update: InfoUpdate, from: PeerId | undefined): ApplyVerdict {
    const former = this.table.get(update.key);
    const held = this.table.put(dot, update);
    if (held === undefined) return this.writes.supersede(dot);
    // Nobody is told of a key that is gone and was not there.
    if (former?.update.value !== undefined || this.isLive(held)) {
      this.tellChange(held, former?.update.value);
    }
    return this.writes.take(dot, update, from);
  }

  private judge(dot: Dot, came: InfoUpdate, from: PeerId | undefined): ApplyVerdict {
    const { writtenAs: _, ...update } = came;
    const { counters, isValid, wallClock } = this.wiring;
    const { key, value } = update;
    if (!isSaneInfo(update)) return this.writes.reject(dot);
    if (!isTakenInfo(update, this.options, wallClock())) {
      counters.add("info.dropped.refused");
      return this.writes.refuse(dot);
    }
    if (value !== undefined && isValid?.(key, value) === false) {
      counters.add("info.dropped.schema");
      return this.writes.refuse(dot);
    }
    if (!hasRoomFor(update, this.table, this.options)) {
      counters.add("info.deferred");
      return "deferred";
    }
    this.clock.observe(update.stamp);
    if (this.clock.excessCount > this.excessCount) {
      this.excessCount = this.clock.excessCount;
      counters.add("info.clockExcess");
    }
    return this.take(dot, update, from);
  }

  private isLive({ update }: InfoEntry): boolean {
    if (update.value === undefined) return false;
    return update.expiresAtMs === undefined || update.expiresAtMs > this.wiring.wallClock();
  }

  private kindOf(held: HeldInfo): InfoChange["kind"] {
    if (this.isLive(held)) return "set";
    return held.update.expiresAtMs === undefined ? "delete" : "expire";
  }

  private tellChange(held: HeldInfo, former: Uint8Array | undefined): void {
    const { dot, number, update } = held;
    const kind = this.kindOf(held);
    const { value } = update;
    const isSame = value !== undefined && former !== undefined && sameBytes(value, former);
    const change = { kind, entry: { dot, update }, isRedundant: kind === "set" && isSame, number };
    this.wiring.afterStep(() => {
      for (const listener of [...this.changeListeners]) listener(change);
    });
  }
}

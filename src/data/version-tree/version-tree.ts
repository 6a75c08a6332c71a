import { sameBytes } from "../../core/bytes.ts";
import { ExpiringMap } from "../../core/collections/expiring-map.ts";
import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { HearsayError } from "../../core/errors.ts";
import { FixedDots } from "../../core/fixed-dots.ts";
import { compareHybridTimes, HybridClock } from "../../core/hybrid-clock.ts";
import type { PeerId } from "../../core/peer.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";
import { SeenWrites } from "../seen-writes.ts";
import type { KeptState, StateSnapshot } from "../state-file.ts";
import { contextOf, HeldVersion } from "./held-version.ts";
import { trimmed, withoutTrimmed } from "./trimmed-context.ts";
import {
  checkRoom,
  checkVersion,
  hasRoomFor,
  isSaneVersion,
  isTakenVersion,
} from "./version-bounds.ts";
import { collectVersions } from "./version-delta.ts";
import { VersionTable } from "./version-table.ts";
import type {
  VersionRead,
  VersionRequest,
  VersionTreeWiring,
  VersionWrite,
} from "./version-tree.contract.ts";
import type { Version, VersionUpdate } from "./version-tree.messages.ts";
import type { VersionTreeOptions } from "./version-tree.options.ts";

const nothing: readonly HeldVersion[] = [];

/** What is remembered of a request: enough to answer it again. */
interface Outcome {
  readonly status: VersionWrite["status"];
  readonly dot: Dot | undefined;
  readonly context: ReadonlyDotSet;
}

/**
 * Keys and values that every node holds, of each key all writes that no other write has seen: with
 * several, there was a conflict, and both sides are kept. Whoever writes says what it has seen by
 * the context of its last read. A deleted key stays as a tombstone until the whole replica set has
 * seen it. [Almeida 2014, dotted version vectors; spec state transfer, part I]
 */
export class VersionTree implements Replica<VersionUpdate>, KeptState<VersionUpdate> {
  private readonly wiring: VersionTreeWiring;
  private readonly options: VersionTreeOptions;
  private readonly clock: HybridClock;
  private readonly outcomes: ExpiringMap<string, Outcome>;
  private table: VersionTable;
  private readonly writes: SeenWrites<VersionUpdate>;
  private excessCount = 0;

  constructor(wiring: VersionTreeWiring, options: VersionTreeOptions) {
    this.wiring = wiring;
    this.options = options;
    this.clock = new HybridClock({ wallClock: wiring.wallClock });
    this.outcomes = new ExpiringMap(options.requestKeepMs, Math.max(1, options.requestsMaxCount));
    this.table = new VersionTable(options.supersededMaxCount);
    this.writes = new SeenWrites({
      ...wiring,
      journal: wiring.journal,
      superseded: () => this.table.superseded,
      held: () => this.table.versions(),
      judge: (dot, update, from) => this.judge(dot, update, from),
      mayStandFor: (dot, { parents }) => parents.has(dot),
      onDropped: (why) => wiring.counters.add(`versions.dropped.${why}`),
    });
  }

  get seen(): ReadonlyDotSet {
    return this.writes.dots;
  }

  /** Keys that are held, deleted ones among them. */
  get keysCount(): number {
    return this.table.size;
  }

  get survivingCount(): number {
    return this.table.versionsCount;
  }

  get tombstonesCount(): number {
    return this.table.tombstonesCount;
  }

  get heldBytes(): number {
    return this.table.heldBytes;
  }

  /** All values of a key that nothing has superseded, and what whoever reads them has seen. */
  read(key: string): VersionRead {
    const heads = this.table.headsOf(key);
    const hasValue = ({ update }: HeldVersion) => update.value !== undefined;
    const values = heads.every(hasValue) ? heads : heads.filter(hasValue);
    return { values, context: contextOf(heads) };
  }

  /** All that nothing has superseded, tombstones among it. */
  headsOf(key: string): readonly Version[] {
    return this.table.headsOf(key);
  }

  /** Writes of the key that were replaced, as far as this replica remembers their numbers. */
  replacedOf(key: string): IterableIterator<Dot> {
    return this.table.replacedOf(key);
  }

  /** Keys that are held, deleted ones among them, in no order that means anything. */
  keys(): IterableIterator<string> {
    return this.table.keys();
  }

  /** All that is held, tombstones among it: what a snapshot keeps. */
  versions(): IterableIterator<Version> {
    return this.table.versions();
  }

  /** Whether something is held of the key beside tombstones. */
  hasValue(key: string): boolean {
    return this.table.headsOf(key).some(({ update }) => update.value !== undefined);
  }

  get splitCount(): number {
    return this.table.splitCount;
  }

  /** Keys with several heads. */
  splitKeys(): IterableIterator<string> {
    return this.table.splitKeys();
  }

  snapshot(): StateSnapshot<VersionUpdate> {
    const superseded = [...this.table.superseded.values()];
    return { seen: this.writes.settled, surviving: [...this.versions()], superseded };
  }

  /**
   * What of `context`, which somebody has seen of the key, this replica has not: a read here would
   * go back in time while there is any.
   */
  missing(key: string, context: ReadonlyDotSet): ReadonlyDotSet {
    if (FixedDots.from(context).isWithin(this.seen)) return FixedDots.none;
    // Seen is enough: what a collected tombstone has superseded stands in no context any more.
    return context.difference(contextOf(this.table.headsOf(key))).difference(this.seen);
  }

  /**
   * Writes a key for all nodes, in the place of what the request's context has seen of it.
   * @throws HearsayError CONFIG_OPTION, VALUE_TOO_LARGE, STORE_FULL, CONTEXT_INVALID; then nothing
   *   was written.
   */
  put(key: string, value: Uint8Array, request: VersionRequest = {}): VersionWrite {
    return this.answer(key, value, request);
  }

  /**
   * Deletes what the request's context has seen of a key; what it has not seen stays. Without
   * anything to delete nothing is written.
   * @throws HearsayError as `put`
   */
  delete(key: string, request: VersionRequest = {}): VersionWrite {
    return this.answer(key, undefined, request);
  }

  apply(dot: Dot, update: VersionUpdate, from?: PeerId): ApplyVerdict {
    if (this.seen.has(dot)) this.compare(dot, update);
    return this.writes.apply(dot, update, from);
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    this.writes.cover(covers, forgotten);
  }

  get(dot: Dot): VersionUpdate | undefined {
    return this.table.named(dot)?.update;
  }

  collect(
    wanted: ReadonlyDotSet,
    theirs: ReadonlyDotSet,
    budgetBytes: number,
  ): Delta<VersionUpdate> {
    const sources = { table: this.table, stable: this.wiring.stable?.(), seen: this.seen };
    const delta = collectVersions(sources, wanted, { theirs, budgetBytes });
    return this.writes.complete(delta, wanted, theirs);
  }

  subscribe(listener: ReplicaListener<VersionUpdate>): void {
    this.writes.subscribe(listener);
  }

  /** Forgets tombstones that nobody could undo any more. @returns how many. */
  forgetStable(): number {
    const stable = this.wiring.stable?.();
    return stable === undefined ? 0 : this.table.forget(stable);
  }

  /** Forgets all: this node will be told anew, and writes under another origin from now on. */
  discard(): void {
    this.table = new VersionTable(this.options.supersededMaxCount);
    this.outcomes.clear();
    this.writes.discard();
  }

  /** Takes back what a journal kept; before anything else, and without telling anybody. */
  restore({ seen, superseded, surviving }: StateSnapshot<VersionUpdate>): void {
    for (const { dot, key } of superseded) this.table.superseded.put(dot, key);
    for (const { dot, update } of surviving) {
      if (this.table.named(dot) !== undefined) continue;
      this.writes.note(dot);
      this.clock.observe(update.stamp);
      this.table.put(dot, update);
    }
    this.writes.restore(seen);
  }

  private answer(
    key: string,
    value: Uint8Array | undefined,
    { context = FixedDots.none, requestId }: VersionRequest,
  ): VersionWrite {
    checkVersion(key, value, this.options);
    if (requestId === undefined) return this.decide(key, value, context);
    const nowMs = this.wiring.now();
    const name = `${key.length} ${key}${requestId}`;
    const former = this.outcomes.get(name, nowMs);
    if (former?.status === "ok") return { ...former, status: "ok" };
    if (former !== undefined) return { ...this.read(key), status: former.status };
    const write = this.decide(key, value, context);
    const dot = write.status === "ok" ? write.dot : undefined;
    const seen = write.status === "ok" ? write.context : FixedDots.none;
    this.outcomes.set(name, { status: write.status, dot, context: seen }, nowMs);
    return write;
  }

  private decide(
    key: string,
    value: Uint8Array | undefined,
    context: ReadonlyDotSet,
  ): VersionWrite {
    const origin = this.wiring.origin();
    if (context.last(origin) > this.seen.last(origin)) {
      const fix = "read the key again, and write with that read's context";
      throw new HearsayError("CONTEXT_INVALID", `${key}: nobody has read that here; ${fix}.`);
    }
    const heads = this.table.headsOf(key);
    const known = heads.every(({ dot }) => context.has(dot))
      ? heads
      : heads.filter(({ dot }) => context.has(dot));
    const unseen = known === heads ? nothing : heads.filter(({ dot }) => !context.has(dot));
    if (this.options.conflict === "reject-stale" && unseen.length > 0) {
      const seen = withoutTrimmed(context, heads, this.stable);
      if (unseen.some(({ history }) => history.contains(seen))) return this.turnAway(key, "stale");
    }
    const isBeside = unseen.length === heads.length;
    if (value === undefined && isBeside && this.missing(key, context).isEmpty) {
      return { status: "ok", dot: undefined, context };
    }
    const hasMany = unseen.length >= this.options.siblingsMaxCount;
    if (hasMany && (isBeside || value !== undefined)) {
      return this.turnAway(key, "too-many-siblings");
    }
    // Whoever has seen a write has seen all that it had superseded, whatever its token says.
    const all = contextOf(known).joinedWith(FixedDots.from(context));
    const parents = this.isLong(all) ? trimmed(all, known, this.stable) : all;
    const first = contextOf(heads).last(origin) + 1;
    const dot = this.writes.nextOwn;
    const update = { key, value, stamp: this.stampAfter(heads), parents, first };
    checkRoom(update, { table: this.table, options: this.options, heads });
    const held = this.table.put(dot, update);
    if (held === undefined) this.writes.supersede(dot);
    else this.writes.take(dot, update, undefined);
    const { history } = held ?? new HeldVersion(dot, update);
    return { status: "ok", dot, context: history };
  }

  private isLong({ rangesCount }: FixedDots): boolean {
    return rangesCount >= this.options.contextTrimFromCount;
  }

  private get stable(): ReadonlyDotSet {
    return this.wiring.stable?.() ?? FixedDots.none;
  }

  private turnAway(key: string, status: "stale" | "too-many-siblings"): VersionWrite {
    const why = status === "stale" ? "versions.stale" : "versions.tooManySiblings";
    this.wiring.counters.add(why);
    return { ...this.read(key), status };
  }

  /** Later than all that is held, however far ahead their authors' clocks were. */
  private stampAfter(heads: readonly Version[]) {
    let stamp = this.clock.now();
    for (const { update } of heads) {
      const { ms } = update.stamp;
      if (compareHybridTimes(stamp, update.stamp) <= 0) stamp = { ms: ms + 1, counter: 0 };
    }
    return stamp;
  }

  private judge(dot: Dot, came: VersionUpdate, from: PeerId | undefined): ApplyVerdict {
    const update = came.writtenAs === undefined ? came : withoutPlace(came);
    const { counters, isValid, wallClock } = this.wiring;
    const { options, table } = this;
    const { key, value } = update;
    if (!isSaneVersion(dot, update)) return this.writes.reject(dot);
    if (!isTakenVersion(update, options, wallClock())) {
      counters.add("versions.dropped.refused");
      return this.writes.refuse(dot);
    }
    if (value !== undefined && isValid?.(key, value) === false) {
      counters.add("versions.dropped.schema");
      return this.writes.refuse(dot);
    }
    if (!hasRoomFor(update, { table, options, heads: table.headsOf(key) })) {
      counters.add("versions.deferred");
      return "deferred";
    }
    this.clock.observe(update.stamp);
    if (this.clock.excessCount > this.excessCount) {
      this.excessCount = this.clock.excessCount;
      counters.add("versions.clockExcess");
    }
    const verdict = this.take(dot, update, from);
    const isSplit = table.splitCount > 0;
    const isExcess = isSplit && table.headsOf(key).length > options.siblingsMaxCount;
    if (isExcess) counters.add("versions.siblingsExcess");
    return verdict;
  }

  private take(dot: Dot, update: VersionUpdate, from: PeerId | undefined): ApplyVerdict {
    if (this.table.put(dot, update) === undefined) return this.writes.supersede(dot);
    return this.writes.take(dot, update, from);
  }

  /**
   * Departs from [spec state transfer §4]: of two writes under one dot the one held stays, for
   * where digests are equal no exchange would bring the other to all.
   */
  private compare(dot: Dot, { key, value, writtenAs }: VersionUpdate): void {
    const held = this.table.named(dot)?.update;
    if (held === undefined || writtenAs !== undefined) return;
    const none = new Uint8Array();
    const isSame =
      held.key === key &&
      (held.value === undefined) === (value === undefined) &&
      sameBytes(held.value ?? none, value ?? none);
    if (!isSame) this.wiring.counters.add("versions.corruption");
  }
}

/** As its author wrote it, under its own dot. */
function withoutPlace({ first, key, parents, stamp, value }: VersionUpdate): VersionUpdate {
  return { key, value, stamp, parents, first };
}

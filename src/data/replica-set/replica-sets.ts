import type { Dot } from "../../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../../core/dot-set.ts";
import { type Origin, type PeerId, parseOrigin } from "../../core/peer.ts";
import type { ApplyVerdict, Delta, Replica, ReplicaListener } from "../../exchange/replica.ts";
import { markOf, outweighs, Places, type Standing } from "./places.ts";
import type {
  AnnouncedRecord,
  EvictedRecord,
  PlaceEntry,
  PlaceRecord,
} from "./replica-set.messages.ts";
import type { ReplicaSetOptions } from "./replica-set.options.ts";
import type { ReplicaSetsListener, ReplicaSetsWiring } from "./replica-sets.contract.ts";

/** Longest name of a replica. [because: a topic's tag has 255 bytes, and its kind before it] */
const NAME_MAX_LENGTH = 320;
/** Members that an eviction names. [because: 64 KiB] */
const KNOWN_MAX_COUNT = 16_384;
/**
 * Boots are times in milliseconds; whoever is said to have a later life takes a boot above it, and
 * there must be numbers left for all lives to come. [because: the year 3084]
 */
const BOOT_MAX = 2 ** 45;
/** What a record costs in a delta: two names and some numbers. */
const RECORD_BYTES = 96;

/**
 * Who replicates what: for each replica, the origins that announced opening it, less those that
 * left or were evicted. It is a replica itself, carried by anti-entropy like any other.
 * [DESIGN section 2; docs/decisions/0009]
 */
export class ReplicaSets implements Replica<PlaceRecord> {
  readonly places = new Places();
  private readonly wiring: ReplicaSetsWiring;
  private readonly options: Pick<ReplicaSetOptions, "recordsMaxCount">;
  private readonly held = new Map<Origin, Map<number, PlaceRecord>>();
  private readonly seenDots = new DotSet();
  /** Seen and held no more: superseded and stable, or never valid. */
  private readonly coveredDots = new DotSet();
  private readonly listeners: ReplicaListener<PlaceRecord>[] = [];
  private readonly setListeners: ReplicaSetsListener[] = [];
  private count = 0;

  constructor(wiring: ReplicaSetsWiring, options: Pick<ReplicaSetOptions, "recordsMaxCount">) {
    this.wiring = wiring;
    this.options = options;
  }

  get seen(): ReadonlyDotSet {
    return this.seenDots;
  }

  /** Seen and not kept. */
  get covered(): ReadonlyDotSet {
    return this.coveredDots;
  }

  /** Records kept. */
  get size(): number {
    return this.count;
  }

  /** This node opens `replica`, with a state that began in the life `sinceBoot`. */
  announce(replica: string, sinceBoot: number): void {
    this.write({ kind: "announced", replica, origin: this.wiring.origin(), sinceBoot });
    this.wiring.counters.add("replicaSets.announced");
  }

  /** This node goes, and nobody need wait for it. */
  leave(replica: string): void {
    this.write({ kind: "left", replica, origin: this.wiring.origin() });
    this.wiring.counters.add("replicaSets.left");
  }

  /** Puts `origin` out; `weight` is how many members of the set this node can reach. */
  evict(replica: string, origin: Origin, weight: number): void {
    const known = this.places.marks(replica);
    this.write({ kind: "evicted", replica, origin, weight, known });
    this.wiring.counters.add("replicaSets.evicted");
  }

  members(replica: string): Origin[] {
    return this.places.members(replica);
  }

  standingOf(replica: string, origin: Origin): Standing {
    return this.places.standingOf(replica, origin);
  }

  listen(listener: ReplicaSetsListener): void {
    this.setListeners.push(listener);
  }

  apply(dot: Dot, record: PlaceRecord, from?: PeerId): ApplyVerdict {
    if (this.seenDots.has(dot)) return "known";
    // Nobody else speaks in this life's name, and believing it would take its numbers.
    if (from !== undefined && dot.origin === this.wiring.origin()) return this.reject();
    if (!isSane(dot, record)) {
      // Everybody finds so: whoever asks need not be told.
      this.seenDots.add(dot);
      this.dropCovered(DotSet.of(dot));
      return this.reject();
    }
    if (this.count >= this.options.recordsMaxCount) {
      this.wiring.counters.add("replicaSets.deferred");
      return "deferred";
    }
    return this.take(dot, record, from);
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    const own = new DotSet();
    own.addRange(this.wiring.origin(), 1, Number.MAX_SAFE_INTEGER);
    const news = covers.union(forgotten).difference(this.seenDots).difference(own);
    if (news.isEmpty) return;
    this.seenDots.addAll(news);
    this.dropCovered(news);
  }

  get(dot: Dot): PlaceRecord | undefined {
    return this.held.get(dot.origin)?.get(dot.seq);
  }

  collect(wanted: ReadonlyDotSet, theirs: ReadonlyDotSet, budgetBytes: number): Delta<PlaceRecord> {
    const updates: PlaceEntry[] = [];
    let leftBytes = budgetBytes;
    let more = false;
    for (const entry of this.among(wanted)) {
      if (theirs.has(entry[0])) continue;
      more = leftBytes < RECORD_BYTES && updates.length > 0;
      if (more) break;
      leftBytes -= RECORD_BYTES;
      updates.push(entry);
    }
    const covers = wanted.intersection(this.coveredDots).difference(theirs);
    return { updates, covers, forgotten: new DotSet(), more };
  }

  subscribe(listener: ReplicaListener<PlaceRecord>): void {
    this.listeners.push(listener);
  }

  /** Drops the records of `stable` that say nothing any more. */
  purge(stable: ReadonlyDotSet): void {
    const gone = new DotSet();
    for (const [dot, record] of this.entries()) {
      if (stable.has(dot) && this.places.isSuperseded(dot, record)) gone.add(dot);
    }
    for (const { origin, seq } of gone) {
      const records = this.held.get(origin);
      if (records?.delete(seq)) this.count -= 1;
      if (records?.size === 0) this.held.delete(origin);
    }
    if (gone.isEmpty) return;
    this.dropCovered(gone);
    this.wiring.counters.add("replicaSets.purged", gone.size);
  }

  *entries(): IterableIterator<PlaceEntry> {
    for (const [origin, records] of this.held) {
      for (const [seq, record] of records) yield [{ origin, seq }, record];
    }
  }

  /** Takes back what a journal kept; before anything else, and without telling anybody. */
  restore(seen: ReadonlyDotSet, covered: ReadonlyDotSet, entries: Iterable<PlaceEntry>): void {
    this.seenDots.addAll(seen);
    this.seenDots.addAll(covered);
    this.coveredDots.addAll(covered);
    for (const [dot, record] of entries) {
      if (covered.has(dot) || this.get(dot) !== undefined) continue;
      this.seenDots.add(dot);
      this.hold(dot, record);
    }
  }

  private write(record: PlaceRecord): void {
    const origin = this.wiring.origin();
    this.take({ origin, seq: this.seenDots.last(origin) + 1 }, record, undefined);
  }

  private take(dot: Dot, record: PlaceRecord, from: PeerId | undefined): ApplyVerdict {
    const own = this.wiring.origin();
    const before = this.standingOf(record.replica, own);
    this.seenDots.add(dot);
    this.hold(dot, record);
    this.wiring.journal?.onRecord(dot, record);
    const isSuperseded = this.places.isSuperseded(dot, record);
    this.wiring.afterStep(() => {
      if (!isSuperseded) for (const listener of this.setListeners) listener.onChange?.(record);
      for (const listener of this.listeners) listener.onNews(dot, record, from);
    });
    if (from !== undefined && record.kind === "announced") this.checkLine(record);
    const after = this.standingOf(record.replica, own);
    if (before !== "evicted" && after === "evicted") this.tellEvicted(record.replica);
    else if (before !== "former" && after === "former") {
      this.wiring.afterStep(() => {
        for (const listener of this.setListeners) listener.onSucceeded?.(record.replica);
      });
    } else if (record.kind === "evicted" && before === "member") this.judge(dot, record);
    return isSuperseded ? "superseded" : "news";
  }

  /**
   * Each life of a line writes down that it came before others hear of it: one that is heard of
   * from others alone is missing on this disk.
   */
  private checkLine({ origin, replica }: AnnouncedRecord): void {
    const own = parseOrigin(this.wiring.origin());
    const other = parseOrigin(origin);
    if (own === undefined || other === undefined || own.name !== other.name) return;
    const announced = this.places.announcementOf(replica, own.name);
    if (announced?.boot !== own.boot || announced.sinceBoot >= other.boot) return;
    if (other.boot >= own.boot) return;
    this.wiring.afterStep(() => {
      for (const listener of this.setListeners) listener.onOutdated?.(replica);
    });
  }

  /**
   * An eviction of another came. If its author did not know this node, what this node has may come
   * from the evicted, and lack what the author's side has purged since. Not so when the author
   * itself was put out, by a side with more members.
   */
  private judge(dot: Dot, { known, origin, replica, weight }: EvictedRecord): void {
    const rival = this.places.evictionOf(replica, dot.origin);
    const boot = parseOrigin(origin)?.boot ?? 0;
    if (rival !== undefined && outweighs(rival, { boot, weight, dot })) return;
    const { name } = parseOrigin(this.wiring.origin()) ?? { name: "" };
    const announced = this.places.announcementOf(replica, name);
    if (announced === undefined || known.includes(markOf(name, announced.sinceBoot))) return;
    this.wiring.afterStep(() => {
      for (const listener of this.setListeners) listener.onOverruled?.(replica);
    });
  }

  private tellEvicted(replica: string): void {
    const eviction = this.places.evictionOf(replica, this.wiring.origin());
    if (eviction === undefined) return;
    const by = eviction.dot.origin;
    const rival = this.places.evictionOf(replica, by);
    const isWon = rival !== undefined && outweighs(rival, eviction);
    const state = isWon ? "keeps" : "discards";
    this.wiring.afterStep(() => {
      for (const listener of this.setListeners) listener.onEvicted?.(replica, { by, state });
    });
  }

  private hold(dot: Dot, record: PlaceRecord): void {
    let records = this.held.get(dot.origin);
    if (records === undefined) {
      records = new Map();
      this.held.set(dot.origin, records);
    }
    records.set(dot.seq, record);
    this.count += 1;
    this.places.take(dot, record);
  }

  private dropCovered(dots: ReadonlyDotSet): void {
    this.coveredDots.addAll(dots);
    this.wiring.journal?.onCovered(dots);
  }

  private reject(): "rejected" {
    this.wiring.counters.add("replicaSets.rejected");
    return "rejected";
  }

  /** Held and wanted, ascending per origin. A set from a remote node may name very many. */
  private *among(wanted: ReadonlyDotSet): IterableIterator<PlaceEntry> {
    for (const origin of wanted.origins()) {
      const ranges = wanted.rangesOf(origin);
      const records = this.held.get(origin);
      if (ranges === undefined || records === undefined) continue;
      for (const seq of [...records.keys()].sort((a, b) => a - b)) {
        const record = records.get(seq);
        if (record !== undefined && ranges.has(seq)) yield [{ origin, seq }, record];
      }
    }
  }
}

/** Of itself an origin says that it came or left; that it is put out, others say. */
function isSane(dot: Dot, record: PlaceRecord): boolean {
  const parts = parseOrigin(record.origin);
  if (parts === undefined || parts.boot > BOOT_MAX) return false;
  if (record.replica === "" || record.replica.length > NAME_MAX_LENGTH) return false;
  if (record.kind === "evicted") {
    if (record.known.length > KNOWN_MAX_COUNT) return false;
    return (
      Number.isSafeInteger(record.weight) && record.weight >= 0 && record.origin !== dot.origin
    );
  }
  if (record.origin !== dot.origin) return false;
  if (record.kind === "left") return true;
  const { sinceBoot } = record;
  return Number.isSafeInteger(sinceBoot) && sinceBoot >= 0 && sinceBoot <= parts.boot;
}

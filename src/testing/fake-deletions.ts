import type { Dot } from "../core/dot.ts";
import { dotKey } from "../core/dot.ts";
import { DotSet, type ReadonlyDotSet } from "../core/dot-set.ts";
import type { Origin } from "../core/peer.ts";
import type { Random } from "../core/random.ts";
import type { ApplyVerdict, Delta, Replica } from "../exchange/replica.ts";

/** Something is put, or all that its author knew of is removed. */
export type Deletion =
  | { readonly kind: "put" }
  | { readonly kind: "remove"; readonly dots: DotSet };

/**
 * The smallest data model with tombstones: what was put is there until somebody who knew it removes
 * it. A removal is kept until it is stable, for else what it removed comes back from the dead.
 */
export class Deletions implements Replica<Deletion> {
  seen = new DotSet();
  private readonly origin: () => Origin;
  private readonly held = new Map<string, readonly [Dot, Deletion]>();
  /** What was removed, and by which removal. */
  private readonly removals = new Map<string, { readonly dot: Dot; readonly by: Dot }>();
  /** Of removals that were purged, with what they removed. */
  private covered = new DotSet();

  constructor(origin: () => Origin) {
    this.origin = origin;
  }

  write(random: Random): readonly [Dot, Deletion] {
    const origin = this.origin();
    const dot = { origin, seq: this.seen.last(origin) + 1 };
    const there = [...this.held.values()].filter(([, { kind }]) => kind === "put");
    const some = there.filter(() => random.chance(0.4)).map(([put]) => put);
    const isRemoval = some.length > 0 && random.chance(0.5);
    const update: Deletion = isRemoval
      ? { kind: "remove", dots: DotSet.of(...some) }
      : { kind: "put" };
    this.apply(dot, update);
    return [dot, update];
  }

  apply(dot: Dot, update: Deletion): ApplyVerdict {
    if (!this.seen.add(dot)) return "known";
    if (update.kind === "put" && this.removals.has(dotKey(dot))) return "superseded";
    this.held.set(dotKey(dot), [dot, update]);
    if (update.kind === "put") return "news";
    for (const removed of update.dots) {
      this.held.delete(dotKey(removed));
      this.removals.set(dotKey(removed), { dot: removed, by: dot });
    }
    return "news";
  }

  cover(covers: ReadonlyDotSet, forgotten: ReadonlyDotSet): void {
    const news = covers.union(forgotten).difference(this.seen);
    this.seen.addAll(news);
    this.covered.addAll(news);
  }

  get(dot: Dot): Deletion | undefined {
    return this.held.get(dotKey(dot))?.[1];
  }

  collect(wanted: ReadonlyDotSet, theirs: ReadonlyDotSet): Delta<Deletion> {
    const updates = [...this.held.values()]
      .filter(([dot]) => wanted.has(dot) && !theirs.has(dot))
      .sort(([a], [b]) => a.seq - b.seq);
    const sent = DotSet.of(...updates.map(([dot]) => dot)).union(theirs);
    const covers = wanted.intersection(this.covered).difference(theirs);
    for (const { by, dot } of this.removals.values()) {
      const isDue = wanted.has(dot) && !theirs.has(dot) && this.seen.has(dot);
      if (isDue && (sent.has(by) || this.covered.has(by))) covers.add(dot);
    }
    return { updates, covers, forgotten: new DotSet(), more: false };
  }

  subscribe(): void {}

  purge(stable: ReadonlyDotSet): void {
    for (const [key, [dot, update]] of this.held) {
      if (update.kind !== "remove" || !stable.has(dot)) continue;
      this.held.delete(key);
      this.seen.addAll(update.dots);
      this.covered.addAll(update.dots);
      this.covered.add(dot);
      for (const removed of update.dots) this.removals.delete(dotKey(removed));
    }
  }

  discard(): void {
    this.seen = new DotSet();
    this.covered = new DotSet();
    this.held.clear();
    this.removals.clear();
  }

  /** What is there. */
  state(): string {
    const there = [...this.held.values()].flatMap(([dot, { kind }]) =>
      kind === "put" ? [dotKey(dot)] : [],
    );
    return there.sort((a, b) => (a < b ? -1 : 1)).join(" ");
  }
}

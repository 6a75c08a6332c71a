import { BitSet } from "./bit-set.ts";
import { DueRun } from "./due-run.ts";
import { type EventKey, EventSlab, eventKinds } from "./event-slab.ts";

/** Narrow enough that few events share a bucket, and few enough to stay in the cache. */
const TICKS_PER_MS = 512;
const PAGE_MS = 16;
const PAGE_TICKS = PAGE_MS * TICKS_PER_MS;
const NEAR_MS = 2 * PAGE_MS;
/** Pages in a rotation of the middle wheel, and rotations in an era of the far one. */
const WHEEL_PAGES = 4_096;
const ROTATION_MS = WHEEL_PAGES * PAGE_MS;
const ERA_MS = WHEEL_PAGES * ROTATION_MS;

const MIDDLE = 2 * PAGE_TICKS;
const FAR = MIDDLE + WHEEL_PAGES;
const BEYOND = FAR + WHEEL_PAGES;
const BUCKETS = BEYOND + 1;

/** Buckets are opened until so many events are in the run. */
const RUN_COUNT = 32;

/**
 * Events in order of time, and among equal times in the order they were put in. Three wheels
 * (Varghese and Lauck 1987, scheme 7): buckets of two microseconds for this page of 16 ms and the
 * next, of a page for this rotation of 65 s, of a rotation for this era of three days; beyond it a
 * list. Putting in and cancelling are O(1); an event moves down at most three times. A bucket whose
 * time has come is sorted into the run, so exact times decide and not the bucket's width.
 *
 * The near wheel holds two pages, so that a delay below 16 ms never starts higher up. All that is
 * put in for a page goes higher up until the page comes near, is moved down then, and goes into the
 * near wheel from then on: so lists keep the order of putting in, without a number for it.
 */
export class EventWheel {
  readonly slab = new EventSlab();
  /** Time of the event that is put in next. */
  dueMs = 0;
  readonly run = new DueRun();
  /** First slot of each bucket's list, 0 when empty. Lists are last put first. */
  private readonly heads = new Int32Array(BUCKETS);
  /** Buckets whose list may be not empty: cancelling leaves a bucket as it is. */
  private readonly occupied = new BitSet(BUCKETS);
  /** The slot beside the last one of each near bucket, where it is promised to it, else 0. */
  private readonly spares = new Int32Array(MIDDLE);
  private nearCount = 0;
  private count = 0;
  /** The near wheel holds this page and the next, which is the horizon. */
  private page = 0;
  private pageStartMs = 0;
  private pageBase = 0;
  /** Those of the horizon. */
  private rotation = 0;
  private era = 0;
  /** The last bucket of the page that was opened; what is earlier goes into the run. */
  private opened = -1;

  /** How many events are to come. */
  get size(): number {
    return this.count;
  }

  /**
   * Puts in an event that is due at `dueMs`, which is set before: a number with a fraction that is
   * passed to a function costs an object.
   * @returns the slot, whose address is still to be set.
   */
  add(cargo: unknown): number {
    this.count += 1;
    const { slab, dueMs } = this;
    const aheadMs = dueMs - this.pageStartMs;
    const bucket = this.isNear(aheadMs) ? this.bucketAt(aheadMs) : -1;
    const slot = bucket < 0 ? slab.takeSlot() : this.takeBeside(bucket);
    slab.setDue(slot, dueMs);
    slab.carry(slot, cargo);
    if (bucket < 0) this.settle(slot);
    else this.linkNear(slot, bucket);
    return slot;
  }

  /** Does nothing when the event of `key` has happened or was cancelled. */
  cancel(key: EventKey): void {
    const { slab } = this;
    const slot = slab.find(key);
    if (slot === 0) return;
    this.count -= 1;
    // What is near is left where it is: its time comes soon, and near lists can have one link less.
    if (slab.due(slot) - this.pageStartMs < NEAR_MS) return slab.cancel(slot);
    const previous = slab.previous(slot);
    const next = slab.next(slot);
    if (next !== 0) slab.setPrevious(next, previous);
    if (previous > 0) slab.setNext(previous, next);
    else this.heads[~previous] = next;
    slab.release(slot);
  }

  /**
   * Brings the next events into the run, unless some are there. False when none comes by `limitMs`.
   */
  fill(limitMs: number): boolean {
    while (this.run.isEmpty) if (!this.advance(limitMs)) return false;
    return true;
  }

  /** The slot of the first event of the run, if it is due by `limitMs`, else 0; until `drop`. */
  firstOfRun(limitMs: number): number {
    const { run } = this;
    while (!run.isEmpty) {
      const slot = run.firstSlot;
      if (this.slab.kind(slot) !== eventKinds.cancelled) return run.firstDue <= limitMs ? slot : 0;
      run.dropFirst();
      this.slab.release(slot);
    }
    return 0;
  }

  /** The slot of the first event, if it is due by `limitMs`, else 0. It stays until `drop`. */
  first(limitMs: number): number {
    while (this.fill(limitMs)) {
      const slot = this.firstOfRun(limitMs);
      if (slot !== 0 || !this.run.isEmpty) return slot;
    }
    return 0;
  }

  /** Forgets the event that `first` gave. */
  drop(slot: number): void {
    this.count -= 1;
    this.run.dropFirst();
    this.slab.release(slot);
  }

  /** Time of the first event, Infinity when there is none. Opens nothing, so costs a search. */
  nextDue(): number {
    if (this.count === 0) return Number.POSITIVE_INFINITY;
    this.firstOfRun(0);
    if (!this.run.isEmpty) return this.run.firstDue;
    const dueMs = this.nextNearDue();
    if (dueMs < Number.POSITIVE_INFINITY) return dueMs;
    const bucket = this.nextOfMiddle();
    if (bucket >= 0) return this.earliest(bucket);
    const farBucket = this.nextOfFar();
    return this.earliest(farBucket < 0 ? BEYOND : farBucket);
  }

  private nextNearDue(): number {
    const { pageBase } = this;
    const otherBase = MIDDLE - PAGE_TICKS - pageBase;
    const pages = [
      [pageBase + this.opened + 1, pageBase + PAGE_TICKS],
      [otherBase, otherBase + PAGE_TICKS],
    ] as const;
    for (const [from, to] of pages) {
      let bucket = this.nextHeld(from, to);
      for (; bucket >= 0; bucket = this.nextHeld(bucket + 1, to)) {
        const dueMs = this.earliest(bucket);
        // All may have been cancelled.
        if (dueMs < Number.POSITIVE_INFINITY) return dueMs;
      }
    }
    return Number.POSITIVE_INFINITY;
  }

  /** Puts a slot where it belongs. */
  private settle(slot: number): void {
    const dueMs = this.slab.due(slot);
    const aheadMs = dueMs - this.pageStartMs;
    if (aheadMs >= NEAR_MS) this.linkHigher(slot, this.higherBucket(dueMs));
    else if (this.isNear(aheadMs)) this.linkNear(slot, this.bucketAt(aheadMs));
    else this.run.insert(slot, dueMs);
  }

  /** Whether it belongs into a bucket of the near wheel, one that was not opened yet. */
  private isNear(aheadMs: number): boolean {
    return aheadMs < NEAR_MS && aheadMs * TICKS_PER_MS >= this.opened + 1;
  }

  private bucketAt(aheadMs: number): number {
    return (this.pageBase + aheadMs * TICKS_PER_MS) & (MIDDLE - 1);
  }

  /** A slot beside those of the same bucket. */
  private takeBeside(bucket: number): number {
    const { slab, spares } = this;
    const spare = spares[bucket] ?? 0;
    const slot = spare === 0 ? slab.takeBlock() : spare;
    spares[bucket] = slab.besides(slot);
    return slot;
  }

  private linkNear(slot: number, bucket: number): void {
    this.nearCount += 1;
    this.link(slot, bucket);
  }

  private link(slot: number, bucket: number): void {
    const head = this.heads[bucket] ?? 0;
    this.slab.setNext(slot, head);
    if (head === 0) this.occupied.add(bucket);
    this.heads[bucket] = slot;
  }

  /** With a way back, so that an event far off can be taken out. */
  private linkHigher(slot: number, bucket: number): void {
    const head = this.heads[bucket] ?? 0;
    if (head !== 0) this.slab.setPrevious(head, slot);
    this.slab.setPrevious(slot, ~bucket);
    this.link(slot, bucket);
  }

  private higherBucket(dueMs: number): number {
    const rotation = Math.floor(dueMs / ROTATION_MS);
    if (rotation <= this.rotation) {
      return MIDDLE + Math.floor(dueMs / PAGE_MS) - rotation * WHEEL_PAGES;
    }
    const era = Math.floor(dueMs / ERA_MS);
    return era <= this.era ? FAR + rotation - era * WHEEL_PAGES : BEYOND;
  }

  /** Opens the next bucket or turns to a later page; false when that begins after `limitMs`. */
  private advance(limitMs: number): boolean {
    if (this.nearCount === 0) return this.leap(limitMs);
    const { pageBase } = this;
    const bucket = this.nextHeld(pageBase + this.opened + 1, pageBase + PAGE_TICKS);
    if (bucket < 0) {
      if (this.pageStartMs + PAGE_MS > limitMs) return false;
      this.turnTo(this.page + 1);
      this.reach(Math.floor((this.page + 1) / WHEEL_PAGES));
      this.spill(MIDDLE + this.page + 1 - this.rotation * WHEEL_PAGES);
      return true;
    }
    if (this.startOf(bucket) > limitMs) return false;
    this.openFrom(bucket, limitMs);
    return true;
  }

  /** Turns to where the next events are, when the near wheel has none. */
  private leap(limitMs: number): boolean {
    const bucket = this.nextOfMiddle();
    if (bucket >= 0) {
      const page = this.rotation * WHEEL_PAGES + bucket - MIDDLE;
      if (page * PAGE_MS > limitMs) return false;
      this.turnTo(page - 1);
      this.spill(bucket);
      return true;
    }
    const farBucket = this.nextOfFar();
    if (farBucket < 0 && this.heads[BEYOND] === 0) return false;
    const rotation =
      farBucket < 0
        ? Math.floor(this.earliest(BEYOND) / ROTATION_MS)
        : this.era * WHEEL_PAGES + farBucket - FAR;
    if (rotation * ROTATION_MS > limitMs) return false;
    this.turnTo(rotation * WHEEL_PAGES - 2);
    this.reach(rotation);
    return true;
  }

  private turnTo(page: number): void {
    this.page = page;
    this.pageStartMs = page * PAGE_MS;
    this.pageBase = (page % 2) * PAGE_TICKS;
    this.opened = -1;
  }

  /** The horizon has come to `rotation`. */
  private reach(rotation: number): void {
    if (rotation <= this.rotation) return;
    this.rotation = rotation;
    const era = Math.floor(rotation / WHEEL_PAGES);
    if (era > this.era) {
      this.era = era;
      this.spill(BEYOND);
    }
    this.spill(FAR + rotation - era * WHEEL_PAGES);
  }

  /** Moves the events of a higher bucket down, in the order they were put in. */
  private spill(bucket: number): void {
    const { slab } = this;
    let ordered = 0;
    for (let slot = this.empty(bucket); slot !== 0; ) {
      const next = slab.next(slot);
      slab.setNext(slot, ordered);
      ordered = slot;
      slot = next;
    }
    while (ordered !== 0) {
      const next = slab.next(ordered);
      this.settle(ordered);
      ordered = next;
    }
  }

  /**
   * Opens the bucket `first` and those after it on the page that begin by `limitMs`, until the run
   * has enough: what is read of many events at once is not waited for one by one.
   */
  private openFrom(first: number, limitMs: number): void {
    const end = this.pageBase + PAGE_TICKS;
    let bucket = first;
    while (bucket >= 0 && this.startOf(bucket) <= limitMs) {
      this.opened = bucket - this.pageBase;
      this.open(bucket);
      if (this.run.count >= RUN_COUNT) return;
      bucket = this.nextHeld(bucket + 1, end);
    }
  }

  /** Sorts the events of a near bucket into the run, behind those that are there. */
  private open(bucket: number): void {
    const { run, slab } = this;
    let count = 0;
    for (let slot = this.empty(bucket); slot !== 0; slot = slab.next(slot)) {
      run.append(slot, slab.due(slot));
      count += 1;
    }
    const spare = this.spares[bucket] ?? 0;
    if (spare !== 0) slab.dismiss(spare);
    this.spares[bucket] = 0;
    this.nearCount -= count;
    run.settle(count);
  }

  /** When a near bucket of this page begins. */
  private startOf(bucket: number): number {
    return this.pageStartMs + (bucket - this.pageBase) / TICKS_PER_MS;
  }

  /** @returns the first of what was its list. */
  private empty(bucket: number): number {
    const head = this.heads[bucket] ?? 0;
    this.heads[bucket] = 0;
    this.occupied.remove(bucket);
    return head;
  }

  private nextOfMiddle(): number {
    return this.nextHeld(MIDDLE + this.page + 2 - this.rotation * WHEEL_PAGES, FAR);
  }

  private nextOfFar(): number {
    return this.nextHeld(FAR + this.rotation + 1 - this.era * WHEEL_PAGES, BEYOND);
  }

  /** The first bucket from `from` on and before `to` that holds something; -1 when none does. */
  private nextHeld(from: number, to: number): number {
    for (;;) {
      const bucket = this.occupied.nextFrom(from, to);
      if (bucket < 0 || this.heads[bucket] !== 0) return bucket;
      this.occupied.remove(bucket);
    }
  }

  private earliest(bucket: number): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (let slot = this.heads[bucket] ?? 0; slot !== 0; slot = this.slab.next(slot)) {
      const isLive = this.slab.kind(slot) !== eventKinds.cancelled;
      if (isLive && this.slab.due(slot) < dueMs) dueMs = this.slab.due(slot);
    }
    return dueMs;
  }
}

import { BitSet } from "./bit-set.ts";
import { DueRun } from "./due-run.ts";
import { type EventKey, EventSlab, eventKinds } from "./event-slab.ts";

/** Narrow enough that few events share a bucket, whatever the load. */
const TICKS_PER_MS = 2_048;
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
/** In place of the bucket, for those that stand in the run. */
const RUN = BUCKETS;

/**
 * Events in order of time, and among equal times in the order they were put in. Three wheels
 * (Varghese and Lauck 1987, scheme 7): buckets of half a microsecond for this page of 16 ms and the
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
  private readonly run = new DueRun();
  /** First slot of each bucket's list, 0 when empty. Lists are last put first. */
  private readonly heads = new Int32Array(BUCKETS);
  /** Buckets whose list may be not empty: cancelling leaves a bucket as it is. */
  private readonly occupied = new BitSet(BUCKETS);
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

  /** @returns the slot, whose address is still to be set. */
  put(dueMs: number, kind: number, cargo: unknown): number {
    const slot = this.slab.take(dueMs, kind, cargo);
    this.count += 1;
    this.settle(slot, dueMs);
    return slot;
  }

  /** Does nothing when the event of `key` has happened or was cancelled. */
  cancel(key: EventKey): void {
    const { slab } = this;
    const slot = slab.find(key);
    if (slot === 0) return;
    this.count -= 1;
    const previous = slab.previous(slot);
    if (previous === ~RUN) return slab.cancel(slot);
    const next = slab.next(slot);
    if (next !== 0) slab.setPrevious(next, previous);
    if (previous > 0) slab.setNext(previous, next);
    else this.heads[~previous] = next;
    if (slab.due(slot) - this.pageStartMs < NEAR_MS) this.nearCount -= 1;
    slab.release(slot);
  }

  /** The slot of the first event, if it is due by `limitMs`, else 0. It stays until `drop`. */
  first(limitMs: number): number {
    const { run } = this;
    for (;;) {
      if (run.isEmpty) {
        if (!this.advance(limitMs)) return 0;
        continue;
      }
      const slot = run.firstSlot;
      if (this.slab.kind(slot) !== eventKinds.cancelled) return run.firstDue <= limitMs ? slot : 0;
      run.dropFirst();
      this.slab.release(slot);
    }
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
    if (this.first(Number.NEGATIVE_INFINITY) === 0 && !this.run.isEmpty) return this.run.firstDue;
    const { pageBase } = this;
    const otherBase = MIDDLE - PAGE_TICKS - pageBase;
    let bucket = this.nextHeld(pageBase + this.opened + 1, pageBase + PAGE_TICKS);
    if (bucket < 0) bucket = this.nextHeld(otherBase, otherBase + PAGE_TICKS);
    if (bucket < 0) bucket = this.nextOfMiddle();
    if (bucket < 0) bucket = this.nextOfFar();
    return this.earliest(bucket < 0 ? BEYOND : bucket);
  }

  /** Puts a slot where it belongs. */
  private settle(slot: number, dueMs: number): void {
    const aheadMs = dueMs - this.pageStartMs;
    if (aheadMs >= NEAR_MS) return this.push(slot, this.higherBucket(dueMs));
    const ticks = aheadMs * TICKS_PER_MS;
    if (ticks < this.opened + 1) {
      this.slab.setPrevious(slot, ~RUN);
      this.run.insert(slot, dueMs);
      return;
    }
    this.nearCount += 1;
    this.push(slot, (this.pageBase + ticks) & (MIDDLE - 1));
  }

  private push(slot: number, bucket: number): void {
    const { slab } = this;
    const head = this.heads[bucket] ?? 0;
    slab.setNext(slot, head);
    slab.setPrevious(slot, ~bucket);
    if (head === 0) this.occupied.add(bucket);
    else slab.setPrevious(head, slot);
    this.heads[bucket] = slot;
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
    if (this.pageStartMs + (bucket - pageBase) / TICKS_PER_MS > limitMs) return false;
    this.opened = bucket - pageBase;
    this.open(bucket);
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
      this.settle(ordered, slab.due(ordered));
      ordered = next;
    }
  }

  /** Sorts the events of a near bucket into the run, which is empty. */
  private open(bucket: number): void {
    const { run, slab } = this;
    for (let slot = this.empty(bucket); slot !== 0; slot = slab.next(slot)) {
      run.append(slot, slab.due(slot));
      slab.setPrevious(slot, ~RUN);
      this.nearCount -= 1;
    }
    run.settle();
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
      dueMs = Math.min(dueMs, this.slab.due(slot));
    }
    return dueMs;
  }
}

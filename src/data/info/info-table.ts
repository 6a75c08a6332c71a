import { DueQueue } from "../../core/collections/due-queue.ts";
import { type Dot, isSameDot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { compareHybridTimes, type HybridTime } from "../../core/hybrid-clock.ts";
import { compareUtf8 } from "../../core/text.ts";
import { HeldByDot } from "../held-by-dot.ts";
import { SupersededDots } from "../superseded-dots.ts";
import type { InfoEntry, InfoUpdate } from "./info.messages.ts";

/** What an entry costs beside key and value. */
const ENTRY_OVERHEAD_BYTES = 64;

export interface HeldInfo extends InfoEntry {
  /** Of the expiry in its queue; undefined for what stays. */
  readonly due: number | undefined;
  /** Grows with each change of the table. */
  readonly number: number;
}

/** The latest write of each key, found by key, by dot and by expiry. */
export class InfoTable {
  readonly superseded: SupersededDots;
  private readonly byKey = new Map<string, HeldInfo>();
  private readonly byDot = new HeldByDot<HeldInfo>();
  private readonly expiries = new DueQueue<HeldInfo>();
  /** Keys without a value, and when that was first looked at; undefined before. */
  private readonly tombstones = new Map<string, number | undefined>();
  private bytesCount = 0;
  private changesCount: number;

  /** Changes are counted on from `changesCount`. */
  constructor(supersededMaxCount: number, changesCount = 0) {
    this.changesCount = changesCount;
    this.superseded = new SupersededDots(supersededMaxCount);
  }

  /** Keys, those without a value among them. */
  get size(): number {
    return this.byKey.size;
  }

  get tombstonesCount(): number {
    return this.tombstones.size;
  }

  get heldBytes(): number {
    return this.bytesCount;
  }

  get lastChange(): number {
    return this.changesCount;
  }

  get nextExpiryMs(): number {
    return this.expiries.nextDue;
  }

  get(key: string): HeldInfo | undefined {
    return this.byKey.get(key);
  }

  named(dot: Dot): HeldInfo | undefined {
    return this.byDot.get(dot);
  }

  values(): IterableIterator<HeldInfo> {
    return this.byKey.values();
  }

  /** Ascending per origin. */
  among(wanted: ReadonlyDotSet): IterableIterator<HeldInfo> {
    return this.byDot.among(wanted);
  }

  /** The write in the place of the one it supersedes; undefined when it is superseded itself. */
  put(dot: Dot, update: InfoUpdate): HeldInfo | undefined {
    const { key } = update;
    const former = this.byKey.get(key);
    if (former !== undefined) {
      if (isWrittenAfter(nameOfWrite(former), { dot, stamp: update.stamp })) {
        this.superseded.put(dot, key);
        return undefined;
      }
      this.drop(former);
      this.superseded.put(former.dot, key);
    }
    return this.hold(dot, update);
  }

  /** What has expired first until `nowMs`, as it was and as it is from now on: without a value. */
  takeExpired(nowMs: number): { former: HeldInfo; held: HeldInfo } | undefined {
    if (this.expiries.nextDue > nowMs) return undefined;
    const former = this.expiries.takeNext();
    if (former === undefined) return undefined;
    const { dot, update } = former;
    this.byDot.take(dot);
    this.bytesCount -= infoBytes(update);
    return { former, held: this.hold(dot, { ...update, value: undefined }) };
  }

  /**
   * Lets go of what nobody could undo or ask for any more: of tombstones that are stable and
   * `minMs` old, for the write that one has overwritten may still be on its way here.
   * @returns how many tombstones.
   */
  forget(
    stable: ReadonlyDotSet,
    { minMs, nowMs }: { readonly minMs: number; readonly nowMs: number },
  ): number {
    this.superseded.forget(stable);
    let count = 0;
    for (const [key, sinceMs = nowMs] of this.tombstones) {
      this.tombstones.set(key, sinceMs);
      const held = this.byKey.get(key);
      if (held === undefined || nowMs - sinceMs < minMs || !stable.has(held.dot)) continue;
      this.drop(held);
      this.byKey.delete(key);
      this.tombstones.delete(key);
      count += 1;
    }
    return count;
  }

  private hold(dot: Dot, update: InfoUpdate): HeldInfo {
    const { expiresAtMs, key, value } = update;
    this.changesCount += 1;
    const held: { -readonly [K in keyof HeldInfo]: HeldInfo[K] } = {
      dot,
      update,
      number: this.changesCount,
      due: undefined,
    };
    if (value === undefined) this.tombstones.set(key, undefined);
    else {
      this.tombstones.delete(key);
      if (expiresAtMs !== undefined) held.due = this.expiries.put(expiresAtMs, held);
    }
    this.byKey.set(key, held);
    this.byDot.put(held);
    this.bytesCount += infoBytes(update);
    return held;
  }

  private drop({ dot, due, update }: HeldInfo): void {
    if (due !== undefined) this.expiries.take(due);
    this.byDot.take(dot);
    this.bytesCount -= infoBytes(update);
  }
}

/** Bytes that a write takes here and, more or less, on the wire. */
export function infoBytes({ key, value }: Pick<InfoUpdate, "key" | "value">): number {
  return ENTRY_OVERHEAD_BYTES + key.length + (value?.length ?? 0);
}

/** A write of a key: what it is called, and when it was. */
export interface InfoWrite {
  readonly dot: Dot;
  readonly stamp: HybridTime;
}

export function nameOfWrite({ dot, update }: InfoEntry): InfoWrite {
  return { dot, stamp: update.stamp };
}

/** The later write wins; of equal stamps, which two authors may give, the dot decides. */
export function isWrittenAfter(a: InfoWrite, b: InfoWrite): boolean {
  const order =
    compareHybridTimes(a.stamp, b.stamp) ||
    compareUtf8(a.dot.origin, b.dot.origin) ||
    a.dot.seq - b.dot.seq;
  return order > 0 || isSameDot(a.dot, b.dot);
}

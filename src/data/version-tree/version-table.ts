import type { Dot } from "../../core/dot.ts";
import type { ReadonlyDotSet } from "../../core/dot-set.ts";
import { HeldByDot } from "../held-by-dot.ts";
import { SupersededDots } from "../superseded-dots.ts";
import { contextOf, HeldVersion } from "./held-version.ts";
import { compareVersions } from "./version-order.ts";
import type { VersionUpdate } from "./version-tree.messages.ts";

/** What a write costs beside key, value and context. */
const VERSION_OVERHEAD_BYTES = 64;
/** What a range of a context costs. */
const RANGE_BYTES = 16;

const none: readonly HeldVersion[] = [];

/** The heads of each key: writes of which none has seen another. Found by key and by dot. */
export class VersionTable {
  readonly superseded: SupersededDots;
  private readonly byKey = new Map<string, readonly HeldVersion[]>();
  private readonly byDot = new HeldByDot<HeldVersion>();
  private readonly tombstones = new HeldByDot<HeldVersion>();
  /** Keys with several heads. */
  private readonly split = new Set<string>();
  private bytesCount = 0;

  constructor(supersededMaxCount: number) {
    this.superseded = new SupersededDots(supersededMaxCount);
  }

  /** Keys, deleted ones among them. */
  get size(): number {
    return this.byKey.size;
  }

  get versionsCount(): number {
    return this.byDot.size;
  }

  get tombstonesCount(): number {
    return this.tombstones.size;
  }

  get heldBytes(): number {
    return this.bytesCount;
  }

  /** Tombstones among them. */
  headsOf(key: string): readonly HeldVersion[] {
    return this.byKey.get(key) ?? none;
  }

  named(dot: Dot): HeldVersion | undefined {
    return this.byDot.get(dot);
  }

  /** Writes of the key that were replaced, as far as they are remembered; ascending per origin. */
  *replacedOf(key: string): IterableIterator<Dot> {
    const seen = contextOf(this.headsOf(key));
    for (const one of this.superseded.among(seen)) if (one.key === key) yield one.dot;
  }

  keys(): IterableIterator<string> {
    return this.byKey.keys();
  }

  versions(): IterableIterator<HeldVersion> {
    return this.byDot.values();
  }

  /** Ascending per origin. */
  among(wanted: ReadonlyDotSet): IterableIterator<HeldVersion> {
    return this.byDot.among(wanted);
  }

  get splitCount(): number {
    return this.split.size;
  }

  splitKeys(): IterableIterator<string> {
    return this.split.values();
  }

  /**
   * A write beside those heads that it does not supersede; undefined when it is superseded itself.
   * That no more than the heads need to be asked follows from contexts: whoever has seen a write
   * has seen all that it had superseded.
   */
  put(dot: Dot, update: VersionUpdate): HeldVersion | undefined {
    const { key, parents } = update;
    const heads = this.headsOf(key);
    if (heads.some((head) => head.update.parents.has(dot))) {
      this.superseded.put(dot, key);
      return undefined;
    }
    const version = new HeldVersion(dot, update, heads[0]?.key);
    const now = [version];
    for (const head of heads) {
      if (parents.has(head.dot)) {
        this.drop(head);
        this.superseded.put(head.dot, head.key);
      } else now.push(head);
    }
    if (now.length > 1) now.sort(compareVersions);
    this.byDot.put(version);
    if (update.value === undefined) this.tombstones.put(version);
    this.bytesCount += versionBytes(update);
    this.setHeads(key, now);
    return version;
  }

  /**
   * Lets go of what nobody could undo or ask for any more: of tombstones that everybody has seen,
   * with all that they have superseded, for of that something might still be on its way.
   * @returns how many tombstones.
   */
  forget(stable: ReadonlyDotSet): number {
    this.superseded.forget(stable);
    const gone = [...this.tombstones.among(stable)].filter((tombstone) =>
      stable.contains(tombstone.history),
    );
    for (const tombstone of gone) {
      const { key } = tombstone.update;
      this.drop(tombstone);
      this.setHeads(
        key,
        this.headsOf(key).filter((head) => head !== tombstone),
      );
    }
    return gone.length;
  }

  private setHeads(key: string, heads: readonly HeldVersion[]): void {
    if (heads.length === 0) this.byKey.delete(key);
    else this.byKey.set(key, heads);
    if (heads.length > 1) this.split.add(key);
    else if (this.split.size > 0) this.split.delete(key);
  }

  private drop({ dot, update }: HeldVersion): void {
    this.byDot.take(dot);
    if (update.value === undefined) this.tombstones.take(dot);
    this.bytesCount -= versionBytes(update);
  }
}

/** Bytes that a write takes here and, more or less, on the wire. */
export function versionBytes(update: Pick<VersionUpdate, "key" | "parents" | "value">): number {
  const { key, parents, value } = update;
  const contextBytes = parents.rangesCount * RANGE_BYTES;
  return VERSION_OVERHEAD_BYTES + key.length + (value?.length ?? 0) + contextBytes;
}

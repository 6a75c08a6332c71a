/**
 * Something to be sent a limited number of times. A newer item replaces the one with the same key.
 */
export interface Transmittable {
  readonly key: string;
  /** Encoded length. */
  readonly byteLength: number;
}

interface Entry<Item> {
  readonly item: Item;
  readonly serial: number;
}

/**
 * memberlist's transmit-limited queue: each item leaves in a limited number of packets, those sent
 * least often first; among these the longest, among those the newest. Source:
 * specs/memberlist-wire.md section 16.
 */
export class TransmitQueue<Item extends Transmittable> {
  /**
   * By how often an item was sent; each tier by (length, serial) ascending, so the next is last.
   */
  private readonly tiers: Entry<Item>[][] = [];
  private readonly places = new Map<string, { tier: number; entry: Entry<Item> }>();
  private lastSerial = 0;

  get size(): number {
    return this.places.size;
  }

  /** Queues `item` as not yet sent, in place of the one with its key. */
  queue(item: Item): void {
    this.remove(item.key);
    this.lastSerial += 1;
    this.put(0, { item, serial: this.lastSerial });
  }

  /** Forgets the item with this key. False when there is none. */
  remove(key: string): boolean {
    const place = this.places.get(key);
    if (place === undefined) return false;
    const tier = this.tiers[place.tier] ?? [];
    tier.splice(upperBound(tier, place.entry.item.byteLength, place.entry.serial) - 1, 1);
    this.places.delete(key);
    return true;
  }

  /**
   * Picks for one packet: each item costs its length and `overheadBytes` of `budgetBytes`, and
   * counts as sent once more; one sent `limitCount` times (at least once) is finished and leaves
   * the queue.
   */
  take(budgetBytes: number, overheadBytes: number, limitCount: number): Item[] {
    const taken: Item[] = [];
    const again: { tier: number; entry: Entry<Item> }[] = [];
    let leftBytes = budgetBytes;
    for (let at = 0; at < this.tiers.length; at += 1) {
      const tier = this.tiers[at] ?? [];
      while (leftBytes > overheadBytes) {
        const next = upperBound(tier, leftBytes - overheadBytes, Number.POSITIVE_INFINITY) - 1;
        const [entry] = next < 0 ? [] : tier.splice(next, 1);
        if (entry === undefined) break;
        leftBytes -= entry.item.byteLength + overheadBytes;
        taken.push(entry.item);
        this.places.delete(entry.item.key);
        if (at + 1 < limitCount) again.push({ tier: at + 1, entry });
      }
    }
    // Only now, or an item would be picked twice for the same packet.
    for (const { tier, entry } of again) this.put(tier, entry);
    return taken;
  }

  /** Drops what would be sent last until at most `maxCount` items are left. */
  trim(maxCount: number): void {
    for (let at = this.tiers.length - 1; at >= 0 && this.size > maxCount; at -= 1) {
      const tier = this.tiers[at] ?? [];
      for (const entry of tier.splice(0, this.size - maxCount)) {
        this.places.delete(entry.item.key);
      }
    }
  }

  private put(at: number, entry: Entry<Item>): void {
    while (this.tiers.length <= at) this.tiers.push([]);
    const tier = this.tiers[at] ?? [];
    tier.splice(upperBound(tier, entry.item.byteLength, entry.serial), 0, entry);
    this.places.set(entry.item.key, { tier: at, entry });
  }
}

/** The first index whose entry stands after (`byteLength`, `serial`). */
function upperBound(
  tier: readonly Entry<Transmittable>[],
  byteLength: number,
  serial: number,
): number {
  let low = 0;
  let high = tier.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = tier[middle];
    if (entry === undefined) break;
    const length = entry.item.byteLength;
    const isAfter = length > byteLength || (length === byteLength && entry.serial > serial);
    if (isAfter) high = middle;
    else low = middle + 1;
  }
  return low;
}
